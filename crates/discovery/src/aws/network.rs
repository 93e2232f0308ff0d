//! Networks of a region: what is open to the internet, and what leads there.

use picket_model::{Asset, AssetKind, RelationKind};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value, json};

use super::{
    bedrock::service_id,
    scope::Scope,
    service::{EC2, Operation},
    shape::{End, Shape},
    value::{all, pick, text, texts},
};

const VPCS: Operation = EC2.list("DescribeVpcs", "", "/vpcSet");
const SUBNETS: Operation = EC2.list("DescribeSubnets", "", "/subnetSet");
const GROUPS: Operation = EC2.list("DescribeSecurityGroups", "", "/securityGroupInfo");
const ROUTE_TABLES: Operation = EC2.list("DescribeRouteTables", "", "/routeTableSet");
const ENDPOINTS: Operation = EC2.list("DescribeVpcEndpoints", "", "/vpcEndpointSet");

const GROUP_SHAPE: Shape = Shape {
    kind: AssetKind::FirewallRules,
    native_type: "AWS::EC2::SecurityGroup",
    arn: "/arn",
    name: "/groupName",
    properties: &[("group_id", "/groupId"), ("vpc", "/vpcId")],
    relations: &[(RelationKind::AttachedTo, "/vpcId", End::Here("ec2", "vpc/"))],
};

const SUBNET_SHAPE: Shape = Shape {
    kind: AssetKind::Subnet,
    native_type: "AWS::EC2::Subnet",
    arn: "/arn",
    name: "/subnetId",
    properties: &[
        ("cidr", "/cidrBlock"),
        ("vpc", "/vpcId"),
        ("maps_public_ip", "/mapPublicIpOnLaunch"),
    ],
    relations: &[(RelationKind::AttachedTo, "/vpcId", End::Here("ec2", "vpc/"))],
};

/// Ports that a security group opens to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpenPorts {
    pub(super) from: u16,
    pub(super) to: u16,
}

/// What the instances and databases of a region need to know of its networks.
#[derive(Debug, Default)]
pub(super) struct Network {
    open: FxHashMap<String, Vec<OpenPorts>>,
    /// Subnets and, where a subnet has no route table of its own, VPCs with a route to an internet gateway.
    routed: FxHashSet<String>,
    tables_known: bool,
    own_table: FxHashSet<String>,
}

impl Network {
    /// Ports that any of the security groups opens to everybody.
    pub(super) fn open_ports<'a>(
        &self,
        groups: impl IntoIterator<Item = &'a str>,
    ) -> Vec<OpenPorts> {
        let mut ports: Vec<OpenPorts> = groups
            .into_iter()
            .filter_map(|group| self.open.get(group))
            .flatten()
            .copied()
            .collect();
        ports.sort_by_key(|range| (range.from, range.to));
        ports.dedup();
        ports
    }

    /// Whether a subnet has a way to the internet; taken for granted where route tables cannot be read.
    pub(super) fn is_routed(&self, subnet: &str, vpc: &str) -> bool {
        let table_of = if self.own_table.contains(subnet) { subnet } else { vpc };
        !self.tables_known || self.routed.contains(table_of)
    }
}

/// Reads the networks of a region.
pub(super) async fn scan(scope: &Scope<'_>) -> Network {
    let (vpcs, subnets, groups, tables, endpoints) = futures::join!(
        scope.list(&VPCS, json!({})),
        scope.list(&SUBNETS, json!({})),
        scope.list(&GROUPS, json!({})),
        scope.list(&ROUTE_TABLES, json!({})),
        scope.list(&ENDPOINTS, json!({})),
    );
    for vpc in &vpcs {
        if let Some(id) = text(vpc, "/vpcId") {
            let default = super::value::flag(vpc, "/isDefault");
            let arn = scope.arn("ec2", &format!("vpc/{id}"));
            let asset = scope.asset(&arn, AssetKind::Network, "AWS::EC2::VPC", id);
            scope
                .gather()
                .asset(asset.with("cidr", pick(vpc, "/cidrBlock")).with("default", default));
        }
    }
    for subnet in subnets {
        add_by_id(scope, &SUBNET_SHAPE, subnet, "subnet/", "subnetId", |_| {});
    }
    let mut network = Network::default();
    for group in groups {
        let open = open_ports(&group);
        if let Some(id) = text(&group, "/groupId") {
            network.open.insert(id.to_owned(), open.clone());
        }
        add_by_id(scope, &GROUP_SHAPE, group, "security-group/", "groupId", |asset| {
            asset.set("open_to_internet", !open.is_empty());
            asset.set("open_ports", open.iter().map(ToString::to_string).collect::<Vec<_>>());
        });
    }
    network.read_tables(&tables);
    for endpoint in &endpoints {
        private_endpoint(scope, endpoint);
    }
    network
}

fn add_by_id(
    scope: &Scope<'_>,
    shape: &Shape,
    mut answer: Value,
    prefix: &str,
    key: &str,
    complete: impl Fn(&mut Asset),
) {
    let Some(id) = answer.get(key).and_then(Value::as_str) else { return };
    answer["arn"] = scope.arn("ec2", &format!("{prefix}{id}")).into();
    if let Some(mut asset) = scope.shape(shape, &answer) {
        complete(&mut asset);
        scope.gather().asset(asset);
    }
}

impl Network {
    fn read_tables(&mut self, tables: &[Value]) {
        self.tables_known = !tables.is_empty();
        for table in tables {
            let routed = all(table, "/routeSet/*").into_iter().any(|route| {
                let everywhere = ["/destinationCidrBlock", "/destinationIpv6CidrBlock"]
                    .iter()
                    .any(|at| matches!(text(route, at), Some("0.0.0.0/0" | "::/0")));
                everywhere
                    && text(route, "/gatewayId").is_some_and(|gateway| gateway.starts_with("igw-"))
            });
            for association in all(table, "/associationSet/*") {
                let subject = if super::value::flag(association, "/main") {
                    text(table, "/vpcId")
                } else {
                    let subnet = text(association, "/subnetId");
                    self.own_table.extend(subnet.map(str::to_owned));
                    subnet
                };
                if let (true, Some(subject)) = (routed, subject) {
                    self.routed.insert(subject.to_owned());
                }
            }
        }
    }
}

fn open_ports(group: &Value) -> Vec<OpenPorts> {
    let mut open = Vec::new();
    for rule in all(group, "/ipPermissions/*") {
        let ranges = texts(rule, "/ipRanges/*/cidrIp")
            .into_iter()
            .chain(texts(rule, "/ipv6Ranges/*/cidrIpv6"));
        if !ranges.into_iter().any(|range| matches!(range, "0.0.0.0/0" | "::/0")) {
            continue;
        }
        let port = |at: &str| text(rule, at).and_then(|port| port.parse::<u16>().ok());
        // Protocol -1 and rules without ports mean all of them.
        open.push(OpenPorts {
            from: port("/fromPort").unwrap_or(0),
            to: port("/toPort").unwrap_or(u16::MAX),
        });
    }
    open
}

impl std::fmt::Display for OpenPorts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.from == self.to {
            write!(f, "{}", self.from)
        } else {
            write!(f, "{}-{}", self.from, self.to)
        }
    }
}

impl From<OpenPorts> for Value {
    /// One port as a number, a range as text.
    fn from(range: OpenPorts) -> Self {
        if range.from == range.to { range.from.into() } else { range.to_string().into() }
    }
}

fn private_endpoint(scope: &Scope<'_>, endpoint: &Value) {
    let Some(id) = text(endpoint, "/vpcEndpointId") else { return };
    let service = text(endpoint, "/serviceName").unwrap_or_default();
    let arn = scope.arn("ec2", &format!("vpc-endpoint/{id}"));
    let asset = scope
        .asset(&arn, AssetKind::PrivateEndpoint, "AWS::EC2::VPCEndpoint", id)
        .with("service", service)
        .with("type", pick(endpoint, "/vpcEndpointType"))
        .with("state", pick(endpoint, "/state"));
    scope.gather().asset(asset);
    if let Some(vpc) = text(endpoint, "/vpcId") {
        scope.relate(&arn, RelationKind::AttachedTo, &scope.arn("ec2", &format!("vpc/{vpc}")));
    }
    if service.contains(".bedrock") {
        scope.relate(&service_id(scope), RelationKind::AttachedTo, &arn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_open_to_all_counts() {
        let group = json!({"ipPermissions": [
            {"ipProtocol": "tcp", "fromPort": "8000", "toPort": "8010", "ipRanges": [{"cidrIp": "0.0.0.0/0"}]},
            {"ipProtocol": "tcp", "fromPort": "22", "toPort": "22", "ipRanges": [{"cidrIp": "10.0.0.0/8"}]},
            {"ipProtocol": "-1", "ipv6Ranges": [{"cidrIpv6": "::/0"}]},
        ]});
        let open: Vec<String> = open_ports(&group).iter().map(ToString::to_string).collect();
        assert_eq!(open, ["8000-8010", "0-65535"]);
    }

    #[test]
    fn a_subnet_without_its_own_table_uses_that_of_its_vpc() {
        let route =
            |gateway: &str| json!([{"destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway}]);
        let mut network = Network::default();
        assert!(network.is_routed("subnet-x", "vpc-1"));
        network.read_tables(&[
            json!({"vpcId": "vpc-1", "routeSet": route("igw-1"), "associationSet": [{"main": "true"}]}),
            json!({"vpcId": "vpc-1", "routeSet": route("nat-1"), "associationSet": [{"main": "false", "subnetId": "subnet-a"}]}),
        ]);
        assert!(!network.is_routed("subnet-a", "vpc-1"));
        assert!(network.is_routed("subnet-b", "vpc-1"));
        assert!(!network.is_routed("subnet-c", "vpc-2"));
    }
}
