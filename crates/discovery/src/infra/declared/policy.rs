//! AWS IAM policy documents: what they allow, on what.

use serde_json::{Map, Value, json};

use crate::infra::path::all;

/// Statements read of one document.
const MAX_STATEMENTS: usize = 200;

/// One `Allow` or `Deny`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) allow: bool,
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    /// Principals, `*` for anyone; empty in an identity's own policy.
    pub(super) principals: Vec<String>,
    pub(super) conditional: bool,
}

/// A `data "aws_iam_policy_document"` as the JSON text it will give.
pub(in crate::infra) fn document(values: &Value) -> Value {
    let statements: Vec<Value> = all(values, "statement")
        .into_iter()
        .map(|statement| {
            let mut object = Map::new();
            let take = |key: &str| statement.get(key).cloned();
            object.insert("Effect".to_owned(), take("effect").unwrap_or_else(|| json!("Allow")));
            for (from, to) in
                [("actions", "Action"), ("resources", "Resource"), ("condition", "Condition")]
            {
                if let Some(value) = take(from) {
                    object.insert(to.to_owned(), value);
                }
            }
            let principals = all(statement, "principals.identifiers");
            if !principals.is_empty() {
                object.insert("Principal".to_owned(), json!({ "AWS": principals }));
            }
            Value::Object(object)
        })
        .collect();
    Value::String(json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
}

/// The statements of a policy document, as text or as a value; what is no such document has none.
pub(super) fn statements(document: &Value) -> Vec<Statement> {
    let document = match document {
        Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        document => document.clone(),
    };
    let list = match document.get("Statement") {
        Some(Value::Array(list)) => list.clone(),
        Some(statement @ Value::Object(_)) => vec![statement.clone()],
        _ => Vec::new(),
    };
    list.iter()
        .take(MAX_STATEMENTS)
        .map(|statement| Statement {
            allow: statement.get("Effect").and_then(Value::as_str) == Some("Allow"),
            actions: strings(statement.get("Action")),
            resources: strings(statement.get("Resource")),
            principals: match statement.get("Principal") {
                Some(Value::Object(by_kind)) => {
                    by_kind.values().flat_map(|value| strings(Some(value))).collect()
                }
                other => strings(other),
            },
            conditional: statement.get("Condition").is_some_and(|value| !value.is_null()),
        })
        .collect()
}

fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// True when `text` matches `pattern`, in which `*` stands for any run of characters; without regard to case.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_policies_do() {
        assert!(glob("bedrock:*", "bedrock:InvokeAgent"));
        assert!(glob("arn:aws:s3:::docs*", "arn:aws:s3:::docs"));
        assert!(glob("s3:*Object", "s3:getobject"));
        assert!(!glob("s3:Get*Acl", "s3:GetObject"));
        assert!(!glob("bedrock:InvokeModel", "bedrock:InvokeModelX"));
    }

    #[test]
    fn statements_take_single_values_and_lists() {
        let text = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":["a","b"],"Principal":"*"}}"#;
        let read = statements(&json!(text));
        assert_eq!(read[0].resources, ["a", "b"]);
        assert_eq!(read[0].principals, ["*"]);
        assert!(read[0].allow && !read[0].conditional);
        assert!(statements(&json!("[not json")).is_empty());
    }
}
