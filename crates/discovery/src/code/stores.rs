//! Vector stores, data sets, guardrails and training.

use picket_model::{Asset, AssetKind, Provider};

use super::module::CallIndex;
use super::recognise::Recogniser;
use super::signals::{CallKind, CallSignal};

impl Recogniser<'_> {
    /// Vector stores, data sets, guardrails and training jobs.
    pub(crate) fn stores(&mut self) {
        for (index, signal) in
            self.calls_of(&[CallKind::VectorStore, CallKind::Dataset, CallKind::Guardrail])
        {
            match signal.kind {
                CallKind::VectorStore => self.vector_store(index, signal),
                CallKind::Dataset => self.dataset(index, signal),
                _ => self.guardrail(index),
            }
        }
        self.vectors_in_sql();
        self.training();
    }

    /// Tables and indexes of pgvector in SQL: `CREATE INDEX … USING hnsw (embedding vector_l2_ops)`.
    fn vectors_in_sql(&mut self) {
        let literal = self.module.literals.iter().find(|literal| {
            let text = literal.text.to_ascii_lowercase();
            [
                "vector_l2_ops",
                "vector_cosine_ops",
                "vector_ip_ops",
                "extension vector",
                "extension if not exists vector",
            ]
            .iter()
            .any(|mark| text.contains(mark))
        });
        let Some(literal) = literal else { return };
        let id = format!("{}#vector/pgvector", self.file.scope.environment);
        let environment = self.file.scope.environment.clone();
        let asset = Asset::new(id, AssetKind::VectorIndex, "pgvector", Provider::Code, environment)
            .native_type("sql")
            .with("engine", "pgvector");
        self.declare(asset, literal.position, "sql");
    }

    /// A store is named by its engine and collection, so that the code that fills it and the code that asks it mean the same one.
    fn vector_store(&mut self, index: CallIndex, signal: &'static CallSignal) {
        let module = self.module;
        let call = &module.calls[index];
        let made_by = &self.callees[index].0.made_by;
        if let Some(known) = made_by.iter().find_map(|maker| self.assets_of.get(maker)).cloned() {
            self.assets_of.insert(index, known);
            return;
        }
        let engine = self.framework(index).unwrap_or_else(|| "unknown".to_owned());
        let collection = self
            .arguments(call, &signal.collection)
            .into_iter()
            .flat_map(|(_, texts)| texts)
            .find(|text| !text.template)
            .map(|text| text.text)
            .or_else(|| self.collection_opened(index));
        let symbol = match &collection {
            Some(collection) => format!("vector/{engine}/{collection}"),
            None => format!("vector/{engine}"),
        };
        let id = format!("{}#{symbol}", self.file.scope.environment);
        let name = collection.clone().unwrap_or_else(|| engine.clone());
        let environment = self.file.scope.environment.clone();
        let mut asset = Asset::new(id, AssetKind::VectorIndex, name, Provider::Code, environment)
            .native_type(call.last())
            .with("engine", engine)
            .with("collection", collection);
        let place = [
            "path",
            "persist_directory",
            "persistDirectory",
            "url",
            "uri",
            "host",
            "location",
            "endpoint",
        ];
        for name in place {
            if let Some(text) = call.named(name).and_then(|value| module.text(value, call.scope)) {
                asset.set("location", redact_address(&text));
                break;
            }
        }
        let id = self.declare(asset, call.position, call.last());
        self.assets_of.insert(index, id);
    }

    /// `client.get_or_create_collection("docs")` on the store that this call makes.
    fn collection_opened(&self, index: CallIndex) -> Option<String> {
        self.module.calls.iter().zip(&self.callees).find_map(|(call, (callee, _))| {
            let opens = matches!(
                super::signals::snake_case(call.last()).as_str(),
                "get_or_create_collection"
                    | "create_collection"
                    | "get_collection"
                    | "index"
                    | "open_table"
                    | "create_table"
            );
            if !opens || !callee.made_by.contains(&index) {
                return None;
            }
            let name = call
                .named("name")
                .or_else(|| call.named("collection_name"))
                .or_else(|| call.at(0))?;
            self.module.text(name, call.scope)
        })
    }

    fn dataset(&mut self, index: CallIndex, signal: &'static CallSignal) {
        let call = &self.module.calls[index];
        let name = self
            .arguments(call, &signal.collection)
            .into_iter()
            .flat_map(|(_, texts)| texts)
            .find(|text| !text.template);
        let Some(name) = name.filter(|name| !name.text.is_empty() && name.text.len() < 200) else {
            return;
        };
        let framework = self.framework(index).unwrap_or_default();
        let environment = self.file.scope.environment.clone();
        let loader = matches!(
            name.text.as_str(),
            "json" | "csv" | "parquet" | "text" | "imagefolder" | "arrow" | "audiofolder"
        );
        let files = call.named("data_files").and_then(|files| self.module.text(files, call.scope));
        let asset = match (loader, files) {
            (true, Some(files)) => {
                let id = format!("{environment}#{}", files.trim_start_matches("./"));
                Asset::new(id, AssetKind::Dataset, files.clone(), Provider::Code, environment)
                    .with("path", files)
                    .with("format", name.text)
            }
            (true, None) => return,
            (false, _) => {
                let id = format!("dataset://{framework}/{}", name.text);
                Asset::new(id, AssetKind::Dataset, name.text, Provider::Saas, environment)
            }
        };
        let asset = asset.native_type(call.last()).with("framework", framework);
        let id = self.declare(asset, call.position, call.last());
        self.assets_of.insert(index, id);
    }

    fn guardrail(&mut self, index: CallIndex) {
        let call = &self.module.calls[index];
        let symbol = self.symbol_of(index);
        let unique = self.unique(&symbol);
        let framework = self.framework(index).unwrap_or_default();
        let identifier = ["guardrailIdentifier", "guardrail_id"]
            .into_iter()
            .find_map(|name| self.module.text(call.named(name)?, call.scope));
        let asset = self
            .file
            .asset(AssetKind::Guardrail, &unique, identifier.as_deref().unwrap_or(&framework))
            .native_type(call.last())
            .with("framework", framework.as_str())
            .with("identifier", identifier);
        let id = self.declare(asset, call.position, call.last());
        self.assets_of.insert(index, id);
    }
}

/// An address without user, password and query.
pub(crate) fn redact_address(address: &str) -> String {
    let (scheme, rest) =
        address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let rest = match rest.split_once('@') {
        Some((user, host)) if !user.contains('/') => host,
        _ => rest,
    };
    if scheme.is_empty() { rest.to_owned() } else { format!("{scheme}://{rest}") }
}
