use chrono::{Duration, Utc};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::{Field, Format, eprint, line};
use crate::runtime;

/// Make, show and revoke access tokens
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  picket tokens create ci --days 30
  picket tokens list
  picket tokens revoke 0193…")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token; its secret is shown once, on stdout
    Create {
        /// What it is for
        name: String,
        /// Days it is good for
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
    },
    /// Show tokens, without their secrets
    List {
        /// How to write them
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
    /// Revoke a token
    Revoke {
        /// Its id
        id: String,
    },
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<Exit, Failure> {
    let store = runtime::store(&context.config).await?;
    match arguments.action {
        Action::Create { name, days } => {
            // Two random UUIDs carry 244 bits from the system's generator.
            let secret = format!(
                "picket_{}{}",
                uuid::Uuid::new_v4().simple(),
                uuid::Uuid::new_v4().simple()
            );
            let expires = days.map(|days| Utc::now() + Duration::days(i64::from(days)));
            let token = store.add_token(&name, &secret, expires).await?;
            line(&secret)?;
            if !context.quiet {
                eprint(&format!("token {} for `{name}`; the secret is not shown again", token.id));
            }
        }
        Action::List { format } => {
            let tokens = store.tokens().await?;
            let format = context.output.format(format);
            context.output.list(
                format,
                &tokens,
                &["Id", "Name", "Created", "Expires", "Last use"],
                |token| {
                    let time = |time: Option<chrono::DateTime<Utc>>| {
                        time.map(|time| time.format("%Y-%m-%d %H:%M").to_string())
                            .unwrap_or_default()
                    };
                    vec![
                        Field::from(token.id.to_string()),
                        Field::from(token.name.as_str()),
                        Field::from(time(Some(token.created))),
                        Field::from(time(token.expires)),
                        Field::from(time(token.last_use)),
                    ]
                },
            )?;
        }
        Action::Revoke { id } => {
            if !store.revoke_token(&id).await? {
                return Err(Failure::usage(anyhow::anyhow!(
                    "there is no token `{id}`; `picket tokens list` shows them"
                )));
            }
            if !context.quiet {
                eprint(&json!({ "revoked": id }).to_string());
            }
        }
    }
    store.close().await;
    Ok(Exit::Done)
}
