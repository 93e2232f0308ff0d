//! A server on a port of its own, with a store of its own.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::sync::Arc;

use arc_swap::ArcSwap;
use picket_model::{
    Asset, AssetKind, Environment, EnvironmentKind, Inventory, Provider, Relation, RelationKind,
};
use picket_server::scanning::ScanOptions;
use picket_server::{App, AppOptions, Pipeline, PipelineOptions, Registry};
use picket_shield::{Shield, ShieldConfig};
use picket_store::Store;
use picket_threat::ThreatConfig;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use tokio::net::TcpListener;

/// A running server.
pub(crate) struct Server {
    pub(crate) store: Store,
    pub(crate) client: Client,
    pub(crate) base: String,
}

impl Server {
    /// A server with a small estate that trusts this machine.
    pub(crate) async fn start() -> Self {
        Self::start_with(true).await
    }

    /// The same; whether it trusts this machine is told.
    pub(crate) async fn start_with(open_on_loopback: bool) -> Self {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let mut scan = store.begin_scan("azure").await.unwrap();
        store.apply(&mut scan, &estate(), true).await.unwrap();
        let registry = Registry::default();
        let options = PipelineOptions {
            threat: ThreatConfig::default(),
            webhooks: vec![],
            registry: registry.clone(),
        };
        let pipeline = Pipeline::start(store.clone(), options).await.unwrap();
        let shield = Shield::new(ShieldConfig::default()).unwrap();
        let app = App::new(AppOptions {
            store: store.clone(),
            shield: Arc::new(ArcSwap::from_pointee(shield)),
            pipeline,
            registry,
            open_on_loopback,
            sample: false,
            scan_options: ScanOptions::default(),
        })
        .await
        .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(picket_server::serve(app, listener, std::future::pending()));
        Self { store, client: Client::new(), base }
    }

    /// A request; `path` is below `/api/v1/` unless it begins with a slash.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") };
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(method, path).json(body).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, body).await
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let kind = response
            .headers()
            .get("content-type")
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default();
        Self { status, kind, text: response.text().await.unwrap() }
    }

    /// The JSON of an answer that went well.
    pub(crate) fn json(&self) -> Value {
        assert!(matches!(self.status, 200..=299), "{self:?}");
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The JSON of a problem with this status (RFC 9457).
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.kind, "application/problem+json", "{self:?}");
        let problem: Value = serde_json::from_str(&self.text).unwrap();
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
        problem
    }
}

/// An organisation with a subscription, and in it an account with a deployed model behind an open network.
fn estate() -> Inventory {
    let environment = |id: &str, kind, parent: Option<&str>| Environment {
        id: id.to_owned(),
        name: id.to_owned(),
        kind,
        provider: Provider::Azure,
        parent: parent.map(str::to_owned),
        last_scanned: None,
    };
    let asset =
        |id: &str, kind, name: &str| Asset::new(id, kind, name, Provider::Azure, SUBSCRIPTION);
    Inventory {
        environments: vec![
            environment(TENANT, EnvironmentKind::Organisation, None),
            environment(SUBSCRIPTION, EnvironmentKind::Subscription, Some(TENANT)),
        ],
        assets: vec![
            asset(ACCOUNT, AssetKind::AiService, "contoso")
                .native_type("Microsoft.CognitiveServices/accounts"),
            asset(DEPLOYMENT, AssetKind::ModelDeployment, "chat"),
            asset("model://openai/gpt-4.1", AssetKind::Model, "gpt-4.1"),
        ],
        relations: vec![
            Relation::new(ACCOUNT, RelationKind::Contains, DEPLOYMENT),
            Relation::new(DEPLOYMENT, RelationKind::Deploys, "model://openai/gpt-4.1"),
        ],
        diagnostics: vec![],
    }
}

pub(crate) const TENANT: &str = "/tenants/00000000-0000-4000-8000-000000000001";
pub(crate) const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-4000-8000-000000000002";
pub(crate) const ACCOUNT: &str = "/subscriptions/00000000-0000-4000-8000-000000000002/resourcegroups/rg/providers/\
                                  microsoft.cognitiveservices/accounts/contoso";
pub(crate) const DEPLOYMENT: &str = "/subscriptions/00000000-0000-4000-8000-000000000002/resourcegroups/rg/providers/\
                                     microsoft.cognitiveservices/accounts/contoso/deployments/chat";

/// An id as it stands in a path.
pub(crate) fn encoded(id: &str) -> String {
    id.replace('/', "%2F").replace(':', "%3A")
}
