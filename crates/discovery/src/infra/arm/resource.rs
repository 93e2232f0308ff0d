//! What a template declares in the form of [`crate::infra::declared`]: the attributes that Terraform's `azapi_resource`
//! has, and role assignments and diagnostic settings as Terraform writes them.

use serde_json::{Map, Value, json};

use super::evaluate::Scope;
use super::expression::Expression;
use super::functions::{alias, text_of};
use super::{Declared, Module};
use crate::infra::declared::{Resource, Table};

/// Keys of a resource that are attributes of their own.
const OWN: &[&str] = &["name", "location", "tags", "identity", "parent", "scope", "dependsOn"];

/// One resource, `key` of a loop.
pub(super) fn declare<'a>(
    scope: &Scope<'a>,
    declared: &'a Declared,
    key: &str,
    body: &'a Expression,
) -> Resource {
    // Where the step budget is spent, the resource is still known by its symbol.
    let given = match scope.evaluate(body, 0) {
        Value::Object(given) => given,
        _ => Map::new(),
    };
    let name = scope.name_of(declared, body, 0);
    let mut parent = scope.parent(declared, body);
    // The services of a storage account are only on the way to what they hold.
    while let Some(service) = parent.filter(|parent| is_service(&parent.kind)) {
        parent = scope.parent(service, &service.body);
    }
    let parent = parent.map(|parent| format!("${{{}{}}}", scope.prefix, parent.symbol));
    let mut made = resource(&declared.kind, &name, parent, &given);
    made.root = scope.root.to_owned();
    made.address = format!("{}{}", scope.prefix, declared.symbol);
    made.aliases = vec![alias(&declared.kind, &name)];
    made.key = key.to_owned();
    made.label = label(&declared.symbol, &name, &declared.kind);
    made.path = Some((scope.template.path.clone(), Some(declared.line)));
    made.data = declared.existing;
    made
}

fn is_service(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    kind.ends_with("/blobservices") || kind.ends_with("/fileservices")
}

/// Symbols of JSON templates are made up: there the name says more, or the type.
fn label(symbol: &str, name: &str, kind: &str) -> String {
    if !symbol.starts_with("resource") || !symbol.contains(|c: char| c.is_ascii_digit()) {
        return symbol.to_owned();
    }
    let own = name.rsplit('/').next().unwrap_or_default();
    let parts: Vec<&str> = own.split(['$', '{', '}']).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [one] => one.trim_start_matches("param.").to_owned(),
        _ => kind.rsplit('/').next().unwrap_or(kind).to_owned(),
    }
}

fn resource(
    kind: &str,
    name: &str,
    parent: Option<String>,
    given: &Map<String, Value>,
) -> Resource {
    let get = |key: &str| given.get(key).cloned().unwrap_or(Value::Null);
    let properties = |key: &str| {
        given.get("properties").and_then(|it| it.get(key)).cloned().unwrap_or(Value::Null)
    };
    let lower = kind.to_lowercase();
    let parent = parent.or_else(|| outer(kind, name));
    let target = match get("scope") {
        Value::Null => parent.clone().map_or(Value::Null, Value::String),
        scope => scope,
    };
    if lower.ends_with("/roleassignments") {
        let definition = text_of(&properties("roleDefinitionId"));
        let role = Table::built_in().azure_role(&definition).unwrap_or("role").to_owned();
        // Without a scope it holds in the whole resource group.
        let target = if target.is_null() { json!("${resourceGroup}") } else { target };
        let values = json!({ "principal_id": properties("principalId"), "role_definition_name": role, "scope": target });
        return Resource {
            kind: "azurerm_role_assignment".to_owned(),
            values,
            ..Resource::default()
        };
    }
    if lower.ends_with("/diagnosticsettings") {
        let values = json!({
            "target_resource_id": target,
            "storage_account_id": properties("storageAccountId"),
            "log_analytics_workspace_id": properties("workspaceId"),
        });
        return Resource {
            kind: "azurerm_monitor_diagnostic_setting".to_owned(),
            values,
            ..Resource::default()
        };
    }
    let body: Map<String, Value> = given
        .iter()
        .filter(|(key, _)| !OWN.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let values = json!({
        "type": kind,
        "name": name.rsplit('/').next().unwrap_or_default(),
        "location": get("location"),
        "tags": get("tags"),
        "identity": identity(&get("identity")),
        "parent_id": parent,
        "scope": get("scope"),
        "body": body,
    });
    Resource { kind: lower, values, ..Resource::default() }
}

/// The marker of the resource that one with this type and full name is a child of.
fn outer(kind: &str, name: &str) -> Option<String> {
    // `PROVIDER/TYPE/providers/roleAssignments`
    if let Some((kind, _)) = kind.split_once("/providers/") {
        return Some(format!("${{{}}}", alias(kind, name.split('/').next()?)));
    }
    let (kind, _) = kind.rsplit_once('/').filter(|(kind, _)| kind.contains('/'))?;
    let (name, _) = name.rsplit_once('/')?;
    if is_service(kind) {
        return outer(kind, name);
    }
    Some(format!("${{{}}}", alias(kind, name)))
}

/// The identities that a resource acts as; the user-assigned ones are the keys of a map.
fn identity(given: &Value) -> Value {
    let assigned = given.get("userAssignedIdentities").and_then(Value::as_object);
    let ids: Vec<&String> = assigned.into_iter().flat_map(Map::keys).collect();
    json!({ "type": given.get("type"), "identity_ids": ids })
}

/// A module of the public registry as the resource that it declares: its parameters are the resource's properties.
pub(super) fn registry<'a>(
    scope: &Scope<'a>,
    module: &'a Module,
    path: &str,
    key: &str,
    body: &'a Expression,
) -> Vec<Resource> {
    let Some(kind) = Table::built_in().registry_module(path) else { return Vec::new() };
    let parameters = scope.entry(body, "params").map(|it| scope.evaluate(it, 0));
    let Some(Value::Object(parameters)) = parameters else { return Vec::new() };
    let get = |key: &str| parameters.get(key).cloned().unwrap_or(Value::Null);
    let name = text_of(&get("name"));
    let managed = get("managedIdentities");
    let assigned: Map<String, Value> = managed
        .get("userAssignedResourceIds")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|id| (text_of(id), json!({})))
        .collect();
    let kind_of = match get("sku") {
        Value::String(sku) => json!({ "name": sku }),
        sku => sku,
    };
    let given = json!({
        "location": get("location"),
        "tags": get("tags"),
        "kind": get("kind"),
        "sku": kind_of,
        "identity": { "userAssignedIdentities": assigned },
        "properties": parameters,
    });
    let Value::Object(given) = given else { return Vec::new() };
    let base = Resource {
        root: scope.root.to_owned(),
        address: format!("{}{}", scope.prefix, module.symbol),
        key: key.to_owned(),
        label: module.symbol.clone(),
        path: Some((scope.template.path.clone(), Some(module.line))),
        ..Resource::default()
    };
    let placed = |made: Resource, address: String, key: String, aliases| Resource {
        kind: made.kind,
        values: made.values,
        address,
        key,
        aliases,
        ..base.clone()
    };
    let mut made = vec![placed(
        resource(kind, &name, None, &given),
        base.address.clone(),
        base.key.clone(),
        vec![alias(kind, &name)],
    )];
    let parent = Some(format!("${{{}}}", base.address));
    let children = get("deployments");
    for (number, deployment) in children.as_array().into_iter().flatten().take(64).enumerate() {
        let name = deployment
            .get("name")
            .or_else(|| deployment.pointer("/model/name"))
            .map(text_of)
            .unwrap_or_default();
        let given = json!({ "properties": deployment, "sku": deployment.get("sku") });
        let Value::Object(given) = given else { continue };
        let kind = format!("{kind}/deployments");
        let full = format!("{}/{name}", text_of(&get("name")));
        let address = format!("{}.deployments", base.address);
        let aliases = vec![alias(&kind, &full)];
        made.push(placed(
            resource(&kind, &name, parent.clone(), &given),
            address,
            number.to_string(),
            aliases,
        ));
    }
    let assignments = get("roleAssignments");
    for (number, assignment) in assignments.as_array().into_iter().flatten().take(64).enumerate() {
        let role = assignment.get("roleDefinitionIdOrName").map(text_of).unwrap_or_default();
        let role = Table::built_in().azure_role(&role).unwrap_or(&role).to_owned();
        let values = json!({ "principal_id": assignment.get("principalId"), "role_definition_name": role, "scope": parent });
        let made_of =
            Resource { kind: "azurerm_role_assignment".to_owned(), values, ..Resource::default() };
        made.push(placed(
            made_of,
            format!("{}.roleAssignments", base.address),
            number.to_string(),
            Vec::new(),
        ));
    }
    made
}

/// What a template only refers to as `existing` is the resource that another one declares, where it has that type and
/// name; else it stands for itself, as something that is used.
pub(super) fn join_existing(resources: &mut Vec<Resource>, begin: usize) {
    let (existing, mut declared): (Vec<_>, Vec<_>) =
        resources.drain(begin..).partition(|resource| resource.data);
    for mut resource in existing {
        let known = declared
            .iter_mut()
            .filter(|other| other.kind == resource.kind)
            .find(|other| other.aliases.first() == resource.aliases.first());
        match known {
            Some(known) => known.aliases.push(resource.address),
            None => {
                resource.data = false;
                resource.values["existing"] = Value::Bool(true);
                declared.push(resource);
            }
        }
    }
    resources.extend(declared);
}
