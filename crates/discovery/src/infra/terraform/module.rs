//! Terraform folders: which blocks they declare, and which folder calls which.

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Body, Structure};
use picket_model::{Diagnostic, DiagnosticStatus};

use crate::infra::folder::join;

/// Module calls deeper than this are not followed.
const MAX_CALL_DEPTH: usize = 16;
/// Module instances of one scan.
const MAX_INSTANCES: usize = 2_000;

/// A resource or data block.
#[derive(Debug)]
pub(super) struct Declared {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) body: Body,
    pub(super) path: String,
    pub(super) line: u32,
}

/// A `module` block.
#[derive(Debug)]
struct Call {
    name: String,
    source: String,
    body: Body,
}

/// All that the files of one folder declare together.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) resources: Vec<Declared>,
    pub(super) data: Vec<Declared>,
    pub(super) variables: BTreeMap<String, Option<Expression>>,
    pub(super) tfvars: BTreeMap<String, Expression>,
    pub(super) locals: BTreeMap<String, Expression>,
    pub(super) outputs: BTreeMap<String, Expression>,
    calls: Vec<Call>,
}

/// One use of a folder: a root module, or a module called from another.
pub(super) struct Instance<'a> {
    pub(super) index: usize,
    /// Path of the root module's folder; addresses are unique within it.
    pub(super) root: &'a str,
    /// `module.a.module.b.` before each address; empty at the root.
    pub(super) prefix: String,
    pub(super) folder: &'a Folder,
    /// The calling instance and the arguments it gives.
    pub(super) call: Option<(usize, &'a Body)>,
    pub(super) children: BTreeMap<&'a str, usize>,
}

/// The module instances of a set of folders.
pub(super) struct Tree<'a> {
    pub(super) instances: Vec<Instance<'a>>,
}

/// Reads one `.tf` or `.tfvars` file into its folder.
pub(super) fn read(
    folders: &mut BTreeMap<String, Folder>,
    path: &str,
    text: &str,
) -> Result<(), Diagnostic> {
    let body = hcl_edit::parser::parse_body(text).map_err(|error| {
        let place = error.location();
        Diagnostic::new(
            DiagnosticStatus::Malformed,
            path,
            format!(
                "not valid HCL at line {}, column {}: {}; run `terraform validate` there",
                place.line(),
                place.column(),
                error.message().replace('\n', "; ")
            ),
        )
    })?;
    let folder = folders.entry(crate::infra::folder::parent(path).to_owned()).or_default();
    if path.ends_with(".tfvars") {
        for attribute in body.into_attributes() {
            folder.tfvars.insert(attribute.key.as_str().to_owned(), attribute.value);
        }
        return Ok(());
    }
    let lines = Lines::new(text);
    for structure in body {
        let Structure::Block(block) = structure else { continue };
        let line = block.span().map_or(1, |span| lines.of(span.start));
        let labels: Vec<String> =
            block.labels.iter().map(|label| label.as_str().to_owned()).collect();
        match (block.ident.as_str(), labels.as_slice()) {
            (ident @ ("resource" | "data"), [kind, name]) => {
                let list = if ident == "data" { &mut folder.data } else { &mut folder.resources };
                let (kind, name) = (kind.clone(), name.clone());
                list.push(Declared { kind, name, body: block.body, path: path.to_owned(), line });
            }
            ("variable", [name]) => {
                let default = block.body.get_attribute("default").map(|it| it.value.clone());
                folder.variables.insert(name.clone(), default);
            }
            ("output", [name]) => {
                if let Some(value) = block.body.get_attribute("value") {
                    folder.outputs.insert(name.clone(), value.value.clone());
                }
            }
            ("locals", _) => {
                for attribute in block.body.into_attributes() {
                    folder.locals.insert(attribute.key.as_str().to_owned(), attribute.value);
                }
            }
            ("module", [name]) => {
                let source = block.body.get_attribute("source").and_then(|it| it.value.as_str());
                if let Some(source) = source.map(ToOwned::to_owned) {
                    folder.calls.push(Call { name: name.clone(), source, body: block.body });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

impl<'a> Tree<'a> {
    /// Roots are the folders that no other folder calls.
    pub(super) fn new(folders: &'a BTreeMap<String, Folder>) -> Self {
        let called: BTreeSet<String> = folders
            .iter()
            .flat_map(|(path, folder)| {
                folder.calls.iter().filter_map(|call| join(path, &call.source))
            })
            .collect();
        let mut tree = Self { instances: Vec::new() };
        for (path, folder) in folders {
            if !called.contains(path) {
                tree.add(folders, path, path, folder, "", None, 0);
            }
        }
        tree
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one instance, used once")]
    fn add(
        &mut self,
        folders: &'a BTreeMap<String, Folder>,
        root: &'a str,
        path: &str,
        folder: &'a Folder,
        prefix: &str,
        call: Option<(usize, &'a Body)>,
        depth: usize,
    ) -> Option<usize> {
        let index = self.instances.len();
        if depth > MAX_CALL_DEPTH || index >= MAX_INSTANCES {
            return None;
        }
        let children = BTreeMap::new();
        self.instances.push(Instance {
            index,
            root,
            prefix: prefix.to_owned(),
            folder,
            call,
            children,
        });
        for call in &folder.calls {
            let Some(target) = join(path, &call.source) else { continue };
            let Some((path, child)) = folders.get_key_value(&target) else { continue };
            let prefix = format!("{prefix}module.{}.", call.name);
            let arguments = Some((index, &call.body));
            let added = self.add(folders, root, path, child, &prefix, arguments, depth + 1);
            if let (Some(added), Some(instance)) = (added, self.instances.get_mut(index)) {
                instance.children.insert(&call.name, added);
            }
        }
        Some(index)
    }
}

/// Byte offsets to line numbers.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect(),
        )
    }

    fn of(&self, offset: usize) -> u32 {
        let before = self.0.partition_point(|&newline| newline < offset);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }
}
