use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use picket_model::{AssetKind, DiagnosticStatus, FindingKind, Inventory, Progress, RelationKind};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{any, body_string_contains, header, header_regex, method, path, path_regex},
};

use super::{AwsError, AwsOptions, scan_as};
use crate::cloud::Limits;

const REGION: &str = "eu-west-1";

fn options() -> AwsOptions {
    let limits = Limits {
        attempts: 3,
        backoff: Duration::from_millis(1),
        longest_wait: Duration::from_millis(2),
        ..Limits::default()
    };
    AwsOptions { regions: Some(vec![REGION.to_owned()]), limits, ..AwsOptions::default() }
}

async fn scan(server: &MockServer, options: &AwsOptions) -> Result<Inventory, AwsError> {
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
    let provider = SharedCredentialsProvider::new(credentials);
    scan_as(options, &(), provider, REGION.to_owned(), Some(server.uri())).await
}

fn xml(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(body.to_owned())
}

fn json(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

async fn on_action(server: &MockServer, action: &str, answer: impl Respond + 'static) {
    Mock::given(body_string_contains(format!("Action={action}&")))
        .respond_with(answer)
        .mount(server)
        .await;
}

async fn on_target(server: &MockServer, target: &str, answer: ResponseTemplate) {
    Mock::given(header("x-amz-target", target)).respond_with(answer).mount(server).await;
}

async fn on_path(server: &MockServer, verb: &str, at: &str, answer: ResponseTemplate) {
    Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(server).await;
}

/// An account that stands alone and has nothing: every other call finds nothing.
async fn account() -> MockServer {
    let server = MockServer::start().await;
    let identity =
        "<R><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></R>";
    on_action(&server, "GetCallerIdentity", xml(identity)).await;
    let alone = json!({"__type": "AWSOrganizationsNotInUseException", "message": "none"});
    let answer = ResponseTemplate::new(400).set_body_json(alone);
    on_target(&server, "AWSOrganizationsV20161128.DescribeOrganization", answer).await;
    server
}

async fn nothing_else(server: &MockServer) {
    let nothing =
        ResponseTemplate::new(404).set_body_json(json!({"__type": "ResourceNotFoundException"}));
    Mock::given(any()).respond_with(nothing).with_priority(200).mount(server).await;
}

async fn bedrock_is_offered(server: &MockServer) {
    let models = json!({"modelSummaries": [{"modelId": "anthropic.claude-x"}]});
    on_path(server, "GET", "/foundation-models", json(models)).await;
}

fn relations(inventory: &Inventory, kind: RelationKind) -> Vec<(&str, &str)> {
    let found = inventory.relations.iter().filter(|relation| relation.kind == kind);
    found.map(|relation| (relation.source.as_str(), relation.target.as_str())).collect()
}

#[tokio::test]
async fn an_agent_is_found_with_its_tool_data_and_risk() {
    let server = account().await;
    bedrock_is_offered(&server).await;
    let arn = "arn:aws:bedrock:eu-west-1:111122223333:agent/A1";
    on_path(&server, "POST", "/agents/", json(json!({"agentSummaries": [{"agentId": "A1"}]})))
        .await;
    let agent = json!({"agent": {"agentId": "A1", "agentArn": arn, "agentName": "support", "instruction": "Help.",
        "foundationModel": "anthropic.claude-x", "agentResourceRoleArn": "arn:aws:iam::111122223333:role/agent"}});
    on_path(&server, "GET", "/agents/A1/", json(agent)).await;
    let groups = json!({"actionGroupSummaries": [{"actionGroupId": "G1"}]});
    on_path(&server, "POST", "/agents/A1/agentversions/DRAFT/actiongroups/", json(groups)).await;
    let function = "arn:aws:lambda:eu-west-1:111122223333:function:orders";
    let group = json!({"agentActionGroup": {"actionGroupName": "orders", "actionGroupExecutor": {"lambda": format!("{function}:live")},
        "functionSchema": {"functions": [{"name": "refund_order", "requireConfirmation": "DISABLED"}]}}});
    on_path(&server, "GET", "/agents/A1/agentversions/DRAFT/actiongroups/G1/", json(group)).await;
    let bases = json!({"agentKnowledgeBaseSummaries": [{"knowledgeBaseId": "K1"}]});
    on_path(&server, "POST", "/agents/A1/agentversions/DRAFT/knowledgebases/", json(bases)).await;
    nothing_else(&server).await;

    let inventory = scan(&server, &options()).await.unwrap();
    let agent = inventory.assets.iter().find(|asset| asset.id.as_str() == arn).unwrap();
    assert_eq!((agent.kind, agent.name.as_str()), (AssetKind::Agent, "support"));
    assert_eq!(agent.properties["unconfirmed_writes"], json!(["refund_order"]));
    assert_eq!(agent.properties["instruction_length"], 5);
    assert!(agent.findings.iter().any(|finding| finding.kind == FindingKind::AgentRisk));
    assert!(relations(&inventory, RelationKind::Calls).contains(&(arn, function)));
    let base = "arn:aws:bedrock:eu-west-1:111122223333:knowledge-base/K1";
    assert_eq!(relations(&inventory, RelationKind::GroundedOn), [(arn, base)]);
    let model = "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-x";
    assert_eq!(relations(&inventory, RelationKind::Uses), [(arn, model)]);
    let model = inventory.assets.iter().find(|asset| asset.id.as_str() == model).unwrap();
    assert_eq!(model.properties["publisher"], "Anthropic");
    let service = inventory.assets.iter().find(|asset| asset.kind == AssetKind::AiService).unwrap();
    assert_eq!(service.properties["invocation_logging"], false);
    assert_eq!(service.properties["in_use"], true);
    assert_eq!(inventory.diagnostics, []);
}

#[tokio::test]
async fn a_function_tells_what_it_uses_and_no_secret_is_kept() {
    let server = account().await;
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:chat";
    let variables = json!({"MODEL_ID": "amazon.nova-pro-v1:0", "API_KEY": "plainly-fake-secret-000", "TABLE": "customer-orders"});
    let function = json!({"FunctionName": "chat", "FunctionArn": arn, "Environment": {"Variables": variables}});
    on_path(&server, "GET", "/2015-03-31/functions/", json(json!({"Functions": [function]}))).await;
    let url = json!({"FunctionUrlConfigs": [{"AuthType": "NONE", "FunctionUrl": "https://x.lambda-url.eu-west-1.on.aws/"}]});
    on_path(&server, "GET", "/2021-10-31/functions/chat/urls", json(url)).await;
    on_target(
        &server,
        "DynamoDB_20120810.ListTables",
        json(json!({"TableNames": ["customer-orders"]})),
    )
    .await;
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/customer-orders";
    let answer = json!({"Table": {"TableName": "customer-orders", "TableArn": table}});
    on_target(&server, "DynamoDB_20120810.DescribeTable", json(answer)).await;
    nothing_else(&server).await;

    let inventory = scan(&server, &options()).await.unwrap();
    let model = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0";
    assert_eq!(relations(&inventory, RelationKind::Uses), [(arn, model), (arn, table)]);
    assert_eq!(relations(&inventory, RelationKind::RoutesTo), [("internet", arn)]);
    let function = inventory.assets.iter().find(|asset| asset.id.as_str() == arn).unwrap();
    assert_eq!(function.properties["secret_env"], json!(["API_KEY"]));
    assert_eq!(function.properties["url_auth"], "NONE");
    assert!(!serde_json::to_string(&inventory).unwrap().contains("plainly-fake-secret"));
}

#[tokio::test]
async fn lists_are_paged_and_throttled_pages_are_read_again() {
    let server = account().await;
    let functions = "/2015-03-31/functions/";
    let function = |name: &str| json!({"FunctionName": name, "FunctionArn": format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}")});
    let second = json(json!({"Functions": [function("b")]}));
    Mock::given(path(functions))
        .and(wiremock::matchers::query_param("Marker", "m=1/"))
        .respond_with(second)
        .mount(&server)
        .await;
    let throttled = ResponseTemplate::new(429)
        .insert_header("x-amzn-errortype", "ThrottlingException")
        .insert_header("retry-after", "0");
    Mock::given(path(functions)).respond_with(throttled).up_to_n_times(2).mount(&server).await;
    let first = json(json!({"Functions": [function("a")], "NextMarker": "m=1/"}));
    on_path(&server, "GET", functions, first).await;
    nothing_else(&server).await;
    let inventory = scan(&server, &options()).await.unwrap();
    let names: Vec<_> = inventory.assets.iter().map(|asset| asset.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(inventory.diagnostics, []);
}

#[tokio::test]
async fn refused_failing_and_malformed_calls_are_named_and_the_scan_goes_on() {
    let server = account().await;
    bedrock_is_offered(&server).await;
    let denied = ResponseTemplate::new(403)
        .insert_header("x-amzn-errortype", "AccessDeniedException:http://x")
        .set_body_json(json!({"message": "no bedrock:ListGuardrails"}));
    on_path(&server, "GET", "/guardrails", denied).await;
    let page = ResponseTemplate::new(500)
        .set_body_string("<!doctype html><title>Internal Server Error</title>");
    on_target(&server, "SageMaker.ListModels", page).await;
    on_target(
        &server,
        "SageMaker.ListDomains",
        ResponseTemplate::new(200).set_body_string("{\"Domains\": ["),
    )
    .await;
    let throttled =
        ResponseTemplate::new(400).set_body_json(json!({"__type": "ThrottlingException"}));
    on_target(&server, "TrentService.ListKeys", throttled).await;
    on_action(&server, "DescribeDBInstances", xml("<Unfinished>")).await;
    let notebook = json!({"NotebookInstances": [{"NotebookInstanceName": "nb",
        "NotebookInstanceArn": "arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/nb"}, {"no": "arn"}, 7]});
    on_target(&server, "SageMaker.ListNotebookInstances", json(notebook)).await;
    nothing_else(&server).await;

    let inventory = scan(&server, &options()).await.unwrap();
    assert!(inventory.assets.iter().any(|asset| asset.kind == AssetKind::Notebook));
    let named: Vec<_> = inventory
        .diagnostics
        .iter()
        .map(|diagnostic| (diagnostic.status, diagnostic.subject.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            (DiagnosticStatus::Denied, "aws 111122223333 eu-west-1 bedrock:ListGuardrails"),
            (DiagnosticStatus::Throttled, "aws 111122223333 eu-west-1 kms:ListKeys"),
            (DiagnosticStatus::Malformed, "aws 111122223333 eu-west-1 rds:DescribeDBInstances"),
            (DiagnosticStatus::Malformed, "aws 111122223333 eu-west-1 sagemaker:ListDomains"),
            (DiagnosticStatus::Unsupported, "aws 111122223333 eu-west-1 sagemaker:ListModels"),
        ]
    );
}

#[tokio::test]
async fn instances_exposed_with_an_inference_server_reach_what_their_role_may() {
    let server = account().await;
    on_action(&server, "DescribeInstances", xml(
        "<R><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceType>g5.xlarge</instanceType>\
         <ipAddress>203.0.113.7</ipAddress><subnetId>s-1</subnetId><vpcId>v-1</vpcId>\
         <iamInstanceProfile><arn>arn:aws:iam::111122223333:instance-profile/p</arn></iamInstanceProfile>\
         <groupSet><item><groupId>sg-1</groupId></item></groupSet></item></instancesSet></item></reservationSet></R>",
    )).await;
    on_action(&server, "DescribeSecurityGroups", xml(
        "<R><securityGroupInfo><item><groupId>sg-1</groupId><groupName>web</groupName><ipPermissions><item>\
         <ipProtocol>tcp</ipProtocol><fromPort>8000</fromPort><toPort>8000</toPort><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp>\
         </item></ipRanges></item></ipPermissions></item></securityGroupInfo></R>",
    )).await;
    // docker run -p 8000:8000 vllm/vllm-openai:v1 --model acme/tiny
    let script =
        "ZG9ja2VyIHJ1biAtcCA4MDAwOjgwMDAgdmxsbS92bGxtLW9wZW5haTp2MSAtLW1vZGVsIGFjbWUvdGlueQ==";
    on_action(
        &server,
        "DescribeInstanceAttribute",
        xml(&format!("<R><userData><value>{script}</value></userData></R>")),
    )
    .await;
    let policy = "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22dynamodb%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D";
    on_action(&server, "GetAccountAuthorizationDetails", xml(&format!(
        "<R><GetAccountAuthorizationDetailsResult><RoleDetailList><member><RoleName>r</RoleName>\
         <Arn>arn:aws:iam::111122223333:role/r</Arn><RolePolicyList><member><PolicyName>own</PolicyName>\
         <PolicyDocument>{policy}</PolicyDocument></member></RolePolicyList><InstanceProfileList><member>\
         <Arn>arn:aws:iam::111122223333:instance-profile/p</Arn></member></InstanceProfileList></member></RoleDetailList>\
         </GetAccountAuthorizationDetailsResult></R>"
    ))).await;
    on_target(&server, "DynamoDB_20120810.ListTables", json(json!({"TableNames": ["orders"]})))
        .await;
    let table = json!({"Table": {"TableName": "orders", "TableArn": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"}});
    on_target(&server, "DynamoDB_20120810.DescribeTable", json(table)).await;
    nothing_else(&server).await;

    let inventory = scan(&server, &options()).await.unwrap();
    let instance = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
    let role = "arn:aws:iam::111122223333:role/r";
    assert_eq!(relations(&inventory, RelationKind::RoutesTo), [("internet", instance)]);
    assert_eq!(relations(&inventory, RelationKind::RunsAs), [(instance, role)]);
    assert_eq!(relations(&inventory, RelationKind::Uses), [(instance, "model://acme/tiny")]);
    let access = inventory
        .relations
        .iter()
        .find(|relation| relation.kind == RelationKind::CanAccess)
        .unwrap();
    assert_eq!(
        access.properties["actions"],
        json!(["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:PutItem"])
    );
    assert_eq!(access.properties["via"], "inline policy own statement 1");
    let asset = inventory.assets.iter().find(|asset| asset.id.as_str() == instance).unwrap();
    assert_eq!(asset.properties["inference_port_open"], true);
    assert!(asset.findings.iter().any(|finding| finding.kind == FindingKind::ExposedToInternet));
}

#[tokio::test]
async fn buckets_tell_who_reads_them_and_what_they_hold() {
    let server = account().await;
    on_path(
        &server,
        "GET",
        "/",
        xml("<R><Buckets><Bucket><Name>data</Name><BucketRegion>eu-west-1</BucketRegion></Bucket>\
        <Bucket><Name>far</Name><BucketRegion>us-west-2</BucketRegion></Bucket></Buckets></R>"),
    )
    .await;
    let object = ResponseTemplate::new(206).set_body_string("card 4111 1111 1111 1111\n");
    on_path(&server, "GET", "/data/in/cards.csv", object).await;
    let query = |name: &'static str| wiremock::matchers::query_param_contains(name, "");
    let status = xml("<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>");
    Mock::given(path("/data")).and(query("policyStatus")).respond_with(status).mount(&server).await;
    let listing = xml("<R><Contents><Key>in/cards.csv</Key><Size>25</Size></Contents></R>");
    Mock::given(path("/data")).and(query("list-type")).respond_with(listing).mount(&server).await;
    nothing_else(&server).await;

    let inventory = scan(&server, &options()).await.unwrap();
    let stores: Vec<_> =
        inventory.assets.iter().filter(|asset| asset.kind == AssetKind::ObjectStore).collect();
    assert_eq!(stores.len(), 1);
    assert_eq!(stores[0].properties["public"], true);
    assert_eq!(stores[0].properties["kms_encrypted"], false);
    let kinds: Vec<_> = stores[0].findings.iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::PublicAccess, FindingKind::SensitiveData]);
    assert_eq!(stores[0].findings[1].evidence["types"], json!({"credit_card": 1}));
    let requests = server.received_requests().await.unwrap();
    let object =
        requests.iter().find(|request| request.url.path() == "/data/in/cards.csv").unwrap();
    assert!(
        object.headers.contains_key("range") && object.headers.contains_key("x-amz-content-sha256")
    );
}

#[tokio::test]
async fn all_accounts_of_the_organisation_are_entered_by_their_role() {
    let server = MockServer::start().await;
    let identity =
        "<R><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></R>";
    on_action(&server, "GetCallerIdentity", xml(identity)).await;
    on_action(&server, "AssumeRole", |request: &Request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if body.contains("444455556666") {
            xml("<R><AssumeRoleResult><Credentials><AccessKeyId>ASIAOTHER</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                 <SessionToken>t</SessionToken></Credentials></AssumeRoleResult></R>")
        } else {
            ResponseTemplate::new(403).set_body_string("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
        }
    }).await;
    let organization = "AWSOrganizationsV20161128";
    on_target(
        &server,
        &format!("{organization}.DescribeOrganization"),
        json(json!({"Organization": {"Id": "o-1"}})),
    )
    .await;
    let accounts = json!({"Accounts": [{"Id": "111122223333", "Name": "main"}, {"Id": "444455556666", "Name": "ai"},
        {"Id": "777788889999", "Name": "closed to us"}, {"Id": "000000000000", "Status": "SUSPENDED"}]});
    on_target(&server, &format!("{organization}.ListAccounts"), json(accounts)).await;
    let regions = "<R><regionInfo><item><regionName>eu-west-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>\
                   <item><regionName>ap-east-1</regionName><optInStatus>not-opted-in</optInStatus></item></regionInfo></R>";
    on_action(&server, "DescribeRegions", xml(regions)).await;
    let secrets = json!({"SecretList": [{"ARN": "arn:aws:secretsmanager:eu-west-1:444455556666:secret:k", "Name": "k"}]});
    Mock::given(header("x-amz-target", "secretsmanager.ListSecrets"))
        .and(header_regex("authorization", "Credential=ASIAOTHER/"))
        .and(header("x-amz-security-token", "t"))
        .respond_with(json(secrets))
        .mount(&server)
        .await;
    nothing_else(&server).await;

    #[derive(Default)]
    struct Steps(AtomicU64);
    impl Progress for Steps {
        fn advance(&self, _: u64, total: u64, _: &str) {
            assert!(total <= 4, "one region and the account's global services each");
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let steps = Steps::default();
    let provider = SharedCredentialsProvider::new(Credentials::new(
        "AKIAIOSFODNN7EXAMPLE",
        "secret",
        None,
        None,
        "test",
    ));
    let options = AwsOptions { regions: None, ..options() };
    let inventory =
        scan_as(&options, &steps, provider, REGION.to_owned(), Some(server.uri())).await.unwrap();
    let environments: Vec<_> = inventory
        .environments
        .iter()
        .map(|known| (known.id.as_str(), known.parent.as_deref()))
        .collect();
    assert_eq!(
        environments,
        [
            ("o-1", None),
            ("111122223333", Some("o-1")),
            ("444455556666", Some("o-1")),
            ("777788889999", Some("o-1"))
        ]
    );
    assert_eq!(inventory.assets.len(), 1);
    assert_eq!(inventory.assets[0].environment, "444455556666");
    let named: Vec<_> =
        inventory.diagnostics.iter().map(|known| (known.status, known.subject.as_str())).collect();
    assert_eq!(named, [(DiagnosticStatus::Denied, "aws 777788889999 regions")]);
    assert_eq!(steps.0.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn without_an_identity_nothing_is_read() {
    let server = MockServer::start().await;
    let refusal = "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>bad key</Message></Error></ErrorResponse>";
    Mock::given(path_regex(".*"))
        .respond_with(ResponseTemplate::new(403).set_body_string(refusal))
        .mount(&server)
        .await;
    let error = scan(&server, &options()).await.unwrap_err().to_string();
    assert!(
        error.contains("InvalidClientTokenId: bad key") && error.contains("AWS_PROFILE"),
        "{error}"
    );
}

#[test]
fn a_scan_may_run_on_any_thread() {
    fn sendable<T: Send>(_: &T) {}
    let options = options();
    sendable(&super::scan(&options, &()));
}
