//! The `picket` binary: reads the command line and hands over; one file per command in [`commands`].

mod commands;
mod config;
mod exit;
mod output;
mod progress;
mod runtime;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::commands::Command;
use crate::config::Config;
use crate::exit::Failure;

/// Estates are many small pieces. The system's allocator holds on to what reading them freed, and takes long to put it
/// together again (`docs/performance.md`, API).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Discovers, judges and protects AI workloads: Azure, AWS, Kubernetes, Terraform, code and model files.
#[derive(Debug, Parser)]
#[command(name = "picket", version, propagate_version = true, max_term_width = 110, after_help = EXAMPLES)]
struct Arguments {
    /// Configuration file [default: picket.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<std::path::PathBuf>,

    /// Where everything is kept: `sqlite:PATH` or `postgres://…` [default: sqlite:picket.db]
    #[arg(long, global = true, value_name = "URL")]
    store: Option<String>,

    /// Say more on stderr; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,

    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    quiet: bool,

    /// Colour in the output
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    color: Colour,

    #[command(subcommand)]
    command: Command,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

const EXAMPLES: &str = "\
Examples:
  picket demo                                  See the product with its sample estate
  picket scan .                                Find the AI in this repository
  picket scan aws                              … and in an AWS organisation
  picket query @ai-workloads-and-models        Ask what AI workloads and models are in use
  picket bom -o bom.cdx.json                   Write the AI bill of materials
  picket serve                                 API, web and gateway

Exit: 0 done · 1 done, and --fail-on was met · 2 usage or configuration · 3 partial · 4 nothing could be done";

/// What every command gets: settings and how to write.
#[derive(Debug)]
pub(crate) struct Context {
    config: Config,
    output: output::Output,
    quiet: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let coloured = match arguments.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    start_logging(arguments.verbose, arguments.quiet, coloured);
    let result = Config::load(arguments.config.as_deref(), arguments.store.as_deref())
        .map_err(Failure::usage)
        .and_then(|config| {
            let output = output::Output::new(coloured);
            let context = Context { config, output, quiet: arguments.quiet };
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            runtime
                .map_err(|error| Failure::nothing(error.into()))
                .and_then(|runtime| runtime.block_on(commands::run(arguments.command, &context)))
        });
    match result {
        Ok(code) => code.into(),
        Err(failure) => {
            output::complain(&failure.error);
            failure.exit.into()
        }
    }
}

/// Logs go to stderr; `PICKET_LOG` takes a tracing filter.
fn start_logging(verbose: u8, quiet: bool, coloured: bool) {
    let level = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) => "warn,picket=info,picket_server=info,picket_gateway=info",
        (false, 1) => {
            "info,picket=debug,picket_server=debug,picket_gateway=debug,picket_discovery=debug"
        }
        (false, _) => "debug",
    };
    let filter = EnvFilter::try_from_env("PICKET_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let colours = coloured && std::io::stderr().is_terminal();
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(verbose > 0)
        .with_ansi(colours)
        .compact();
    // Fails only when a logger was set before, which nothing here does.
    drop(logging.try_init());
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
