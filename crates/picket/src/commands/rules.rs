use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use picket_posture::RuleSet;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format, eprint};

/// Check rule files, or run the examples they carry
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say what is wrong with the rule files of a folder
    Check {
        /// Folder with YAML files
        folder: PathBuf,
    },
    /// Run the examples of the rule files of a folder
    Test {
        /// Folder with YAML files
        folder: PathBuf,
        /// How to write the results
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
}

pub(crate) fn run(arguments: &Arguments, context: &Context) -> Result<Exit, Failure> {
    let (Action::Check { folder } | Action::Test { folder, .. }) = &arguments.action;
    let mut files = Vec::new();
    gather(folder, folder, 0, &mut files).map_err(Failure::usage)?;
    if files.is_empty() {
        return Err(Failure::usage(anyhow::anyhow!("`{}` holds no .yaml files", folder.display())));
    }
    let (rules, errors) =
        RuleSet::load(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let mut problems: Vec<String> = errors.iter().map(ToString::to_string).collect();
    problems.extend(rules.check().iter().map(ToString::to_string));
    for problem in &problems {
        eprint(&format!("error: {problem}"));
    }
    if let Action::Test { format, .. } = arguments.action {
        let tests = rules.test();
        let format = context.output.format(format);
        context.output.list(format, &tests, &["Rule", "Example", "Result"], |test| {
            vec![
                Field::from(test.rule.as_str()),
                Field::from(test.example.as_str()),
                Field::from(test.failure.as_deref().unwrap_or("ok")),
            ]
        })?;
        if tests.iter().any(|test| test.failure.is_some()) {
            return Ok(Exit::Found);
        }
    }
    if !context.quiet {
        eprint(&format!("{} files, {} rules, {} errors", files.len(), rules.len(), problems.len()));
    }
    Ok(if problems.is_empty() { Exit::Done } else { Exit::Found })
}

/// Every YAML file below a folder with its path from there.
fn gather(
    root: &Path,
    folder: &Path,
    depth: usize,
    files: &mut Vec<(String, String)>,
) -> anyhow::Result<()> {
    anyhow::ensure!(depth < 8, "`{}` is nested too deep", folder.display());
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("`{}` cannot be read", folder.display()))?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(root, &path, depth + 1, files)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("`{}` cannot be read", path.display()))?;
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            files.push((name, text));
        }
    }
    Ok(())
}
