//! Scanning of folders and files.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use picket_model::{
    Asset, AssetId, AssetKind, Diagnostic, DiagnosticStatus, Environment, EnvironmentKind,
    Inventory, Occurrence, Progress, Provider, Relation, RelationKind, Standing,
};
use rayon::prelude::*;

use crate::walk::{self, Entry};
use crate::{Collector, code, infra};

/// How folders and files are scanned.
#[derive(Debug, Clone)]
pub struct PathOptions {
    /// Name of the environment; by default that of the git remote, else of the folder.
    pub environment: Option<String>,
    /// Whether to leave out what `.gitignore` and `.ignore` files name.
    pub respect_gitignore: bool,
    /// Bounds.
    pub limits: FileLimits,
    /// Whether to look for secrets and sensitive information in files.
    pub sensitive: bool,
}

impl Default for PathOptions {
    fn default() -> Self {
        Self {
            environment: None,
            respect_gitignore: true,
            limits: FileLimits::default(),
            sensitive: true,
        }
    }
}

/// Bounds of a file scan; what is over them is named in the diagnostics.
#[derive(Debug, Clone, Copy)]
pub struct FileLimits {
    /// Largest text file that is read whole, bytes.
    pub max_text_bytes: u64,
    /// Bytes of a data file that are sampled for sensitive information.
    pub max_sample_bytes: usize,
    /// Most files of one path.
    pub max_files: usize,
    /// Deepest folder below the path.
    pub max_depth: usize,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            max_text_bytes: 8 * 1024 * 1024,
            max_sample_bytes: 1024 * 1024,
            max_files: 200_000,
            max_depth: 64,
        }
    }
}

/// One kind of file and what is read from it. Runs for each file on its own, many at a time.
#[derive(Debug, Clone, Copy)]
pub struct Analyser {
    /// Short name, for logs.
    pub name: &'static str,
    /// Whether the file is of this kind, by its relative path (with `/`) alone.
    pub wants: fn(path: &str) -> bool,
    /// Reads the file. Bad content is a diagnostic.
    pub analyse: fn(file: &SourceFile<'_>, out: &mut Collector),
}

/// A kind of file that only makes sense together with the others of its kind, such as the files of a Terraform module.
/// Runs once, after the analysers, with every file that it wants.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Short name, for logs.
    pub name: &'static str,
    /// Whether the file is of this kind, by its relative path (with `/`) alone.
    pub wants: fn(path: &str) -> bool,
    /// Reads the files. Bad content is a diagnostic.
    pub analyse: fn(scope: &Scope, files: &[SourceFile<'_>], out: &mut Collector),
}

/// Joins what several files say, after all of them were analysed; resolvers run in order.
pub type Resolver = fn(scope: &Scope, out: &mut Collector);

/// Every analyser; a file goes to each that wants it.
const ANALYSERS: &[&[Analyser]] = &[code::ANALYSERS, infra::ANALYSERS];
/// Every group of files that are read together.
const GROUPS: &[&[Group]] = &[infra::GROUPS];
/// Every resolver, in the order they run.
const RESOLVERS: &[&[Resolver]] = &[code::RESOLVERS];

/// The environment that files are scanned for.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Name without `repo://`.
    pub name: String,
    /// Environment id, and the id of the repository asset: `repo://NAME`.
    pub environment: String,
    /// How it is scanned.
    pub options: PathOptions,
}

impl Scope {
    /// A scope of this name with default options.
    #[must_use]
    pub fn new(name: &str, options: PathOptions) -> Self {
        Self { name: name.to_owned(), environment: format!("repo://{name}"), options }
    }

    /// Id of the repository asset, which contains the rest.
    #[must_use]
    pub fn repository(&self) -> AssetId {
        AssetId::new(self.environment.clone())
    }

    /// Id of a file of the repository: `repo://NAME#path`.
    #[must_use]
    pub fn file_id(&self, path: &str) -> AssetId {
        AssetId::new(format!("{}#{path}", self.environment))
    }

    /// Id of something that a file declares: `repo://NAME#path:symbol`.
    #[must_use]
    pub fn symbol_id(&self, path: &str, symbol: &str) -> AssetId {
        AssetId::new(format!("{}#{path}:{symbol}", self.environment))
    }
}

/// One file as an [`Analyser`] sees it.
#[derive(Debug)]
pub struct SourceFile<'a> {
    /// Path relative to the scanned root, with `/`.
    pub path: &'a str,
    /// Where it lies.
    pub absolute: &'a Path,
    /// Size in bytes.
    pub size: u64,
    /// The environment it is scanned for.
    pub scope: &'a Scope,
    text: OnceCell<Option<String>>,
    problem: RefCell<Option<Diagnostic>>,
}

impl<'a> SourceFile<'a> {
    fn new(entry: &'a Entry, scope: &'a Scope) -> Self {
        Self {
            path: &entry.path,
            absolute: &entry.absolute,
            size: entry.size,
            scope,
            text: OnceCell::new(),
            problem: RefCell::new(None),
        }
    }

    /// A file with this text that need not exist, for tests.
    #[cfg(test)]
    pub(crate) fn in_memory(path: &'a str, text: &str, scope: &'a Scope) -> Self {
        let size = text.len() as u64;
        let (text, problem) = (OnceCell::from(Some(text.to_owned())), RefCell::new(None));
        Self { path, absolute: Path::new(path), size, scope, text, problem }
    }

    /// File name without folders.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The whole text, read once. `None`, with a diagnostic, if it is over the limit or not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text
            .get_or_init(|| match self.read_text() {
                Ok(text) => Some(text),
                Err(diagnostic) => {
                    *self.problem.borrow_mut() = Some(diagnostic);
                    None
                }
            })
            .as_deref()
    }

    /// The first `limit` bytes as text, with what is not UTF-8 replaced; borrowed where the text was read already.
    ///
    /// # Errors
    /// When the file cannot be opened or read.
    pub fn sample(&self, limit: usize) -> io::Result<Cow<'_, str>> {
        if let Some(Some(text)) = self.text.get() {
            let end = text.floor_char_boundary(limit);
            return Ok(Cow::Borrowed(&text[..end]));
        }
        let bytes = self.head(limit)?;
        Ok(match String::from_utf8(bytes) {
            Ok(text) => Cow::Owned(text),
            Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        })
    }

    /// The first `limit` bytes.
    ///
    /// # Errors
    /// When the file cannot be opened or read.
    pub fn head(&self, limit: usize) -> io::Result<Vec<u8>> {
        if let Some(Some(text)) = self.text.get() {
            return Ok(text.as_bytes()[..text.len().min(limit)].to_vec());
        }
        let mut bytes = Vec::new();
        self.open()?.take(limit as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Opens the file, to be read as a stream.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> io::Result<File> {
        File::open(self.absolute)
    }

    /// Id of the file: `repo://NAME#path`.
    #[must_use]
    pub fn id(&self) -> AssetId {
        self.scope.file_id(self.path)
    }

    /// An asset of the file's environment, of provider [`Provider::Code`], that the file declares under this symbol.
    #[must_use]
    pub fn asset(&self, kind: AssetKind, symbol: &str, name: &str) -> Asset {
        let id = self.scope.symbol_id(self.path, symbol);
        Asset::new(id, kind, name, Provider::Code, self.scope.environment.clone())
    }

    /// A place in this file; `line` and `column` from 1.
    #[must_use]
    pub fn place(&self, line: u32, column: u32, symbol: &str, standing: Standing) -> Occurrence {
        let (path, symbol) = (self.path.to_owned(), symbol.to_owned());
        Occurrence { path, line, column, symbol, standing }
    }

    /// Adds the file itself as an asset of this kind ([`AssetKind::SourceFile`], [`AssetKind::Notebook`], …) to `out`.
    pub fn add_to(&self, kind: AssetKind, out: &mut Collector) {
        let asset =
            Asset::new(self.id(), kind, self.path, Provider::Code, &*self.scope.environment)
                .native_type("file")
                .with("path", self.path)
                .with("size", self.size);
        out.asset(asset);
        out.relation(Relation::new(self.scope.repository(), RelationKind::Contains, self.id()));
    }

    /// Draws `asset` DEFINED_IN this file at `line`, and adds the file as a source file where it is not there yet.
    pub fn defines(&self, asset: &AssetId, line: u32, out: &mut Collector) {
        if out.get(&self.id()).is_none() {
            self.add_to(AssetKind::SourceFile, out);
        }
        let relation = Relation::new(asset.clone(), RelationKind::DefinedIn, self.id());
        out.relation(relation.with("path", self.path).with("line", line));
    }

    fn read_text(&self) -> Result<String, Diagnostic> {
        let limit = self.scope.options.limits.max_text_bytes;
        let unreadable = |error: &io::Error| {
            Diagnostic::new(
                DiagnosticStatus::Unreadable,
                self.path,
                format!("file cannot be read: {error}; check its permissions"),
            )
        };
        if self.size > limit {
            let message = format!(
                "file has {} bytes, more than the limit of {limit}; raise the limit to have it read",
                self.size
            );
            return Err(Diagnostic::new(DiagnosticStatus::TooLarge, self.path, message));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
        // The file may grow between the walk and now, hence the bound on reading too.
        let file = self.open().map_err(|error| unreadable(&error))?;
        file.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        decode(bytes)
            .map_err(|message| Diagnostic::new(DiagnosticStatus::Malformed, self.path, message))
    }
}

/// UTF-8 with or without byte order mark, or UTF-16 with one.
fn decode(bytes: Vec<u8>) -> Result<String, String> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map_err(|_| "file is not valid UTF-16".to_owned())
    };
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => decode(rest.to_vec()),
        _ => String::from_utf8(bytes).map_err(|error| {
            format!(
                "file is not UTF-8 at byte {}; save it as UTF-8",
                error.utf8_error().valid_up_to()
            )
        }),
    }
}

/// Scans folders and files. Each path is an environment of its own, `repo://NAME`, unless `options` names one for all.
///
/// What cannot be read is in the diagnostics. The result does not depend on the number of threads.
#[must_use]
pub fn scan_path(paths: &[PathBuf], options: &PathOptions, progress: &dyn Progress) -> Inventory {
    let mut all = Collector::new();
    let shared = options.environment.is_some() && paths.len() > 1;
    for path in paths {
        let name = options.environment.clone().unwrap_or_else(|| walk::environment_name(path));
        let scope = Scope::new(&name, options.clone());
        let prefix = if shared { format!("{}/", walk::base_name(path)) } else { String::new() };
        all.merge(scan_root(path, &prefix, &scope, progress));
    }
    all.into_inventory()
}

fn scan_root(root: &Path, prefix: &str, scope: &Scope, progress: &dyn Progress) -> Collector {
    let mut out = Collector::new();
    let Some(entries) = walk::walk(root, prefix, &scope.options, &mut out) else { return out };
    add_environment(scope, &mut out);
    let (total, done) = (entries.len() as u64, AtomicU64::new(0));
    let parts: Vec<Collector> = entries
        .par_iter()
        .map(|entry| {
            let part = analyse(entry, scope);
            progress.advance(done.fetch_add(1, Ordering::Relaxed) + 1, total, &entry.path);
            part
        })
        .collect();
    for part in parts {
        out.merge(part);
    }
    for group in GROUPS.iter().copied().flatten() {
        tracing::trace!(group = group.name, "analyse");
        analyse_group(group, &entries, scope, &mut out);
    }
    for resolve in RESOLVERS.iter().copied().flatten() {
        resolve(scope, &mut out);
    }
    contain_the_rest(scope, &mut out);
    out
}

fn analyse(entry: &Entry, scope: &Scope) -> Collector {
    let mut out = Collector::new();
    let file = SourceFile::new(entry, scope);
    for analyser in ANALYSERS.iter().copied().flatten() {
        if (analyser.wants)(file.path) {
            tracing::trace!(analyser = analyser.name, path = file.path, "analyse");
            (analyser.analyse)(&file, &mut out);
        }
    }
    if let Some(problem) = file.problem.into_inner() {
        out.diagnostic(problem.status, problem.subject, problem.message);
    }
    out
}

fn analyse_group(group: &Group, entries: &[Entry], scope: &Scope, out: &mut Collector) {
    let files: Vec<SourceFile<'_>> = entries
        .iter()
        .filter(|entry| (group.wants)(&entry.path))
        .map(|entry| SourceFile::new(entry, scope))
        .collect();
    if files.is_empty() {
        return;
    }
    (group.analyse)(scope, &files, out);
    for problem in files.into_iter().filter_map(|file| file.problem.into_inner()) {
        out.diagnostic(problem.status, problem.subject, problem.message);
    }
}

/// Scans one file as what it is said to be: for sources that name a file and its format.
pub(crate) fn scan_file(
    path: &Path,
    scope: &Scope,
    analyse: impl FnOnce(&SourceFile<'_>, &mut Collector),
) -> Inventory {
    let mut out = Collector::new();
    add_environment(scope, &mut out);
    let entry = Entry {
        path: walk::base_name(path),
        absolute: path.to_owned(),
        size: std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
    };
    let file = SourceFile::new(&entry, scope);
    analyse(&file, &mut out);
    if let Some(problem) = file.problem.into_inner() {
        out.diagnostic(problem.status, problem.subject, problem.message);
    }
    contain_the_rest(scope, &mut out);
    out.into_inventory()
}

fn add_environment(scope: &Scope, out: &mut Collector) {
    out.environment(Environment {
        id: scope.environment.clone(),
        name: scope.name.clone(),
        kind: EnvironmentKind::Repository,
        provider: Provider::Code,
        parent: None,
        last_scanned: None,
    });
    let id = scope.repository();
    let repository =
        Asset::new(id, AssetKind::Repository, &*scope.name, Provider::Code, &*scope.environment);
    out.asset(repository.native_type("repository"));
}

/// Whatever nothing else contains, the repository does.
fn contain_the_rest(scope: &Scope, out: &mut Collector) {
    let contained: rustc_hash::FxHashSet<AssetId> = out
        .relations()
        .iter()
        .filter(|relation| relation.kind == RelationKind::Contains)
        .map(|relation| relation.target.clone())
        .collect();
    let loose: Vec<AssetId> = out
        .assets()
        .iter()
        .filter(|asset| asset.kind != AssetKind::Internet && !contained.contains(&asset.id))
        .map(|asset| asset.id.clone())
        .filter(|id| *id != scope.repository())
        .collect();
    for id in loose {
        out.relation(Relation::new(scope.repository(), RelationKind::Contains, id));
    }
}
