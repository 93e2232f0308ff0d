//! Data goes to stdout, everything else to stderr.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};
use picket_model::Severity;
use serde::Serialize;

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON document a line
    Jsonl,
    /// Comma-separated values
    Csv,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// OCSF 1.x, for security lakes
    Ocsf,
}

/// Writes data.
#[derive(Debug)]
pub(crate) struct Output {
    coloured: bool,
}

/// One cell of a table.
#[derive(Debug)]
pub(crate) enum Field {
    /// Plain.
    Text(String),
    /// A severity, coloured and named.
    Severity(Severity),
}

impl<T: Into<String>> From<T> for Field {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

impl Field {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Severity(severity) => severity.to_string(),
        }
    }
}

impl Output {
    pub(crate) const fn new(coloured: bool) -> Self {
        Self { coloured }
    }

    /// The format asked for, or what suits where stdout goes.
    pub(crate) fn format(&self, asked: Option<Format>) -> Format {
        asked.unwrap_or(if io::stdout().is_terminal() { Format::Table } else { Format::Json })
    }

    /// Writes a list: as a table of `rows` under `head`, or the `items` themselves.
    pub(crate) fn list<T: Serialize>(
        &self,
        format: Format,
        items: &[T],
        head: &[&str],
        row: impl Fn(&T) -> Vec<Field>,
    ) -> anyhow::Result<()> {
        match format {
            Format::Table => self.table(head, items.iter().map(row)),
            Format::Csv => csv(head, items.iter().map(row)),
            Format::Jsonl => items.iter().try_for_each(|item| line(&serde_json::to_string(item)?)),
            Format::Json => self.json(&items),
            Format::Sarif | Format::Ocsf => {
                anyhow::bail!(
                    "this command does not write {}",
                    format!("{format:?}").to_uppercase()
                )
            }
        }
    }

    /// Writes a table.
    pub(crate) fn table(
        &self,
        head: &[&str],
        rows: impl Iterator<Item = Vec<Field>>,
    ) -> anyhow::Result<()> {
        let mut table = Table::new();
        table.load_style(UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(head.iter().map(|name| self.strong(name)));
        let mut count = 0;
        for row in rows {
            count += 1;
            table.add_row(row.iter().map(|field| self.cell(field)));
        }
        if count == 0 {
            eprint("nothing found");
            return Ok(());
        }
        line(&table.to_string())
    }

    fn strong(&self, text: &str) -> Cell {
        let cell = Cell::new(text);
        if self.coloured { cell.add_attribute(Attribute::Bold) } else { cell }
    }

    fn cell(&self, field: &Field) -> Cell {
        let cell = Cell::new(safe(&field.text()));
        match field {
            Field::Severity(severity) if self.coloured => cell.fg(match severity {
                Severity::Critical => Color::Magenta,
                Severity::High => Color::Red,
                Severity::Medium => Color::Yellow,
                Severity::Low => Color::Cyan,
                Severity::Informational => Color::Grey,
            }),
            _ => cell,
        }
    }

    /// Writes one JSON document.
    pub(crate) fn json<T: Serialize + ?Sized>(&self, value: &T) -> anyhow::Result<()> {
        line(&serde_json::to_string_pretty(value)?)
    }
}

fn csv(head: &[&str], rows: impl Iterator<Item = Vec<Field>>) -> anyhow::Result<()> {
    line(&head.iter().map(|name| quoted(&name.to_lowercase())).collect::<Vec<_>>().join(","))?;
    for row in rows {
        line(&row.iter().map(|field| quoted(&field.text())).collect::<Vec<_>>().join(","))?;
    }
    Ok(())
}

/// A CSV field; one that a spreadsheet would run as a formula is made text.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if guard.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// Names of assets are somebody else's text: control characters must not reach a terminal.
fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// One line to stdout; that the reader has gone is not an error worth a message.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Into::into),
    }
}

/// One line to stderr; there is nowhere to report that this fails.
pub(crate) fn eprint(text: &str) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// Says what went wrong and why, on stderr.
pub(crate) fn complain(error: &anyhow::Error) {
    eprint(&format!("error: {error:#}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_no_formula_in_csv() {
        assert_eq!(quoted("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        assert_eq!(quoted("plain"), "plain");
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(safe("a\u{1b}[31mb"), "a\u{fffd}[31mb");
    }
}
