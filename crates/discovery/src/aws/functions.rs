//! Which functions of an agent's tool change something, and whether the user is asked first.

use serde_json::Value;

use super::value::{all, text};
use crate::verbs::writes;

/// Names of an action group's functions and API operations that write without confirmation.
///
/// A function asks where `requireConfirmation` is `ENABLED`, an API operation where `x-requireConfirmation` is.
pub(super) fn unconfirmed_writes(group: &Value) -> Vec<String> {
    let functions = all(group, "/functionSchema/functions/*")
        .into_iter()
        .filter(|function| text(function, "/requireConfirmation") != Some("ENABLED"))
        .filter_map(|function| text(function, "/name"))
        .filter(|name| writes(name))
        .map(str::to_owned);
    let payload = text(group, "/apiSchema/payload").and_then(parse_schema).unwrap_or_default();
    functions.chain(unconfirmed_operations(&payload)).collect()
}

/// An OpenAPI schema is JSON or YAML.
fn parse_schema(payload: &str) -> Option<Value> {
    serde_json::from_str(payload).ok().or_else(|| serde_saphyr::from_str(payload).ok())
}

fn unconfirmed_operations(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (path, methods) in schema.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let changes = matches!(method.as_str(), "post" | "put" | "patch" | "delete");
            if changes && text(operation, "/x-requireConfirmation") != Some("ENABLED") {
                let name = text(operation, "/operationId");
                found.push(
                    name.map_or_else(|| format!("{} {path}", method.to_uppercase()), str::to_owned),
                );
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn functions_and_operations_that_ask_are_left_out() {
        let group = json!({"functionSchema": {"functions": [
            {"name": "refund_order", "requireConfirmation": "ENABLED"},
            {"name": "cancel_order", "requireConfirmation": "DISABLED"},
            {"name": "get_order"},
        ]}});
        assert_eq!(unconfirmed_writes(&group), ["cancel_order"]);
        let schema = "openapi: 3.0.0\npaths:\n  /orders:\n    get: {operationId: listOrders}\n    \
                      post: {operationId: createOrder}\n    delete: {x-requireConfirmation: ENABLED}\n";
        assert_eq!(unconfirmed_writes(&json!({"apiSchema": {"payload": schema}})), ["createOrder"]);
    }
}
