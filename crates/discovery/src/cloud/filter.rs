use picket_model::{Asset, AssetKind, Inventory};
use rustc_hash::FxHashSet;

/// Which assets a scan keeps. A name means a kind (`Agent`), a category (`AI`), a native type (`AWS::Bedrock::Agent`), or the
/// beginning of one up to a separator (`AWS::Bedrock`, `Microsoft.CognitiveServices`), or AWS's service in it (`bedrock`).
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    only: Vec<String>,
    skip: Vec<String>,
}

impl Filter {
    /// Keeps what a name of `only` means, everything where there is none, but nothing that one of `skip` does.
    pub(crate) fn new(only: &[String], skip: &[String]) -> Self {
        let lower = |names: &[String]| names.iter().map(|name| name.to_lowercase()).collect();
        Self { only: lower(only), skip: lower(skip) }
    }

    /// Whether everything of a service is left out, so that it need not be asked.
    pub(crate) fn skips_service(&self, service: &str) -> bool {
        self.skip.iter().any(|name| name == service)
    }

    /// Takes out what is not kept, and relations to it. The internet stays where something still leads to it.
    pub(crate) fn apply(&self, inventory: &mut Inventory) {
        if self.only.is_empty() && self.skip.is_empty() {
            return;
        }
        let (kept, dropped): (Vec<_>, Vec<_>) =
            std::mem::take(&mut inventory.assets).into_iter().partition(|asset| self.keeps(asset));
        let dropped: FxHashSet<_> = dropped.into_iter().map(|asset| asset.id).collect();
        inventory.relations.retain(|relation| {
            !dropped.contains(&relation.source) && !dropped.contains(&relation.target)
        });
        inventory.assets = kept;
    }

    fn keeps(&self, asset: &Asset) -> bool {
        if asset.kind == AssetKind::Internet {
            return true;
        }
        let wanted = self.only.is_empty() || self.only.iter().any(|name| means(name, asset));
        wanted && !self.skip.iter().any(|name| means(name, asset))
    }
}

fn means(name: &str, asset: &Asset) -> bool {
    let native = asset.native_type.to_lowercase();
    let separated = |rest: &str| rest.is_empty() || rest.starts_with(['/', ':', '.']);
    name == asset.kind.as_str().to_lowercase()
        || name == asset.kind.category().as_str().to_lowercase()
        || native.strip_prefix(name).is_some_and(separated)
        || native.split("::").nth(1) == Some(name)
}

#[cfg(test)]
mod tests {
    use picket_model::{Provider, Relation, RelationKind};

    use super::*;

    #[test]
    fn names_mean_kinds_categories_types_and_services() {
        let agent = Asset::new("a", AssetKind::Agent, "a", Provider::Aws, "1")
            .native_type("AWS::Bedrock::Agent");
        for name in ["agent", "ai", "aws::bedrock::agent", "aws::bedrock", "bedrock"] {
            assert!(means(name, &agent), "{name}");
        }
        for name in ["model", "aws::bed", "sagemaker", "data"] {
            assert!(!means(name, &agent), "{name}");
        }
    }

    #[test]
    fn what_is_skipped_takes_its_relations_along() {
        let asset = |id: &str, kind| Asset::new(id, kind, id, Provider::Aws, "1");
        let mut inventory = Inventory {
            assets: vec![asset("a", AssetKind::Agent), asset("b", AssetKind::ObjectStore)],
            relations: vec![
                Relation::new("a", RelationKind::GroundedOn, "b"),
                Relation::new("a", RelationKind::RunsAs, "elsewhere"),
            ],
            ..Inventory::default()
        };
        Filter::new(&[], &["ObjectStore".to_owned()]).apply(&mut inventory);
        assert_eq!(inventory.assets.len(), 1);
        assert_eq!(inventory.relations.len(), 1);
        Filter::new(&["data".to_owned()], &[]).apply(&mut inventory);
        assert_eq!(inventory.assets, []);
    }
}
