use std::{sync::Mutex, time::Duration};

use ::http::StatusCode;
use picket_model::{
    Asset, AssetKind, DiagnosticStatus, Progress, Provider, Relation, RelationKind,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::{ApiError, CallError, Gather, Http, Limits, Reply, classify, error::Verdict, follow};

fn quick() -> Limits {
    Limits {
        attempts: 3,
        backoff: Duration::from_millis(1),
        longest_wait: Duration::from_millis(5),
        ..Limits::default()
    }
}

fn explain(reply: &Reply) -> ApiError {
    let body: serde_json::Value = reply.json().unwrap_or_default();
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    ApiError { code: text("code"), message: text("message") }
}

async fn get(server: &MockServer, limits: Limits) -> Result<Reply, CallError> {
    let http = Http::new(limits).unwrap();
    let url: reqwest::Url = server.uri().parse().unwrap();
    http.send(|| Ok(reqwest::Request::new(reqwest::Method::GET, url.clone())), explain).await
}

async fn server(answers: &[ResponseTemplate]) -> MockServer {
    let server = MockServer::start().await;
    for (index, answer) in answers.iter().enumerate() {
        let mock = Mock::given(any()).respond_with(answer.clone());
        let once = index + 1 < answers.len();
        (if once { mock.up_to_n_times(1) } else { mock }).mount(&server).await;
    }
    server
}

#[tokio::test]
async fn throttled_and_failing_calls_are_tried_again() {
    let throttled = ResponseTemplate::new(429).insert_header("retry-after", "1");
    let failing = ResponseTemplate::new(502).set_body_json(serde_json::json!({"code": "Internal"}));
    let fine = ResponseTemplate::new(200).set_body_string("[1]");
    let server = server(&[throttled, failing, fine]).await;
    let reply = get(&server, quick()).await.unwrap();
    assert_eq!(reply.json::<Vec<u8>>().unwrap(), [1]);
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn throttling_without_end_gives_up() {
    let server = server(&[ResponseTemplate::new(429)]).await;
    let error = get(&server, quick()).await.unwrap_err();
    assert_eq!(error, CallError::Throttled { code: "HTTP 429".to_owned(), attempts: 3 });
    assert_eq!(error.status(), DiagnosticStatus::Throttled);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let refusal = ResponseTemplate::new(403)
        .set_body_json(serde_json::json!({"code": "AuthorizationFailed", "message": "no read"}));
    let server = server(&[refusal]).await;
    let error = get(&server, quick()).await.unwrap_err();
    assert_eq!(error.status(), DiagnosticStatus::Denied);
    assert!(error.to_string().contains("AuthorizationFailed: no read"), "{error}");
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_error_page_means_unsupported() {
    let page = ResponseTemplate::new(500).set_body_string("<html>Internal Server Error</html>");
    let server = server(&[page]).await;
    let error = get(&server, quick()).await.unwrap_err();
    assert_eq!(error.status(), DiagnosticStatus::Unsupported);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_no_json_is_malformed_and_what_is_too_long_is_refused() {
    let server = server(&[ResponseTemplate::new(200).set_body_string("<html>")]).await;
    let reply = get(&server, quick()).await.unwrap();
    assert!(matches!(reply.json::<Vec<u8>>(), Err(CallError::Malformed { .. })));
    let error = get(&server, Limits { body: 3, ..quick() }).await.unwrap_err();
    assert_eq!(error, CallError::TooLarge { limit: 3, unit: "bytes" });
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let http = Http::new(quick()).unwrap();
    let url: reqwest::Url = "http://127.0.0.1:1/".parse().unwrap();
    let request = || Ok(reqwest::Request::new(reqwest::Method::GET, url.clone()));
    let error = http.send(request, explain).await.unwrap_err();
    assert_eq!(error.status(), DiagnosticStatus::Unreadable);
}

#[test]
fn codes_count_more_than_statuses() {
    let judge = |status: u16, code: &str| {
        let error = ApiError { code: code.to_owned(), message: String::new() };
        classify(StatusCode::from_u16(status).unwrap(), &error)
    };
    assert_eq!(judge(400, "ThrottlingException"), Verdict::Throttled);
    assert_eq!(judge(400, "UnrecognizedClientException"), Verdict::Denied);
    assert_eq!(judge(404, "NoSuchBucketPolicy"), Verdict::NotFound);
    assert_eq!(judge(409, "MissingSubscriptionRegistration"), Verdict::Unsupported);
    assert_eq!(judge(500, "InternalFailure"), Verdict::Failed);
    assert_eq!(judge(503, ""), Verdict::Throttled);
}

#[tokio::test]
async fn a_list_is_read_to_its_end_and_no_further() {
    let limits = Limits { pages: 3, ..Limits::default() };
    let page = |number: usize, last: usize| -> (Vec<usize>, Option<String>) {
        (vec![number], (number < last).then(|| (number + 1).to_string()))
    };
    let number = |token: Option<String>| token.map_or(0, |token| token.parse().unwrap());

    let (all, failure) = follow(&limits, async |token| Ok(page(number(token), 2))).await;
    assert_eq!((all, failure), (vec![0, 1, 2], None));

    let (all, failure) = follow(&limits, async |token| Ok(page(number(token), 9))).await;
    assert_eq!(all, [0, 1, 2]);
    assert_eq!(failure.unwrap().status(), DiagnosticStatus::TooLarge);

    let same = async |_| Ok((vec![7], Some("again".to_owned())));
    let (all, failure) = follow(&limits, same).await;
    assert_eq!(all, [7, 7]);
    assert_eq!(failure.unwrap().status(), DiagnosticStatus::Malformed);

    let (all, failure) = follow(&limits, async |token| match number(token) {
        0 => Ok(page(0, 9)),
        _ => Err(CallError::Throttled { code: "x".to_owned(), attempts: 1 }),
    })
    .await;
    assert_eq!(all, [0]);
    assert_eq!(failure.unwrap().status(), DiagnosticStatus::Throttled);
}

#[test]
fn what_is_found_twice_is_kept_once() {
    #[derive(Default)]
    struct Steps(Mutex<Vec<(u64, u64)>>);
    impl Progress for Steps {
        fn advance(&self, done: u64, total: u64, _: &str) {
            self.0.lock().unwrap().push((done, total));
        }
    }
    let steps = Steps::default();
    let gather = Gather::new(&steps);
    let asset = |id: &str| Asset::new(id, AssetKind::Model, id, Provider::Aws, "1");
    gather.asset(asset("b").with("size", 1));
    gather.asset(asset("a"));
    gather.asset(asset("b").with("size", 2).with("publisher", "x"));
    for _ in 0..2 {
        gather.relation(Relation::new("a", RelationKind::Uses, "b"));
    }
    gather.expect(2);
    gather.advance("first");
    gather.failed("call", &CallError::TooLarge { limit: 1, unit: "pages" });
    let inventory = gather.finish();
    let ids: Vec<_> = inventory.assets.iter().map(|asset| asset.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(inventory.assets[1].properties["size"], 1);
    assert_eq!(inventory.assets[1].properties["publisher"], "x");
    assert_eq!(inventory.relations.len(), 1);
    assert_eq!(inventory.diagnostics[0].status, DiagnosticStatus::TooLarge);
    assert_eq!(*steps.0.lock().unwrap(), [(1, 2)]);
}
