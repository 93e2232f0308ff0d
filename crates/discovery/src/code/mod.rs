//! AI in source code, notebooks, manifests and configuration.
//!
//! Source code is parsed to a syntax tree ([`python`], [`javascript`], [`typed`] for Go, Java, C# and Rust), reduced to
//! names, values and calls ([`module`]), and read with the signals of `rules/signals/` ([`recognise`]). Values are followed through constants, defaults and
//! settings of the same file, so that what reaches a call is told apart from what is only mentioned.

mod agents;
mod documents;
mod evaluate;
mod imports;
mod interest;
mod javascript;
mod manifests;
mod mcp;
mod mcp_config;
mod models;
mod module;
mod notebook;
mod prompt_files;
mod prompts;
mod python;
mod recognise;
mod resolve;
mod risks;
mod sensitive;
mod services;
mod settings;
mod signals;
mod stores;
mod syntax;
#[cfg(test)]
mod tests;
mod tools;
mod typed;

use std::collections::BTreeSet;

use picket_model::DiagnosticStatus;
use rustc_hash::FxHashSet;

use crate::Collector;
use crate::files::{Analyser, Resolver, SourceFile};

pub(crate) use recognise::host_of;
pub(crate) use signals::{NameMeaning, signals};

/// What files say about each other, until the resolvers have run.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Names of models and deployments that files read from other files.
    pub(crate) outside_names: FxHashSet<String>,
    /// Ecosystem and name of every library.
    pub(crate) libraries: BTreeSet<(&'static str, String)>,
    /// What code imports.
    pub(crate) imports: imports::Imports,
}

impl Notes {
    /// Adds what `other` noted.
    pub(crate) fn merge(&mut self, other: Self) {
        self.outside_names.extend(other.outside_names);
        self.libraries.extend(other.libraries);
        self.imports.merge(other.imports);
    }
}

/// Analysers of source code, manifests and configuration.
pub(crate) const ANALYSERS: &[Analyser] = &[
    Analyser { name: "python", wants: |path| path.ends_with(".py"), analyse: python_file },
    Analyser { name: "javascript", wants: is_javascript, analyse: javascript_file },
    Analyser { name: "typed", wants: |path| typed::language(path).is_some(), analyse: typed_file },
    Analyser {
        name: "notebook",
        wants: |path| path.ends_with(".ipynb"),
        analyse: notebook::analyse,
    },
    Analyser { name: "manifest", wants: manifests::wants, analyse: manifests::analyse },
    Analyser { name: "mcp", wants: mcp_config::wants, analyse: mcp_config::analyse },
    Analyser { name: "documents", wants: documents::wants, analyse: documents::analyse },
    Analyser { name: "settings", wants: settings::wants, analyse: settings::analyse },
    Analyser {
        name: "prompt",
        wants: prompt_files::is_whole,
        analyse: prompt_files::analyse_whole,
    },
    Analyser { name: "sensitive", wants: sensitive::wants, analyse: sensitive::analyse },
];

/// Joins what code says over the repository; runs after infrastructure files were read.
pub(crate) const RESOLVERS: &[Resolver] = &[
    resolve::raise_shared_constants,
    resolve::join_deployments,
    resolve::join_endpoints,
    resolve::join_tools,
    resolve::rate_agents,
    imports::add_imported,
    manifests::count,
];

fn is_javascript(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    matches!(ending, "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs")
        && !path.ends_with(".min.js")
        && !path.ends_with(".d.ts")
}

fn python_file(file: &SourceFile<'_>, out: &mut Collector) {
    read_code(file, out, python::read);
}

fn javascript_file(file: &SourceFile<'_>, out: &mut Collector) {
    read_code(file, out, |text| {
        // Bundles are built from sources that are scanned themselves.
        let bundled = text.len() > 50_000 && text.len() / text.lines().count().max(1) > 500;
        if bundled { Some(module::Module::default()) } else { javascript::read(text, file.path) }
    });
}

fn typed_file(file: &SourceFile<'_>, out: &mut Collector) {
    let Some(language) = typed::language(file.path) else { return };
    read_code(file, out, |text| typed::read(text, language));
}

fn read_code(
    file: &SourceFile<'_>,
    out: &mut Collector,
    read: impl FnOnce(&str) -> Option<module::Module>,
) {
    let Some(text) = file.text() else { return };
    if !interest::may_tell(file.path, text) {
        imports::note_module(file, out);
        return;
    }
    let Some(module) = read(text) else {
        out.diagnostic(DiagnosticStatus::Unsupported, file.path, "the parser gave up on this file");
        return;
    };
    if module.too_deep {
        let message = format!("code nested deeper than {} levels was left out", module::MAX_DEPTH);
        out.diagnostic(DiagnosticStatus::TooLarge, file.path, message);
    }
    recognise::recognise(&module, file, None, out);
}
