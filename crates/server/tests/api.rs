//! The API over HTTP, as a client meets it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use support::{ACCOUNT, Answer, DEPLOYMENT, SUBSCRIPTION, Server, TENANT, encoded};

#[tokio::test]
async fn every_list_answers_with_items() {
    let server = Server::start().await;
    for path in [
        "assets",
        "environments",
        "scans",
        "recommendations",
        "attack-paths",
        "interactions",
        "alerts",
        "incidents",
        "suppression-rules",
        "threat-intelligence/indicators",
        "tokens",
    ] {
        let list = server.get(path).await.json();
        assert!(list["items"].is_array() && list["total"].is_u64(), "{path}: {list}");
        assert!(list["next"].is_null(), "{path}: {list}");
    }
    assert!(!server.get("explorer/templates").await.json()["items"].as_array().unwrap().is_empty());
    assert_eq!(server.get("coverage").await.json().as_array().unwrap().len(), 2);
    assert!(server.get("dashboard").await.json().is_object());
    let schema = server.get("explorer/schema").await.json();
    assert!(schema.to_string().contains("ModelDeployment"), "{schema}");
    assert_eq!(server.get("status").await.json()["sample"], false);
}

#[tokio::test]
async fn what_needs_no_token_answers_without() {
    let server = Server::start_with(false).await;
    assert_eq!(server.get("/healthz").await.text, "ok\n");
    assert_eq!(server.get("/readyz").await.text, "ok\n");
    assert!(server.get("/metrics").await.text.ends_with("# EOF\n"));
    assert!(server.get("/docs/").await.text.contains("swagger"));
    let document = server.get("/openapi.json").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    assert!(document["paths"]["/api/v1/assets/{id}"]["get"].is_object());
    assert!(document["components"]["schemas"]["Asset"]["properties"]["first_seen"].is_object());
}

#[tokio::test]
async fn assets_are_found_by_filters_words_and_pages() {
    let server = Server::start().await;
    let ids = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap().iter();
        items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&server.get("assets?kind=AiService").await.json()), [ACCOUNT]);
    assert_eq!(ids(&server.get("assets?q=CONTOSO%20chat").await.json()), [DEPLOYMENT]);
    let below = format!("assets?kind=ModelDeployment,Model&environment={}", encoded(TENANT));
    assert_eq!(
        ids(&server.get(&below).await.json()).len(),
        2,
        "what is below an environment counts too"
    );
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("assets?limit=2{after}")).await.json();
        seen.extend(ids(&page));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={}", encoded(next));
    }
    let all = ids(&server.get("assets").await.json());
    assert!(all.len() >= 3);
    assert_eq!(seen, all);

    let one = server.get(&format!("assets/{}", encoded(&ACCOUNT.to_uppercase()))).await.json();
    assert_eq!(one["name"], "contoso", "an Azure id has no case");
    let around = server.get(&format!("assets/{}/relations?depth=2", encoded(ACCOUNT))).await.json();
    assert!(around.to_string().contains("gpt-4.1"), "{around}");
}

#[tokio::test]
async fn assets_are_sorted_by_the_server_across_pages() {
    let server = Server::start().await;
    for sort in ["name", "-name", "severity", "-first_seen", "properties.nothing"] {
        let all = server.get(&format!("assets?sort={sort}")).await.json();
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = server.get(&format!("assets?sort={sort}&limit=1{after}")).await.json();
            assert_eq!(page["total"], all["total"], "{sort}");
            seen.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={}", encoded(next));
        }
        assert_eq!(Value::Array(seen), all["items"], "{sort}");
    }
    let by_name = server.get("assets?sort=-name&limit=1&kind=Model,AiService").await.json();
    assert_eq!(by_name["items"][0]["name"], "gpt-4.1");
    let problem = server.get("assets?sort=colour").await.problem(400);
    assert!(problem["detail"].as_str().unwrap().contains("severity"), "{problem}");
}

#[tokio::test]
async fn an_asset_has_a_history() {
    let server = Server::start().await;
    let history = server.get(&format!("assets/{}/history", encoded(ACCOUNT))).await.json();
    assert_eq!(history["items"][0]["kind"], "appeared", "{history}");
    assert_eq!(history["items"][0]["source"], "azure");
    server.get("assets/nothing/history").await.problem(404);
}

#[tokio::test]
async fn a_bill_of_materials_can_be_of_another_time() {
    let server = Server::start().await;
    let models = |document: &Value| document["components"].as_array().map_or(0, Vec::len);
    let now = server.get("bom").await.json();
    assert!(models(&now) > 0, "{now}");
    let before = server.get("bom?at=2001-01-01T00:00:00Z").await.json();
    assert_eq!(models(&before), 0, "{before}");
    server.get("bom?at=yesterday").await.problem(400);
}

#[tokio::test]
async fn two_bills_of_materials_are_compared() {
    let server = Server::start().await;
    let same = server.get("bom/diff").await.json();
    assert_eq!(same["components"], json!({ "added": [], "removed": [], "changed": [] }));
    let since = server.get("bom/diff?before_at=2001-01-01T00:00:00Z").await.json();
    assert!(since["components"]["added"].to_string().contains("gpt-4.1"), "{since}");
    assert_eq!(since["components"]["removed"], json!([]));
    let environments = format!(
        "bom/diff?before_environment={}&environment={}",
        encoded(SUBSCRIPTION),
        encoded(TENANT)
    );
    assert!(server.get(&environments).await.json()["services"].is_object());
    server.get("bom/diff?before_environment=nothing").await.problem(404);
}

#[tokio::test]
async fn a_query_can_be_explained_without_being_run() {
    let server = Server::start().await;
    let query = json!({ "query": "MATCH (m:Model) RETURN m" });
    let plan = server.post("explorer/explain", &query).await.json();
    assert!(plan["plan"].as_str().unwrap().contains("Model"), "{plan}");
    let wrong = json!({ "query": "MATCH (m:Model" });
    assert!(server.post("explorer/explain", &wrong).await.problem(400)["line"].is_u64());
}

#[tokio::test]
async fn what_is_not_there_is_a_404_and_says_what() {
    let server = Server::start().await;
    let id = Uuid::nil();
    for path in [
        "assets/nothing".to_owned(),
        "assets/nothing/relations".to_owned(),
        "environments/nothing/plans".to_owned(),
        format!("scans/{id}"),
        format!("scans/{id}/events"),
        format!("alerts/{id}"),
        format!("incidents/{id}"),
        "bom?asset=nothing".to_owned(),
        "bom?environment=nothing".to_owned(),
        "no-such-route".to_owned(),
    ] {
        let problem = server.get(&path).await.problem(404);
        assert!(problem["detail"].as_str().unwrap().contains("there is no"), "{path}: {problem}");
    }
    let change = json!({ "status": "resolved" });
    server.send(Method::PATCH, &format!("alerts/{id}"), &change).await.problem(404);
    server.send(Method::PATCH, &format!("incidents/{id}"), &change).await.problem(404);
    let merge = json!({ "sources": [Uuid::max()] });
    server.post(&format!("incidents/{id}/merge"), &merge).await.problem(404);
    server.send(Method::DELETE, "suppression-rules/nothing", &json!({})).await.problem(404);
}

#[tokio::test]
async fn what_is_wrong_is_a_400_and_says_where() {
    let server = Server::start().await;
    let wrong = json!({ "query": "MATCH (a:Agent)\nWHERE a.name = \nRETURN a" });
    let problem = server.post("explorer/query", &wrong).await.problem(400);
    assert_eq!((&problem["line"], &problem["column"]), (&json!(3), &json!(1)), "{problem}");
    for path in [
        "assets?kind=Agnet",
        "assets?limit=many",
        "assets?gone=maybe",
        "alerts?status=open",
        "alerts?incident=x",
        "recommendations?risk=huge",
        "recommendations?status=ill",
        "bom?spec=spdx",
        "alerts/not-an-id",
        "scans/not-an-id/events",
    ] {
        server.get(path).await.problem(400);
    }
    server.post("scans", &json!({ "source": "/no/such/place" })).await.problem(400);
    server.post("scans", &json!({ "source": " " })).await.problem(400);
    let malformed =
        server.request(Method::POST, "explorer/query").header("content-type", "application/json");
    Answer::of(malformed.body("{\"query\": ").send().await.unwrap()).await.problem(400);
    let untyped = server.request(Method::POST, "explorer/query").body("{}");
    Answer::of(untyped.send().await.unwrap()).await.problem(415);
    server.post("explorer/query", &json!({ "query": 1 })).await.problem(422);
    let much = json!({ "query": "x".repeat(9 * 1024 * 1024) });
    server.post("explorer/query", &much).await.problem(413);
}

#[tokio::test]
async fn questions_are_answered_with_rows_and_bounds() {
    let server = Server::start().await;
    let question = json!({
        "query": "MATCH (a:AiService)-[:CONTAINS]->(d)-[:DEPLOYS]->(m:Model {name: $name}) RETURN a.name, d, m.name AS model",
        "params": { "name": "gpt-4.1" }
    });
    let result = server.post("explorer/query", &question).await.json();
    assert_eq!(result["columns"], json!(["a.name", "d", "model"]));
    assert_eq!(result["rows"][0][0], "contoso");
    assert_eq!(result["rows"][0][1]["_kind"], "node");
    assert_eq!(result["rows"][0][1]["id"], DEPLOYMENT);
    assert_eq!(result["stats"]["rows"], 1);
    let bounded = json!({ "query": "MATCH (a) RETURN a.id", "limit": 1 });
    let result = server.post("explorer/query", &bounded).await.json();
    assert_eq!(
        (result["rows"].as_array().unwrap().len(), &result["stats"]["truncated"]),
        (1, &json!(true))
    );
    for template in server.get("explorer/templates").await.json()["items"].as_array().unwrap() {
        let question = json!({ "query": template["query"], "params": template["params"] });
        server.post("explorer/query", &question).await.json();
    }
}

#[tokio::test]
async fn plans_are_inherited_until_set() {
    let server = Server::start().await;
    let (above, below) = (
        format!("environments/{}/plans", encoded(TENANT)),
        format!("environments/{}/plans", encoded(SUBSCRIPTION)),
    );
    let plan = |plans: &Value| {
        let found = plans.as_array().unwrap().iter().find(|plan| plan["plan"] == "ai-workloads");
        found.unwrap().clone()
    };
    assert_eq!(plan(&server.get(&below).await.json())["state"], "off");
    let on = json!({ "plans": [{ "plan": "ai-workloads", "state": "on",
                                 "extensions": { "suspicious-prompt-evidence": true } }] });
    assert_eq!(plan(&server.send(Method::PUT, &above, &on).await.json())["state"], "on");
    let inherited = plan(&server.get(&below).await.json());
    assert_eq!((&inherited["state"], &inherited["inherited_from"]), (&json!("on"), &json!(TENANT)));
    assert_eq!(inherited["extensions"]["suspicious-prompt-evidence"], true);

    let off = json!({ "plans": [{ "plan": "ai-workloads", "state": "off" }] });
    let own = plan(&server.send(Method::PUT, &below, &off).await.json());
    assert_eq!((&own["state"], &own["inherited_from"]), (&json!("off"), &Value::Null));
    assert_eq!(plan(&server.get(&above).await.json())["state"], "on");

    let foreign = json!({ "plans": [{ "plan": "cspm", "state": "on",
                                      "extensions": { "suspicious-prompt-evidence": true } }] });
    server.send(Method::PUT, &below, &foreign).await.problem(400);
    server.send(Method::PUT, "environments/nothing/plans", &on).await.problem(404);
}

#[tokio::test]
async fn a_scan_is_followed_to_its_end_and_seen_at_once() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    let code = "from openai import OpenAI\n\nclient = OpenAI()\n\
                answer = client.responses.create(model=\"gpt-4.1-mini\", input=\"Hello\")\n";
    std::fs::write(folder.path().join("app.py"), code).unwrap();
    std::fs::write(folder.path().join("requirements.txt"), "openai==1.99.0\n").unwrap();
    let begun =
        server.post("scans", &json!({ "source": folder.path(), "environment": "greeter" })).await;
    assert_eq!(begun.status, 202);
    let id = begun.json()["id"].as_str().unwrap().to_owned();

    let mut stream =
        server.request(Method::GET, &format!("scans/{id}/events")).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    // The stream ends by itself, after the last event.
    while let Some(chunk) = stream.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let last = text.trim_end().rsplit("\n\n").next().unwrap();
    let data = last.strip_prefix("event: finished\ndata: ").unwrap_or_else(|| panic!("{text}"));
    let finished: Value = serde_json::from_str(data).unwrap();
    assert_eq!((&finished["state"], &finished["id"]), (&json!("succeeded"), &json!(id)));
    assert_eq!(server.get(&format!("scans/{id}")).await.json(), finished);

    let models = server.get("assets?kind=Model&q=gpt-4.1-mini").await.json();
    assert_eq!(models["items"][0]["properties"]["standing"], "used", "{models}");
    assert_eq!(models["items"][0]["environment"], "repo://greeter");
    let libraries = server.get("assets?kind=Library").await.json();
    assert!(libraries.to_string().contains("openai"), "{libraries}");
}

#[tokio::test]
async fn the_bill_of_materials_is_cyclonedx_whose_references_hold() {
    let server = Server::start().await;
    for (query, version) in [("", "1.6"), ("?spec=cyclonedx-1.7", "1.7")] {
        let answer = server.get(&format!("bom{query}")).await;
        assert_eq!(answer.kind, "application/vnd.cyclonedx+json");
        let bom = answer.json();
        assert_eq!(
            (&bom["bomFormat"], &bom["specVersion"]),
            (&json!("CycloneDX"), &json!(version))
        );
        assert!(bom["serialNumber"].as_str().unwrap().starts_with("urn:uuid:"));
        let list = |name: &str| bom[name].as_array().cloned().unwrap_or_default();
        let mut known: Vec<String> = vec![bom["metadata"]["component"]["bom-ref"].to_string()];
        known.extend(
            list("components")
                .iter()
                .chain(&list("services"))
                .map(|part| part["bom-ref"].to_string()),
        );
        assert!(
            list("components").iter().any(|part| part["type"] == "machine-learning-model"),
            "{bom}"
        );
        for dependency in list("dependencies") {
            let ends = dependency["dependsOn"].as_array().cloned().unwrap_or_default();
            for end in ends.iter().chain([&dependency["ref"]]) {
                assert!(known.contains(&end.to_string()), "{end} is no component");
            }
        }
    }
    let answer = server.get("bom?spec=spdx-3.0").await;
    assert_eq!(answer.kind, "application/spdx+json");
    assert!(answer.json()["@graph"].to_string().contains("ai_AIPackage"));
    let one = server.get(&format!("bom?asset={}", encoded(DEPLOYMENT))).await.json();
    assert!(one["components"].to_string().contains("gpt-4.1"), "{one}");
}
