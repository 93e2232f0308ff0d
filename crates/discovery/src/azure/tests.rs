//! The scan against a small Resource Manager of our own.

use picket_model::{AssetKind, DiagnosticStatus, FindingKind, Inventory, RelationKind};
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

const SUB: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";

async fn get(server: &MockServer, at: &str, body: Value) {
    Mock::given(method("GET"))
        .and(path(at))
        .and(header("authorization", "Bearer t"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(server)
        .await;
}

async fn server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/tenant/oauth2/v2.0/token"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"access_token": "t", "expires_in": 3600})),
        )
        .mount(&server)
        .await;
    get(&server, "/subscriptions", json!({"value": [{"subscriptionId": SUB.rsplit('/').next(), "displayName": "prod", "tenantId": "tenant"}]})).await;
    server
}

async fn scan(server: &MockServer) -> Result<Inventory, AzureError> {
    // Whatever was not mounted before is empty, as it is in a small subscription.
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"value": []})))
        .with_priority(250)
        .mount(server)
        .await;
    let limits = Limits { backoff: std::time::Duration::from_millis(1), ..Limits::default() };
    let endpoints = Endpoints {
        authority: server.uri(),
        resource_manager: server.uri(),
        blob_endpoint: format!("{}/blob", server.uri()),
    };
    let options = AzureOptions { endpoints, limits: limits.clone(), ..AzureOptions::default() };
    let credential =
        Credential::secret(&server.uri(), "tenant", "app".to_owned(), "secret".to_owned());
    scan_as(&options, &(), Http::new(limits).unwrap(), credential).await
}

fn account(name: &str) -> String {
    format!("{SUB}/resourceGroups/Rg/providers/Microsoft.CognitiveServices/accounts/{name}")
}

#[tokio::test]
async fn an_account_its_deployment_and_its_model_are_connected() {
    let server = server().await;
    let id = account("Contoso");
    get(
        &server,
        &format!("{SUB}/providers/Microsoft.CognitiveServices/accounts"),
        json!({"value": [{
            "id": id, "name": "Contoso", "kind": "OpenAI", "location": "westeurope", "tags": null,
            "properties": {"publicNetworkAccess": "enabled", "disableLocalAuth": false}
        }]}),
    )
    .await;
    get(&server, &format!("{id}/deployments"), json!({"value": [{
        "id": format!("{id}/deployments/chat"), "name": "chat", "location": null,
        "sku": {"name": "GlobalStandard", "capacity": 10},
        "properties": {"model": {"format": "OpenAI", "name": "gpt-4o", "version": "2024-08-06"}, "raiPolicyName": "loose"}
    }]})).await;
    get(&server, &format!("{id}/raiPolicies"), json!({"value": [{"id": format!("{id}/raiPolicies/loose"), "name": "loose", "properties": {"mode": "Blocking"}}]})).await;
    let found = scan(&server).await.unwrap();
    assert_eq!(found.diagnostics, []);
    let asset = |kind| found.assets.iter().find(|asset| asset.kind == kind).unwrap();
    let service = asset(AssetKind::AiService);
    assert_eq!(service.id.as_str(), id.to_lowercase());
    assert_eq!(service.properties["public_network_access"], "Enabled");
    assert!(service.findings.iter().any(|finding| finding.kind == FindingKind::ExposedToInternet));
    let deployment = asset(AssetKind::ModelDeployment);
    assert_eq!(deployment.findings[0].evidence["model"], "gpt-4o");
    assert_eq!(asset(AssetKind::Model).id.as_str(), "model://openai/gpt-4o");
    let related = |kind| {
        found
            .relations
            .iter()
            .any(|relation| relation.kind == kind && relation.source == deployment.id)
    };
    assert!(related(RelationKind::Deploys) && related(RelationKind::ProtectedBy));
}

#[tokio::test]
async fn every_page_is_read_and_throttling_is_waited_out() {
    let server = server().await;
    let list = format!("{SUB}/providers/Microsoft.Search/searchServices");
    let service = |name: &str| json!({"id": format!("{SUB}/resourceGroups/rg/providers/Microsoft.Search/searchServices/{name}"), "name": name, "properties": {}});
    Mock::given(method("GET"))
        .and(path(list.as_str()))
        .respond_with(ResponseTemplate::new(429))
        .up_to_n_times(2)
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path(list.as_str()))
        .and(query_param("$skipToken", "2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"value": [service("b")]})))
        .with_priority(2)
        .mount(&server)
        .await;
    get(&server, &list, json!({"value": [service("a")], "nextLink": format!("{}{list}?api-version=1&$skipToken=2", server.uri())})).await;
    let found = scan(&server).await.unwrap();
    let names: Vec<&str> = found
        .assets
        .iter()
        .filter(|asset| asset.kind == AssetKind::SearchIndex)
        .map(|asset| asset.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
}

#[tokio::test]
async fn what_is_denied_or_broken_is_named_and_the_rest_is_kept() {
    let server = server().await;
    let refuse = |at: String, reply: ResponseTemplate| {
        Mock::given(method("GET")).and(path(at)).respond_with(reply).with_priority(1)
    };
    refuse(
        format!("{SUB}/providers/Microsoft.Search/searchServices"),
        ResponseTemplate::new(403)
            .set_body_json(json!({"error": {"code": "AuthorizationFailed", "message": "no"}})),
    )
    .mount(&server)
    .await;
    refuse(
        format!("{SUB}/providers/Microsoft.Sql/servers"),
        ResponseTemplate::new(200).set_body_string("<html>gateway</html>"),
    )
    .mount(&server)
    .await;
    refuse(format!("{SUB}/providers/Microsoft.BotService/botServices"), ResponseTemplate::new(409).set_body_json(json!({"error": {"code": "MissingSubscriptionRegistration", "message": "not registered"}}))).mount(&server).await;
    get(&server, &format!("{SUB}/providers/Microsoft.CognitiveServices/accounts"), json!({"value": [{"name": "no id"}, {"id": account("a"), "name": "a", "properties": null}]})).await;
    let found = scan(&server).await.unwrap();
    let status: Vec<DiagnosticStatus> =
        found.diagnostics.iter().map(|diagnostic| diagnostic.status).collect();
    assert!(
        status.contains(&DiagnosticStatus::Denied) && status.contains(&DiagnosticStatus::Malformed),
        "{:?}",
        found.diagnostics
    );
    assert!(
        !found.diagnostics.iter().any(|diagnostic| diagnostic.subject.contains("botServices")),
        "not registered is no failure"
    );
    assert!(found.assets.iter().any(|asset| asset.name == "a"));
}

#[tokio::test]
async fn the_token_goes_nowhere_else() {
    let server = server().await;
    let list = format!("{SUB}/providers/Microsoft.KeyVault/vaults");
    get(&server, &list, json!({"value": [], "nextLink": "https://attacker.example/next"})).await;
    let found = scan(&server).await.unwrap();
    assert!(
        found.diagnostics.iter().any(|diagnostic| diagnostic.message.contains("attacker.example")),
        "{:?}",
        found.diagnostics
    );
}

#[tokio::test]
async fn cards_in_a_public_container_are_counted_and_not_kept() {
    let server = server().await;
    let id = format!("{SUB}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/data");
    get(&server, &format!("{SUB}/providers/Microsoft.Storage/storageAccounts"), json!({"value": [{"id": id, "name": "data", "properties": {"allowBlobPublicAccess": true, "publicNetworkAccess": "Enabled"}}]})).await;
    get(&server, &format!("{id}/blobServices/default/containers"), json!({"value": [{"id": format!("{id}/blobServices/default/containers/docs"), "name": "docs", "properties": {"publicAccess": "Container"}}]})).await;
    Mock::given(method("GET")).and(path("/blob/docs")).respond_with(ResponseTemplate::new(200).set_body_string("<?xml version=\"1.0\"?><EnumerationResults><Blobs><Blob><Name>a b.csv</Name></Blob></Blobs></EnumerationResults>")).mount(&server).await;
    Mock::given(method("GET"))
        .and(path("/blob/docs/a%20b%2Ecsv"))
        .respond_with(
            ResponseTemplate::new(206).set_body_string("name,card\nx,4111 1111 1111 1111\n"),
        )
        .mount(&server)
        .await;
    let found = scan(&server).await.unwrap();
    let store = found.assets.iter().find(|asset| asset.name == "data").unwrap();
    let sensitive = store
        .findings
        .iter()
        .find(|finding| finding.kind == FindingKind::SensitiveData)
        .unwrap_or_else(|| panic!("{:?}", found.diagnostics));
    assert!(sensitive.evidence["types"].as_object().is_some_and(|types| !types.is_empty()));
    assert!(!serde_json::to_string(&found).unwrap().contains("4111 1111"), "no value is kept");
    assert!(store.findings.iter().any(|finding| finding.kind == FindingKind::PublicAccess));
}

#[tokio::test]
async fn without_a_subscription_it_says_what_to_do() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_json(json!({"access_token": "t", "expires_in": 3600})),
        )
        .mount(&server)
        .await;
    let error = scan(&server).await.unwrap_err().to_string();
    assert!(error.contains("Reader"), "{error}");
}
