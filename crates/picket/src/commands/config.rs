use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format, eprint};

/// Show or check settings, or write an example file
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Every setting, its value and where it came from
    Show {
        /// How to write them
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
    /// Say whether the settings can be read
    Check,
    /// Write an example picket.toml
    Init {
        /// File to write
        #[arg(default_value = "picket.toml")]
        file: PathBuf,
    },
}

/// One setting.
#[derive(Debug, serde::Serialize)]
struct Setting {
    name: String,
    value: Value,
    source: String,
}

pub(crate) fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    match arguments.action {
        Action::Show { format } => {
            let settings = settings(context)?;
            let format = context.output.format(format);
            context.output.list(format, &settings, &["Setting", "Value", "From"], |setting| {
                vec![
                    Field::from(setting.name.as_str()),
                    Field::from(match &setting.value {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    }),
                    Field::from(setting.source.as_str()),
                ]
            })?;
        }
        // Reading them is what comes before every command.
        Action::Check => eprint("the settings are sound"),
        Action::Init { file } => {
            if file.exists() {
                return Err(Failure::usage(anyhow::anyhow!(
                    "`{}` is there already",
                    file.display()
                )));
            }
            std::fs::write(&file, EXAMPLE)
                .with_context(|| format!("`{}` cannot be written", file.display()))?;
            eprint(&format!("wrote {}", file.display()));
        }
    }
    Ok(Exit::Done)
}

fn settings(context: &Context) -> Result<Vec<Setting>, Failure> {
    let mut settings = Vec::new();
    flatten(String::new(), serde_json::to_value(&context.config)?, &mut settings);
    for setting in &mut settings {
        if setting.name == "store.url" {
            setting.value = hidden(&setting.value);
        }
        let origin = context.config.figment.find_metadata(&setting.name);
        setting.source = origin.map_or_else(
            || "default".to_owned(),
            |metadata| match &metadata.source {
                Some(figment::Source::File(path)) => path.display().to_string(),
                _ if metadata.name.contains("environment") => "environment".to_owned(),
                _ if setting.name == "store.url" && !metadata.name.contains("Config") => {
                    "--store".to_owned()
                }
                _ => "default".to_owned(),
            },
        );
    }
    Ok(settings)
}

/// A database URL without its password.
fn hidden(value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            Value::from(format!("{}…{}", &text[..scheme + 3], &text[at..]))
        }
        _ => value.clone(),
    }
}

fn flatten(name: String, value: Value, settings: &mut Vec<Setting>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let name = if name.is_empty() { key } else { format!("{name}.{key}") };
                flatten(name, value, settings);
            }
        }
        value => settings.push(Setting { name, value, source: String::new() }),
    }
}

/// The example that `init` writes; a test reads it back.
const EXAMPLE: &str = r#"# Picket's settings. `picket config show` lists every one with its value and where it came from.
# Each can also be set in the environment: PICKET_SECTION__KEY, such as PICKET_STORE__URL.

[store]
url = "sqlite:picket.db"              # or postgres://user@host/picket
history_days = 400                    # how long changes of assets are kept; 0 keeps none

[server]
listen = "127.0.0.1:8080"             # any other address needs a token: picket tokens create NAME

[gateway]
listen = "127.0.0.1:8090"

# A client changes its base URL to http://127.0.0.1:8090/contoso-openai and nothing else.
# [[gateway.upstream]]
# name = "contoso-openai"
# protocol = "azure-openai"           # openai | azure-openai | azure-ai-inference | anthropic
# url = "https://contoso.openai.azure.com"
# asset = "/subscriptions/…/accounts/contoso"   # joins the traffic to the graph
# mode = "detect"                     # detect | block | off
# on_error = "open"                   # open | closed
# credentials = "pass-through"        # pass-through | { api_key_env = "NAME" }
# canary = true                       # plant a token in instructions that betrays a leak

[threat]
indicators = []                       # files with Tor exits, suspicious addresses, domains, user agents

# [[automation.webhook]]
# url = "https://siem.example.org/picket"
# format = "ocsf"                     # picket | ocsf
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_sound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picket.toml");
        std::fs::write(&path, EXAMPLE).unwrap();
        crate::config::Config::load(Some(&path), None).unwrap();
        let commented: String = EXAMPLE
            .lines()
            .map(|line| format!("{}\n", line.trim_start_matches("# ")))
            .filter(|line| !line.starts_with(['P', 'E', 'A']))
            .collect();
        std::fs::write(&path, commented).unwrap();
        let config = crate::config::Config::load(Some(&path), None).unwrap();
        assert_eq!(config.gateway.upstreams.len(), 1);
        assert_eq!(config.automation.webhook.len(), 1);
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(
            hidden(&Value::from("postgres://u:secret@h/d")),
            Value::from("postgres://…@h/d")
        );
    }
}
