use clap::{Args, Subcommand};
use picket_model::{Alert, AlertStatus, AssetId, Severity};

use crate::Context;
use crate::commands::posture::{met, severity};
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format, line};
use crate::runtime;

/// Show alerts, newest first
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  picket alerts --status active
  picket alerts --format ocsf > alerts.ocsf.json
  picket alerts sample"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// Only alerts with this status
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Option<AlertStatus>,
    /// Exit with 1 when an open one is at or above this severity
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    fail_on: Option<Severity>,
    /// How to write them
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make one sample alert of every type, to try what comes after alerts
    Sample {
        /// Environment they are for
        #[arg(long, value_name = "ENVIRONMENT")]
        environment: Option<String>,
        /// Asset they are about
        #[arg(long, value_name = "ID")]
        asset: Option<String>,
        /// How to write them
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
}

fn status(text: &str) -> Result<AlertStatus, String> {
    text.parse().map_err(|error: picket_model::UnknownName| error.to_string())
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    if let Some(Action::Sample { environment, asset, format }) = arguments.action {
        let parts = runtime::parts(&context.config, false, false, &[]).await?;
        let asset = asset.as_deref().map(AssetId::from);
        let alerts = parts.pipeline.samples(environment, asset).await?;
        write(&alerts, context, format)?;
        return Ok(Exit::Done);
    }
    let mut alerts = runtime::store(&context.config).await?.alerts(None).await?;
    alerts.retain(|alert| arguments.status.is_none_or(|status| alert.status == status));
    write(&alerts, context, arguments.format)?;
    let open =
        |alert: &&Alert| matches!(alert.status, AlertStatus::Active | AlertStatus::InProgress);
    Ok(met(arguments.fail_on, alerts.iter().filter(open).map(|alert| alert.severity).max()))
}

fn write(alerts: &[Alert], context: &Context, format: Option<Format>) -> Result<(), Failure> {
    match context.output.format(format) {
        Format::Ocsf => {
            context.output.json(&alerts.iter().map(picket_threat::ocsf).collect::<Vec<_>>())?;
        }
        Format::Csv => {
            line(picket_threat::csv(alerts).trim_end())?;
        }
        format => context.output.list(
            format,
            alerts,
            &["Severity", "Time", "Alert", "About", "Status", "Id"],
            |alert| {
                vec![
                    Field::Severity(alert.severity),
                    Field::from(alert.end_time_utc.format("%Y-%m-%d %H:%M:%S").to_string()),
                    Field::from(alert.alert_display_name.as_str()),
                    Field::from(alert.compromised_entity.clone().unwrap_or_default()),
                    Field::from(alert.status.as_str()),
                    Field::from(alert.id.to_string()),
                ]
            },
        )?,
    }
    Ok(())
}
