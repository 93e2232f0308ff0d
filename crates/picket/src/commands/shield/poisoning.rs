use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use picket_model::Severity;
use picket_shield::Shield;
use picket_shield::poisoning::{self, PoisoningFinding, Record};

use super::lines;
use crate::Context;
use crate::commands::posture::{met, severity};
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format, eprint};

/// Records that are read at most.
const RECORDS: usize = 2_000_000;

/// Look for poisoned records in training or retrieval data
///
/// Each line is {text|prompt|instruction|question|content, label|completion|output|answer} or {messages:[…]}.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// JSONL files, looked at as one batch
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How to write the findings
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Exit with 1 when a finding is at least as bad
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    fail_on: Option<Severity>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    // A classifier of one's own is not asked: like the shield's, it takes questions of training data for orders.
    let shield = Shield::new(context.config.shield.clone())
        .context("the shield cannot be made from its settings")
        .map_err(Failure::usage)?;
    let mut records: Vec<Record> = Vec::new();
    let wrong = lines(&arguments.files, |record| {
        anyhow::ensure!(records.len() < RECORDS, "more than {RECORDS} records");
        records.push(record);
        Ok(())
    })?;
    if records.is_empty() {
        return Ok(Exit::Nothing);
    }
    let report = poisoning::inspect(&shield, &records);
    let format = context.output.format(arguments.format);
    let head = ["Severity", "Rule", "Records", "First", "What"];
    match format {
        Format::Json => context.output.json(&report)?,
        format => {
            context.output.list(format, &report.findings, &head, |found: &PoisoningFinding| {
                let first: Vec<String> =
                    found.records.iter().take(5).map(|index| (index + 1).to_string()).collect();
                vec![
                    Field::Severity(found.severity),
                    Field::from(found.rule.as_str()),
                    Field::from(found.count.to_string()),
                    Field::from(first.join(", ")),
                    Field::from(found.detail.as_str()),
                ]
            })?;
        }
    }
    if !context.quiet {
        eprint(&format!("{} records, {} findings", report.records, report.findings.len()));
    }
    let worst = report.findings.iter().map(|found| found.severity).max();
    Ok(match met(arguments.fail_on, worst) {
        Exit::Done if wrong > 0 => Exit::Partial,
        exit => exit,
    })
}
