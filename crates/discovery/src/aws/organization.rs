//! The accounts of the organisation, and credentials for each of them.

use std::sync::Arc;

use picket_model::{Environment, EnvironmentKind, Provider};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::{
    call::{global_region, partition},
    scope::Scope,
    service::{EC2, ORGANIZATIONS, Operation, STS},
    session::Session,
    value::{text, texts},
};
use crate::cloud::{CallError, Gather};

const IDENTITY: Operation = STS.get("GetCallerIdentity", "");
const ORGANIZATION: Operation = ORGANIZATIONS.get("DescribeOrganization", "");
const ACCOUNTS: Operation = ORGANIZATIONS.list("ListAccounts", "", "/Accounts");
const ROOTS: Operation = ORGANIZATIONS.list("ListRoots", "", "/Roots");
const UNITS: Operation =
    ORGANIZATIONS.list("ListOrganizationalUnitsForParent", "", "/OrganizationalUnits");
const MEMBERS: Operation = ORGANIZATIONS.list("ListAccountsForParent", "", "/Accounts");
const REGIONS: Operation = EC2.get("DescribeRegions", "");

/// Deepest nesting of organisational units; AWS allows five levels.
const DEPTH: usize = 8;

/// The account that the credentials belong to.
///
/// # Errors
/// Whatever GetCallerIdentity answers: without it nothing can be read.
pub(super) async fn caller(scope: &Scope<'_>) -> Result<String, CallError> {
    let answer = scope.call(&IDENTITY, json!({})).await?;
    let missing =
        || CallError::Malformed { message: "GetCallerIdentity names no account".to_owned() };
    text(&answer, "/Account").map(str::to_owned).ok_or_else(missing)
}

/// Every active account of the organisation, each with credentials; only the caller's own where it is in none, or where the
/// credentials may not list the others.
pub(super) async fn accounts<'a>(scope: &Scope<'a>, role: &str) -> Vec<Scope<'a>> {
    let global = Scope { region: global_region(scope.partition).to_owned(), ..scope.clone() };
    let organization = match global.call(&ORGANIZATION, json!({})).await {
        Ok(answer) => answer,
        Err(error) => {
            // An account that stands alone is no failure.
            if !error.to_string().contains("AWSOrganizationsNotInUse") {
                global.failed(&ORGANIZATION, &error);
            }
            environment(
                scope.gather(),
                &scope.account,
                &scope.account,
                EnvironmentKind::Account,
                None,
            );
            return vec![scope.clone()];
        }
    };
    let root = text(&organization, "/Organization/Id").unwrap_or("organization").to_owned();
    environment(scope.gather(), &root, &root, EnvironmentKind::Organisation, None);
    let (parents, listed) =
        futures::join!(units(&global, &root), global.list(&ACCOUNTS, json!({})));
    let mut scopes = Vec::new();
    for account in &listed {
        let (Some(id), true) = (text(account, "/Id"), is_active(account)) else { continue };
        let parent = parents.get(id).unwrap_or(&root);
        let name = text(account, "/Name").unwrap_or(id);
        environment(scope.gather(), id, name, EnvironmentKind::Account, Some(parent));
        let session = if id == scope.account {
            Arc::clone(&scope.session)
        } else {
            let arn = format!("arn:{}:iam::{id}:role/{role}", scope.partition);
            Arc::new(Session::role(Arc::clone(&scope.session), arn, scope.region.clone()))
        };
        scopes.push(Scope { account: id.to_owned(), session, ..scope.clone() });
    }
    if scopes.is_empty() {
        environment(
            scope.gather(),
            &scope.account,
            &scope.account,
            EnvironmentKind::Account,
            Some(&root),
        );
        scopes.push(scope.clone());
    }
    scopes
}

fn is_active(account: &Value) -> bool {
    text(account, "/Status").is_none_or(|status| status == "ACTIVE")
}

fn environment(
    gather: &Gather<'_>,
    id: &str,
    name: &str,
    kind: EnvironmentKind,
    parent: Option<&String>,
) {
    gather.environment(Environment {
        id: id.to_owned(),
        name: name.to_owned(),
        kind,
        provider: Provider::Aws,
        parent: parent.cloned(),
        last_scanned: None,
    });
}

/// The organisational unit of each account that is in one; the units become environments, parents first.
async fn units(scope: &Scope<'_>, organization: &str) -> FxHashMap<String, String> {
    let mut parents = FxHashMap::default();
    let roots = scope.list(&ROOTS, json!({})).await;
    let mut level: Vec<(String, String)> = Vec::new();
    for root in texts(&json!({ "roots": roots }), "/roots/*/Id") {
        level.push((root.to_owned(), organization.to_owned()));
    }
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        for (id, shown_as) in &level {
            for unit in scope.list(&UNITS, json!({"ParentId": id})).await {
                let Some(unit_id) = text(&unit, "/Id") else { continue };
                let name = text(&unit, "/Name").unwrap_or(unit_id);
                environment(scope.gather(), unit_id, name, EnvironmentKind::Group, Some(shown_as));
                for account in scope.list(&MEMBERS, json!({"ParentId": unit_id})).await {
                    parents.extend(
                        text(&account, "/Id").map(|id| (id.to_owned(), unit_id.to_owned())),
                    );
                }
                below.push((unit_id.to_owned(), unit_id.to_owned()));
            }
        }
        level = below;
        if level.is_empty() {
            break;
        }
    }
    parents
}

/// The regions of its partition that an account has enabled.
///
/// # Errors
/// Where the account cannot be entered or its regions cannot be listed.
pub(super) async fn regions(scope: &Scope<'_>) -> Result<Vec<String>, CallError> {
    let answer = scope.call(&REGIONS, json!({})).await?;
    let regions = super::value::all(&answer, "/regionInfo/*");
    let enabled =
        regions.into_iter().filter(|region| text(region, "/optInStatus") != Some("not-opted-in"));
    let names = enabled.filter_map(|region| text(region, "/regionName"));
    let own = names.filter(|region| partition(region) == scope.partition);
    Ok(own.map(str::to_owned).collect())
}
