//! IAM: roles, users and groups with their policies.

use std::sync::Arc;

use picket_model::{Asset, AssetKind, RelationKind};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::{
    policy::{Document, Permissions, Set},
    scope::Scope,
    service::{IAM, Operation},
    value::{all, pick, tags, text, texts},
};

const DETAILS: Operation = IAM.list("GetAccountAuthorizationDetails", "", "");

/// Somebody or something that may act in an account.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) arn: String,
    pub(super) account: String,
    pub(super) permissions: Permissions,
    /// Who may assume it, where it is a role.
    pub(super) trust: Document,
    /// A role of AWS's own services, which nobody else can use.
    pub(super) service_linked: bool,
}

/// The identities of an account and the roles of its instance profiles.
#[derive(Debug, Default)]
pub(super) struct Identities {
    pub(super) all: Vec<Identity>,
    pub(super) profiles: FxHashMap<String, String>,
}

type Policies = FxHashMap<String, Arc<Document>>;

/// Reads all identities of an account.
pub(super) async fn scan(scope: &Scope<'_>) -> Identities {
    let pages = scope.list(&DETAILS, json!({})).await;
    let every = |pointer: &str| -> Vec<Value> {
        pages.iter().flat_map(|page| all(page, pointer)).cloned().collect()
    };
    let managed: Policies = every("/Policies/*").iter().filter_map(managed_policy).collect();
    let mut found = Identities::default();
    let mut groups = FxHashMap::default();
    for group in every("/GroupDetailList/*") {
        let Some(identity) = identity(scope, &group, AssetKind::Group, &managed) else { continue };
        if let Some(name) = text(&group, "/GroupName") {
            groups.insert(name.to_owned(), (identity.arn.clone(), identity.permissions.clone()));
        }
        found.all.push(identity);
    }
    for user in every("/UserDetailList/*") {
        let Some(mut identity) = identity(scope, &user, AssetKind::User, &managed) else {
            continue;
        };
        for group in texts(&user, "/GroupList/*").into_iter().filter_map(|name| groups.get(name)) {
            scope.relate(&identity.arn, RelationKind::MemberOf, &group.0);
            identity.permissions.policies.extend(group.1.policies.iter().cloned());
        }
        found.all.push(identity);
    }
    for role in every("/RoleDetailList/*") {
        let Some(identity) = identity(scope, &role, AssetKind::Role, &managed) else { continue };
        for profile in texts(&role, "/InstanceProfileList/*/Arn") {
            found.profiles.insert(profile.to_owned(), identity.arn.clone());
        }
        found.all.push(identity);
    }
    found
}

/// The default version of a managed policy, by the policy's ARN.
fn managed_policy(policy: &Value) -> Option<(String, Arc<Document>)> {
    let versions = all(policy, "/PolicyVersionList/*");
    let default = versions.iter().find(|version| super::value::flag(version, "/IsDefaultVersion"));
    let document = text(default.or(versions.first())?, "/Document").and_then(Document::parse)?;
    Some((text(policy, "/Arn")?.to_owned(), Arc::new(document)))
}

fn identity(
    scope: &Scope<'_>,
    detail: &Value,
    kind: AssetKind,
    managed: &Policies,
) -> Option<Identity> {
    let arn = text(detail, "/Arn")?.to_owned();
    let (name, native_type, inline) = match kind {
        AssetKind::Role => ("/RoleName", "AWS::IAM::Role", "/RolePolicyList/*"),
        AssetKind::User => ("/UserName", "AWS::IAM::User", "/UserPolicyList/*"),
        _ => ("/GroupName", "AWS::IAM::Group", "/GroupPolicyList/*"),
    };
    let mut policies: Vec<(String, Arc<Document>)> = Vec::new();
    for policy in all(detail, inline) {
        let name = text(policy, "/PolicyName").unwrap_or("inline");
        if let Some(document) = text(policy, "/PolicyDocument").and_then(Document::parse) {
            policies.push((format!("inline policy {name}"), Arc::new(document)));
        }
    }
    let attached = texts(detail, "/AttachedManagedPolicies/*/PolicyArn");
    for policy in &attached {
        if let Some(document) = managed.get(*policy) {
            policies.push(((*policy).to_owned(), Arc::clone(document)));
        }
    }
    let boundary = text(detail, "/PermissionsBoundary/PermissionsBoundaryArn");
    let boundary = boundary.and_then(|arn| managed.get(arn)).cloned();
    let trust =
        text(detail, "/AssumeRolePolicyDocument").and_then(Document::parse).unwrap_or_default();
    let service_linked =
        text(detail, "/Path").is_some_and(|path| path.starts_with("/aws-service-role/"));

    let mut asset = scope.asset(&arn, kind, native_type, text(detail, name).unwrap_or(&arn));
    asset.region = None;
    asset.tags = tags(&pick(detail, "/Tags"));
    describe(&mut asset, &policies, &attached, &trust);
    if service_linked {
        asset.set("service_linked", true);
    }
    scope.gather().asset(asset);
    let permissions = Permissions { policies, boundary };
    Some(Identity { arn, account: scope.account.clone(), permissions, trust, service_linked })
}

/// What posture asks of an identity: AWS's full-access policies, wildcards in its own policies, who may assume it.
fn describe(
    asset: &mut Asset,
    policies: &[(String, Arc<Document>)],
    attached: &[&str],
    trust: &Document,
) {
    if !attached.is_empty() {
        asset.set("managed_policies", attached.to_vec());
    }
    let full: Vec<&str> = attached
        .iter()
        .filter(|arn| arn.contains(":iam::aws:policy/"))
        .filter_map(|arn| arn.rsplit('/').next())
        .filter(|name| {
            name.ends_with("FullAccess")
                || matches!(*name, "AdministratorAccess" | "PowerUserAccess")
        })
        .collect();
    if !full.is_empty() {
        asset.set("full_access_policies", full);
    }
    let own = policies.iter().filter(|(name, _)| !name.contains(":iam::aws:policy/"));
    let mut wildcards: Vec<&str> =
        own.flat_map(|(_, document)| wildcard_actions(document)).collect();
    wildcards.sort_unstable();
    wildcards.dedup();
    if !wildcards.is_empty() {
        asset.set("wildcard_actions", wildcards);
    }
    let mut services = Vec::new();
    let mut principals = Vec::new();
    for statement in trust.statements.iter().filter(|statement| statement.allow) {
        services.extend(statement.services.iter().cloned());
        principals.extend(statement.principals.iter().cloned());
    }
    if !services.is_empty() {
        asset.set("trusted_services", services);
    }
    if !principals.is_empty() {
        asset.set("trusted_principals", principals);
    }
}

/// Actions such as `bedrock:*` that a document allows on everything without condition.
fn wildcard_actions(document: &Document) -> Vec<&str> {
    let open = document.statements.iter().filter(|statement| {
        let everything = matches!(&statement.resources, Set::Only(patterns) if patterns.iter().any(|pattern| pattern == "*"));
        statement.allow && everything && statement.conditions.is_empty()
    });
    open.filter_map(|statement| match &statement.actions {
        Set::Only(actions) => Some(actions),
        Set::AllBut(_) => None,
    })
    .flatten()
    .map(String::as_str)
    .filter(|action| *action == "*" || action.ends_with(":*"))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_count_on_everything_and_unconditionally_only() {
        let document = |statement: Value| Document::read(&json!({"Statement": [statement]}));
        let open = document(
            json!({"Effect": "Allow", "Action": ["bedrock:*", "s3:GetObject"], "Resource": "*"}),
        );
        assert_eq!(wildcard_actions(&open), ["bedrock:*"]);
        for statement in [
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}),
            json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"}),
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:x": "true"}}}),
        ] {
            assert_eq!(wildcard_actions(&document(statement)), [""; 0]);
        }
    }
}
