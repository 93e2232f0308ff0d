use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use picket_shield::ShieldInput;
use picket_shield::calibrate::{self, Calibrated, Calibration};
use serde_json::json;

use super::{lines, skipped};
use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format, eprint};
use crate::runtime;

/// Find the thresholds that give a wished rate of false positives on traffic of your own
///
/// The files hold inputs as `picket shield` reads them, of ordinary traffic without attacks. Only categories whose scores
/// are a matter of degree are calibrated; hidden text, leaks and known-bad links are reported as before.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// JSONL files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Wished share of ordinary rows that are flagged, by category and channel; needs 3/RATE rows
    #[arg(long, value_name = "RATE", default_value_t = 0.01)]
    false_positives: f64,
    /// Write the thresholds as settings to put into picket.toml
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How to write the table
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let (shield, classifier) = runtime::shield(context.config.shield.clone())?;
    let mut sample = Calibration::new(shield);
    let wrong = lines(&arguments.files, |row: ShieldInput| {
        sample.add(&row);
        Ok(())
    })?;
    let calibrated = sample.finish(arguments.false_positives).map_err(Failure::usage)?;
    let format = context.output.format(arguments.format);
    let head = ["Category", "Channel", "Rows", "Flagged now", "Flagged then", "Threshold"];
    context.output.list(format, &calibrated, &head, |row: &Calibrated| {
        vec![
            Field::from(row.category.as_str()),
            Field::from(row.channel.as_str()),
            Field::from(row.rows.to_string()),
            Field::from(format!("{:.4}", row.before)),
            Field::from(format!("{:.4}", row.after)),
            Field::from(format!("{:.3}", row.threshold)),
        ]
    })?;
    if let Some(path) = &arguments.output {
        std::fs::write(path, settings(&calibrated))
            .with_context(|| format!("`{}` cannot be written", path.display()))?;
        if !context.quiet {
            eprint(&format!("wrote {}", path.display()));
        }
    }
    let skipped = skipped(classifier.as_deref());
    Ok(if wrong > 0 || skipped { Exit::Partial } else { Exit::Done })
}

/// The thresholds as TOML, one line a category.
fn settings(calibrated: &[Calibrated]) -> String {
    let thresholds = json!(calibrate::settings(calibrated));
    let mut text = "[shield.thresholds]\n".to_owned();
    for (category, channels) in thresholds.as_object().into_iter().flatten() {
        let channels = channels.as_object().into_iter().flatten();
        let each = channels.map(|(channel, least)| {
            let least = least.as_f64().unwrap_or_default();
            format!("{channel} = {least:.3}")
        });
        let each: Vec<String> = each.collect();
        text.push_str(&format!("{category} = {{ {} }}\n", each.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use picket_model::{Channel, ThreatCategory};

    use super::*;

    #[test]
    fn settings_are_read_back() {
        let row = |category, channel, threshold| Calibrated {
            category,
            channel,
            rows: 300,
            before: 0.1,
            after: 0.01,
            threshold,
        };
        let text = settings(&[
            row(ThreatCategory::Jailbreak, Channel::User, 0.951),
            row(ThreatCategory::PromptInjection, Channel::Document, 0.8),
            row(ThreatCategory::PromptInjection, Channel::Tool, 0.9),
        ]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picket.toml");
        std::fs::write(&path, &text).unwrap();
        let thresholds = crate::config::Config::load(Some(&path), None).unwrap().shield.thresholds;
        let least = |category, channel| {
            thresholds.least(picket_shield::Sensitivity::Medium, category, channel)
        };
        assert_eq!(least(ThreatCategory::Jailbreak, Channel::User), 0.951);
        assert_eq!(least(ThreatCategory::Jailbreak, Channel::Document), 0.0);
        assert_eq!(least(ThreatCategory::PromptInjection, Channel::Tool), 0.9);
        // Today's form stays valid.
        std::fs::write(
            &path,
            "[shield.thresholds]\njailbreak = 0.6\n[shield.thresholds.low]\njailbreak = 0.9\n",
        )
        .unwrap();
        let thresholds = crate::config::Config::load(Some(&path), None).unwrap().shield.thresholds;
        assert_eq!(
            thresholds.least(
                picket_shield::Sensitivity::Medium,
                ThreatCategory::Jailbreak,
                Channel::User
            ),
            0.6
        );
    }
}
