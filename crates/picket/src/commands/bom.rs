use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use picket_bom::{BomOptions, Spec};
use picket_model::AssetId;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::eprint;
use crate::runtime;

/// Write the AI bill of materials as CycloneDX
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  picket bom -o bom.cdx.json
  picket bom --spec cyclonedx-1.7 --environment repo://chat")]
pub(crate) struct Arguments {
    /// `cyclonedx-1.6` or `cyclonedx-1.7`
    #[arg(long, default_value = "cyclonedx-1.6", value_parser = spec)]
    spec: Spec,
    /// Only this environment and those below it
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// Only this asset and what it leads to
    #[arg(long, value_name = "ID")]
    asset: Option<String>,
    /// File to write [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn spec(text: &str) -> Result<Spec, String> {
    text.parse().map_err(|error: picket_bom::UnknownSpec| error.to_string())
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let view = runtime::view(&runtime::store(&context.config).await?).await?;
    if let Some(asset) = &arguments.asset
        && view.asset(&AssetId::from(asset.as_str())).is_none()
    {
        return Err(Failure::usage(anyhow::anyhow!("there is no asset `{asset}`")));
    }
    if let Some(environment) = &arguments.environment
        && !view.estate.environments.iter().any(|known| known.id == *environment)
    {
        return Err(Failure::usage(anyhow::anyhow!(
            "there is no environment `{environment}`; `picket environments` shows those there are"
        )));
    }
    let (assets, relations) =
        view.selection(arguments.environment.as_deref(), arguments.asset.as_deref());
    let name = arguments.environment.or(arguments.asset).unwrap_or_else(|| "estate".to_owned());
    let document =
        picket_bom::generate(&assets, &relations, &BomOptions::new(arguments.spec, name, chrono::Utc::now()));
    match arguments.output {
        None => context.output.json(&document)?,
        Some(path) => {
            let mut text = serde_json::to_string_pretty(&document)?;
            text.push('\n');
            std::fs::write(&path, text)
                .with_context(|| format!("`{}` cannot be written", path.display()))?;
            if !context.quiet {
                let count = document["components"].as_array().map_or(0, Vec::len);
                eprint(&format!("wrote {count} components to {}", path.display()));
            }
        }
    }
    Ok(Exit::Done)
}
