//! Relations between resources, drawn when all of them are known.

use std::collections::{HashMap, HashSet};

use picket_model::{AssetId, Relation, RelationKind};
use serde_json::{Value, json};

use super::access::{Assignment, principal};
use super::resources::{Resource, model};
use super::types::texts;
use crate::cloud::Gather;

/// Types whose content a role at a wider scope reaches.
const REACHED: &[&str] = &[
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.MachineLearningServices/workspaces",
    "Microsoft.Search/searchServices",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.Sql/servers",
    "Microsoft.KeyVault/vaults",
];

/// Access relations that are drawn at most; beyond it the graph says less, never nothing.
const MOST_ACCESS: usize = 500_000;

/// Draws everything that resources and role assignments say of each other.
pub(super) fn draw(gather: &Gather<'_>, resources: &[Resource], assignments: &[Assignment]) {
    let by_id: HashMap<&str, &Resource> =
        resources.iter().map(|resource| (resource.id.as_str(), resource)).collect();
    for resource in resources {
        declared(gather, resource);
        models(gather, resource, &by_id);
        match resource.kind.name.as_str() {
            "Microsoft.MachineLearningServices/workspaces/datastores" => {
                datastore(gather, resource, resources);
            }
            "Microsoft.CognitiveServices/accounts/projects/connections"
            | "Microsoft.MachineLearningServices/workspaces/connections" => {
                connection(gather, resource, resources, &by_id);
            }
            _ => {}
        }
    }
    access(gather, resources, assignments);
}

/// Relations that the table names.
fn declared(gather: &Gather<'_>, resource: &Resource) {
    for link in &resource.kind.relations {
        for target in
            texts(&resource.body, &link.at).into_iter().filter(|target| target.starts_with('/'))
        {
            let (from, to) = (resource.id.clone(), AssetId::new(target));
            let relation = if link.reverse {
                Relation::new(to, link.kind, from)
            } else {
                Relation::new(from, link.kind, to)
            };
            gather.relation(relation);
        }
    }
}

/// Which model a deployment deploys, and which filter protects it.
fn models(gather: &Gather<'_>, resource: &Resource, by_id: &HashMap<&str, &Resource>) {
    let text =
        |pointer: &str| resource.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let deploys = |target: AssetId| {
        gather.relation(Relation::new(resource.id.clone(), RelationKind::Deploys, target));
    };
    match resource.kind.name.as_str() {
        "Microsoft.CognitiveServices/accounts/deployments" => {
            if let Some(found) = model(text("/properties/model/name"), &resource.subscription) {
                deploys(found.id.clone());
                gather.asset(found);
            }
            let account = resource.id.as_str().split("/deployments/").next().unwrap_or_default();
            let policy = format!(
                "{account}/raipolicies/{}",
                text("/properties/raiPolicyName").to_lowercase()
            );
            if by_id.contains_key(policy.as_str()) {
                gather.relation(Relation::new(
                    resource.id.clone(),
                    RelationKind::ProtectedBy,
                    policy,
                ));
            }
        }
        "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments" => {
            // `azureml:NAME:VERSION` is a model of the workspace.
            let name = text("/properties/model")
                .trim_start_matches("azureml:")
                .split(':')
                .next()
                .unwrap_or_default();
            let mut parts = resource.id.as_str().split("/onlineendpoints/");
            let (workspace, rest) =
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let id = format!("{workspace}/models/{}", name.to_lowercase());
            if let Some(known) = by_id.get(id.as_str()) {
                deploys(known.id.clone());
                let endpoint = format!(
                    "{workspace}/onlineendpoints/{}",
                    rest.split('/').next().unwrap_or_default()
                );
                gather.relation(Relation::new(endpoint, RelationKind::Deploys, known.id.clone()));
            }
        }
        "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints" => {
            let name =
                text("/properties/modelSettings/modelId").rsplit('/').next().unwrap_or_default();
            if let Some(found) = model(name, &resource.subscription) {
                deploys(found.id.clone());
                gather.asset(found);
            }
        }
        _ => {}
    }
}

/// A datastore lies in a storage account, and its workspace trains on it.
fn datastore(gather: &Gather<'_>, resource: &Resource, resources: &[Resource]) {
    let text =
        |pointer: &str| resource.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let account = text("/properties/accountName");
    let Some(storage) = resources.iter().find(|known| {
        known.is("Microsoft.Storage/storageAccounts") && known.name().eq_ignore_ascii_case(account)
    }) else {
        return;
    };
    let container = format!(
        "{}/blobservices/default/containers/{}",
        storage.id,
        text("/properties/containerName").to_lowercase()
    );
    let known = resources.iter().any(|one| one.id.as_str() == container);
    gather.relation(Relation::new(resource.id.clone(), RelationKind::Stores, storage.id.clone()));
    if let Some(workspace) = resource.id.as_str().split("/datastores/").next() {
        let via = resource.name();
        for target in
            known.then_some(AssetId::new(container)).into_iter().chain([storage.id.clone()])
        {
            gather.relation(
                Relation::new(workspace, RelationKind::TrainedOn, target)
                    .with("via", format!("datastore {via}")),
            );
        }
    }
}

/// What a project's connection leads to: data it answers from, or a service it calls. The project's agents use it too.
fn connection(
    gather: &Gather<'_>,
    resource: &Resource,
    resources: &[Resource],
    by_id: &HashMap<&str, &Resource>,
) {
    let text =
        |pointer: &str| resource.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let target = AssetId::new(text("/properties/metadata/ResourceId"));
    if !by_id.contains_key(target.as_str()) {
        return;
    }
    let kind = match text("/properties/category") {
        "CognitiveSearch"
        | "AzureBlob"
        | "AzureStorageAccount"
        | "AzureOneLake"
        | "CosmosDB"
        | "AzureSqlDb" => RelationKind::GroundedOn,
        _ => RelationKind::Uses,
    };
    let Some((project, _)) = resource.id.as_str().split_once("/connections/") else { return };
    let agents = resources.iter().filter(|one| {
        one.is("Microsoft.CognitiveServices/accounts/projects/applications")
            && one.id.as_str().starts_with(&format!("{project}/"))
    });
    let via = format!("connection {} ({})", resource.name(), text("/properties/authType"));
    for source in agents.map(|agent| agent.id.clone()).chain([AssetId::new(project)]) {
        gather.relation(Relation::new(source, kind, target.clone()).with("via", via.as_str()));
    }
}

/// Identities, what acts as them, and what they reach.
fn access(gather: &Gather<'_>, resources: &[Resource], assignments: &[Assignment]) {
    let mut identities: HashMap<String, AssetId> = HashMap::new();
    for resource in resources {
        if let Some(principal) =
            resource.body.pointer("/properties/principalId").and_then(Value::as_str)
        {
            identities.insert(principal.to_lowercase(), resource.id.clone());
        }
    }
    let mut acting: HashMap<AssetId, Vec<&Resource>> = HashMap::new();
    for resource in resources.iter().filter(|resource| !resource.kind.internal) {
        let identity = &resource.body["identity"];
        let mut acts_as: Vec<AssetId> =
            texts(identity, "/userAssignedIdentities").into_iter().map(AssetId::new).collect();
        if let Some(id) = identity["principalId"].as_str() {
            let mut own = principal(id, "ServicePrincipal", &resource.subscription);
            own.name = format!("{} (system-assigned)", resource.name());
            own.native_type = "Microsoft.ManagedIdentity/systemAssignedIdentity".to_owned();
            identities.insert(id.to_lowercase(), own.id.clone());
            acts_as.push(own.id.clone());
            gather.asset(own);
        }
        for id in acts_as {
            gather.relation(Relation::new(resource.id.clone(), RelationKind::RunsAs, id.clone()));
            acting.entry(id).or_default().push(resource);
        }
    }
    let mut drawn = HashSet::new();
    for assignment in assignments {
        let identity =
            identities.get(&assignment.principal.to_lowercase()).cloned().unwrap_or_else(|| {
                let unknown = principal(
                    &assignment.principal,
                    &assignment.principal_type,
                    &assignment.subscription,
                );
                let id = unknown.id.clone();
                gather.asset(unknown);
                id
            });
        for target in reached(assignment, resources) {
            if drawn.len() >= MOST_ACCESS
                || !drawn.insert((identity.clone(), target.clone(), assignment.role.name.clone()))
            {
                continue;
            }
            gather.relation(
                Relation::new(identity.clone(), RelationKind::CanAccess, target.clone())
                    .with("role", assignment.role.name.as_str())
                    .with("actions", json!(actions(assignment)))
                    .with("scope", assignment.scope.as_str())
                    .with("privileged", assignment.role.is_privileged())
                    .with(
                        "via",
                        format!("role {} at {}", assignment.role.name, short(&assignment.scope)),
                    ),
            );
            grounded(gather, assignment, acting.get(&identity), &target, resources);
        }
    }
}

/// A search service that may read blobs indexes them.
fn grounded(
    gather: &Gather<'_>,
    assignment: &Assignment,
    acting: Option<&Vec<&Resource>>,
    target: &AssetId,
    resources: &[Resource],
) {
    let storage = resources
        .iter()
        .any(|one| one.id == *target && one.is("Microsoft.Storage/storageAccounts"));
    if !storage || !assignment.role.name.contains("Blob Data") {
        return;
    }
    for service in
        acting.into_iter().flatten().filter(|one| one.is("Microsoft.Search/searchServices"))
    {
        gather.relation(
            Relation::new(service.id.clone(), RelationKind::GroundedOn, target.clone())
                .with("via", format!("role {}", assignment.role.name)),
        );
    }
}

/// The resources that an assignment reaches: its scope itself, and below a wider scope those whose content the role opens.
fn reached(assignment: &Assignment, resources: &[Resource]) -> Vec<AssetId> {
    let below = format!("{}/", assignment.scope);
    let mut found = vec![AssetId::new(assignment.scope.as_str())];
    let wide = assignment.scope.matches('/').count() <= 4;
    if wide {
        found.extend(
            resources
                .iter()
                .filter(|one| {
                    REACHED.contains(&one.kind.name.as_str()) && one.id.as_str().starts_with(&below)
                })
                .filter(|one| {
                    let namespace =
                        one.kind.name.split('/').next().unwrap_or_default().to_lowercase();
                    assignment.role.reaches(&namespace)
                })
                .map(|one| one.id.clone()),
        );
    }
    found
}

fn actions(assignment: &Assignment) -> Vec<&str> {
    let role = &assignment.role;
    role.actions.iter().chain(&role.data_actions).map(String::as_str).take(20).collect()
}

fn short(scope: &str) -> &str {
    scope.rsplit('/').next().unwrap_or(scope)
}
