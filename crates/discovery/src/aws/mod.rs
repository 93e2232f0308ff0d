//! Finds AI workloads in Amazon Web Services, and what they stand on: data, identities, compute, network.
//!
//! All accounts of the organisation are read, in all regions they have enabled, by read-only calls. What AWS refuses, lacks or
//! answers wrongly becomes a diagnostic about that call; the rest is kept.
//!
//! Ids are ARNs. Where AWS has none, one is made in its manner: Bedrock itself in an account and region is
//! `arn:aws:bedrock:REGION:ACCOUNT:*`, an agent's action group `AGENT/actiongroup/ID`, a gateway's target `GATEWAY/target/ID`.
//! Names of properties stand in `docs/reference/aws.md`.

mod access;
mod agentcore;
mod bedrock;
mod bedrock_agent;
mod call;
mod containers;
mod data;
mod ec2;
mod functions;
mod iam;
mod inference;
mod lambda;
mod links;
mod network;
mod organization;
mod policy;
mod references;
mod s3;
mod sagemaker;
mod sampling;
mod scope;
mod service;
mod session;
mod shape;
#[cfg(test)]
mod tests;
mod tidy;
mod value;
mod vectors;
mod xml;

use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_credential_types::provider::SharedCredentialsProvider;
use futures::future::join_all;
use picket_model::{Inventory, Progress};

use crate::cloud::{CallError, Filter, Gather, Http, Limits};
use call::{Client, partition};
use iam::Identities;
use references::References;
use scope::Scope;
use session::Session;

/// The region that is asked where neither the environment nor the profile names one.
const DEFAULT_REGION: &str = "us-east-1";

/// What of AWS to read, and how.
#[derive(Debug, Clone)]
pub struct AwsOptions {
    /// Kinds, categories, native types (`AWS::Bedrock::Agent`) or services (`bedrock`) to keep; everything where empty.
    pub only: Vec<String>,
    /// The same, to leave out.
    pub skip: Vec<String>,
    /// Regions to read; those that each account has enabled where none are given.
    pub regions: Option<Vec<String>>,
    /// Name of the role to assume in the other accounts of the organisation.
    pub role: String,
    /// Whether to look for sensitive data in a sample of each bucket's objects.
    pub sensitive_sampling: bool,
    /// Bounds.
    pub limits: Limits,
}

impl Default for AwsOptions {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            skip: Vec::new(),
            regions: None,
            role: "OrganizationAccountAccessRole".to_owned(),
            sensitive_sampling: true,
            limits: Limits::default(),
        }
    }
}

/// Why nothing of AWS could be read.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// No client could be made.
    #[error("no HTTPS client: {0}")]
    Client(#[source] CallError),
    /// AWS does not accept the credentials, there are none, or it cannot be reached.
    #[error(
        "AWS does not tell whose credentials these are: {0}; set AWS_PROFILE, AWS_ACCESS_KEY_ID or a role, and see that the endpoint can be reached"
    )]
    Identity(#[source] CallError),
}

/// Reads AWS with the credentials, region and endpoint of the standard chain (environment, profile, web identity, metadata).
///
/// # Errors
/// Only where nothing at all can be read; everything else becomes a diagnostic of the inventory.
pub async fn scan(options: &AwsOptions, progress: &dyn Progress) -> Result<Inventory, AwsError> {
    let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
    let region = config.region().map_or(DEFAULT_REGION, |region| region.as_ref()).to_owned();
    let missing = || {
        let message = "no credentials are configured".to_owned();
        AwsError::Identity(CallError::Denied { code: "NoCredentials".to_owned(), message })
    };
    let credentials = config.credentials_provider().ok_or_else(missing)?;
    let endpoint = config.endpoint_url().map(str::to_owned);
    scan_as(options, progress, credentials, region, endpoint).await
}

/// [`scan`] with credentials, home region and endpoint given.
async fn scan_as(
    options: &AwsOptions,
    progress: &dyn Progress,
    credentials: SharedCredentialsProvider,
    region: String,
    endpoint: Option<String>,
) -> Result<Inventory, AwsError> {
    let client = Client {
        http: Http::new(options.limits.clone()).map_err(AwsError::Client)?,
        gather: Gather::new(progress),
        references: References::default(),
        endpoint,
    };
    let filter = Filter::new(&options.only, &options.skip);
    let mut home = Scope {
        client: &client,
        session: Arc::new(Session::chain(credentials)),
        partition: partition(&region),
        account: String::new(),
        region,
    };
    home.account = organization::caller(&home).await.map_err(AwsError::Identity)?;
    let accounts = organization::accounts(&home, &options.role).await;
    let read = accounts.iter().map(|account| scan_account(account, options, &filter));
    let mut identities = Identities::default();
    for found in join_all(read).await {
        identities.all.extend(found.all);
        identities.profiles.extend(found.profiles);
    }
    links::relate(&client.gather, &identities.profiles);
    client.references.relate(&client.gather);
    access::relate(&client.gather, &identities.all, options.limits.access_relations);
    let mut inventory = client.gather.finish();
    links::resolve_aliases(&mut inventory);
    tidy::drop_empty_networks(&mut inventory);
    tidy::join_regions(&mut inventory.diagnostics);
    filter.apply(&mut inventory);
    Ok(inventory)
}

async fn scan_account(account: &Scope<'_>, options: &AwsOptions, filter: &Filter) -> Identities {
    let regions = match &options.regions {
        Some(regions) => regions.clone(),
        None => match organization::regions(account).await {
            Ok(regions) => regions,
            Err(error) => {
                account.gather().failed(format!("aws {} regions", account.account), &error);
                return Identities::default();
            }
        },
    };
    account.gather().expect(regions.len() as u64 + 1);
    let global = async {
        let buckets = async {
            if !filter.skips_service("s3") {
                s3::scan(account, &regions, options.sensitive_sampling).await;
            }
        };
        let home =
            Scope { region: call::global_region(account.partition).to_owned(), ..account.clone() };
        let (identities, ()) = futures::join!(iam::scan(&home), buckets);
        account.gather().advance(&format!("aws {}", account.account));
        identities
    };
    let regional = regions.iter().map(async |region| {
        let scope = Scope { region: region.clone(), ..account.clone() };
        scan_region(&scope, filter).await;
        scope.gather().advance(&format!("aws {} {region}", scope.account));
    });
    let (identities, _) = futures::join!(global, join_all(regional));
    identities
}

async fn scan_region(scope: &Scope<'_>, filter: &Filter) {
    let unless = |service: &'static str| !filter.skips_service(service);
    let networked = async {
        if unless("ec2") || unless("rds") {
            let network = network::scan(scope).await;
            futures::join!(ec2::scan(scope, &network), data::scan(scope, &network));
        }
    };
    let ai = async {
        if unless("bedrock") && bedrock::scan(scope).await {
            futures::join!(bedrock_agent::scan(scope), agentcore::scan(scope));
        }
    };
    let sagemaker = async {
        if unless("sagemaker") {
            sagemaker::scan(scope).await;
        }
    };
    let lambda = async {
        if unless("lambda") {
            lambda::scan(scope).await;
        }
    };
    futures::join!(networked, ai, sagemaker, lambda, vectors::scan(scope), containers::scan(scope));
}
