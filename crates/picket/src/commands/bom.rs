use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use picket_bom::{BomOptions, Diff, FieldChange, Item, Spec};
use picket_model::AssetId;
use serde_json::Value;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format, eprint};
use crate::runtime;

/// Write the AI bill of materials as CycloneDX or SPDX
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
With SOURCE_DATE_EPOCH set, the document is made at that time and the same inventory gives the same bytes.

Examples:
  picket bom -o bom.cdx.json
  picket bom --spec cyclonedx-1.7 --environment repo://chat
  picket bom --spec spdx-3.0 -o bom.spdx.json
  picket bom diff last-week.cdx.json bom.cdx.json"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// `cyclonedx-1.6`, `cyclonedx-1.7` or `spdx-3.0`
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

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what changed from one CycloneDX document to another
    Diff {
        /// The older document
        old: PathBuf,
        /// The newer document
        new: PathBuf,
        /// How to write the changes
        #[arg(long, value_enum)]
        format: Option<Format>,
        /// The same as `--format json`
        #[arg(long, conflicts_with = "format")]
        json: bool,
    },
}

fn spec(text: &str) -> Result<Spec, String> {
    text.parse().map_err(|error: picket_bom::UnknownSpec| error.to_string())
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    if let Some(Action::Diff { old, new, format, json }) = arguments.action {
        let format = if json { Some(Format::Json) } else { format };
        return diff(&old, &new, format, context);
    }
    let timestamp = timestamp()?;
    let store = runtime::store(&context.config).await?;
    let view = runtime::view(&store).await?;
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
    let mut options = BomOptions::new(arguments.spec, name, timestamp);
    options.partial = store.is_partial().await?;
    let document = picket_bom::generate(&assets, &relations, &options);
    match arguments.output {
        None => context.output.json(&document)?,
        Some(path) => {
            let mut text = serde_json::to_string_pretty(&document)?;
            text.push('\n');
            std::fs::write(&path, text)
                .with_context(|| format!("`{}` cannot be written", path.display()))?;
            if !context.quiet {
                let list = if arguments.spec == Spec::Spdx30 { "@graph" } else { "components" };
                let what = if arguments.spec == Spec::Spdx30 { "elements" } else { "components" };
                let count = document[list].as_array().map_or(0, Vec::len);
                eprint(&format!("wrote {count} {what} to {}", path.display()));
            }
        }
    }
    Ok(Exit::Done)
}

/// Now, or the time that `SOURCE_DATE_EPOCH` gives in seconds since 1970.
fn timestamp() -> Result<DateTime<Utc>, Failure> {
    let Some(given) = std::env::var_os("SOURCE_DATE_EPOCH").filter(|given| !given.is_empty())
    else {
        return Ok(Utc::now());
    };
    given
        .to_str()
        .and_then(|text| text.parse().ok())
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or_else(|| {
            Failure::usage(anyhow::anyhow!(
                "SOURCE_DATE_EPOCH is `{}`; it must be seconds since 1970",
                given.display()
            ))
        })
}

fn diff(
    old: &Path,
    new: &Path,
    format: Option<Format>,
    context: &Context,
) -> Result<Exit, Failure> {
    let (before, after) = (read(old)?, read(new)?);
    let found = picket_bom::diff(&before, &after).map_err(Failure::usage)?;
    let format = context.output.format(format);
    if format == Format::Json {
        context.output.json(&found)?;
    } else {
        let head = ["Change", "Kind", "Name", "Field", "Was", "Is"];
        context.output.list(format, &rows(&found), &head, |row| {
            row.iter().map(|text| Field::from(text.as_str())).collect()
        })?;
    }
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<Value, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("`{}` cannot be read", path.display()))
        .map_err(Failure::usage)?;
    let document: Value = serde_json::from_str(&text)
        .with_context(|| format!("`{}` is no JSON", path.display()))
        .map_err(Failure::usage)?;
    Ok(document)
}

/// One row for everything added and removed, and for every field that differs, by kind.
fn rows(diff: &Diff) -> Vec<[String; 6]> {
    let mut rows = Vec::new();
    for changes in [&diff.components, &diff.services] {
        rows.extend(changes.added.iter().map(|item| row("added", item, None)));
        rows.extend(changes.removed.iter().map(|item| row("removed", item, None)));
        for change in &changes.changed {
            let fields = change.fields.iter();
            rows.extend(fields.map(|field| row("changed", &change.item, Some(field))));
        }
    }
    rows.sort_by(|a, b| (&a[1], &a[2]).cmp(&(&b[1], &b[2])));
    let edges = &diff.dependencies;
    let edges = [("added", &edges.added), ("removed", &edges.removed)];
    rows.extend(edges.into_iter().flat_map(|(change, edges)| {
        edges.iter().map(move |edge| {
            let name = format!("{} {} {}", edge.source, edge.relation, edge.target);
            [change, "dependency", &name, "", "", ""].map(str::to_owned)
        })
    }));
    rows
}

fn row(change: &str, item: &Item, field: Option<&FieldChange>) -> [String; 6] {
    let kind = item.asset_kind.as_ref().unwrap_or(&item.kind);
    let group = item.group.as_ref().map_or_else(String::new, |group| format!("{group}/"));
    let version = item.version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
    let name = format!("{group}{}{version}", item.name);
    let part = |text: Option<&String>| text.cloned().unwrap_or_default();
    [
        change.to_owned(),
        kind.clone(),
        name,
        part(field.map(|it| &it.field)),
        part(field.and_then(|it| it.old.as_ref())),
        part(field.and_then(|it| it.new.as_ref())),
    ]
}
