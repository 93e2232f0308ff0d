//! The rules of `rules/detections/tool_calls.yaml`, compiled.

use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;

use crate::ShieldError;
use crate::expression::Expression;
use crate::signature::read;

const FILE: &str = "tool_calls.yaml";
const EMBEDDED: &str = include_str!("../../../../rules/detections/tool_calls.yaml");

/// Longest part of one argument or text that expressions are tried on, bytes.
const LONGEST: usize = 64 << 10;

/// A rule for arguments or declarations.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallRule {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) technique: String,
    pub(crate) score: f32,
    /// Kinds of arguments it is tried on.
    #[serde(default)]
    arguments: Vec<String>,
    /// Whether it is tried on declarations.
    #[serde(default)]
    declarations: bool,
    expressions: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "examples are for tests"))]
    pub(crate) examples: Examples,
}

/// Calls and declarations that fire or do not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "examples are for tests"))]
pub(crate) struct Examples {
    #[serde(rename = "match")]
    pub(crate) matches: Vec<Example>,
    pub(crate) no_match: Vec<Example>,
}

/// A call, or a declaration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "examples are for tests"))]
pub(crate) struct Example {
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) arguments: Option<Value>,
    pub(crate) description: Option<String>,
    pub(crate) parameters: Option<Value>,
}

/// How an argument is known to be of a kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    kind: String,
    names: Vec<String>,
    #[serde(default)]
    tools: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kinds: Vec<Kind>,
    also: Vec<String>,
    rules: Vec<CallRule>,
}

/// All rules.
#[derive(Debug)]
pub(crate) struct ToolRules {
    kinds: Vec<Kind>,
    also: Vec<String>,
    rules: Vec<CallRule>,
    expressions: Vec<Expression>,
}

impl ToolRules {
    pub(super) fn embedded() -> Result<Self, ShieldError> {
        let File { kinds, also, rules } = read(FILE, EMBEDDED)?;
        let compile = |rule: &CallRule| {
            // One expression a rule: the first alternative that matches says where.
            let any = rule.expressions.iter().map(|one| format!("(?:{one})")).collect::<Vec<_>>();
            Expression::in_any_case(any.join("|"))
        };
        let expressions = rules.iter().map(compile).collect();
        Ok(Self { kinds, also, rules, expressions })
    }

    pub(super) fn rules(&self) -> &[CallRule] {
        &self.rules
    }

    pub(super) fn also(&self, rule: &str) -> bool {
        self.also.iter().any(|also| also == rule)
    }

    /// What the argument `name` of `tool` is: by its own name, else by the tool's.
    pub(super) fn kind(&self, name: &str, tool: &str) -> &str {
        let own = words(name);
        let named = |kind: &&Kind| own.iter().any(|word| kind.names.contains(word));
        let by_name = self.kinds.iter().find(named);
        let tool = words(tool);
        let by_tool =
            self.kinds.iter().find(|kind| tool.iter().any(|word| kind.tools.contains(word)));
        match (by_name, by_tool) {
            // `query` is prose for a search and SQL for a database.
            (Some(name), Some(tool)) if name.kind == "prose" => &tool.kind,
            (Some(kind), _) | (None, Some(kind)) => &kind.kind,
            (None, None) => "value",
        }
    }

    /// Rules that fire in an argument of `kind`, and where.
    pub(super) fn in_argument<'a>(
        &'a self,
        kind: &'a str,
        text: &'a str,
    ) -> impl Iterator<Item = (&'a CallRule, Range<usize>)> {
        self.firing(text, move |rule| rule.arguments.iter().any(|wanted| wanted == kind))
    }

    /// Rules that fire in a text of a declaration, and where.
    pub(super) fn in_declaration<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = (&'a CallRule, Range<usize>)> {
        self.firing(text, |rule| rule.declarations)
    }

    fn firing<'a>(
        &'a self,
        text: &'a str,
        wanted: impl Fn(&CallRule) -> bool + 'a,
    ) -> impl Iterator<Item = (&'a CallRule, Range<usize>)> {
        let end = text.floor_char_boundary(LONGEST);
        let rules = self.rules.iter().zip(&self.expressions).filter(move |(rule, _)| wanted(rule));
        rules.filter_map(move |(rule, it)| Some((rule, it.regex().find(&text[..end])?.range())))
    }
}

/// The words of a name in lower case: `newFile_path` has three.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in name.chars().take(128) {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_compiles() {
        let rules = ToolRules::embedded().unwrap();
        assert!(!rules.expressions.is_empty());
        rules.expressions.iter().for_each(|expression| {
            expression.regex();
        });
    }

    #[test]
    fn names_tell_kinds() {
        let rules = ToolRules::embedded().unwrap();
        for (name, tool, kind) in [
            ("command", "x", "command"),
            ("targetUrl", "x", "url"),
            ("file_path", "bash", "path"),
            ("query", "search_web", "prose"),
            ("query", "run_sql", "sql"),
            ("input", "python", "code"),
            ("city", "weather", "value"),
        ] {
            assert_eq!(rules.kind(name, tool), kind, "{name} of {tool}");
        }
        assert_eq!(words("newFile_path"), ["new", "file", "path"]);
    }
}
