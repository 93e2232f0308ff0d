//! AWS Lambda: functions with their role, environment, function URL and resource policy.

use futures::future::join_all;
use picket_model::{AssetKind, Finding, FindingKind, RelationKind, Severity};
use serde_json::{Value, json};

use super::{
    policy::Document,
    scope::Scope,
    service::{LAMBDA, Operation},
    shape::{End, Shape},
    value::{pick, text},
};
use crate::secret;

const FUNCTIONS: Operation =
    LAMBDA.list("ListFunctions", "GET /2015-03-31/functions/", "/Functions");
const URLS: Operation = LAMBDA.list(
    "ListFunctionUrlConfigs",
    "GET /2021-10-31/functions/{FunctionName}/urls",
    "/FunctionUrlConfigs",
);
const URL: Operation =
    LAMBDA.get("GetFunctionUrlConfig", "GET /2021-10-31/functions/{FunctionName}/url");
const POLICY: Operation =
    LAMBDA.get("GetPolicy", "GET /2015-03-31/functions/{FunctionName}/policy");

const SHAPE: Shape = Shape {
    kind: AssetKind::Function,
    native_type: "AWS::Lambda::Function",
    arn: "/FunctionArn",
    name: "/FunctionName",
    properties: &[
        ("runtime", "/Runtime"),
        ("handler", "/Handler"),
        ("package_type", "/PackageType"),
        ("kms_key", "/KMSKeyArn"),
        ("layers", "/Layers/*/Arn"),
        ("vpc", "/VpcConfig/VpcId"),
    ],
    relations: &[
        (RelationKind::RunsAs, "/Role", End::Arn),
        (RelationKind::EncryptedWith, "/KMSKeyArn", End::Key),
        (RelationKind::AttachedTo, "/VpcConfig/SubnetIds/*", End::Here("ec2", "subnet/")),
        (
            RelationKind::AttachedTo,
            "/VpcConfig/SecurityGroupIds/*",
            End::Here("ec2", "security-group/"),
        ),
    ],
};

/// Reads the functions of one region.
pub(super) async fn scan(scope: &Scope<'_>) {
    let functions = scope.list(&FUNCTIONS, json!({})).await;
    join_all(functions.iter().map(|item| function(scope, item))).await;
}

async fn function(scope: &Scope<'_>, item: &Value) {
    let Some(mut asset) = scope.shape(&SHAPE, item) else { return };
    let arguments = json!({"FunctionName": asset.name});
    let (urls, policy) =
        futures::join!(function_urls(scope, &arguments), scope.get(&POLICY, arguments.clone()),);
    let variables = pick(item, "/Environment/Variables");
    secret::variables(&mut asset, &variables, None);
    scope.remember(asset.id.as_str(), &variables);
    if let Some(policy) = policy.as_ref().and_then(|answer| text(answer, "/Policy")) {
        let public = Document::parse(policy).is_some_and(|document| document.is_public());
        asset.set("public_policy", public);
    }
    for url in &urls {
        asset.set("url_auth", pick(url, "/AuthType"));
        asset.set("url", pick(url, "/FunctionUrl"));
        if text(url, "/AuthType") == Some("NONE") {
            let reason = "the function URL is public and asks for no authentication";
            scope.exposed(asset.id.as_str(), vec![443.into()], "function URL", reason);
            let evidence = json!({"url": text(url, "/FunctionUrl"), "auth_type": "NONE"});
            asset.findings.push(Finding::new(
                FindingKind::ExposedToInternet,
                "function_url",
                Severity::High,
                "Anyone can call the function by its URL",
                reason,
                evidence,
            ));
        }
    }
    scope.gather().asset(asset);
}

/// The function's URLs, one for each alias that has one; where the list is not offered, that of the function itself.
async fn function_urls(scope: &Scope<'_>, arguments: &Value) -> Vec<Value> {
    match scope.call(&URLS, arguments.clone()).await {
        Ok(answer) => {
            super::value::all(&answer, "/FunctionUrlConfigs/*").into_iter().cloned().collect()
        }
        Err(_) => scope.get(&URL, arguments.clone()).await.into_iter().collect(),
    }
}
