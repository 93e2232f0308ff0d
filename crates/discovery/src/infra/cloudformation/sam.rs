//! What SAM adds to a function: globals, the role it makes, and the APIs that call it.

use serde_json::{Map, Value, json};

use super::key;
use crate::infra::declared::Resource;

/// SAM's policy templates that matter here: name, parameter, actions, and the ARN before a plain name.
const POLICIES: &[(&str, &str, &str, &str)] = &[
    ("S3ReadPolicy", "BucketName", "s3:GetObject", "arn:aws:s3:::"),
    ("S3WritePolicy", "BucketName", "s3:PutObject", "arn:aws:s3:::"),
    ("S3CrudPolicy", "BucketName", "s3:*Object", "arn:aws:s3:::"),
    ("S3FullAccessPolicy", "BucketName", "s3:*", "arn:aws:s3:::"),
    ("DynamoDBReadPolicy", "TableName", "dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/"),
    ("DynamoDBWritePolicy", "TableName", "dynamodb:PutItem", "arn:aws:dynamodb:*:*:table/"),
    ("DynamoDBCrudPolicy", "TableName", "dynamodb:*Item", "arn:aws:dynamodb:*:*:table/"),
    ("LambdaInvokePolicy", "FunctionName", "lambda:InvokeFunction", "arn:aws:lambda:*:*:function:"),
    (
        "SageMakerCreateEndpointPolicy",
        "EndpointName",
        "sagemaker:CreateEndpoint",
        "arn:aws:sagemaker:*:*:endpoint/",
    ),
];

/// Completes a function's properties and gives the resources that SAM makes beside it.
pub(super) fn function(
    base: &Resource,
    globals: Option<&Value>,
    properties: &mut Value,
) -> Vec<Resource> {
    if !properties.is_object() {
        *properties = json!({});
    }
    if let Some(common) = globals.and_then(|globals| globals.get("Function")) {
        inherit(properties, common);
    }
    let mut made = apis(base, properties);
    if properties.get("Role").is_none_or(Value::is_null) {
        let role = format!("{}Role", base.address);
        let (mut managed, mut inline) = (Vec::new(), Vec::new());
        let policies = match key(properties, "Policies") {
            Value::Array(list) => list.clone(),
            Value::Null => Vec::new(),
            one => vec![one.clone()],
        };
        for policy in policies {
            match &policy {
                Value::String(_) => managed.push(policy),
                _ => inline.extend(document(&policy)),
            }
        }
        let values =
            json!({ "name": role, "managed_policy_arns": managed, "inline_policy": inline });
        made.push(Resource {
            address: role.clone(),
            label: role.clone(),
            kind: "aws_iam_role".to_owned(),
            values,
            ..base.clone()
        });
        properties["Role"] = json!(format!("${{{role}.Arn}}"));
    }
    made
}

/// Takes over what the function itself does not say; maps are joined.
fn inherit(properties: &mut Value, common: &Value) {
    let (Value::Object(own), Value::Object(common)) = (properties, common) else { return };
    for (key, value) in common {
        match own.get_mut(key) {
            Some(known @ Value::Object(_)) => inherit(known, value),
            Some(_) => {}
            None => {
                own.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A statement written out, or a policy template, as an inline policy.
fn document(policy: &Value) -> Option<Value> {
    if policy.get("Statement").is_some() {
        return Some(json!({ "name": "policy", "policy": policy }));
    }
    let (name, parameters) = policy.as_object()?.iter().next()?;
    let (_, parameter, action, arn) = POLICIES.iter().find(|(known, ..)| known == name)?;
    let given = parameters.get(*parameter)?.as_str()?;
    let resource = if given.contains("${") { given.to_owned() } else { format!("{arn}{given}") };
    let statement = json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    Some(json!({ "name": name, "policy": { "Statement": [statement] } }))
}

/// The APIs that call a function: named ones, or those that SAM makes for the whole template.
fn apis(base: &Resource, properties: &Value) -> Vec<Resource> {
    let mut made = Vec::new();
    let events = key(properties, "Events").as_object().cloned().unwrap_or_else(Map::new);
    for (name, event) in &events {
        let (attribute, implicit, kind) = match key(event, "Type").as_str() {
            Some("Api") => ("RestApiId", "ServerlessRestApi", "aws_api_gateway_rest_api"),
            Some("HttpApi") => ("ApiId", "ServerlessHttpApi", "aws_apigatewayv2_api"),
            _ => continue,
        };
        let given = key(key(event, "Properties"), attribute);
        let api = if given.is_string() {
            given.clone()
        } else {
            made.push(Resource {
                address: implicit.to_owned(),
                label: implicit.to_owned(),
                kind: kind.to_owned(),
                values: json!({ "name": implicit }),
                ..base.clone()
            });
            json!(format!("${{{implicit}}}"))
        };
        let values =
            json!({ "api_id": api, "integration_uri": format!("${{{}.Arn}}", base.address) });
        made.push(Resource {
            address: format!("{}.Events.{name}", base.address),
            kind: "aws_apigatewayv2_integration".to_owned(),
            values,
            ..base.clone()
        });
    }
    made
}
