//! What would only be noise in the result.

use std::collections::BTreeMap;

use picket_model::{AssetId, AssetKind, Diagnostic, DiagnosticStatus, Inventory};
use rustc_hash::FxHashSet;

/// Every region has a default network. Networks, subnets and security groups are kept only where something stands in them.
pub(super) fn drop_empty_networks(inventory: &mut Inventory) {
    let is_network =
        |kind| matches!(kind, AssetKind::Network | AssetKind::Subnet | AssetKind::FirewallRules);
    let networks: FxHashSet<_> = inventory
        .assets
        .iter()
        .filter(|asset| is_network(asset.kind))
        .map(|asset| asset.id.clone())
        .collect();
    let mut used: FxHashSet<_> = inventory
        .relations
        .iter()
        .filter(|relation| !networks.contains(&relation.source))
        .map(|relation| relation.target.clone())
        .collect();
    let around: Vec<_> = inventory
        .relations
        .iter()
        .filter(|relation| networks.contains(&relation.source) && used.contains(&relation.source))
        .map(|relation| relation.target.clone())
        .collect();
    used.extend(around);
    let empty = |id: &AssetId| networks.contains(id) && !used.contains(id);
    inventory.relations.retain(|relation| !empty(&relation.source) && !empty(&relation.target));
    inventory.assets.retain(|asset| !empty(&asset.id));
}

/// What is not offered in one region is seldom alone: one diagnostic for a call says all its regions.
pub(super) fn join_regions(diagnostics: &mut Vec<Diagnostic>) {
    let mut joined: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    diagnostics.retain(|diagnostic| {
        let parts: Vec<&str> = diagnostic.subject.split(' ').collect();
        let &["aws", account, region, call] = parts.as_slice() else { return true };
        if diagnostic.status != DiagnosticStatus::Unsupported {
            return true;
        }
        let key = (account.to_owned(), call.to_owned(), diagnostic.message.clone());
        joined.entry(key).or_default().push(region.to_owned());
        false
    });
    for ((account, call, message), regions) in joined {
        let subject = format!("aws {account} {} {call}", regions.join(","));
        diagnostics.push(Diagnostic::new(DiagnosticStatus::Unsupported, subject, message));
    }
}

#[cfg(test)]
mod tests {
    use picket_model::{Asset, Provider, Relation, RelationKind};

    use super::*;

    #[test]
    fn networks_stay_where_something_stands_in_them() {
        let asset = |id: &str, kind| Asset::new(id, kind, id, Provider::Aws, "1");
        let attached =
            |source: &str, target: &str| Relation::new(source, RelationKind::AttachedTo, target);
        let mut inventory = Inventory {
            assets: vec![
                asset("vm", AssetKind::VirtualMachine),
                asset("subnet", AssetKind::Subnet),
                asset("vpc", AssetKind::Network),
                asset("empty-subnet", AssetKind::Subnet),
                asset("empty-vpc", AssetKind::Network),
            ],
            relations: vec![
                attached("vm", "subnet"),
                attached("subnet", "vpc"),
                attached("empty-subnet", "empty-vpc"),
            ],
            ..Inventory::default()
        };
        drop_empty_networks(&mut inventory);
        let ids: Vec<_> = inventory.assets.iter().map(|asset| asset.id.as_str()).collect();
        assert_eq!(ids, ["vm", "subnet", "vpc"]);
        assert_eq!(inventory.relations.len(), 2);
    }

    #[test]
    fn regions_without_a_service_are_named_together() {
        let diagnostic = |status, subject: &str| Diagnostic::new(status, subject, "no");
        let mut diagnostics = vec![
            diagnostic(DiagnosticStatus::Unsupported, "aws 1 eu-west-1 kendra:ListIndices"),
            diagnostic(DiagnosticStatus::Denied, "aws 1 eu-west-1 kms:ListKeys"),
            diagnostic(DiagnosticStatus::Unsupported, "aws 1 us-east-1 kendra:ListIndices"),
        ];
        join_regions(&mut diagnostics);
        let subjects: Vec<_> =
            diagnostics.iter().map(|diagnostic| diagnostic.subject.as_str()).collect();
        assert_eq!(
            subjects,
            ["aws 1 eu-west-1 kms:ListKeys", "aws 1 eu-west-1,us-east-1 kendra:ListIndices"]
        );
    }
}
