//! What the internet reaches, and why.

use std::collections::HashMap;

use picket_model::{AssetId, Finding, FindingKind, Provider, Severity};
use serde_json::{Value, json};

use super::resources::Resource;
use super::types::texts;
use crate::cloud::Gather;

/// Address prefixes that mean everybody.
const EVERYBODY: &[&str] = &["*", "0.0.0.0/0", "internet", "any", "::/0"];

/// Draws how the internet reaches resources.
pub(super) fn draw(gather: &Gather<'_>, resources: &[Resource]) {
    let by_id: HashMap<&str, &Resource> =
        resources.iter().map(|one| (one.id.as_str(), one)).collect();
    for resource in resources {
        match resource.kind.name.as_str() {
            "Microsoft.CognitiveServices/accounts"
            | "Microsoft.Search/searchServices"
            | "Microsoft.MachineLearningServices/workspaces"
            | "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
            | "Microsoft.Storage/storageAccounts"
            | "Microsoft.DocumentDB/databaseAccounts"
            | "Microsoft.KeyVault/vaults" => service(gather, resource),
            "Microsoft.Storage/storageAccounts/blobServices/containers" => {
                container(gather, resource, &by_id);
            }
            "Microsoft.Sql/servers/firewallRules" => database(gather, resource),
            "Microsoft.App/containerApps" => container_app(gather, resource),
            "Microsoft.Web/sites" => site(gather, resource),
            "Microsoft.Compute/virtualMachines" => machine(gather, resource, &by_id),
            _ => {}
        }
    }
}

fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A service with its own firewall.
fn service(gather: &Gather<'_>, resource: &Resource) {
    let open = text(&resource.body, "/properties/publicNetworkAccess");
    // A workspace of a hub inherits what the hub says and shows nothing.
    if !open.eq_ignore_ascii_case("enabled") {
        return;
    }
    let rules = [
        "/properties/networkAcls/ipRules",
        "/properties/networkRuleSet/ipRules",
        "/properties/ipRules",
    ];
    let limited = text(&resource.body, "/properties/networkAcls/defaultAction")
        .eq_ignore_ascii_case("deny")
        || rules.iter().any(|at| {
            resource
                .body
                .pointer(at)
                .and_then(Value::as_array)
                .is_some_and(|rules| !rules.is_empty())
        });
    if !limited {
        mark(
            gather,
            &resource.id,
            &[443],
            "public network access",
            "Public network access is enabled for all networks",
        );
    }
}

/// A container that anyone may read, if its account allows that.
fn container(gather: &Gather<'_>, resource: &Resource, by_id: &HashMap<&str, &Resource>) {
    let access = text(&resource.body, "/properties/publicAccess");
    let account = resource.id.as_str().split("/blobservices/").next().unwrap_or_default();
    let Some(account) = by_id.get(account) else { return };
    let allowed =
        account.body.pointer("/properties/allowBlobPublicAccess") == Some(&Value::Bool(true));
    if !allowed || access.is_empty() || access.eq_ignore_ascii_case("none") {
        return;
    }
    let finding = |detail: String| {
        Finding::new(
            FindingKind::PublicAccess,
            resource.name(),
            Severity::High,
            "Anyone may read blobs without signing in",
            detail,
            json!({"container": resource.name(), "public_access": access}),
        )
    };
    let detail = format!("Container {} has public access level {access}", resource.name());
    {
        let mut collector = gather.lock();
        collector.finding(&resource.id, finding(detail.clone()));
        collector.finding(&account.id, finding(detail.clone()));
        if let Some(asset) = collector.get_mut(&account.id) {
            let mut names = asset
                .properties
                .get("public_containers")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            names.push(json!(resource.name()));
            asset.set("public_containers", names);
        }
    }
    gather.exposed(
        Provider::Azure,
        resource.id.as_str(),
        vec![json!(443)],
        "public container",
        &detail,
    );
}

/// A firewall rule that lets everybody in.
fn database(gather: &Gather<'_>, resource: &Resource) {
    let everybody = text(&resource.body, "/properties/startIpAddress") == "0.0.0.0"
        && text(&resource.body, "/properties/endIpAddress") == "255.255.255.255";
    let Some((server, _)) = resource.id.as_str().split_once("/firewallrules/") else { return };
    if everybody {
        let why = format!("Firewall rule {} allows every address", resource.name());
        mark(gather, &AssetId::new(server), &[1433], "firewall rule", &why);
    }
}

fn container_app(gather: &Gather<'_>, resource: &Resource) {
    let ingress =
        resource.body.pointer("/properties/configuration/ingress").cloned().unwrap_or_default();
    let limited =
        ingress["ipSecurityRestrictions"].as_array().is_some_and(|rules| !rules.is_empty());
    if ingress["external"] == true && !limited {
        mark(
            gather,
            &resource.id,
            &[443],
            "external ingress",
            "The ingress is external and has no address restrictions",
        );
    }
}

fn site(gather: &Gather<'_>, resource: &Resource) {
    let open = text(&resource.body, "/properties/publicNetworkAccess");
    if open.eq_ignore_ascii_case("disabled")
        || text(&resource.body, "/properties/state") == "Stopped"
    {
        return;
    }
    mark(
        gather,
        &resource.id,
        &[443],
        "public host name",
        "The site answers at its public host name",
    );
}

/// A machine with a public address whose firewall lets everybody in at some port.
fn machine(gather: &Gather<'_>, resource: &Resource, by_id: &HashMap<&str, &Resource>) {
    let mut ports: Vec<String> = Vec::new();
    let mut public = false;
    for interface in texts_of(&resource.body, "/properties/networkProfile/networkInterfaces") {
        let Some(interface) = by_id.get(interface.as_str()) else { continue };
        let configurations =
            interface.body.pointer("/properties/ipConfigurations").and_then(Value::as_array);
        public |= configurations.is_some_and(|all| {
            all.iter().any(|one| !text(one, "/properties/publicIPAddress/id").is_empty())
        });
        let group = AssetId::new(text(&interface.body, "/properties/networkSecurityGroup/id"));
        if let Some(group) = by_id.get(group.as_str()) {
            gather.relation(picket_model::Relation::new(
                resource.id.clone(),
                picket_model::RelationKind::AttachedTo,
                group.id.clone(),
            ));
            ports.extend(open_ports(&group.body));
        }
    }
    ports.sort();
    ports.dedup();
    if !public || ports.is_empty() {
        return;
    }
    if let Some(asset) = gather.lock().get_mut(&resource.id) {
        asset.set("open_ports", ports.clone());
    }
    let why = format!(
        "It has a public address and its network security group lets everybody in at port {}",
        ports.join(", ")
    );
    mark_ports(
        gather,
        &resource.id,
        ports.iter().map(|port| json!(port)).collect(),
        "network security group",
        &why,
    );
}

/// The `id`s in a list of references.
fn texts_of(body: &Value, pointer: &str) -> Vec<String> {
    let list = body.pointer(pointer).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|one| one["id"].as_str().map(str::to_lowercase)).collect()
}

/// Ports that inbound rules leave open to everybody; a deny of higher priority (a lower number) closes what it names.
fn open_ports(group: &Value) -> Vec<String> {
    let rules = group.pointer("/properties/securityRules").and_then(Value::as_array);
    let mut inbound: Vec<&Value> = rules
        .into_iter()
        .flatten()
        .map(|rule| &rule["properties"])
        .filter(|rule| rule["direction"] == "Inbound")
        .filter(|rule| {
            texts(rule, "/sourceAddressPrefix")
                .into_iter()
                .chain(texts(rule, "/sourceAddressPrefixes"))
                .any(|prefix| EVERYBODY.iter().any(|all| prefix.eq_ignore_ascii_case(all)))
        })
        .collect();
    inbound.sort_by_key(|rule| rule["priority"].as_i64().unwrap_or(i64::MAX));
    let (mut open, mut closed): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for rule in inbound {
        let ports: Vec<String> = texts(rule, "/destinationPortRange")
            .into_iter()
            .chain(texts(rule, "/destinationPortRanges"))
            .map(str::to_owned)
            .collect();
        if rule["access"] == "Allow" {
            let reachable = ports
                .into_iter()
                .filter(|port| !closed.contains(port) && !closed.iter().any(|all| all == "*"));
            open.extend(reachable);
        } else {
            closed.extend(ports);
        }
    }
    open
}

fn mark(gather: &Gather<'_>, id: &AssetId, ports: &[u16], via: &str, why: &str) {
    mark_ports(gather, id, ports.iter().map(|port| json!(port)).collect(), via, why);
}

fn mark_ports(gather: &Gather<'_>, id: &AssetId, ports: Vec<Value>, via: &str, why: &str) {
    gather.lock().finding(
        id,
        Finding::new(
            FindingKind::ExposedToInternet,
            via,
            Severity::Medium,
            "The internet can reach it",
            why,
            json!({"ports": ports, "via": via}),
        ),
    );
    gather.exposed(Provider::Azure, id.as_str(), ports, via, why);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(rules: &[(&str, &str, &str, i64)]) -> Value {
        let rules: Vec<Value> = rules
            .iter()
            .map(|(access, source, port, priority)| {
                json!({"properties": {"direction": "Inbound", "access": access, "sourceAddressPrefix": source,
                    "destinationPortRange": port, "priority": priority}})
            })
            .collect();
        json!({"properties": {"securityRules": rules}})
    }

    #[test]
    fn a_deny_that_comes_first_closes_the_port() {
        assert_eq!(open_ports(&group(&[("Allow", "*", "11434", 100)])), ["11434"]);
        assert!(
            open_ports(&group(&[("Deny", "*", "11434", 90), ("Allow", "*", "11434", 100)]))
                .is_empty()
        );
        assert!(
            open_ports(&group(&[("Deny", "Internet", "*", 90), ("Allow", "*", "22", 100)]))
                .is_empty()
        );
        assert!(open_ports(&group(&[("Allow", "10.0.0.0/8", "22", 100)])).is_empty());
    }
}
