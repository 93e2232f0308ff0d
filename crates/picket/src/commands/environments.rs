use std::collections::BTreeMap;

use clap::Args;
use picket_model::{Extension, Plan, PlanState};
use picket_store::StoredPlan;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format};
use crate::runtime;

/// Show connected environments
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How to write them
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let view = runtime::view(&runtime::store(&context.config).await?).await?;
    let format = context.output.format(arguments.format);
    context.output.list(
        format,
        &view.estate.environments,
        &["Id", "Name", "Kind", "Provider", "Parent", "Coverage"],
        |environment| {
            let coverage =
                view.coverage.iter().find(|coverage| coverage.environment == environment.id);
            vec![
                Field::from(environment.id.as_str()),
                Field::from(environment.name.as_str()),
                Field::from(environment.kind.as_str()),
                Field::from(environment.provider.as_str()),
                Field::from(environment.parent.as_deref().unwrap_or_default()),
                Field::from(coverage.map_or("none", |coverage| coverage.level.as_str())),
            ]
        },
    )?;
    Ok(Exit::Done)
}

/// Show or set the plans of an environment
///
/// Plans are `cspm` and `ai-workloads`; environments below inherit them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  picket plans repo://chat
  picket plans 111122223333 --set ai-workloads=on --extension suspicious-prompt-evidence=on")]
pub(crate) struct PlanArguments {
    /// Environment id or name
    environment: String,
    /// Switch a plan
    #[arg(long, value_name = "PLAN=on|off", value_parser = setting::<Plan>)]
    set: Vec<(Plan, bool)>,
    /// Switch an option of a plan
    #[arg(long, value_name = "NAME=on|off", value_parser = setting::<Extension>)]
    extension: Vec<(Extension, bool)>,
    /// How to write them
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Reads `NAME=on|off`.
fn setting<T: std::str::FromStr<Err = picket_model::UnknownName>>(
    text: &str,
) -> Result<(T, bool), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=on or NAME=off")?;
    let value = match value {
        "on" => true,
        "off" => false,
        other => return Err(format!("`{other}` is neither on nor off")),
    };
    Ok((name.parse().map_err(|error: T::Err| error.to_string())?, value))
}

pub(crate) async fn plans(arguments: PlanArguments, context: &Context) -> Result<Exit, Failure> {
    let store = runtime::store(&context.config).await?;
    let mut view = runtime::view(&store).await?;
    let id = view
        .estate
        .environments
        .iter()
        .find(|known| known.id == arguments.environment || known.name == arguments.environment)
        .map(|known| known.id.clone())
        .ok_or_else(|| {
            Failure::usage(anyhow::anyhow!(
                "there is no environment `{}`; `picket environments` shows those there are",
                arguments.environment
            ))
        })?;
    if !arguments.set.is_empty() || !arguments.extension.is_empty() {
        for plan in Plan::ALL.iter().copied() {
            if let Some(change) = change(&arguments, plan, view.plans.get(&id)) {
                store.set_plan(&id, &change).await?;
            }
        }
        view = runtime::view(&store).await?;
    }
    let settings = view.plans.get(&id).cloned().unwrap_or_default();
    let format = context.output.format(arguments.format);
    context.output.list(
        format,
        &settings,
        &["Plan", "State", "Inherited from", "Options"],
        |setting| {
            let options: Vec<String> = setting
                .extensions
                .iter()
                .map(|(name, on)| format!("{name}={}", if *on { "on" } else { "off" }))
                .collect();
            vec![
                Field::from(setting.plan.as_str()),
                Field::from(setting.state.as_str()),
                Field::from(setting.inherited_from.clone().unwrap_or_default()),
                Field::from(options.join("\n")),
            ]
        },
    )?;
    Ok(Exit::Done)
}

/// What the command line changes of one plan, if anything.
fn change(
    arguments: &PlanArguments,
    plan: Plan,
    current: Option<&Vec<picket_model::PlanSetting>>,
) -> Option<StoredPlan> {
    let current = current.and_then(|all| all.iter().find(|setting| setting.plan == plan));
    let state = arguments.set.iter().rev().find(|(name, _)| *name == plan).map(|(_, on)| *on);
    let options: Vec<(Extension, bool)> = arguments
        .extension
        .iter()
        .filter(|(name, _)| plan.extensions().contains(name))
        .copied()
        .collect();
    if state.is_none() && options.is_empty() {
        return None;
    }
    let mut extensions: BTreeMap<Extension, bool> =
        current.map(|setting| setting.extensions.clone()).unwrap_or_default();
    extensions.extend(options);
    let was_on = current.is_some_and(|setting| setting.state == PlanState::On);
    let state = if state.unwrap_or(was_on) { PlanState::On } else { PlanState::Off };
    Some(StoredPlan { plan, state, extensions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_name_and_on_or_off() {
        assert_eq!(setting::<Plan>("cspm=on"), Ok((Plan::Cspm, true)));
        assert!(setting::<Plan>("cspm").is_err());
        assert!(setting::<Plan>("cspm=yes").is_err());
        assert!(setting::<Plan>("csp=on").unwrap_err().contains("known are"));
    }
}
