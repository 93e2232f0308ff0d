use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use picket_graph::{Limits, Params};
use picket_model::QueryResult;
use picket_posture::{RuleSet, Template};
use serde_json::Value;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format, eprint, line};
use crate::runtime;

/// Ask the graph in openCypher, or run a template
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  picket query @ai-workloads-and-models
  picket query 'MATCH (a:Agent)-[:HAS_TOOL]->(t) RETURN a.name, count(t) ORDER BY count(t) DESC'
  picket query 'MATCH (m:Model {name: $name})<-[:USES]-(r) RETURN r.name' --param name=gpt-4.1
  picket query --explain 'MATCH (i:Internet)-[:ROUTES_TO*1..3]->(c:Compute) RETURN c'")]
pub(crate) struct Arguments {
    /// The query, or @TEMPLATE
    query: String,
    /// Value of a parameter; numbers, true, false and null are read as such
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,
    /// At most so many rows
    #[arg(long, default_value_t = 1000, value_name = "N")]
    limit: usize,
    /// Seconds it may take
    #[arg(long, default_value_t = 30.0, value_name = "SECONDS")]
    timeout: f64,
    /// Print the plan and the time instead of the rows
    #[arg(long)]
    explain: bool,
    /// How to write the rows
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let rules = RuleSet::embedded();
    let (text, mut params) = match arguments.query.strip_prefix('@') {
        Some(name) => {
            let template = template(&rules, name)?;
            (template.query.clone(), template.params.clone())
        }
        None => (arguments.query.clone(), Params::new()),
    };
    for param in &arguments.param {
        let (name, value) = param
            .split_once('=')
            .with_context(|| format!("`{param}` is not NAME=VALUE"))
            .map_err(Failure::usage)?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        params.insert(name.to_owned(), value);
    }
    let time = Duration::try_from_secs_f64(arguments.timeout)
        .context("--timeout is not a number of seconds")
        .map_err(Failure::usage)?;
    let limits = Limits { rows: arguments.limit, time, ..Limits::default() };
    let view = runtime::view(&runtime::store(&context.config).await?).await?;
    let wrong = |error: picket_graph::QueryError| {
        Failure::usage(anyhow::anyhow!("{error}\n{}", pointed(&text, &error)))
    };
    if arguments.explain {
        line(&view.snapshot.explain(&text, &params).map_err(wrong)?)?;
        let result = view.snapshot.query(&text, &params, &limits).map_err(wrong)?;
        line(&format!("{} rows in {} µs", result.stats.rows, result.stats.elapsed_us))?;
        return Ok(Exit::Done);
    }
    let result = view.snapshot.query(&text, &params, &limits).map_err(wrong)?;
    write(&result, context, arguments.format)?;
    if result.stats.truncated {
        eprint(&format!("only the first {} rows are shown; --limit shows more", result.stats.rows));
    }
    Ok(Exit::Done)
}

fn template<'a>(rules: &'a RuleSet, name: &str) -> Result<&'a Template, Failure> {
    rules.templates().iter().find(|template| template.id == name).ok_or_else(|| {
        Failure::usage(anyhow::anyhow!(
            "there is no template `{name}`; `picket templates` shows those there are"
        ))
    })
}

/// The line of the query where the error is, with a mark under the column.
fn pointed(text: &str, error: &picket_graph::QueryError) -> String {
    let Some((line, column)) = error.position() else { return String::new() };
    let shown = text.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default();
    format!("  {shown}\n  {}^", " ".repeat(column.saturating_sub(1) as usize))
}

fn write(result: &QueryResult, context: &Context, format: Option<Format>) -> Result<(), Failure> {
    match context.output.format(format) {
        Format::Json => context.output.json(result)?,
        format => {
            let head: Vec<&str> = result.columns.iter().map(String::as_str).collect();
            context.output.list(format, &result.rows, &head, |row| {
                row.iter().map(|value| Field::from(short(value))).collect()
            })?;
        }
    }
    Ok(())
}

/// A value as people read it: a node by name, the rest as it is.
fn short(value: &Value) -> String {
    match (value, value.get("_kind").and_then(Value::as_str)) {
        (_, Some("node")) => {
            let name =
                value["properties"]["name"].as_str().or(value["id"].as_str()).unwrap_or_default();
            format!("{name} ({})", value["labels"][0].as_str().unwrap_or_default())
        }
        (_, Some("relation")) => format!("-[{}]->", value["type"].as_str().unwrap_or_default()),
        (_, Some("path")) => {
            let nodes = value["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
            nodes.iter().map(short).collect::<Vec<_>>().join(" → ")
        }
        (Value::String(text), _) => text.clone(),
        (Value::Null, _) => String::new(),
        (Value::Array(items), _) => items.iter().map(short).collect::<Vec<_>>().join(", "),
        (value, _) => value.to_string(),
    }
}

/// Show the explorer's query templates
#[derive(Debug, Args)]
pub(crate) struct TemplateArguments {
    /// How to write them
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(crate) fn templates(arguments: &TemplateArguments, context: &Context) -> Result<Exit, Failure> {
    let rules = RuleSet::embedded();
    let format = context.output.format(arguments.format);
    context.output.list(
        format,
        rules.templates(),
        &["Template", "Title", "Answers"],
        |template| {
            vec![
                Field::from(format!("@{}", template.id)),
                Field::from(template.title.as_str()),
                Field::from(template.description.as_str()),
            ]
        },
    )?;
    Ok(Exit::Done)
}
