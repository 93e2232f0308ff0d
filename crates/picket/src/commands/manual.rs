use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::exit::{Exit, Failure};

/// Write completions for a shell to stdout
#[derive(Debug, Args)]
pub(crate) struct CompletionArguments {
    /// Which shell
    shell: Shell,
}

pub(crate) fn completions(arguments: &CompletionArguments) -> Result<Exit, Failure> {
    let mut command = crate::Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "picket", &mut std::io::stdout());
    Ok(Exit::Done)
}

/// Write the manual pages
#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// Folder for one page a command [default: the main page to stdout]
    folder: Option<PathBuf>,
}

pub(crate) fn man(arguments: ManArguments) -> Result<Exit, Failure> {
    let command = crate::Arguments::command();
    match arguments.folder {
        Some(folder) => {
            std::fs::create_dir_all(&folder)
                .and_then(|()| clap_mangen::generate_to(command, &folder))
                .with_context(|| {
                    format!("the pages cannot be written to `{}`", folder.display())
                })?;
        }
        None => clap_mangen::Man::new(command).render(&mut std::io::stdout())?,
    }
    Ok(Exit::Done)
}
