//! Jupyter notebooks: their code cells, read as one Python module.

use picket_model::{AssetKind, DiagnosticStatus};
use serde::Deserialize;

use super::recognise::{CellLine, recognise};
use crate::Collector;
use crate::files::SourceFile;

#[derive(Debug, Deserialize)]
struct Notebook {
    #[serde(default)]
    cells: Vec<Cell>,
    #[serde(default)]
    metadata: serde_json::Value,
}

#[derive(Debug, Deserialize)]
struct Cell {
    #[serde(default)]
    cell_type: String,
    #[serde(default)]
    source: Lines,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Lines {
    Many(Vec<String>),
    One(String),
}

impl Default for Lines {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// Reads a notebook: an asset of its own, and what its code says.
pub(crate) fn analyse(file: &SourceFile<'_>, out: &mut Collector) {
    let Some(text) = file.text() else { return };
    let notebook: Notebook = match serde_json::from_str(text) {
        Ok(notebook) => notebook,
        Err(error) => {
            let message = format!("notebook cannot be read: {error}");
            out.diagnostic(DiagnosticStatus::Malformed, file.path, message);
            return;
        }
    };
    file.add_to(AssetKind::Notebook, out);
    let language = notebook.metadata.pointer("/kernelspec/language").and_then(|name| name.as_str());
    if language.is_some_and(|language| language != "python") {
        return;
    }
    let (code, lines) = join_cells(text, notebook);
    if let Some(module) = super::python::read(&code) {
        recognise(&module, file, Some(&lines), out);
    }
}

/// The code of all cells, and where each of its lines stands in the notebook file.
fn join_cells(text: &str, notebook: Notebook) -> (String, Vec<CellLine>) {
    let file_lines: Vec<&str> = text.lines().collect();
    let (mut code, mut lines, mut at) = (String::new(), Vec::new(), 0);
    for (index, cell) in notebook.cells.into_iter().enumerate() {
        let source = match cell.source {
            Lines::Many(lines) => lines.concat(),
            Lines::One(text) => text,
        };
        if cell.cell_type != "code" || source.trim_start().starts_with("%%") {
            continue;
        }
        for line in source.lines() {
            let written = serde_json::to_string(line).unwrap_or_default();
            let written = written.trim_matches('"');
            if let Some(found) =
                (at..file_lines.len()).find(|&number| file_lines[number].contains(written))
            {
                at = found;
            }
            let number = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
            lines.push(CellLine { cell: number(index), line: number(at) });
            // Shell and magic lines are no Python.
            if !line.trim_start().starts_with(['!', '%']) {
                code.push_str(line);
            }
            code.push('\n');
            at += usize::from(!written.is_empty() && at + 1 < file_lines.len());
        }
    }
    (code, lines)
}
