//! Which functions of an agent's tool change something, and whether the user is asked first.

use serde_json::Value;

use super::value::{all, text};

/// Verbs that say that a function changes something outside the conversation.
const WRITES: &[&str] = &[
    "add",
    "apply",
    "approve",
    "assign",
    "book",
    "buy",
    "cancel",
    "change",
    "charge",
    "close",
    "commit",
    "create",
    "delete",
    "deploy",
    "disable",
    "drop",
    "edit",
    "email",
    "enable",
    "execute",
    "grant",
    "insert",
    "invite",
    "issue",
    "merge",
    "modify",
    "move",
    "patch",
    "pay",
    "post",
    "publish",
    "purchase",
    "put",
    "refund",
    "reject",
    "remove",
    "rename",
    "replace",
    "reset",
    "revoke",
    "run",
    "schedule",
    "send",
    "set",
    "start",
    "stop",
    "submit",
    "terminate",
    "transfer",
    "update",
    "upload",
    "upsert",
    "withdraw",
    "write",
];

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

/// Whether a name such as `refund_order`, `refundOrder` or `orders-refund` holds a verb that writes.
fn writes(name: &str) -> bool {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_uppercase() {
            words.push(' ');
        }
        words.push(if character.is_alphanumeric() { character.to_ascii_lowercase() } else { ' ' });
    }
    let words: Vec<&str> = words.split_whitespace().collect();
    let is_write = |word: &&str| WRITES.contains(word);
    // A reading verb in front settles it: `get_order`, `list_updates`.
    let reads = matches!(
        words.first(),
        Some(
            &("get"
                | "list"
                | "find"
                | "search"
                | "lookup"
                | "read"
                | "describe"
                | "check"
                | "fetch"
                | "query")
        )
    );
    !reads && (words.first().is_some_and(is_write) || words.last().is_some_and(is_write))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_tell_writing_from_reading() {
        for name in ["refund_order", "refundOrder", "orders-refund", "SendEmail", "delete"] {
            assert!(writes(name), "{name}");
        }
        for name in
            ["get_order", "order_status", "list_updates", "lookupRefund", "weather", "setup_info"]
        {
            assert!(!writes(name), "{name}");
        }
    }

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
