//! ARM templates in JSON.

use serde_json::Value;

use super::expression::{Expression, of_template};
use super::{Declared, Module, Source, Template};
use crate::infra::tree::{Node, Tree};

/// Templates within templates, and resources within resources.
const MAX_DEPTH: u32 = 8;

/// Reads a template; expressions that cannot be read are named beside what was read.
pub(super) fn template(path: &str, tree: &Tree) -> (Template, Vec<String>) {
    let mut problems = Vec::new();
    let template = read(path, tree, &mut problems, 0);
    problems.truncate(20);
    (template, problems)
}

fn read(path: &str, tree: &Tree, problems: &mut Vec<String>, depth: u32) -> Template {
    let mut template = Template { path: path.to_owned(), ..Template::default() };
    for (name, parameter) in tree.get("parameters").map(Tree::entries).unwrap_or_default() {
        let kind = parameter.get("type").and_then(Tree::text).unwrap_or_default();
        let hidden = kind.to_lowercase().starts_with("secure");
        let default = parameter.get("defaultValue").filter(|_| !hidden);
        let default = default.map(|value| expression(value, problems));
        template.parameters.insert(name.clone(), default);
    }
    for (name, value) in tree.get("variables").map(Tree::entries).unwrap_or_default() {
        template.variables.insert(name.clone(), expression(value, problems));
    }
    for (name, output) in tree.get("outputs").map(Tree::entries).unwrap_or_default() {
        if let Some(value) = output.get("value") {
            template.outputs.insert(name.clone(), expression(value, problems));
        }
    }
    let Some(resources) = tree.get("resources") else { return template };
    for (number, resource) in resources.items().iter().enumerate() {
        add(resource, &format!("resource{number}"), None, &mut template, problems, depth);
    }
    // Language version 2.0 names them.
    for (symbol, resource) in resources.entries() {
        add(resource, symbol, None, &mut template, problems, depth);
    }
    template
}

fn add(
    resource: &Tree,
    symbol: &str,
    outer: Option<(&str, &str)>,
    template: &mut Template,
    problems: &mut Vec<String>,
    depth: u32,
) {
    let Some(kind) = resource.get("type").and_then(Tree::text).filter(|_| depth <= MAX_DEPTH)
    else {
        return;
    };
    let kind = match outer {
        Some((_, outer)) if !kind.contains('.') => format!("{outer}/{kind}"),
        _ => kind.to_owned(),
    };
    let inline = resource.get("properties").and_then(|properties| properties.get("template"));
    let body = body(resource, problems);
    if let Some(inline) =
        inline.filter(|_| kind.eq_ignore_ascii_case("Microsoft.Resources/deployments"))
    {
        let inner = read(&template.path, inline, problems, depth + 1);
        template.modules.push(Module {
            symbol: symbol.to_owned(),
            source: Source::Inline(Box::new(inner)),
            body,
            line: resource.line,
        });
        return;
    }
    let existing = resource.get("existing").is_some_and(|it| it.value() == Value::Bool(true));
    template.resources.push(Declared {
        symbol: symbol.to_owned(),
        kind: kind.clone(),
        existing,
        body,
        line: resource.line,
        within: outer.map(|(symbol, _)| symbol.to_owned()),
    });
    let inner = resource.get("resources").map(Tree::items).unwrap_or_default();
    for (number, child) in inner.iter().enumerate() {
        let name = format!("{symbol}_{number}");
        add(child, &name, Some((symbol, &kind)), template, problems, depth + 1);
    }
}

/// What stands in a resource, without what only says how it is deployed; `copy` is a loop.
fn body(resource: &Tree, problems: &mut Vec<String>) -> Expression {
    const LEFT_OUT: &[&str] = &[
        "type",
        "apiVersion",
        "dependsOn",
        "resources",
        "copy",
        "condition",
        "comments",
        "existing",
    ];
    let entries = resource.entries().iter().filter(|(key, _)| !LEFT_OUT.contains(&key.as_str()));
    let entries = entries
        .map(|(key, value)| {
            // The template of a deployment within is read on its own.
            let value = if key == "properties" && value.get("template").is_some() {
                let parameters = value.get("parameters").map(|it| expression(it, problems));
                let entry = (
                    Expression::Text("parameters".to_owned()),
                    parameters.unwrap_or(Expression::Null),
                );
                Expression::Map(vec![entry])
            } else {
                expression(value, problems)
            };
            (Expression::Text(key.clone()), value)
        })
        .collect();
    let body = Expression::Map(entries);
    let count = resource.get("copy").and_then(|copy| copy.get("count"));
    match count {
        Some(count) => Expression::For {
            item: "$item".to_owned(),
            index: "$index".to_owned(),
            list: Box::new(Expression::Call(
                "range".to_owned(),
                vec![Expression::Number(0), expression(count, problems)],
            )),
            body: Box::new(body),
        },
        None => body,
    }
}

/// A value of a template: texts in brackets are expressions.
fn expression(tree: &Tree, problems: &mut Vec<String>) -> Expression {
    match &tree.node {
        Node::Scalar(Value::String(text)) => match of_template(text) {
            Some(Ok(expression)) => expression,
            Some(Err(problem)) => {
                let problem = problem.split(" at line ").next().unwrap_or_default().to_owned();
                problems.push(format!("expression at line {}: {problem}", tree.line));
                Expression::Null
            }
            None => Expression::Text(
                text.strip_prefix('[').filter(|it| it.starts_with('[')).unwrap_or(text).to_owned(),
            ),
        },
        Node::Scalar(Value::Bool(value)) => Expression::Bool(*value),
        Node::Scalar(Value::Number(number)) => match number.as_i64() {
            Some(number) => Expression::Number(number),
            None => Expression::Text(number.to_string()),
        },
        Node::Scalar(_) => Expression::Null,
        Node::List(items) => {
            Expression::List(items.iter().map(|item| expression(item, problems)).collect())
        }
        Node::Map(entries) => {
            let pair = |(key, value): &(String, Tree)| {
                (Expression::Text(key.clone()), expression(value, problems))
            };
            Expression::Map(entries.iter().map(pair).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infra::tree::json;

    #[test]
    fn a_bad_expression_is_named_and_the_rest_is_kept() {
        let text = r#"{ "parameters": { "name": { "type": "string", "defaultValue": "ai" }, "key": { "type": "secureString", "defaultValue": "x" } },
            "resources": [{ "type": "Microsoft.Storage/storageAccounts", "name": "[concat('a', ]", "resources": [
                { "type": "blobServices", "name": "default" }] }] }"#;
        let (template, problems) = template("main.json", &json(text).unwrap());
        assert_eq!(problems, ["expression at line 2: `)` expected"]);
        assert_eq!(template.resources[1].kind, "Microsoft.Storage/storageAccounts/blobServices");
        assert_eq!(template.parameters["key"], None);
    }
}
