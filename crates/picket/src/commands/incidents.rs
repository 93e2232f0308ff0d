use clap::Args;
use picket_model::Incident;
use uuid::Uuid;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format, line};
use crate::runtime;

/// Show incidents, or one with its story
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Incident id
    id: Option<Uuid>,
    /// How to write them
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let store = runtime::store(&context.config).await?;
    let format = context.output.format(arguments.format);
    let incidents = match arguments.id {
        Some(id) => vec![store.incident(id).await.map_err(Failure::usage)?],
        None => store.incidents().await?,
    };
    match (format, arguments.id.is_some()) {
        (Format::Ocsf, _) => {
            context
                .output
                .json(&incidents.iter().map(picket_threat::ocsf_incident).collect::<Vec<_>>())?;
        }
        (Format::Table, true) => {
            incidents.iter().try_for_each(|incident| tell(incident, context))?;
        }
        (Format::Json, true) => {
            incidents.iter().try_for_each(|incident| context.output.json(incident))?;
        }
        (format, _) => context.output.list(
            format,
            &incidents,
            &["Severity", "Last change", "Incident", "Alerts", "Status", "Id"],
            |incident| {
                vec![
                    Field::Severity(incident.severity),
                    Field::from(
                        incident.last_update_date_time.format("%Y-%m-%d %H:%M:%S").to_string(),
                    ),
                    Field::from(incident.display_name.as_str()),
                    Field::from(incident.alerts.len().to_string()),
                    Field::from(incident.status.as_str()),
                    Field::from(incident.id.to_string()),
                ]
            },
        )?,
    }
    Ok(Exit::Done)
}

/// An incident as one reads it.
fn tell(incident: &Incident, context: &Context) -> anyhow::Result<()> {
    line(&format!("{}  [{}, {}]", incident.display_name, incident.severity, incident.status))?;
    line(&format!("\n{}\n\nStory", incident.description))?;
    context.output.table(
        &["Time", "Tactic", "What happened"],
        incident.story.iter().map(|step| {
            vec![
                Field::from(step.time.format("%Y-%m-%d %H:%M:%S").to_string()),
                Field::from(step.tactic.as_str()),
                Field::from(step.summary.as_str()),
            ]
        }),
    )?;
    line("\nBlast radius")?;
    context.output.table(
        &["Kind", "Name", "Findings"],
        incident.blast_radius.assets.iter().map(|asset| {
            let findings: Vec<&str> =
                asset.findings.iter().map(|finding| finding.kind.as_str()).collect();
            vec![
                Field::from(asset.kind.as_str()),
                Field::from(asset.name.as_str()),
                Field::from(findings.join(" ")),
            ]
        }),
    )
}
