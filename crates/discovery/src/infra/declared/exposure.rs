//! What the internet reaches: open firewall rules before public machines, public endpoints of services and functions.

use picket_model::{AssetId, AssetKind, Finding, FindingKind, RelationKind, Severity};
use serde_json::{Value, json};

use super::Resource;
use super::access::expose;
use super::index::Index;
use crate::Collector;
use crate::infra::path::{all, single, snake_case};

/// One rule that lets everyone in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Opening {
    from: u16,
    to: u16,
}

impl Opening {
    /// A port as a number, a range as text.
    fn value(&self) -> Value {
        if self.from == self.to { json!(self.from) } else { json!(self.to_string()) }
    }
}

impl std::fmt::Display for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.from == self.to {
            write!(f, "{}", self.from)
        } else {
            write!(f, "{}-{}", self.from, self.to)
        }
    }
}

/// Adds what is exposed.
pub(super) fn find(index: &Index<'_>, out: &mut Collector) {
    for (position, resource) in index.resources.iter().enumerate() {
        let Some(id) = index.asset(position).cloned() else { continue };
        match resource.kind.as_str() {
            "aws_instance" => aws_instance(index, resource, &id, out),
            "azurerm_linux_virtual_machine"
            | "azurerm_windows_virtual_machine"
            | "microsoft.compute/virtualmachines" => {
                azure_machine(index, resource, &id, out);
            }
            "aws_lb" | "aws_alb" if flag(resource, "internal") != Some(true) => {
                found(
                    &id,
                    "load balancer",
                    &[json!(443)],
                    "The load balancer faces the internet",
                    out,
                );
            }
            "aws_apigatewayv2_api"
            | "azurerm_api_management"
            | "microsoft.apimanagement/service" => {
                found(
                    &id,
                    "API gateway",
                    &[json!(443)],
                    "The gateway answers at a public address",
                    out,
                );
            }
            "google_compute_instance"
                if !all(&resource.values, "network_interface.access_config").is_empty() =>
            {
                found(&id, "external address", &[], "The machine has an external address", out);
            }
            "azurerm_container_app" | "microsoft.app/containerapps"
                if out.get(&id).is_some_and(|asset| {
                    asset.properties.get("external_ingress") == Some(&Value::Bool(true))
                }) =>
            {
                found(&id, "external ingress", &[json!(443)], "The ingress is external", out);
            }
            _ => service(&id, out),
        }
    }
    for resource in index.resources.iter().filter(|it| it.kind == "aws_lambda_function_url") {
        if single(&resource.values, "authorization_type").and_then(Value::as_str) != Some("NONE") {
            continue;
        }
        let types = ["aws_lambda_function".to_owned()];
        for value in all(&resource.values, "function_name") {
            for id in index.resolve(&resource.root, value, &types) {
                let reason = "Its function URL asks for no authentication";
                found(&id, "function URL", &[json!(443)], reason, out);
                let finding = Finding::new(
                    FindingKind::PublicAccess,
                    "function_url",
                    Severity::High,
                    "Anyone may call this function",
                    "Its function URL has authorization type NONE",
                    json!({ "authorization_type": "NONE" }),
                );
                out.finding(&id, finding);
            }
        }
    }
}

fn flag(resource: &Resource, path: &str) -> Option<bool> {
    single(&resource.values, path).and_then(Value::as_bool)
}

/// Draws the way in and says why.
fn found(id: &AssetId, via: &str, ports: &[Value], reason: &str, out: &mut Collector) {
    expose(id, via, ports, reason, out);
    let finding = Finding::new(
        FindingKind::ExposedToInternet,
        "network",
        Severity::Medium,
        "Reachable from the internet",
        reason,
        json!({ "via": via, "ports": ports }),
    );
    out.finding(id, finding);
}

/// A managed service whose endpoint anyone can reach unless its network settings say otherwise.
fn service(id: &AssetId, out: &mut Collector) {
    let Some(asset) = out.get(id) else { return };
    let text = |key: &str| asset.properties.get(key).and_then(Value::as_str);
    let is = |key: &str| asset.properties.get(key).and_then(Value::as_bool);
    let endpoint = matches!(
        asset.kind,
        AssetKind::AiService
            | AssetKind::AiProject
            | AssetKind::SearchIndex
            | AssetKind::WebApp
            | AssetKind::Function
            | AssetKind::ObjectStore
            | AssetKind::Database
            | AssetKind::Agent
    );
    if !endpoint {
        return;
    }
    let restricted = text("network_default_action") == Some("Deny")
        || asset
            .properties
            .get("allowed_ips")
            .and_then(Value::as_array)
            .is_some_and(|it| !it.is_empty());
    if text("public_network_access") == Some("Enabled") && !restricted {
        let reason = "Public network access is enabled for all networks";
        found(id, "public network access", &[json!(443)], reason, out);
    } else if is("publicly_accessible") == Some(true) {
        found(id, "public address", &[], "It is publicly accessible", out);
    } else if let Some(access) =
        text("public_access").map(str::to_lowercase).filter(|it| it == "blob" || it == "container")
    {
        public_container(id, &access, out);
    }
}

/// A container that anyone may read; its account is public through it.
fn public_container(id: &AssetId, access: &str, out: &mut Collector) {
    let name = out.get(id).map(|asset| asset.name.clone()).unwrap_or_default();
    let account = out
        .relations()
        .iter()
        .find(|it| {
            it.kind == RelationKind::Contains
                && it.target == *id
                && out.get(&it.source).is_some_and(|it| it.kind == AssetKind::ObjectStore)
        })
        .map(|relation| relation.source.clone());
    let allowed = account.as_ref().and_then(|id| out.get(id)).is_none_or(|account| {
        account.properties.get("allow_blob_public_access") != Some(&json!(false))
    });
    if !allowed {
        return;
    }
    let reason = format!("Container {name} has public access level {access}");
    for holder in [Some(id.clone()), account.clone()].into_iter().flatten() {
        let finding = Finding::new(
            FindingKind::PublicAccess,
            &name,
            Severity::High,
            "Anyone may read blobs without signing in",
            reason.clone(),
            json!({ "container": name, "public_access": access }),
        );
        out.finding(&holder, finding);
    }
    if let Some(asset) = account.as_ref().and_then(|id| out.get_mut(id)) {
        asset.set("public_containers", json!([name]));
    }
    found(id, "public container", &[json!(443)], &reason, out);
}

fn aws_instance(index: &Index<'_>, resource: &Resource, id: &AssetId, out: &mut Collector) {
    let subnet_public = related(id, RelationKind::AttachedTo, out).into_iter().any(|subnet| {
        out.get(&subnet).is_some_and(|it| it.properties.get("maps_public_ip") == Some(&json!(true)))
    });
    let address = single(&resource.values, "public_ip")
        .and_then(Value::as_str)
        .is_some_and(|it| !it.is_empty());
    if flag(resource, "associate_public_ip_address") != Some(true) && !address && !subnet_public {
        return;
    }
    let types = ["aws_security_group".to_owned()];
    let mut openings = Vec::new();
    for group in ["vpc_security_group_ids", "security_groups"]
        .into_iter()
        .flat_map(|path| all(&resource.values, path))
        .flat_map(|value| index.resolve(&resource.root, value, &types))
    {
        for (position, other) in index.resources.iter().enumerate() {
            let own = index.asset(position) == Some(&group);
            let names_it = |path: &str| {
                all(&other.values, path)
                    .into_iter()
                    .any(|value| index.resolve(&other.root, value, &types).contains(&group))
            };
            match other.kind.as_str() {
                "aws_security_group" if own => {
                    openings.extend(all(&other.values, "ingress").into_iter().filter_map(aws_rule));
                }
                "aws_security_group_rule"
                    if single(&other.values, "type") == Some(&json!("ingress"))
                        && names_it("security_group_id") =>
                {
                    openings.extend(aws_rule(&other.values));
                }
                "aws_vpc_security_group_ingress_rule" if names_it("security_group_id") => {
                    openings.extend(aws_rule(&other.values));
                }
                _ => {}
            }
        }
    }
    open_ports(id, "security group", &openings, out);
}

/// An ingress rule open to every address.
fn aws_rule(rule: &Value) -> Option<Opening> {
    let everyone = ["cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6"]
        .into_iter()
        .flat_map(|path| all(rule, path))
        .any(|cidr| matches!(cidr.as_str(), Some("0.0.0.0/0" | "::/0")));
    let port = |path: &str| {
        single(rule, path).and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok())
    };
    let any = matches!(
        single(rule, "protocol").or_else(|| single(rule, "ip_protocol")).and_then(Value::as_str),
        Some("-1")
    );
    everyone.then(|| {
        if any {
            Opening { from: 0, to: u16::MAX }
        } else {
            Opening {
                from: port("from_port").unwrap_or(0),
                to: port("to_port").unwrap_or(u16::MAX),
            }
        }
    })
}

fn azure_machine(index: &Index<'_>, resource: &Resource, id: &AssetId, out: &mut Collector) {
    let interfaces = related(id, RelationKind::AttachedTo, out);
    let mut groups = Vec::new();
    let mut public = single(&resource.values, "public_ip_address")
        .and_then(Value::as_str)
        .is_some_and(|it| !it.is_empty());
    for interface in &interfaces {
        for next in related(interface, RelationKind::AttachedTo, out) {
            match out.get(&next).map(|asset| asset.kind) {
                Some(AssetKind::PublicIp) => public = true,
                Some(AssetKind::FirewallRules) => groups.push(next),
                Some(AssetKind::Subnet) => {
                    groups.extend(related(&next, RelationKind::AttachedTo, out));
                }
                _ => {}
            }
        }
    }
    if !public {
        return;
    }
    let openings: Vec<Opening> = index
        .resources
        .iter()
        .enumerate()
        .filter(|(position, _)| index.asset(*position).is_some_and(|it| groups.contains(it)))
        .flat_map(|(_, group)| {
            ["security_rule", "body.properties.securityRules.properties"]
                .into_iter()
                .flat_map(|path| all(&group.values, path))
        })
        .filter_map(azure_rule)
        .collect();
    open_ports(id, "network security group", &openings, out);
}

/// An inbound rule that allows every source.
fn azure_rule(rule: &Value) -> Option<Opening> {
    let text = |path: &str| {
        // ARM templates write the same names in camel case.
        let camel = || rule.as_object()?.iter().find(|(key, _)| snake_case(key) == path);
        single(rule, path).or_else(|| Some(camel()?.1)).and_then(Value::as_str).unwrap_or_default()
    };
    let inbound = text("direction") == "Inbound" && text("access") == "Allow";
    let everyone = matches!(text("source_address_prefix"), "*" | "Internet" | "0.0.0.0/0");
    let ports = text("destination_port_range");
    (inbound && everyone).then(|| match ports.split_once('-') {
        Some((from, to)) => {
            Opening { from: from.parse().unwrap_or(0), to: to.parse().unwrap_or(u16::MAX) }
        }
        None => {
            let port = ports.parse().ok();
            Opening { from: port.unwrap_or(0), to: port.unwrap_or(u16::MAX) }
        }
    })
}

fn open_ports(id: &AssetId, via: &str, openings: &[Opening], out: &mut Collector) {
    if openings.is_empty() {
        return;
    }
    let ports: Vec<Value> = openings.iter().map(Opening::value).collect();
    let named: Vec<String> = openings.iter().map(ToString::to_string).collect();
    let reason =
        format!("It has a public address and a {via} opens {} to everybody", named.join(", "));
    found(id, via, &ports, &reason, out);
    let Some(asset) = out.get_mut(id) else { return };
    let inference = asset.properties.get("inference_port").and_then(Value::as_u64);
    let open = inference.is_some_and(|port| {
        openings.iter().any(|it| (u64::from(it.from)..=u64::from(it.to)).contains(&port))
    });
    asset.set("inference_port_open", open);
    asset.set("open_ports", ports);
}

fn related(id: &AssetId, kind: RelationKind, out: &Collector) -> Vec<AssetId> {
    out.relations()
        .iter()
        .filter(|relation| relation.kind == kind && relation.source == *id)
        .map(|relation| relation.target.clone())
        .collect()
}
