//! IAM policies: what a document says of an action on a resource.
//!
//! The evaluator draws who can reach what; it does not stand in for AWS's own. Where it cannot know, it leans towards
//! reporting access: an Allow counts if it may match some object of a resource, a Deny only if it covers all of it and has no
//! condition. Conditions of an Allow are reported, not evaluated.

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A policy document.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Document {
    pub(super) statements: Vec<Statement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    pub(super) allow: bool,
    /// Action patterns, in lower case.
    pub(super) actions: Set,
    pub(super) resources: Set,
    /// AWS principals: ARNs, account ids or `*`.
    pub(super) principals: Vec<String>,
    /// Services that may act by it.
    pub(super) services: Vec<String>,
    /// Condition keys, in lower case.
    pub(super) conditions: Vec<String>,
}

/// Patterns that say what is meant, or what is not.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Set {
    Only(Vec<String>),
    AllBut(Vec<String>),
}

/// Condition keys that leave a statement open to everybody.
const HARMLESS: &[&str] =
    &["aws:securetransport", "lambda:functionurlauthtype", "s3:x-amz-acl", "s3:tlsversion"];

impl Document {
    /// Reads a document, given as JSON or, as IAM answers, as percent-encoded JSON.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let decoded = percent_decode_str(text).decode_utf8().ok();
        let value: Value = serde_json::from_str(text)
            .or_else(|_| serde_json::from_str(decoded.as_deref().unwrap_or_default()))
            .ok()?;
        Some(Self::read(&value))
    }

    /// Reads a document. Statements that are none are left out.
    pub(super) fn read(value: &Value) -> Self {
        let statements = many(value.get("Statement").unwrap_or(&Value::Null));
        Self { statements: statements.into_iter().filter_map(statement).collect() }
    }

    /// Whether it lets anybody at all do something.
    pub(super) fn is_public(&self) -> bool {
        self.public().next().is_some()
    }

    /// Whether it lets anybody at all do `action`.
    pub(super) fn lets_everybody(&self, action: &str) -> bool {
        let action = action.to_ascii_lowercase();
        self.public().any(|statement| statement.actions.may_mean(&action))
    }

    fn public(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|statement| {
            statement.allow
                && statement.principals.iter().any(|principal| principal == "*")
                && statement.conditions.iter().all(|key| HARMLESS.contains(&key.as_str()))
        })
    }
}

fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    many(value.unwrap_or(&Value::Null))
        .into_iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn statement(value: &Value) -> Option<Statement> {
    let allow = match value.get("Effect")?.as_str()? {
        "Allow" => true,
        "Deny" => false,
        _ => return None,
    };
    let set = |only: &str, not: &str| match value.get(not) {
        Some(but) => Set::AllBut(strings(Some(but))),
        None => Set::Only(strings(value.get(only))),
    };
    let principal = value.get("Principal");
    let principals = match principal {
        Some(Value::Object(kinds)) => strings(kinds.get("AWS")),
        other => strings(other),
    };
    let services = strings(principal.and_then(|principal| principal.get("Service")));
    let conditions = value.get("Condition").and_then(Value::as_object).into_iter().flatten();
    let conditions = conditions.filter_map(|(_, keys)| keys.as_object()).flatten();
    Some(Statement {
        allow,
        actions: set("Action", "NotAction").lower(),
        resources: set("Resource", "NotResource").without_variables(),
        principals,
        services,
        conditions: conditions.map(|(key, _)| key.to_lowercase()).collect(),
    })
}

impl Set {
    fn map(self, change: impl Fn(String) -> String) -> Self {
        match self {
            Self::Only(patterns) => Self::Only(patterns.into_iter().map(change).collect()),
            Self::AllBut(patterns) => Self::AllBut(patterns.into_iter().map(change).collect()),
        }
    }

    fn lower(self) -> Self {
        self.map(|pattern| pattern.to_ascii_lowercase())
    }

    /// `${aws:username}` stands for anything.
    fn without_variables(self) -> Self {
        self.map(|pattern| {
            let mut text = String::with_capacity(pattern.len());
            let mut rest = pattern.as_str();
            while let Some((before, after)) = rest.split_once("${") {
                text.push_str(before);
                text.push('*');
                rest = after.split_once('}').map_or("", |(_, after)| after);
            }
            text + rest
        })
    }

    /// Whether it may mean something that `text`, itself a pattern, stands for.
    fn may_mean(&self, text: &str) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|pattern| overlaps(pattern, text)),
            Self::AllBut(patterns) => !patterns.iter().any(|pattern| covers(pattern, text)),
        }
    }

    /// Whether it means everything that `text` stands for.
    fn means_all(&self, text: &str) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|pattern| covers(pattern, text)),
            Self::AllBut(patterns) => !patterns.iter().any(|pattern| overlaps(pattern, text)),
        }
    }
}

/// Why an action is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant<'a> {
    /// The policy, with the number of its statement.
    pub(super) via: String,
    /// Keys of the conditions it is bound to.
    pub(super) conditions: &'a [String],
}

/// What an identity is allowed: its policies, each with a name, and the boundary around them.
#[derive(Debug, Clone, Default)]
pub(super) struct Permissions {
    pub(super) policies: Vec<(String, std::sync::Arc<Document>)>,
    pub(super) boundary: Option<std::sync::Arc<Document>>,
}

impl Permissions {
    /// Whether `action` is allowed on something of `resource`, an ARN that may hold `*`; a grant without conditions is
    /// preferred. Deny wins.
    pub(super) fn allows(&self, action: &str, resource: &str) -> Option<Grant<'_>> {
        let action = action.to_ascii_lowercase();
        let documents = self.policies.iter().map(|(_, document)| document).chain(&self.boundary);
        let denied = documents.flat_map(|document| &document.statements).any(|statement| {
            !statement.allow
                && statement.conditions.is_empty()
                && statement.actions.means_all(&action)
                && statement.resources.means_all(resource)
        });
        let allows = |statement: &Statement| {
            statement.allow
                && statement.actions.may_mean(&action)
                && statement.resources.may_mean(resource)
        };
        let bounded = |boundary: &std::sync::Arc<Document>| boundary.statements.iter().any(allows);
        if denied || !self.boundary.as_ref().is_none_or(bounded) {
            return None;
        }
        let mut best: Option<Grant<'_>> = None;
        for (name, document) in &self.policies {
            for (index, statement) in document.statements.iter().enumerate() {
                if allows(statement) {
                    let via = format!("{name} statement {}", index + 1);
                    let grant = Grant { via, conditions: &statement.conditions };
                    if grant.conditions.is_empty() {
                        return Some(grant);
                    }
                    best.get_or_insert(grant);
                }
            }
        }
        best
    }
}

/// Whether everything that `text` stands for matches `pattern`; both may hold `*` and `?`.
pub(super) fn covers(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            // A single character does not cover what `*` stands for.
            Some(b'?') if text[t] != b'*' => (p, t) = (p + 1, t + 1),
            Some(byte) if *byte == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether something matches both patterns.
pub(super) fn overlaps(a: &str, b: &str) -> bool {
    let wild = |byte: &u8| matches!(byte, b'*' | b'?');
    let (a, b) = (a.as_bytes(), b.as_bytes());
    // Most patterns differ before the first wildcard of either.
    for (x, y) in a.iter().zip(b) {
        if wild(x) || wild(y) {
            break;
        }
        if x != y {
            return false;
        }
    }
    if a == b"*" || b == b"*" {
        return true;
    }
    if !a.iter().any(wild) && !b.iter().any(wild) {
        return a == b;
    }
    // `row[j]`: whether a[i..] and b[j..] have a match in common, for the i of the row.
    let mut below = vec![false; b.len() + 1];
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            row[j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some(b'*'), None) => below[j],
                (None, Some(b'*')) => row[j + 1],
                (Some(b'*'), Some(_)) | (Some(_), Some(b'*')) => below[j] || row[j + 1],
                (Some(x), Some(y)) => (x == y || *x == b'?' || *y == b'?') && below[j + 1],
                _ => false,
            };
        }
        below = row;
    }
    below[0]
}

#[cfg(test)]
mod tests;
