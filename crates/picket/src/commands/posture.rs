use clap::Args;
use picket_model::{Recommendation, RecommendationStatus, Severity};

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format};
use crate::runtime;

/// Show what should be set right, highest risk first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  picket recommendations --environment repo://chat
  picket recommendations --fail-on high --format sarif > picket.sarif")]
pub(crate) struct Arguments {
    /// Only this environment and those below it
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// Healthy results too
    #[arg(long)]
    all: bool,
    /// Exit with 1 when one is at or above this risk level
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    fail_on: Option<Severity>,
    /// How to write them
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(super) fn severity(text: &str) -> Result<Severity, String> {
    text.parse().map_err(|error: picket_model::UnknownName| error.to_string())
}

pub(crate) async fn recommendations(
    arguments: Arguments,
    context: &Context,
) -> Result<Exit, Failure> {
    let view = runtime::view(&runtime::store(&context.config).await?).await?;
    let found: Vec<Recommendation> = view
        .recommendations(arguments.environment.as_deref())
        .into_iter()
        .filter(|result| arguments.all || result.status == RecommendationStatus::Unhealthy)
        .cloned()
        .collect();
    match context.output.format(arguments.format) {
        Format::Sarif => context.output.json(&picket_posture::sarif(&found))?,
        format => context.output.list(
            format,
            &found,
            &["Risk", "Recommendation", "Asset", "Reason", "Rule"],
            |result| {
                vec![
                    Field::Severity(result.risk_level),
                    Field::from(result.title.as_str()),
                    Field::from(result.asset.as_str()),
                    Field::from(result.reason.as_str()),
                    Field::from(result.rule.as_str()),
                ]
            },
        )?,
    }
    let worst = found
        .iter()
        .filter(|result| result.status == RecommendationStatus::Unhealthy)
        .map(|result| result.risk_level)
        .max();
    Ok(met(arguments.fail_on, worst))
}

/// Show ways from an entry point to something that matters
#[derive(Debug, Args)]
pub(crate) struct PathArguments {
    /// Only paths that touch this environment or those below it
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// Exit with 1 when one is at or above this risk level
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    fail_on: Option<Severity>,
    /// How to write them
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(crate) async fn attack_paths(
    arguments: PathArguments,
    context: &Context,
) -> Result<Exit, Failure> {
    let view = runtime::view(&runtime::store(&context.config).await?).await?;
    let found = view.attack_paths(arguments.environment.as_deref());
    let format = context.output.format(arguments.format);
    context.output.list(format, &found, &["Risk", "Attack path", "Through", "Rule"], |path| {
        let names: Vec<&str> = path
            .path
            .nodes
            .iter()
            .map(|node| {
                node.properties.get("name").and_then(serde_json::Value::as_str).unwrap_or(&node.id)
            })
            .collect();
        vec![
            Field::Severity(path.risk_level),
            Field::from(path.title.as_str()),
            Field::from(names.join(" → ")),
            Field::from(path.rule.as_str()),
        ]
    })?;
    Ok(met(arguments.fail_on, found.iter().map(|path| path.risk_level).max()))
}

/// Whether what was found is as bad as was asked for.
pub(super) fn met(fail_on: Option<Severity>, worst: Option<Severity>) -> Exit {
    match (fail_on, worst) {
        (Some(limit), Some(worst)) if worst >= limit => Exit::Found,
        _ => Exit::Done,
    }
}
