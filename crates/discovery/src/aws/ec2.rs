//! EC2 instances: what they serve, whether the internet reaches it, and the role they act as.

use base64::{Engine, prelude::BASE64_STANDARD};
use futures::future::join_all;
use picket_model::{Asset, AssetKind, Finding, FindingKind, RelationKind, Severity};
use serde_json::{Value, json};

use super::{
    inference::{self, Server},
    network::{Network, OpenPorts},
    scope::Scope,
    service::{EC2, Operation},
    shape::{End, Shape},
    value::{pick, text, texts},
};
use crate::catalogue;

const INSTANCES: Operation = EC2.list("DescribeInstances", "", "/reservationSet/*/instancesSet/*");
const ATTRIBUTE: Operation = EC2.get("DescribeInstanceAttribute", "");

const SHAPE: Shape = Shape {
    kind: AssetKind::VirtualMachine,
    native_type: "AWS::EC2::Instance",
    arn: "/arn",
    name: "/name",
    properties: &[
        ("instance_type", "/instanceType"),
        ("image_id", "/imageId"),
        ("state", "/instanceState/name"),
        ("public_ip", "/publicIp"),
        ("private_ip", "/privateIpAddress"),
        ("instance_profile", "/iamInstanceProfile/arn"),
        ("metadata_tokens", "/metadataOptions/httpTokens"),
    ],
    relations: &[
        (RelationKind::AttachedTo, "/subnetId", End::Here("ec2", "subnet/")),
        (RelationKind::AttachedTo, "/vpcId", End::Here("ec2", "vpc/")),
        (RelationKind::AttachedTo, "/groups/*", End::Here("ec2", "security-group/")),
    ],
};

/// Instance families with accelerators for machine learning.
const ACCELERATED: &[&str] = &["p", "g", "trn", "inf", "dl"];

/// Reads the instances of one region.
pub(super) async fn scan(scope: &Scope<'_>, network: &Network) {
    let instances = scope.list(&INSTANCES, json!({})).await;
    join_all(instances.into_iter().map(|item| instance(scope, network, item))).await;
}

async fn instance(scope: &Scope<'_>, network: &Network, mut item: Value) {
    let Some(id) = text(&item, "/instanceId").map(str::to_owned) else { return };
    if text(&item, "/instanceState/name") == Some("terminated") {
        return;
    }
    let tags = super::value::tags(&pick(&item, "/tagSet"));
    let arn = scope.arn("ec2", &format!("instance/{id}"));
    let public_ip = ["/ipAddress", "/networkInterfaceSet/*/association/publicIp"]
        .into_iter()
        .find_map(|at| text(&item, at).map(str::to_owned));
    let mut groups: Vec<String> = Vec::new();
    for at in ["/groupSet/*/groupId", "/networkInterfaceSet/*/groupSet/*/groupId"] {
        groups.extend(texts(&item, at).into_iter().map(str::to_owned));
    }
    groups.sort();
    groups.dedup();
    let subnet =
        ["/subnetId", "/networkInterfaceSet/*/subnetId"].into_iter().find_map(|at| text(&item, at));
    let vpc = ["/vpcId", "/networkInterfaceSet/*/vpcId"].into_iter().find_map(|at| text(&item, at));
    let routed = network.is_routed(subnet.unwrap_or_default(), vpc.unwrap_or_default());

    item["name"] = tags.get("Name").cloned().unwrap_or_else(|| id.clone().into());
    item["arn"] = arn.into();
    item["publicIp"] = public_ip.clone().into();
    item["groups"] = json!(groups);
    let Some(mut asset) = scope.shape(&SHAPE, &item) else { return };
    let open = match &public_ip {
        Some(_) if routed => network.open_ports(groups.iter().map(String::as_str)),
        _ => Vec::new(),
    };
    let family = text(&item, "/instanceType").unwrap_or_default();
    let letters: String = family.chars().take_while(char::is_ascii_alphabetic).collect();
    asset.set("accelerated", ACCELERATED.contains(&letters.as_str()));

    let arguments = json!({"InstanceId": id, "Attribute": "userData"});
    let script = scope.get(&ATTRIBUTE, arguments).await;
    let script = script
        .as_ref()
        .and_then(|answer| text(answer, "/userData/value"))
        .map(decode)
        .unwrap_or_default();
    let server = inference::of_script(&script);
    if let Some(server) = &server {
        serves(scope, &mut asset, server);
    }
    expose(scope, &mut asset, &open, server.as_ref(), public_ip.as_deref());
    scope.gather().asset(asset);
}

fn decode(text: &str) -> String {
    let bytes =
        BASE64_STANDARD.decode(text.split_whitespace().collect::<String>()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn serves(scope: &Scope<'_>, asset: &mut Asset, server: &Server) {
    asset.set("inference_server", server.name);
    asset.set("inference_port", server.port);
    if let Some(image) = scope.end(End::Image, &server.image).filter(|_| !server.image.is_empty()) {
        scope.relate(asset.id.as_str(), RelationKind::Runs, &image);
    }
    if let Some(model) = &server.model {
        let model = catalogue::named(model, None).asset(&scope.account);
        scope.relate(asset.id.as_str(), RelationKind::Uses, model.id.as_str());
        scope.gather().asset(model);
    }
}

/// Says that the internet reaches the instance, and whether that is its inference port.
fn expose(
    scope: &Scope<'_>,
    asset: &mut Asset,
    open: &[OpenPorts],
    server: Option<&Server>,
    public_ip: Option<&str>,
) {
    let (Some(ip), false) = (public_ip, open.is_empty()) else { return };
    let ports: Vec<Value> = open.iter().copied().map(Value::from).collect();
    let inference = server.is_some_and(|server| {
        open.iter().any(|range| (range.from..=range.to).contains(&server.port))
    });
    let named: Vec<String> = open.iter().map(ToString::to_string).collect();
    let reason =
        format!("{ip} is public and a security group opens {} to everybody", named.join(", "));
    scope.exposed(asset.id.as_str(), ports.clone(), "security group", &reason);
    asset.set("open_ports", ports.clone());
    asset.set("inference_port_open", inference);
    asset.findings.push(Finding::new(
        FindingKind::ExposedToInternet,
        "security_group",
        if inference { Severity::High } else { Severity::Medium },
        if inference { "The internet reaches the inference server" } else { "The internet reaches the instance" },
        reason,
        json!({"ports": ports, "public_ip": ip, "inference_server": server.map(|server| server.name)}),
    ));
}
