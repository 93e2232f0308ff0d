use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use picket_model::{Scan, ScanState};
use picket_server::scanning::{self, ScanOptions, Source};

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format, eprint};
use crate::progress::Bar;
use crate::runtime;

/// Things that could not be read, named on stderr; the scan's record has more.
const NAMED: usize = 20;

/// Find AI assets in code, infrastructure files or a cloud
///
/// SOURCE is a path (repository, folder, file), `azure`, `aws`, or `terraform:FILE` (state or plan as JSON).
/// A source is scanned as a whole: what is gone since the last scan is marked gone, not deleted.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  picket scan .
  picket scan services/chat infra --environment chat
  picket scan terraform:plan.json
  AWS_PROFILE=security picket scan aws
  picket scan azure --only Microsoft.CognitiveServices")]
pub(crate) struct Arguments {
    /// What to scan
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<String>,
    /// Name of the environment of a path
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Asset types to look for in a cloud, by the start of their name
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    only: Vec<String>,
    /// Asset types to leave out in a cloud, by the start of their name
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    skip: Vec<String>,
    /// Read files that .gitignore names too
    #[arg(long)]
    no_ignore: bool,
    /// How to write the scans' records
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let sources = arguments
        .sources
        .iter()
        .map(|text| text.parse::<Source>())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Failure::usage(anyhow::anyhow!(error)))?;
    if let Some(missing) = sources.iter().find_map(missing) {
        return Err(Failure::usage(anyhow::anyhow!(
            "`{}` is not there; give a folder or file that is, `azure`, `aws` or `terraform:FILE`",
            missing.display()
        )));
    }
    let store = runtime::store(&context.config).await?;
    let mut scans = Vec::new();
    for source in &sources {
        let options = ScanOptions {
            environment: arguments.environment.clone(),
            only: arguments.only.clone(),
            skip: arguments.skip.clone(),
            no_ignore: arguments.no_ignore,
            azure: context.config.discovery.azure.clone(),
        };
        let bar = Bar::new(context.quiet);
        let scan = scanning::run(&store, source, options, Arc::<Bar>::clone(&bar)).await;
        bar.finish();
        let scan = scan?;
        report(&scan, context.quiet);
        scans.push(scan);
    }
    context.output.list(
        context.output.format(arguments.format),
        &scans,
        &["Source", "State", "Assets", "Relations", "Findings", "Gone", "Not read"],
        |scan| {
            let counts = &scan.counts;
            vec![
                Field::from(scan.source.as_str()),
                Field::from(scan.state.as_str()),
                Field::from(counts.assets.to_string()),
                Field::from(counts.relations.to_string()),
                Field::from(counts.findings.to_string()),
                Field::from(counts.gone.to_string()),
                Field::from(counts.diagnostics.to_string()),
            ]
        },
    )?;
    store.close().await;
    Ok(exit(&scans))
}

fn missing(source: &Source) -> Option<PathBuf> {
    match source {
        Source::Path(path) | Source::Terraform(path) if !path.exists() => Some(path.clone()),
        _ => None,
    }
}

/// Names on stderr what could not be read.
fn report(scan: &Scan, quiet: bool) {
    if let Some(error) = &scan.error {
        eprint(&format!("error: {}: {error}", scan.source));
    }
    if quiet {
        return;
    }
    for diagnostic in scan.diagnostics.iter().take(NAMED) {
        eprint(&format!("{}: {}: {}", diagnostic.status, diagnostic.subject, diagnostic.message));
    }
    let more = scan.counts.diagnostics.saturating_sub(NAMED as u64);
    if more > 0 {
        eprint(&format!("… and {more} more; the scan's record {} has them", scan.id));
    }
}

fn exit(scans: &[Scan]) -> Exit {
    let failed = |scan: &&Scan| matches!(scan.state, ScanState::Failed | ScanState::Interrupted);
    match scans.iter().filter(failed).count() {
        0 if scans.iter().all(|scan| scan.state == ScanState::Succeeded) => Exit::Done,
        count if count == scans.len() => Exit::Nothing,
        _ => Exit::Partial,
    }
}
