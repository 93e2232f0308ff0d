//! Runs one scan from the first record to the finished one: for the command line, the API and the demo alike.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use picket_discovery::PathOptions;
use picket_discovery::aws::AwsOptions;
use picket_discovery::azure::AzureOptions;
use picket_model::{Diagnostic, DiagnosticStatus, Inventory, Progress, Scan, ScanState};
use picket_store::{Store, StoreError};
use tokio::runtime::Handle;

/// How often a running scan says that it is alive.
const BEAT: Duration = Duration::from_secs(10);

/// What a scan reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A repository, folder or file.
    Path(PathBuf),
    /// The Azure tenant of the standard credentials.
    Azure,
    /// The AWS organisation of the standard credentials.
    Aws,
    /// A Terraform state or plan file.
    Terraform(PathBuf),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "azure" => Ok(Self::Azure),
            "aws" => Ok(Self::Aws),
            "" => Err("a source is needed: a path, `azure`, `aws` or `terraform:FILE`".to_owned()),
            text => Ok(match text.strip_prefix("terraform:") {
                Some(file) => Self::Terraform(PathBuf::from(file)),
                None => Self::Path(PathBuf::from(text)),
            }),
        }
    }
}

impl Source {
    /// The name under which its results are kept; the same for every spelling of a path.
    #[must_use]
    pub fn key(&self) -> String {
        let absolute = |path: &PathBuf| {
            path.canonicalize().unwrap_or_else(|_| path.clone()).display().to_string()
        };
        match self {
            Self::Path(path) => absolute(path),
            Self::Azure => "azure".to_owned(),
            Self::Aws => "aws".to_owned(),
            Self::Terraform(file) => format!("terraform:{}", absolute(file)),
        }
    }
}

/// Options of a scan; what does not fit the source is not looked at.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Name of the environment of a path.
    pub environment: Option<String>,
    /// Asset types to look for, of a cloud; all when empty.
    pub only: Vec<String>,
    /// Asset types to leave out, of a cloud.
    pub skip: Vec<String>,
    /// Whether files that `.gitignore` names are read too.
    pub no_ignore: bool,
    /// Azure endpoints.
    pub azure: picket_discovery::azure::Endpoints,
}

/// Scans `source` and keeps what was found. The record says how it went, also when nothing could be read.
///
/// # Errors
/// Only when the store fails.
pub async fn run(
    store: &Store,
    source: &Source,
    options: ScanOptions,
    progress: Arc<dyn Progress>,
) -> Result<Scan, StoreError> {
    let scan = store.begin_scan(&source.key()).await?;
    finish(store, scan, source, options, progress).await
}

/// Does the work of a scan whose record was begun.
///
/// # Errors
/// Only when the store fails.
pub async fn finish(
    store: &Store,
    mut scan: Scan,
    source: &Source,
    options: ScanOptions,
    progress: Arc<dyn Progress>,
) -> Result<Scan, StoreError> {
    let beating = tokio::spawn({
        let (store, id) = (store.clone(), scan.id);
        async move {
            loop {
                tokio::time::sleep(BEAT).await;
                if let Err(error) = store.beat_scan(id).await {
                    tracing::warn!(%error, "cannot say that the scan is alive");
                }
            }
        }
    });
    let found = discover(source, options, progress).await;
    beating.abort();
    match found {
        Ok(inventory) => {
            let retire = retires(source, &inventory);
            store.apply(&mut scan, &inventory, retire).await?;
        }
        Err(reason) => {
            scan.state = ScanState::Failed;
            scan.finished = Some(chrono::Utc::now());
            scan.error = Some(reason);
            store.save_scan(&scan).await?;
        }
    }
    Ok(scan)
}

async fn discover(
    source: &Source,
    options: ScanOptions,
    progress: Arc<dyn Progress>,
) -> Result<Inventory, String> {
    match source.clone() {
        Source::Path(path) => {
            if !path.exists() {
                return Err(format!(
                    "`{}` is not there; give a folder or file that is",
                    path.display()
                ));
            }
            let options = PathOptions {
                environment: options.environment,
                respect_gitignore: !options.no_ignore,
                ..PathOptions::default()
            };
            blocking(move || Ok(picket_discovery::scan_path(&[path], &options, &*progress))).await
        }
        Source::Terraform(file) => {
            let options =
                PathOptions { environment: options.environment, ..PathOptions::default() };
            blocking(move || Ok(picket_discovery::scan_terraform(&file, &options, &*progress)))
                .await
        }
        Source::Aws => {
            let options =
                AwsOptions { only: options.only, skip: options.skip, ..AwsOptions::default() };
            blocking(move || {
                Handle::current()
                    .block_on(picket_discovery::aws::scan(&options, &*progress))
                    .map_err(|error| error.to_string())
            })
            .await
        }
        Source::Azure => {
            let options = AzureOptions {
                only: options.only,
                skip: options.skip,
                endpoints: options.azure,
                ..AzureOptions::default()
            };
            blocking(move || {
                Handle::current()
                    .block_on(picket_discovery::azure::scan(&options, &*progress))
                    .map_err(|error| error.to_string())
            })
            .await
        }
    }
}

/// Scans have a thread of their own: reading files blocks, and parsing a cloud's answers is work.
async fn blocking(
    work: impl FnOnce() -> Result<Inventory, String> + Send + 'static,
) -> Result<Inventory, String> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            Err(format!("the scan stopped on an error of its own: {error}; please report it"))
        }
    }
}

/// A cloud that refused or failed part of the calls says nothing about what it did not show.
fn retires(source: &Source, inventory: &Inventory) -> bool {
    let unseen = |diagnostic: &Diagnostic| {
        matches!(
            diagnostic.status,
            DiagnosticStatus::Denied | DiagnosticStatus::Throttled | DiagnosticStatus::Unreadable
        )
    };
    match source {
        Source::Aws | Source::Azure => !inventory.diagnostics.iter().any(unseen),
        Source::Path(_) | Source::Terraform(_) => !inventory.assets.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        assert_eq!("aws".parse(), Ok(Source::Aws));
        assert_eq!("./aws".parse(), Ok(Source::Path("./aws".into())));
        assert_eq!("terraform:plan.json".parse(), Ok(Source::Terraform("plan.json".into())));
        assert!("".parse::<Source>().is_err());
    }

    #[test]
    fn a_denied_call_retires_nothing() {
        let denied = Inventory {
            diagnostics: vec![Diagnostic::new(DiagnosticStatus::Denied, "iam", "no")],
            ..Inventory::default()
        };
        assert!(!retires(&Source::Aws, &denied));
        assert!(retires(&Source::Aws, &Inventory::default()));
    }
}
