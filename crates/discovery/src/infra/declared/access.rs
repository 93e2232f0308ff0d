//! Who may reach what: IAM policies, role assignments and instance profiles as CAN_ACCESS and RUNS_AS.

use picket_model::{
    Asset, AssetId, AssetKind, Category, Finding, FindingKind, Provider, Relation, RelationKind,
    Severity,
};
use serde_json::{Value, json};

use super::Resource;
use super::assemble::of_provider;
use super::index::Index;
use super::policy::{Statement, glob, statements};
use crate::Collector;
use crate::infra::path::{all, single};

/// Access relations of one scan.
const MAX_EDGES: usize = 50_000;
/// Azure roles that give control over whatever lies under their scope.
const BROAD_ROLES: &[&str] = &["owner", "contributor", "user access administrator"];
/// Managed AWS policies and the actions that matter here.
const MANAGED: &[(&str, &[&str])] = &[
    ("AdministratorAccess", &["*"]),
    ("PowerUserAccess", &["*"]),
    ("AmazonBedrockFullAccess", &["bedrock:*"]),
    ("AmazonSageMakerFullAccess", &["sagemaker:*", "s3:*"]),
    ("AmazonS3FullAccess", &["s3:*"]),
    ("AmazonS3ReadOnlyAccess", &["s3:Get*", "s3:List*"]),
    ("AmazonDynamoDBFullAccess", &["dynamodb:*"]),
    ("AWSLambda_FullAccess", &["lambda:*"]),
];

/// Draws access for every resource that grants it.
pub(super) fn connect(index: &Index<'_>, out: &mut Collector) {
    for (position, resource) in index.resources.iter().enumerate() {
        match resource.kind.as_str() {
            // CloudFormation's managed policies name their roles themselves.
            "aws_iam_role_policy"
            | "aws_iam_user_policy"
            | "aws_iam_group_policy"
            | "aws_iam_policy" => {
                let subject = ["role", "user", "group"].map(|key| named(index, resource, key));
                grant_documents(index, resource, &subject.concat(), "policy", out);
            }
            "aws_iam_role" | "aws_iam_user" => {
                let own: Vec<AssetId> = index.asset(position).cloned().into_iter().collect();
                grant_documents(index, resource, &own, "inline_policy.policy", out);
                for policy in all(&resource.values, "managed_policy_arns") {
                    attach(index, resource, &own, policy, out);
                }
            }
            "aws_iam_role_policy_attachment" | "aws_iam_user_policy_attachment" => {
                let subject = ["role", "user"].map(|key| named(index, resource, key)).concat();
                for policy in all(&resource.values, "policy_arn") {
                    attach(index, resource, &subject, policy, out);
                }
            }
            "aws_instance" => run_as_profile(index, position, resource, out),
            "aws_s3_bucket_policy" => bucket_policy(index, resource, out),
            "azurerm_role_assignment" => role_assignment(index, resource, out),
            kind if kind.starts_with("google_") && kind.contains("_iam_") => {
                google_member(index, resource, out);
            }
            _ => {}
        }
    }
}

/// The assets that an attribute names, by reference or by plain name.
fn named(index: &Index<'_>, resource: &Resource, path: &str) -> Vec<AssetId> {
    let types =
        ["aws_iam_role", "aws_iam_user", "aws_iam_group", "aws_s3_bucket"].map(String::from);
    all(&resource.values, path)
        .into_iter()
        .flat_map(|value| index.resolve(&resource.root, value, &types))
        .collect()
}

fn grant_documents(
    index: &Index<'_>,
    resource: &Resource,
    subjects: &[AssetId],
    path: &str,
    out: &mut Collector,
) {
    let via = single(&resource.values, "name").and_then(Value::as_str).unwrap_or(&resource.label);
    for document in all(&resource.values, path) {
        for statement in statements(document) {
            for subject in subjects {
                grant(index, &resource.root, subject, &statement, via, out);
            }
        }
    }
}

/// A managed policy by its ARN, or a policy of the same configuration.
fn attach(
    index: &Index<'_>,
    resource: &Resource,
    subjects: &[AssetId],
    policy: &Value,
    out: &mut Collector,
) {
    let Some(text) = policy.as_str() else { return };
    let name = text.rsplit('/').next().unwrap_or(text);
    if let Some((name, actions)) = MANAGED.iter().find(|(known, _)| *known == name) {
        let statement = Statement {
            allow: true,
            actions: actions.iter().map(|&action| action.to_owned()).collect(),
            resources: vec!["*".to_owned()],
            principals: Vec::new(),
            conditional: false,
        };
        for subject in subjects {
            grant(index, &resource.root, subject, &statement, name, out);
            remember_policy(subject, name, out);
        }
        return;
    }
    let same = |other: &&Resource| {
        other.kind == "aws_iam_policy"
            && other.root == resource.root
            && (index.names(&resource.root, text, other)
                || single(&other.values, "arn").and_then(Value::as_str) == Some(text))
    };
    if let Some(policy) = index.resources.iter().find(same) {
        grant_documents(index, policy, subjects, "policy", out);
    }
}

fn remember_policy(subject: &AssetId, name: &str, out: &mut Collector) {
    let Some(asset) = out.get_mut(subject) else { return };
    let mut names = match asset.properties.get("managed_policies") {
        Some(Value::Array(names)) => names.clone(),
        _ => Vec::new(),
    };
    if !names.iter().any(|known| known == name) {
        names.push(json!(name));
    }
    if name.ends_with("FullAccess") {
        asset.set("full_access_policies", json!([name]));
    }
    asset.set("managed_policies", names);
}

/// Draws what one `Allow` statement reaches among the assets known here.
fn grant(
    index: &Index<'_>,
    root: &str,
    subject: &AssetId,
    statement: &Statement,
    via: &str,
    out: &mut Collector,
) {
    if !statement.allow || out.relations().len() > MAX_EDGES {
        return;
    }
    let mut reached: Vec<AssetId> = Vec::new();
    for pattern in &statement.resources {
        if pattern.contains("${") {
            reached.extend(index.resolve(root, &json!(pattern), &[]));
            continue;
        }
        // An agent is called through its alias, a bucket read through its objects.
        let agent = pattern.replace(":agent-alias/", ":agent/");
        reached.extend(of_provider(out, Provider::Aws).into_iter().filter_map(|asset| {
            let id = asset.id.as_str();
            let known = id.starts_with("arn:") || pattern == "*";
            let hit = pattern == "*"
                || is_named(pattern, asset)
                || glob(pattern, id)
                || glob(pattern, &format!("{id}/object"))
                || glob(&agent, id)
                || glob(&agent, &format!("{id}/alias"));
            ((known || is_named(pattern, asset)) && hit).then(|| asset.id.clone())
        }));
    }
    let wildcard = statement.resources.iter().any(|resource| resource == "*")
        && statement.actions.iter().any(|action| action == "*" || action.ends_with(":*"));
    if wildcard && let Some(asset) = out.get_mut(subject) {
        let mut actions = match asset.properties.get("wildcard_actions") {
            Some(Value::Array(actions)) => actions.clone(),
            _ => Vec::new(),
        };
        for action in statement.actions.iter().filter(|it| *it == "*" || it.ends_with(":*")) {
            if !actions.iter().any(|known| known == action) {
                actions.push(json!(action));
            }
        }
        asset.set("wildcard_actions", actions);
    }
    for id in reached {
        let Some(asset) = out.get(&id).filter(|it| it.id != *subject) else { continue };
        let actions: Vec<&String> =
            statement.actions.iter().filter(|action| concerns(action, asset)).collect();
        if !actions.is_empty() {
            let relation = Relation::new(subject.clone(), RelationKind::CanAccess, id.clone())
                .with("actions", json!(actions))
                .with("via", via);
            out.relation(relation);
        }
    }
}

/// Before apply an asset has no ARN: it is the one whose name the pattern ends in.
fn is_named(pattern: &str, asset: &Asset) -> bool {
    let end = pattern.strip_prefix("arn:").and_then(|rest| rest.rsplit(':').next());
    !asset.id.as_str().starts_with("arn:")
        && end.is_some_and(|end| end.split('/').any(|part| part == asset.name))
}

/// True when an action is one of the asset's service, and the asset is worth an access edge.
fn concerns(action: &str, asset: &Asset) -> bool {
    let Some(service) =
        asset.native_type.strip_prefix("AWS::").and_then(|it| it.split("::").next())
    else {
        return false;
    };
    let category = asset.kind.category();
    let function = asset.kind == AssetKind::Function;
    let passive = matches!(asset.kind, AssetKind::Tool | AssetKind::Guardrail | AssetKind::Prompt);
    if passive || (!matches!(category, Category::Ai | Category::Data) && !function) {
        return false;
    }
    let prefix = match service {
        "BedrockAgentCore" => "bedrock-agentcore",
        "OpenSearchServerless" => "aoss",
        "OpenSearchService" => "es",
        other => other,
    };
    match action.split_once(':') {
        Some((given, _)) => given.eq_ignore_ascii_case(prefix),
        None => action == "*",
    }
}

/// An instance acts as the role of its instance profile.
fn run_as_profile(index: &Index<'_>, position: usize, resource: &Resource, out: &mut Collector) {
    let Some(own) = index.asset(position).cloned() else { return };
    let Some(profile) = single(&resource.values, "iam_instance_profile").and_then(Value::as_str)
    else {
        return;
    };
    let found = index.resources.iter().find(|other| {
        other.kind == "aws_iam_instance_profile"
            && other.root == resource.root
            && (index.names(&resource.root, profile, other)
                || single(&other.values, "name").and_then(Value::as_str) == Some(profile))
    });
    for role in found.into_iter().flat_map(|profile| named(index, profile, "role")) {
        out.relation(Relation::new(own.clone(), RelationKind::RunsAs, role));
    }
}

fn bucket_policy(index: &Index<'_>, resource: &Resource, out: &mut Collector) {
    let buckets = named(index, resource, "bucket");
    let open: Vec<Statement> = all(&resource.values, "policy")
        .into_iter()
        .flat_map(statements)
        .filter(|it| it.allow && !it.conditional && it.principals.iter().any(|who| who == "*"))
        .collect();
    let Some(statement) = open.first() else { return };
    let writes = open.iter().flat_map(|it| &it.actions).any(|action| glob(action, "s3:PutObject"));
    for bucket in buckets {
        let Some(asset) = out.get_mut(&bucket) else { continue };
        if asset.properties.get("restrict_public_buckets") == Some(&json!(true)) {
            continue;
        }
        asset.set("public", true);
        asset.set("public_write", writes);
        let finding = Finding::new(
            FindingKind::PublicAccess,
            "bucket_policy",
            Severity::High,
            "Anyone may read this bucket",
            "Its bucket policy allows every principal without a condition",
            json!({ "actions": statement.actions, "principal": "*" }),
        );
        out.finding(&bucket, finding);
        let reason = "Its bucket policy allows every principal";
        expose(&bucket, "bucket policy", &[json!(443)], reason, out);
    }
}

/// Draws that the internet reaches an asset.
pub(super) fn expose(
    target: &AssetId,
    via: &str,
    ports: &[Value],
    reason: &str,
    out: &mut Collector,
) {
    crate::infra::internet(out);
    let relation = Relation::new(AssetId::internet(), RelationKind::RoutesTo, target.clone())
        .with("ports", json!(ports))
        .with("via", via)
        .with("reason", reason);
    out.relation(relation);
}

fn role_assignment(index: &Index<'_>, resource: &Resource, out: &mut Collector) {
    let values = &resource.values;
    let role = single(values, "role_definition_name").and_then(Value::as_str).unwrap_or("role");
    let principals: Vec<AssetId> = all(values, "principal_id")
        .into_iter()
        .flat_map(|value| index.resolve(&resource.root, value, &[]))
        .filter_map(|id| acting_identity(&id, out))
        .collect();
    let Some(scope) = single(values, "scope") else { return };
    let text = scope.as_str().unwrap_or_default().to_lowercase();
    let mut targets = index.resolve(&resource.root, scope, &[]);
    targets.extend(subscription(&text, out));
    let wide = is_wide_scope(&text)
        || targets
            .iter()
            .any(|id| out.get(id).is_some_and(|asset| asset.kind == AssetKind::ResourceGroup));
    let privileged = BROAD_ROLES.contains(&role.to_lowercase().as_str());
    if wide && (privileged || role.contains("Data")) {
        let prefix = targets.first().map_or(text.clone(), |id| id.as_str().to_lowercase());
        targets.extend(under(&prefix, out));
    }
    for principal in principals {
        if wide && let Some(asset) = out.get_mut(&principal) {
            asset.set("role_at_wide_scope", role);
            asset.set("scope", if text.contains("${") { "resource group" } else { text.as_str() });
        }
        for target in &targets {
            let relation =
                Relation::new(principal.clone(), RelationKind::CanAccess, target.clone())
                    .with("actions", json!([role]))
                    .with("role", role)
                    .with("privileged", privileged)
                    .with("via", format!("role {role}"));
            out.relation(relation);
        }
    }
}

/// The subscription that a scope is, as an asset.
fn subscription(scope: &str, out: &mut Collector) -> Option<AssetId> {
    let id = scope.strip_prefix("/subscriptions/").filter(|id| !id.contains(['/', '$']))?;
    let asset = Asset::new(scope, AssetKind::Environment, id, Provider::Azure, id)
        .native_type("Microsoft.Resources/subscriptions");
    let asset_id = asset.id.clone();
    out.asset(asset);
    Some(asset_id)
}

/// A subscription, management group or resource group, or a reference to one.
fn is_wide_scope(scope: &str) -> bool {
    !scope.trim_start_matches('/').contains("/providers/")
        && (scope.starts_with("/subscriptions/")
            || scope.starts_with("${resourcegroup")
            || scope.starts_with("${subscription")
            || scope.starts_with("/providers/microsoft.management/")
            || scope.contains("data.azurerm_subscription"))
}

/// AI and data assets whose id lies under a scope; before apply, all of the provider.
fn under(scope: &str, out: &Collector) -> Vec<AssetId> {
    of_provider(out, Provider::Azure)
        .into_iter()
        .filter(|asset| matches!(asset.kind.category(), Category::Ai | Category::Data))
        .filter(|asset| !scope.starts_with('/') || asset.id.as_str().starts_with(scope))
        .map(|asset| asset.id.clone())
        .collect()
}

/// A user-assigned identity is an asset; of a system-assigned one only its owner is, so it is added here.
fn acting_identity(id: &AssetId, out: &mut Collector) -> Option<AssetId> {
    let owner = out.get(id)?;
    if matches!(owner.kind, AssetKind::ServiceIdentity | AssetKind::User | AssetKind::Group) {
        return Some(id.clone());
    }
    let principal = owner.properties.get("principal_id").and_then(Value::as_str);
    let identity = Asset::new(
        principal.map_or_else(|| format!("{id}/identities/system"), |it| format!("entra://{it}")),
        AssetKind::ServiceIdentity,
        format!("{} (system-assigned)", owner.name),
        owner.provider,
        owner.environment.clone(),
    )
    .native_type("Microsoft.ManagedIdentity/systemAssignedIdentity");
    let identity_id = identity.id.clone();
    out.asset(identity);
    out.relation(Relation::new(id.clone(), RelationKind::RunsAs, identity_id.clone()));
    Some(identity_id)
}

/// `google_*_iam_member` and `_binding`: a member with a role on a project, bucket, service or secret.
fn google_member(index: &Index<'_>, resource: &Resource, out: &mut Collector) {
    let values = &resource.values;
    let role = single(values, "role").and_then(Value::as_str).unwrap_or("role");
    let resource_keys = ["bucket", "name", "service", "secret_id", "dataset_id", "endpoint"];
    let types: Vec<String> = ["storage_bucket", "cloud_run_v2_service", "cloud_run_service"]
        .map(|name| format!("google_{name}"))
        .to_vec();
    let mut targets: Vec<AssetId> = resource_keys
        .into_iter()
        .flat_map(|key| all(values, key))
        .flat_map(|value| index.resolve(&resource.root, value, &types))
        .collect();
    if resource.kind.starts_with("google_project_iam") {
        let broad = matches!(role, "roles/owner" | "roles/editor" | "roles/aiplatform.admin");
        targets = of_provider(out, Provider::Gcp)
            .into_iter()
            .filter(|asset| matches!(asset.kind.category(), Category::Ai | Category::Data))
            .filter(|asset| broad || asset.native_type.contains(role_service(role)))
            .map(|asset| asset.id.clone())
            .collect();
    }
    for member in ["member", "members"].into_iter().flat_map(|key| all(values, key)) {
        let text = member.as_str().unwrap_or_default();
        if matches!(text, "allUsers" | "allAuthenticatedUsers") {
            for target in &targets {
                public_member(target, text, role, out);
            }
            continue;
        }
        let plain = json!(text.split_once(':').map_or(text, |(_, rest)| rest));
        for principal in
            index.resolve(&resource.root, &plain, &["google_service_account".to_owned()])
        {
            if let Some(asset) = out.get_mut(&principal)
                && matches!(role, "roles/owner" | "roles/editor")
            {
                asset.set("primitive_role", role);
            }
            for target in &targets {
                let relation =
                    Relation::new(principal.clone(), RelationKind::CanAccess, target.clone())
                        .with("actions", json!([role]))
                        .with("role", role)
                        .with("via", "IAM binding");
                out.relation(relation);
            }
        }
    }
}

/// `roles/storage.objectViewer` to `storage.googleapis.com`.
fn role_service(role: &str) -> &str {
    let service = role.strip_prefix("roles/").unwrap_or(role);
    service.split('.').next().filter(|it| !it.is_empty()).unwrap_or("\0")
}

fn public_member(target: &AssetId, member: &str, role: &str, out: &mut Collector) {
    let finding = Finding::new(
        FindingKind::PublicAccess,
        role,
        Severity::High,
        format!("{member} has {role}"),
        "Anyone may use it without credentials of this organisation",
        json!({ "member": member, "role": role }),
    );
    out.finding(target, finding);
    if let Some(asset) = out.get_mut(target) {
        asset.set("public", true);
    }
    expose(target, "IAM binding", &[json!(443)], &format!("{member} has {role}"), out);
}
