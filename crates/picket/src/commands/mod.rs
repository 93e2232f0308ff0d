//! The commands, a file each.

mod alerts;
mod assets;
mod bom;
mod config;
mod demo;
mod environments;
mod gateway;
mod incidents;
mod manual;
mod posture;
mod query;
mod replay;
mod rules;
mod scan;
mod serve;
mod shield;
mod tokens;

use clap::Subcommand;

use crate::Context;
use crate::exit::{Exit, Failure};

/// What Picket is asked to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Arguments),
    Serve(serve::Arguments),
    Scan(scan::Arguments),
    Environments(environments::Arguments),
    Plans(environments::PlanArguments),
    Assets(assets::Arguments),
    Query(query::Arguments),
    Templates(query::TemplateArguments),
    Recommendations(posture::Arguments),
    AttackPaths(posture::PathArguments),
    Rules(rules::Arguments),
    Bom(bom::Arguments),
    Shield(shield::Arguments),
    Gateway(gateway::Arguments),
    Alerts(alerts::Arguments),
    Incidents(incidents::Arguments),
    Tokens(tokens::Arguments),
    Config(config::Arguments),
    Completions(manual::CompletionArguments),
    Man(manual::ManArguments),
}

/// Runs a command.
pub(crate) async fn run(command: Command, context: &Context) -> Result<Exit, Failure> {
    match command {
        Command::Demo(arguments) => demo::run(arguments, context).await,
        Command::Serve(arguments) => serve::run(arguments, context).await,
        Command::Scan(arguments) => scan::run(arguments, context).await,
        Command::Environments(arguments) => environments::run(arguments, context).await,
        Command::Plans(arguments) => environments::plans(arguments, context).await,
        Command::Assets(arguments) => assets::run(arguments, context).await,
        Command::Query(arguments) => query::run(arguments, context).await,
        Command::Templates(arguments) => query::templates(&arguments, context),
        Command::Recommendations(arguments) => posture::recommendations(arguments, context).await,
        Command::AttackPaths(arguments) => posture::attack_paths(arguments, context).await,
        Command::Rules(arguments) => rules::run(&arguments, context),
        Command::Bom(arguments) => bom::run(arguments, context).await,
        Command::Shield(arguments) => shield::run(arguments, context),
        Command::Gateway(arguments) => gateway::run(arguments, context).await,
        Command::Alerts(arguments) => alerts::run(arguments, context).await,
        Command::Incidents(arguments) => incidents::run(arguments, context).await,
        Command::Tokens(arguments) => tokens::run(arguments, context).await,
        Command::Config(arguments) => config::run(arguments, context),
        Command::Completions(arguments) => manual::completions(&arguments),
        Command::Man(arguments) => manual::man(arguments),
    }
}
