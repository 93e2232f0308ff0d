//! From what a file says ([`Module`]) to assets: the frame that all recognisers share.

use std::collections::BTreeMap;

use picket_model::{
    Asset, AssetId, AssetKind, Occurrence, Provider, Relation, RelationKind, Standing,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::evaluate::Callee;
use super::module::{CallIndex, Language, Module, Position, ScopeIndex, Value};
use super::signals::{CallKind, CallSignal, Service, Signals, signals};
use crate::Collector;
use crate::catalogue::{self, Anchor, ModelRef};
use crate::files::SourceFile;

/// Where a line of a notebook's code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CellLine {
    /// Cell, from 1.
    pub(crate) cell: u32,
    /// Line of the notebook file, from 1.
    pub(crate) line: u32,
}

/// A model or deployment at a place, before it becomes an asset.
#[derive(Debug)]
struct Reference {
    asset: Asset,
    symbol: String,
    standing: Standing,
}

/// Reads one module.
pub(crate) struct Recogniser<'a> {
    pub(crate) file: &'a SourceFile<'a>,
    pub(crate) module: &'a Module,
    pub(crate) out: &'a mut Collector,
    pub(crate) signals: &'static Signals,
    /// What each call calls, and its row in the signal table.
    pub(crate) callees: Vec<(Callee, Option<&'static CallSignal>)>,
    /// Models and deployments that each call names.
    pub(crate) models_of: FxHashMap<CallIndex, Vec<AssetId>>,
    /// Other assets that each call makes.
    pub(crate) assets_of: FxHashMap<CallIndex, AssetId>,
    /// Assets of functions, by scope.
    pub(crate) tools_of: FxHashMap<ScopeIndex, AssetId>,
    /// Tools by where the description of their function stands.
    pub(crate) schemas: FxHashMap<Position, AssetId>,
    /// Strongest standing anything in this file can have.
    pub(crate) ceiling: Standing,
    /// Whether the file imports an AI library.
    pub(crate) ai: bool,
    /// Whether the file speaks of Azure, without which no deployment is one of Azure.
    pub(crate) azure: bool,
    /// Models that are loaded with `trust_remote_code`.
    pub(crate) trusting: FxHashSet<AssetId>,
    /// Where services are named.
    pub(crate) service_places: FxHashSet<Position>,
    /// Key under which a call stands in a mapping: `{ weather: tool(…) }`.
    pub(crate) entry_names: FxHashMap<CallIndex, String>,
    cells: Option<&'a [CellLine]>,
    references: BTreeMap<(Position, AssetId), Reference>,
    symbols: FxHashSet<String>,
}

/// Reads a module's AI assets into `out`. `cells` maps the lines of a notebook.
pub(crate) fn recognise(
    module: &Module,
    file: &SourceFile<'_>,
    cells: Option<&[CellLine]>,
    out: &mut Collector,
) {
    let signals = signals();
    let callees = module
        .calls
        .iter()
        .map(|call| {
            let callee = module.callee(call);
            let signal = signal_of(signals, module, &callee);
            (callee, signal)
        })
        .collect::<Vec<_>>();
    let ai =
        module.imports.values().any(|import| {
            let whole = import.name.as_ref().map(|name| format!("{}.{name}", import.module));
            [Some(&import.module), whole.as_ref()].into_iter().flatten().any(|name| {
                signals.library(module.language, name).is_some()
                    || module.language == Language::Script && super::imports::is_member(name)
            })
        }) || module.namespaces.iter().any(|name| signals.library(module.language, name).is_some());
    let line = |line: u32| {
        let cell = cells.and_then(|cells| cells.get((line as usize).saturating_sub(1)));
        cell.map_or(line, |cell| cell.line)
    };
    super::imports::note(module, file, line, out);
    let ceiling = if is_test_or_document(file.path) { Standing::Mentioned } else { Standing::Used };
    let mut recogniser = Recogniser {
        file,
        module,
        out,
        signals,
        callees,
        models_of: FxHashMap::default(),
        assets_of: FxHashMap::default(),
        tools_of: FxHashMap::default(),
        schemas: FxHashMap::default(),
        ceiling,
        ai,
        azure: ai && speaks_of_azure(module),
        trusting: FxHashSet::default(),
        service_places: FxHashSet::default(),
        entry_names: entry_names(module),
        cells,
        references: BTreeMap::new(),
        symbols: FxHashSet::default(),
    };
    recogniser.models();
    recogniser.services();
    recogniser.stores();
    recogniser.tools();
    recogniser.mcp();
    recogniser.agents();
    recogniser.prompts();
    recogniser.risks();
    recogniser.emit_references();
    if ceiling > Standing::Mentioned {
        recogniser.note_outside_names();
    }
}

/// The row for what a call calls; where it may come from any of the namespaces in use, that of the first that has one.
fn signal_of(
    signals: &'static Signals,
    module: &Module,
    callee: &Callee,
) -> Option<&'static CallSignal> {
    let call = |from: Option<&str>| signals.call(module.language, from, &callee.path);
    call(callee.module.as_deref()).or_else(|| {
        let mut spaces = module.namespaces.iter().filter(|_| callee.module.is_none());
        spaces.find_map(|space| call(Some(space)))
    })
}

fn speaks_of_azure(module: &Module) -> bool {
    let names = module.calls.iter().map(|call| call.path.as_str());
    let names = names.chain(module.bindings.iter().map(|binding| binding.name.as_str()));
    let names = names.chain(module.literals.iter().map(|literal| literal.text.as_str()));
    let mut names = names.chain(module.imports.values().map(|import| import.module.as_str()));
    names.any(|name| name.len() < 200 && name.to_ascii_lowercase().contains("azure"))
        || module.calls.iter().flat_map(|call| &call.arguments).any(|argument| {
            matches!(&argument.value, Value::Environment(name) if name.to_ascii_lowercase().contains("azure"))
                || argument.name.as_ref().is_some_and(|name| name.to_ascii_lowercase().contains("azure"))
        })
}

/// Whether a file shows or tests rather than runs: what it refers to is only mentioned.
pub(crate) fn is_test_or_document(path: &str) -> bool {
    let mut parts = path.split('/').rev();
    let name = parts.next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
        || name == "tests.rs"
        || stem == "conftest"
        || name.contains(".test.")
        || name.contains(".spec.")
        || name.contains(".stories.")
        || matches!(name.rsplit('.').next(), Some("java" | "cs"))
            && (stem.ends_with("Test") || stem.ends_with("Tests"))
        || parts.any(|folder| {
            matches!(
                folder,
                "test"
                    | "tests"
                    | "__tests__"
                    | "testing"
                    | "docs"
                    | "doc"
                    | "e2e"
                    | "fixtures"
                    | "__mocks__"
                    | "spec"
                    | "benches"
            ) || folder.ends_with(".Tests")
                || folder.ends_with("UnitTests")
                || folder.ends_with("IntegrationTests")
        })
}

impl Recogniser<'_> {
    /// A place in the file, with the standing capped by what the file is.
    pub(crate) fn place(&self, position: Position, symbol: &str, standing: Standing) -> Occurrence {
        let standing = standing.min(self.ceiling);
        let cell = self.cells.and_then(|cells| cells.get(position.line as usize - 1));
        match cell {
            Some(cell) => {
                let symbol = format!("cell {}: {symbol}", cell.cell);
                self.file.place(cell.line, position.column, &symbol, standing)
            }
            None => self.file.place(position.line, position.column, symbol, standing),
        }
    }

    /// Adds a thing that this file declares: contained in the repository, defined in the file, at one place.
    pub(crate) fn declare(&mut self, asset: Asset, position: Position, symbol: &str) -> AssetId {
        let id = asset.id.clone();
        let place = self.place(position, symbol, Standing::Used);
        self.out.occurrence(asset, &place);
        if self.ceiling > Standing::Mentioned {
            self.file.defines(&id, place.line, self.out);
        }
        id
    }

    /// A symbol that no other asset of the file has: `agent`, then `agent#2`.
    pub(crate) fn unique(&mut self, symbol: &str) -> String {
        let symbol = if symbol.is_empty() { "anonymous" } else { symbol };
        let mut unique = symbol.to_owned();
        let mut number = 2;
        while !self.symbols.insert(unique.clone()) {
            unique = format!("{symbol}#{number}");
            number += 1;
        }
        unique
    }

    /// What a call is known as: the name it is bound to, else the function it stands in, else what is called.
    pub(crate) fn symbol_of(&self, index: CallIndex) -> String {
        let call = &self.module.calls[index];
        let scope = self.module.qualified(call.scope);
        match (&call.target, scope.is_empty()) {
            (Some(target), true) => target.clone(),
            (Some(target), false) => format!("{scope}.{target}"),
            (None, false) => scope,
            (None, true) => call.last().to_owned(),
        }
    }

    /// Notes a model at a place; the strongest standing there counts.
    pub(crate) fn refer(
        &mut self,
        model: &ModelRef,
        position: Position,
        symbol: &str,
        standing: Standing,
    ) -> AssetId {
        if let Some(service) = model.service.filter(|_| standing > Standing::Mentioned) {
            self.use_service(service, None, position, symbol);
        }
        let asset = model.asset(&self.file.scope.environment);
        self.refer_asset(asset, position, symbol, standing)
    }

    /// Notes a text as a model, if it is a model id.
    pub(crate) fn refer_text(
        &mut self,
        text: &str,
        anchor: Anchor,
        position: Position,
        symbol: &str,
        standing: Standing,
    ) -> Option<AssetId> {
        let model = catalogue::model_ref(text, anchor)?;
        if model.service == Some("azure-openai") {
            // `azure/NAME` names a deployment.
            return Some(self.refer_deployment(&model.name, position, symbol, standing));
        }
        Some(self.refer(&model, position, symbol, standing))
    }

    /// Notes an Azure deployment at a place.
    pub(crate) fn refer_deployment(
        &mut self,
        name: &str,
        position: Position,
        symbol: &str,
        standing: Standing,
    ) -> AssetId {
        let scope = self.file.scope;
        let asset = deployment_asset(name, &scope.environment);
        self.refer_asset(asset, position, symbol, standing)
    }

    fn refer_asset(
        &mut self,
        asset: Asset,
        position: Position,
        symbol: &str,
        standing: Standing,
    ) -> AssetId {
        let id = asset.id.clone();
        let reference = Reference { asset, symbol: symbol.to_owned(), standing };
        match self.references.entry((position, id.clone())) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(reference);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                if standing > entry.get().standing {
                    entry.insert(reference);
                }
            }
        }
        id
    }

    /// Whether something at this place is a model or deployment already.
    pub(crate) fn is_referred(&self, position: Position) -> bool {
        let first = (position, AssetId::new(""));
        self.references.range(first..).next().is_some_and(|((found, _), _)| *found == position)
    }

    fn emit_references(&mut self) {
        for ((position, id), mut reference) in std::mem::take(&mut self.references) {
            if self.trusting.contains(&id) {
                reference.asset.set("trust_remote_code", true);
            }
            let place = self.place(position, &reference.symbol, reference.standing);
            self.out.occurrence(reference.asset, &place);
            if place.standing > Standing::Mentioned {
                self.uses(&id, place.line);
            }
        }
    }

    /// Adds a service, by the host of `address` or its usual one, at a place.
    pub(crate) fn use_service(
        &mut self,
        id: &str,
        address: Option<&str>,
        position: Position,
        symbol: &str,
    ) -> Option<AssetId> {
        let service = self.signals.service(id)?;
        let host = match address {
            Some(address) => host_of(address)?,
            None => service.host.clone().unwrap_or_else(|| id.to_owned()),
        };
        // Many services speak the protocol of another one: an address that is not the service's own says who it is.
        let foreign = address.is_some_and(|address| {
            self.signals.service_of_host(address).is_none_or(|(found, _)| found.id != service.id)
        });
        let mut asset = service_asset(service, &host, &self.file.scope.environment);
        if foreign {
            asset.name.clone_from(&host);
            asset.set("compatible_with", &*service.id);
            asset.properties.remove("service");
        }
        let id = asset.id.clone();
        self.service_places.insert(position);
        let place = self.place(position, symbol, Standing::Used);
        self.out.occurrence(asset, &place);
        if place.standing > Standing::Mentioned {
            self.uses(&id, place.line);
        }
        Some(id)
    }

    fn uses(&mut self, id: &AssetId, line: u32) {
        let (repository, path) = (self.file.scope.repository(), self.file.path);
        let relation = Relation::new(repository, RelationKind::Uses, id.clone());
        self.out.relation(relation.with("path", path).with("line", line));
        self.file.defines(id, line, self.out);
    }

    /// Every call with its row in the signal table, of these kinds.
    pub(crate) fn calls_of(&self, kinds: &[CallKind]) -> Vec<(CallIndex, &'static CallSignal)> {
        self.callees
            .iter()
            .enumerate()
            .filter_map(|(index, (_, signal))| Some((index, (*signal)?)))
            .filter(|(_, signal)| kinds.contains(&signal.kind))
            .collect()
    }

    /// Framework of a call: what the table says, else the library it comes from.
    pub(crate) fn framework(&self, index: CallIndex) -> Option<String> {
        let (callee, signal) = &self.callees[index];
        if signal.is_none() {
            let module = callee.module.as_deref()?;
            return self.library(module).map(str::to_owned);
        }
        signal.and_then(|signal| signal.framework.clone()).or_else(|| {
            let module = callee.module.as_deref().filter(|module| {
                !module.starts_with(['.', '@', '~']) || self.library(module).is_some()
            })?;
            Some(self.library(module).unwrap_or(module).to_owned())
        })
    }

    fn library(&self, module: &str) -> Option<&'static str> {
        self.signals.library(self.module.language, module)
    }

    /// Names that this file takes from others and that may hold a model or deployment.
    fn note_outside_names(&mut self) {
        let mut values: Vec<(&Value, ScopeIndex)> = Vec::new();
        for call in &self.module.calls {
            values.extend(call.arguments.iter().map(|argument| (&argument.value, call.scope)));
        }
        values.extend(self.module.bindings.iter().map(|binding| (&binding.value, binding.scope)));
        let mut names = Vec::new();
        for (value, scope) in values {
            self.module.follow(value, scope, 4, &mut |value, _| {
                if let Value::Name(name, _) = value {
                    let last = name.rsplit('.').next().unwrap_or(name);
                    let imported =
                        self.module.imports.get(last).and_then(|import| import.name.as_deref());
                    names.push(imported.unwrap_or(last).to_owned());
                }
            });
        }
        names.retain(|name| self.signals.meaning(name).is_some());
        self.out.notes.outside_names.extend(names);
    }
}

fn entry_names(module: &Module) -> FxHashMap<CallIndex, String> {
    let arguments =
        module.calls.iter().flat_map(|call| &call.arguments).map(|argument| &argument.value);
    let bound = module.bindings.iter().map(|binding| &binding.value);
    arguments
        .chain(bound)
        .filter_map(|value| match value {
            Value::Map(entries) => Some(entries),
            _ => None,
        })
        .flatten()
        .filter_map(|(key, _, value)| match value {
            Value::Call(index) => Some((*index, key.clone())),
            _ => None,
        })
        .collect()
}

/// An Azure OpenAI deployment that code names; it is joined with its definition when there is one.
pub(crate) fn deployment_asset(name: &str, environment: &str) -> Asset {
    let id = format!("{environment}#deployment/{name}");
    Asset::new(id, AssetKind::ModelDeployment, name, Provider::Azure, environment)
        .native_type("Microsoft.CognitiveServices/accounts/deployments")
}

/// A service at a host.
pub(crate) fn service_asset(service: &Service, host: &str, environment: &str) -> Asset {
    let id = format!("endpoint://{host}");
    Asset::new(id, AssetKind::AiService, &*service.name, service.provider, environment)
        .native_type("endpoint")
        .with("service", &*service.id)
        .with("endpoint", host)
}

/// Host, with its port, of an address; `None` if it has holes.
pub(crate) fn host_of(address: &str) -> Option<String> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?.to_ascii_lowercase();
    let shaped = !host.is_empty()
        && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:_".contains(c))
        && (host.contains('.') || host.contains(':') || host == "localhost");
    shaped.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_documents_only_mention() {
        for path in
            ["tests/a.py", "src/test_a.py", "a/x.test.ts", "docs/conf.py", "pkg/conftest.py"]
        {
            assert!(is_test_or_document(path), "{path}");
        }
        for path in ["src/latest.py", "app/contest.py", "src/doctor.ts", "testament.py"] {
            assert!(!is_test_or_document(path), "{path}");
        }
    }
}
