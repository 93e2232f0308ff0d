use clap::Args;
use picket_model::{Asset, AssetId, AssetKind};

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format};
use crate::runtime;

/// Show the inventory
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  picket assets --kind Model
  picket assets --environment repo://chat --format csv
  picket assets --id model://openai/gpt-4.1 --format json")]
pub(crate) struct Arguments {
    /// Only assets of this kind
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<AssetKind>,
    /// Only assets of this environment and those below it
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// Only the asset with this id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Assets that are gone too
    #[arg(long)]
    gone: bool,
    /// How to write them
    #[arg(long, value_enum)]
    format: Option<Format>,
}

fn kind(text: &str) -> Result<AssetKind, String> {
    text.parse().map_err(|error: picket_model::UnknownName| error.to_string())
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let view = runtime::view(&runtime::store(&context.config).await?).await?;
    let id = arguments.id.as_deref().map(AssetId::from);
    let assets: Vec<&Asset> = view
        .estate
        .assets
        .iter()
        .filter(|asset| {
            (arguments.gone || asset.gone_at.is_none())
                && arguments.kind.is_none_or(|kind| asset.kind == kind)
                && id.as_ref().is_none_or(|id| asset.id == *id)
                && arguments
                    .environment
                    .as_deref()
                    .is_none_or(|scope| view.within(&asset.environment, scope))
        })
        .collect();
    if let (Some(id), true) = (&arguments.id, assets.is_empty()) {
        return Err(Failure::usage(anyhow::anyhow!("there is no asset `{id}`")));
    }
    let format = context.output.format(arguments.format);
    context.output.list(
        format,
        &assets,
        &["Kind", "Name", "Provider", "Environment", "Findings", "Id"],
        |asset| {
            let mut findings: Vec<&str> =
                asset.findings.iter().map(|finding| finding.kind.as_str()).collect();
            findings.dedup();
            vec![
                Field::from(asset.kind.as_str()),
                Field::from(asset.name.as_str()),
                Field::from(asset.provider.as_str()),
                Field::from(asset.environment.as_str()),
                Field::from(findings.join(" ")),
                Field::from(asset.id.as_str()),
            ]
        },
    )?;
    Ok(Exit::Done)
}
