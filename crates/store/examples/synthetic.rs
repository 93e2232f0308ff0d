//! Fills a store with an invented estate of any size, to measure with: `synthetic URL [ASSETS]`.
//!
//! Four relations an asset, two hundred environments in a tree; the same size gives the same estate.

use std::error::Error;

use picket_model::{
    Asset, AssetKind, Environment, EnvironmentKind, Finding, FindingKind, Inventory, Provider,
    Relation, RelationKind, Severity,
};
use picket_store::Store;
use serde_json::json;

/// Subscriptions, below ten groups, below one organisation.
const SUBSCRIPTIONS: u64 = 200;
const GROUPS: u64 = 10;

/// Which kinds there are, each as often as it stands here.
const KINDS: [AssetKind; 20] = [
    AssetKind::Workload,
    AssetKind::Workload,
    AssetKind::Workload,
    AssetKind::ModelDeployment,
    AssetKind::ModelDeployment,
    AssetKind::Model,
    AssetKind::Agent,
    AssetKind::Tool,
    AssetKind::AiService,
    AssetKind::VectorIndex,
    AssetKind::ObjectStore,
    AssetKind::ObjectStore,
    AssetKind::Database,
    AssetKind::ServiceIdentity,
    AssetKind::ServiceIdentity,
    AssetKind::Library,
    AssetKind::Library,
    AssetKind::SourceFile,
    AssetKind::ContainerImage,
    AssetKind::Repository,
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("usage: synthetic URL [ASSETS]")?;
    let size: u64 = arguments.next().map_or(Ok(100_000), |size| size.parse())?;
    let store = Store::open(&url).await?;
    let mut scan = store.begin_scan("synthetic").await?;
    store.apply(&mut scan, &estate(size), true).await?;
    store.close().await;
    Ok(())
}

fn estate(size: u64) -> Inventory {
    let mut random = Random(1);
    let assets: Vec<Asset> = (0..size).map(|number| asset(number, &mut random)).collect();
    let mut relations = Vec::new();
    for (number, asset) in assets.iter().enumerate() {
        for _ in 0..4 {
            // Most lead nearby, as within an application; some anywhere.
            let far = random.below(10) == 0;
            let step = if far { random.below(size) } else { 1 + random.below(200) };
            let other = usize::try_from((number as u64 + step) % size).unwrap_or_default();
            let target = &assets[other];
            let kind = relation(asset.kind, target.kind);
            relations.push(Relation::new(asset.id.clone(), kind, target.id.clone()));
        }
    }
    Inventory { environments: environments(), assets, relations, diagnostics: Vec::new() }
}

fn environments() -> Vec<Environment> {
    let environment = |id: String, kind, parent| Environment {
        name: id.rsplit('/').next().unwrap_or_default().to_owned(),
        id,
        kind,
        provider: Provider::Azure,
        parent,
        last_scanned: None,
    };
    let root = "/tenants/synthetic".to_owned();
    let mut found = vec![environment(root.clone(), EnvironmentKind::Organisation, None)];
    for group in 0..GROUPS {
        found.push(environment(group_id(group), EnvironmentKind::Group, Some(root.clone())));
    }
    for number in 0..SUBSCRIPTIONS {
        let parent = Some(group_id(number % GROUPS));
        found.push(environment(subscription(number), EnvironmentKind::Subscription, parent));
    }
    found
}

fn group_id(number: u64) -> String {
    format!("/tenants/synthetic/groups/team-{number}")
}

fn subscription(number: u64) -> String {
    format!("/subscriptions/00000000-0000-4000-8000-{number:012}")
}

fn asset(number: u64, random: &mut Random) -> Asset {
    let kind = KINDS[usize::try_from(random.below(KINDS.len() as u64)).unwrap_or_default()];
    let environment = subscription(random.below(SUBSCRIPTIONS));
    let application = number / 50;
    let name = format!("{}-app{application}-{number}", kind.as_str().to_lowercase());
    let id = format!("{environment}/resourcegroups/rg-app{application}/providers/synthetic/{name}");
    let provider =
        [Provider::Azure, Provider::Aws, Provider::Gcp, Provider::Code][(number % 4) as usize];
    let mut asset = Asset::new(id, kind, name, provider, environment)
        .native_type(format!("Synthetic.Provider/{}", kind.as_str()))
        .with("publisher", ["openai", "anthropic", "meta", "mistral"][(number % 4) as usize])
        .with("version", format!("2026-0{}-01", 1 + random.below(9)))
        .with("capacity", random.below(1000))
        .with("public_network_access", random.below(8) == 0)
        .with("endpoint", format!("https://app{application}.example.test/{number}"))
        .with("sku", "Standard");
    asset.region = Some(["westeurope", "eastus", "eu-central-1"][(number % 3) as usize].to_owned());
    asset.tags.insert("owner".to_owned(), json!(format!("team-{}", application % 97)));
    if random.below(7) == 0 {
        let (kind, severity) = [
            (FindingKind::ExposedToInternet, Severity::High),
            (FindingKind::SensitiveData, Severity::Medium),
            (FindingKind::Vulnerability, Severity::Critical),
            (FindingKind::ModelMetadata, Severity::Informational),
        ][usize::try_from(random.below(4)).unwrap_or_default()];
        asset.findings.push(Finding::new(
            kind,
            "synthetic",
            severity,
            "An invented finding",
            "It stands here so that there is something to find",
            json!({ "setting": "public_network_access", "value": "Enabled" }),
        ));
    }
    asset
}

/// A relation that could be drawn between assets of these kinds.
const fn relation(from: AssetKind, to: AssetKind) -> RelationKind {
    match (from, to) {
        (AssetKind::ModelDeployment, AssetKind::Model) => RelationKind::Deploys,
        (AssetKind::Agent, AssetKind::Tool) => RelationKind::HasTool,
        (AssetKind::ServiceIdentity, _) => RelationKind::CanAccess,
        (_, AssetKind::ServiceIdentity) => RelationKind::RunsAs,
        (AssetKind::Repository, AssetKind::Library) => RelationKind::DependsOn,
        (AssetKind::Repository, _) => RelationKind::Contains,
        (_, AssetKind::VectorIndex) => RelationKind::GroundedOn,
        _ => RelationKind::Uses,
    }
}

/// A small linear generator: the same numbers every time, and good enough to spread things.
struct Random(u64);

impl Random {
    const fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
