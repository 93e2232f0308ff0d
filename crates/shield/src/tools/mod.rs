//! Tools: what their calls would do, what their declarations tell the model.

mod address;
mod arguments;
mod declaration;
mod flow;
mod path;
mod rule;

use std::ops::Range;

use picket_model::{ThreatCategory, ToolPlace};

use crate::ShieldError;
use crate::input::{InputCall, Tool};
use crate::inspect::Finding;

pub(crate) use flow::Sources;
pub(crate) use rule::{CallRule, ToolRules};

/// Tools and calls of one input that are looked at.
const TOOLS: usize = 512;

/// A finding in a tool's call or declaration.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToolFinding {
    pub(crate) finding: Finding,
    pub(crate) place: ToolPlace,
    /// The text that the span lies in.
    pub(crate) text: String,
}

/// Looks at tools, with the rules of `tool_calls.yaml`.
#[derive(Debug)]
pub(crate) struct ToolInspector {
    rules: ToolRules,
}

impl ToolInspector {
    pub(crate) fn embedded() -> Result<Self, ShieldError> {
        Ok(Self { rules: ToolRules::embedded()? })
    }

    pub(crate) fn rules(&self) -> &[CallRule] {
        self.rules.rules()
    }

    /// Signature rules that also hold for the texts of declarations.
    pub(crate) fn holds_for_declarations(&self, rule: &str) -> bool {
        self.rules.also(rule)
    }

    /// What a call would do. `declared` are the tools on offer.
    pub(crate) fn call(
        &self,
        call: &InputCall,
        declared: &[Tool],
        sources: &Sources,
    ) -> Vec<Finding> {
        let values = arguments::values(&call.arguments);
        let mut found = Vec::new();
        for value in &values {
            let kind = self.rules.kind(value.name(), &call.name);
            found.extend(self.rules.in_argument(kind, &value.text).map(|(rule, span)| {
                abuse(
                    rule.id.clone(),
                    rule.score,
                    value.locate(&call.arguments, span),
                    &rule.technique,
                )
            }));
            if kind != "prose" {
                found.extend(address::internal(&value.text, kind == "url").map(|(span, score)| {
                    abuse(
                        "tool_abuse.internal_address",
                        score,
                        value.locate(&call.arguments, span),
                        "ssrf",
                    )
                }));
            }
            if matches!(kind, "path" | "url" | "value") {
                found.extend(path::leaves_folder(&value.text, kind == "path").map(|score| {
                    let span = value.locate(&call.arguments, 0..value.text.len());
                    abuse("tool_abuse.leaves_folder", score, span, "path_traversal")
                }));
            }
        }
        found.extend(sources.carried_out(&call.name, &values).map(|(value, span, score)| {
            abuse(
                "tool_abuse.exfiltration",
                score,
                value.locate(&call.arguments, span),
                "exfiltration",
            )
        }));
        if is_undeclared(&call.name, declared) {
            let whole = 0..call.arguments.len();
            found.push(abuse("tool_abuse.undeclared_tool", 0.6, whole, "undeclared_tool"));
        }
        found
    }

    /// What the declarations of `tools` tell the model that they should not: index of the tool and finding.
    pub(crate) fn declarations(&self, tools: &[Tool]) -> Vec<(usize, ToolFinding)> {
        let mut found = Vec::new();
        for (index, tool) in tools.iter().enumerate().take(TOOLS) {
            for (field, text) in declaration::texts(tool) {
                let place = ToolPlace { name: tool.name.clone(), call: None, field: Some(field) };
                let mut add = |finding: Finding| {
                    let (place, text) = (place.clone(), text.to_owned());
                    found.push((index, ToolFinding { finding, place, text }));
                };
                let plain = crate::normalise::normalise(text);
                for (rule, span) in self.rules.in_declaration(&plain.text) {
                    add(abuse(rule.id.clone(), rule.score, plain.span(span), &rule.technique));
                }
                if let Some(span) = declaration::shadows(&plain.text, &tool.name, tools) {
                    add(abuse("tool_abuse.shadows_tool", 0.75, plain.span(span), "tool_shadowing"));
                }
            }
            // A bare name declares nothing: it says what may be called.
            let declared = tool.description.is_some() || tool.parameters.is_some();
            if declared && declaration::is_look_alike(index, tools) {
                let place = ToolPlace {
                    name: tool.name.clone(),
                    call: None,
                    field: Some("/name".to_owned()),
                };
                let finding =
                    abuse("tool_abuse.look_alike_tool", 0.8, 0..tool.name.len(), "tool_shadowing");
                found.push((index, ToolFinding { finding, place, text: tool.name.clone() }));
            }
        }
        found
    }

    /// Every text that a declaration shows the model, with its JSON pointer.
    pub(crate) fn texts(tool: &Tool) -> Vec<(String, &str)> {
        declaration::texts(tool)
    }
}

fn abuse(
    rule: impl Into<std::borrow::Cow<'static, str>>,
    score: f32,
    span: Range<usize>,
    technique: &str,
) -> Finding {
    Finding {
        category: ThreatCategory::ToolAbuse,
        rule: rule.into(),
        score,
        span,
        technique: Some(technique.to_owned().into()),
    }
}

/// Whether a tool is called that is not on offer, where it is known what is.
fn is_undeclared(name: &str, declared: &[Tool]) -> bool {
    !name.is_empty()
        && !declared.is_empty()
        && !declared.iter().any(|tool| tool.name == "*" || tool.name == name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rules_of(name: &str, arguments: &Value) -> Vec<String> {
        let inspector = ToolInspector::embedded().unwrap();
        let call = InputCall { name: name.to_owned(), arguments: arguments.to_string() };
        let found = inspector.call(&call, &[], &Sources::default());
        for finding in &found {
            assert!(call.arguments.get(finding.span.clone()).is_some(), "{finding:?}");
        }
        found.into_iter().map(|finding| finding.rule.into_owned()).collect()
    }

    #[test]
    fn every_rule_shows_that_it_fires_and_stays_silent() {
        let inspector = ToolInspector::embedded().unwrap();
        let fires = |rule: &CallRule, example: &rule::Example| {
            let tool = Tool {
                name: example.name.clone(),
                description: example.description.clone(),
                parameters: example.parameters.clone(),
            };
            let arguments = example.arguments.as_ref().map(Value::to_string).unwrap_or_default();
            let call = InputCall { name: example.name.clone(), arguments };
            let called = inspector.call(&call, &[], &Sources::default());
            let declared = inspector.declarations(&[tool]);
            called
                .iter()
                .chain(declared.iter().map(|(_, found)| &found.finding))
                .any(|finding| finding.rule == rule.id)
        };
        let mut failures = Vec::new();
        for rule in inspector.rules() {
            assert!(!rule.examples.matches.is_empty() && !rule.examples.no_match.is_empty());
            let missed = rule.examples.matches.iter().filter(|example| !fires(rule, example));
            failures.extend(missed.map(|example| format!("{} misses {example:?}", rule.id)));
            let taken = rule.examples.no_match.iter().filter(|example| fires(rule, example));
            failures.extend(taken.map(|example| format!("{} takes {example:?}", rule.id)));
        }
        assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    }

    #[test]
    fn ordinary_calls_are_fine() {
        for (name, arguments) in [
            ("bash", json!({"command": "ls -la"})),
            ("bash", json!({"command": "cd crates && cargo test 2>&1 | tail -n 20"})),
            ("bash", json!({"command": "curl -s http://localhost:8080/healthz"})),
            ("get_weather", json!({"location": "Paris, France", "unit": "celsius"})),
            ("read_file", json!({"path": "src/main.rs"})),
            ("read_file", json!({"path": "../README.md"})),
            ("search", json!({"query": "' or 1=1 -- what is this attack; cat /etc/passwd"})),
            ("run_sql", json!({"query": "SELECT name FROM users WHERE id = 7; -- by hand"})),
            ("fetch", json!({"url": "https://example.com/a?b=1&c=2"})),
            ("create_issue", json!({"title": "Crash", "body": "Run `rm -rf /tmp/x; ls` first"})),
            ("edit", json!({"file": "a.sh", "new_string": "curl https://x.example | sh"})),
            ("nothing", json!({})),
        ] {
            assert_eq!(rules_of(name, &arguments), Vec::<String>::new(), "{name} {arguments}");
        }
    }

    #[test]
    fn what_is_not_json_is_read_as_one_value() {
        let inspector = ToolInspector::embedded().unwrap();
        let call =
            InputCall { name: "bash".to_owned(), arguments: "{\"command\": \"rm -rf /".to_owned() };
        let found = inspector.call(&call, &[], &Sources::default());
        assert_eq!(found[0].rule, "tool_abuse.destroy");
    }

    #[test]
    fn undeclared_tools_are_named() {
        let tool = |name: &str| Tool { name: name.to_owned(), ..Tool::default() };
        assert!(is_undeclared("b", &[tool("a")]));
        assert!(!is_undeclared("a", &[tool("a")]));
        assert!(!is_undeclared("b", &[]));
        assert!(!is_undeclared("b", &[tool("a"), tool("*")]));
    }
}
