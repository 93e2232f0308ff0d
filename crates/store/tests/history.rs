//! What happened to assets: kept with each scan, read back by asset, undone to see the estate as it was.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use chrono::Utc;
use picket_model::{
    Asset, AssetId, AssetKind, ChangeKind, Finding, FindingKind, Inventory, Provider, Relation,
    RelationKind, Severity,
};
use picket_store::{PageRequest, Store};
use serde_json::json;

fn asset(id: &str, version: &str) -> Asset {
    Asset::new(id, AssetKind::Model, id, Provider::Code, "repo://x").with("version", version)
}

async fn scan(store: &Store, source: &str, assets: Vec<Asset>, relations: Vec<Relation>) {
    let found = Inventory { assets, relations, ..Inventory::default() };
    let mut scan = store.begin_scan(source).await.unwrap();
    store.apply(&mut scan, &found, true).await.unwrap();
    // Two scans at the same microsecond could not be told apart.
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
}

async fn kinds(store: &Store, id: &str) -> Vec<ChangeKind> {
    let page = store.asset_history(&AssetId::from(id), &PageRequest::default()).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    page.items.iter().map(|change| change.kind).collect()
}

#[tokio::test]
async fn an_asset_appears_changes_disappears_and_returns() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    scan(&store, "a", vec![asset("m", "1"), asset("n", "1")], vec![]).await;
    scan(&store, "a", vec![asset("m", "1"), asset("n", "1")], vec![]).await;
    assert_eq!(kinds(&store, "m").await, [ChangeKind::Appeared], "the same again is no change");
    scan(&store, "a", vec![asset("m", "2"), asset("n", "1")], vec![]).await;
    scan(&store, "a", vec![asset("n", "1")], vec![]).await;
    scan(&store, "a", vec![asset("m", "3")], vec![]).await;
    assert_eq!(
        kinds(&store, "m").await,
        [ChangeKind::Returned, ChangeKind::Disappeared, ChangeKind::Changed, ChangeKind::Appeared]
    );
    let page = store.asset_history(&AssetId::from("m"), &PageRequest::default()).await.unwrap();
    let change = &page.items[2];
    assert_eq!(change.source, "a");
    assert_eq!(change.fields.len(), 1);
    assert_eq!(change.fields[0].field, "properties.version");
    assert_eq!((&change.fields[0].before, &change.fields[0].after), (&json!("1"), &json!("2")));
}

#[tokio::test]
async fn history_comes_in_pages() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    for version in 0..7 {
        scan(&store, "a", vec![asset("m", &version.to_string())], vec![]).await;
    }
    scan(&store, "b", vec![asset("m", "1")], vec![]).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest { limit: 3, after };
        let page = store.asset_history(&AssetId::from("m"), &request).await.unwrap();
        assert_eq!(page.total, 8);
        seen.extend(page.items.into_iter().map(|change| change.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 8, "six changes and two appearances: {seen:?}");
    let whole = store.asset_history(&AssetId::from("m"), &PageRequest::default()).await.unwrap();
    let whole: Vec<String> = whole.items.into_iter().map(|change| change.id).collect();
    assert_eq!(seen, whole);
}

#[tokio::test]
async fn the_estate_is_seen_as_it_was() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let before_all = Utc::now();
    let uses = |from: &str, to: &str| Relation::new(from, RelationKind::Uses, to);
    let mut first = asset("m", "1");
    first.findings.push(Finding::new(
        FindingKind::Secret,
        "x",
        Severity::High,
        "a key",
        "d",
        json!({}),
    ));
    scan(
        &store,
        "a",
        vec![first, asset("n", "1"), asset("o", "1")],
        vec![uses("m", "n"), uses("n", "o")],
    )
    .await;
    let then = Utc::now();
    scan(&store, "b", vec![asset("p", "1")], vec![]).await;
    scan(&store, "a", vec![asset("m", "2"), asset("n", "1")], vec![uses("n", "m")]).await;
    scan(&store, "a", vec![asset("n", "1"), asset("q", "1")], vec![]).await;

    let now = store.estate().await.unwrap();
    assert_eq!(now.relations, []);
    let past = store.estate_at(then).await.unwrap();
    let ids: Vec<&str> = past.assets.iter().map(|asset| asset.id.as_str()).collect();
    assert_eq!(ids, ["m", "n", "o"]);
    assert!(past.assets.iter().all(|asset| asset.gone_at.is_none()), "{:?}", past.assets);
    assert_eq!(past.assets[0].properties["version"], "1");
    assert_eq!(past.assets[0].findings[0].title, "a key");
    assert_eq!(past.relations, [uses("m", "n"), uses("n", "o")]);
    assert_eq!(store.estate_at(before_all).await.unwrap().assets, []);
    let today = store.estate_at(Utc::now()).await.unwrap();
    assert_eq!((today.assets, today.relations), (now.assets, now.relations));
}

#[tokio::test]
async fn a_finding_keeps_the_time_it_was_first_seen() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    let found = || {
        let mut asset = asset("m", "1");
        asset.findings.push(Finding::new(
            FindingKind::Secret,
            "x",
            Severity::High,
            "t",
            "d",
            json!({}),
        ));
        asset
    };
    scan(&store, "a", vec![found()], vec![]).await;
    let first = store.estate().await.unwrap().assets[0].findings[0].first_seen;
    scan(&store, "a", vec![found()], vec![]).await;
    assert_eq!(store.estate().await.unwrap().assets[0].findings[0].first_seen, first);
}

#[tokio::test]
async fn with_no_days_nothing_is_kept() {
    let store = Store::open("sqlite::memory:").await.unwrap().with_history_days(0);
    scan(&store, "a", vec![asset("m", "1")], vec![]).await;
    scan(&store, "a", vec![asset("m", "2")], vec![]).await;
    assert_eq!(kinds(&store, "m").await, [ChangeKind::Appeared]);
}
