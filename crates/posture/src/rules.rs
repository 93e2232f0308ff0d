use std::fmt;

use include_dir::{Dir, include_dir};
use picket_graph::{Limits, Params, QueryError, Snapshot};
use rustc_hash::FxHashSet;
use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::{
    example::{self, RuleTest},
    rule::{AttackPathRule, RecommendationRule, Template},
    text,
};

static EMBEDDED: &[(&str, Dir<'_>)] = &[
    ("recommendations", include_dir!("$CARGO_MANIFEST_DIR/../../rules/recommendations")),
    ("attack-paths", include_dir!("$CARGO_MANIFEST_DIR/../../rules/attack-paths")),
    ("templates", include_dir!("$CARGO_MANIFEST_DIR/../../rules/templates")),
];

/// Recommendations, attack paths and explorer templates.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    recommendations: Vec<RecommendationRule>,
    attack_paths: Vec<AttackPathRule>,
    templates: Vec<Template>,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleError {
    /// File it stands in; empty where it is not known any more.
    pub file: String,
    /// Line, from 1, where it is known.
    pub line: Option<usize>,
    /// Rule id, where it is known.
    pub rule: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}", self.file)?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(rule) = &self.rule {
            write!(f, "{rule}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for RuleError {}

/// A document of a rule file, and where it stands.
struct Document<'a> {
    file: &'a str,
    first_line: usize,
    text: &'a str,
}

impl RuleSet {
    /// The rules that come with Picket.
    #[must_use]
    pub fn embedded() -> Self {
        Self::load(embedded_files().iter().map(|(name, text)| (name.as_str(), *text))).0
    }

    /// Reads rule files, each with its name. A rule that cannot be used is left out and reported; the others stay.
    ///
    /// What a document is follows from the folder in the file's name (`recommendations`, `attack-paths`, `templates`)
    /// or, without one, from its keys. Files of other folders of `rules/` are passed over.
    pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Self, Vec<RuleError>) {
        let mut rules = Self::default();
        let mut errors = Vec::new();
        let mut ids = FxHashSet::default();
        for (file, text) in files {
            for document in documents(file, text) {
                if let Err(error) = rules.add(&document, &mut ids) {
                    errors.push(error);
                }
            }
        }
        (rules, errors)
    }

    fn add(
        &mut self,
        document: &Document<'_>,
        ids: &mut FxHashSet<String>,
    ) -> Result<(), RuleError> {
        const OTHERS: &[&str] =
            &["alerts", "detections", "sensitive", "signals", "compliance", "discovery"];
        let folder =
            |name: &str| document.file.split(['/', '\\']).rev().skip(1).any(|part| part == name);
        let key = |name: &str| document.line_of(name).is_some();
        if folder("recommendations") || (!folder("attack-paths") && key("unhealthy")) {
            let rule: RecommendationRule = document.parse()?;
            document.new_id(&rule.id, ids)?;
            document.query("applies_to", &rule.id, &rule.applies_to, &Params::new())?;
            document.query("unhealthy", &rule.id, &rule.unhealthy, &Params::new())?;
            self.recommendations.push(rule);
        } else if folder("attack-paths") || (!folder("templates") && key("mitre")) {
            let rule: AttackPathRule = document.parse()?;
            document.new_id(&rule.id, ids)?;
            let columns = document.query("query", &rule.id, &rule.query, &Params::new())?;
            if !columns.iter().any(|column| column == "p") {
                let message = "the query does not return the path as `p`".to_owned();
                return Err(document.error(document.line_of("query"), Some(&rule.id), message));
            }
            self.attack_paths.push(rule);
        } else if folder("templates") || key("query") {
            let template: Template = document.parse()?;
            document.new_id(&template.id, ids)?;
            document.query("query", &template.id, &template.query, &template.params)?;
            self.templates.push(template);
        } else if !OTHERS.iter().any(|name| folder(name)) {
            let message = "it is neither a recommendation (applies_to, unhealthy), an attack path (query, mitre) \
                           nor a template (query)";
            return Err(document.error(Some(document.first_line), None, message.to_owned()));
        }
        Ok(())
    }

    /// Complaints about rules that can be used all the same: without examples, or with texts that speak of columns
    /// that their query does not return.
    #[must_use]
    pub fn check(&self) -> Vec<RuleError> {
        let mut errors = Vec::new();
        for rule in &self.recommendations {
            let mut complain = |message: String| errors.push(complaint(&rule.id, message));
            if rule.examples.unhealthy.is_empty() || rule.examples.healthy.is_empty() {
                complain("it has no unhealthy or no healthy example".to_owned());
            }
            let columns = columns(&rule.unhealthy, &Params::new()).unwrap_or_default();
            for text in [&rule.reason, &rule.remediation] {
                unknown_columns(text, &columns, &[]).for_each(&mut complain);
            }
        }
        for rule in &self.attack_paths {
            let mut complain = |message: String| errors.push(complaint(&rule.id, message));
            if rule.examples.fires.is_empty() || rule.examples.silent.is_empty() {
                complain("it has no firing or no silent example".to_owned());
            }
            let columns = columns(&rule.query, &Params::new()).unwrap_or_default();
            let texts = rule
                .remediation
                .breaks
                .iter()
                .chain(&rule.remediation.reduces)
                .chain([&rule.title]);
            for text in texts {
                unknown_columns(text, &columns, &["entry", "target"]).for_each(&mut complain);
            }
            for (kind, text) in &rule.reasons {
                if let Err(error) = kind.parse::<picket_model::RelationKind>() {
                    complain(error.to_string());
                }
                unknown_columns(text, &[], &["source", "relation", "target"])
                    .for_each(&mut complain);
            }
        }
        errors
    }

    /// Runs the examples of every rule.
    #[must_use]
    pub fn test(&self) -> Vec<RuleTest> {
        let recommendations = self.recommendations.iter().flat_map(example::recommendation);
        let attack_paths = self.attack_paths.iter().flat_map(example::attack_path);
        let templates = self.templates.iter().flat_map(example::template);
        recommendations.chain(attack_paths).chain(templates).collect()
    }

    /// The recommendations.
    #[must_use]
    pub fn recommendations(&self) -> &[RecommendationRule] {
        &self.recommendations
    }

    /// The attack paths.
    #[must_use]
    pub fn attack_paths(&self) -> &[AttackPathRule] {
        &self.attack_paths
    }

    /// The explorer's templates.
    #[must_use]
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// How many rules and templates there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.recommendations.len() + self.attack_paths.len() + self.templates.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn embedded_files() -> Vec<(String, &'static str)> {
    let mut files: Vec<(String, &'static str)> = EMBEDDED
        .iter()
        .flat_map(|(folder, dir)| {
            dir.files().filter_map(move |file| {
                let name = file.path().to_str().filter(|name| name.ends_with(".yaml"))?;
                Some((format!("{folder}/{name}"), file.contents_utf8()?))
            })
        })
        .collect();
    files.sort_unstable();
    files
}

fn complaint(rule: &str, message: String) -> RuleError {
    RuleError { file: String::new(), line: None, rule: Some(rule.to_owned()), message }
}

fn unknown_columns<'a>(
    template: &'a str,
    columns: &'a [String],
    others: &'a [&str],
) -> impl Iterator<Item = String> + 'a {
    text::columns(template)
        .filter(|name| !columns.iter().any(|column| column == name) && !others.contains(name))
        .map(move |name| {
            format!("`{{{{{name}…}}}}` in `{template}` is nothing that the query returns")
        })
}

/// A query's columns, or why it is none.
fn columns(query: &str, params: &Params) -> Result<Vec<String>, QueryError> {
    let nothing = Snapshot::build(&[], &[]);
    nothing.query(query, params, &Limits::default()).map(|result| result.columns)
}

fn documents<'a>(file: &'a str, text: &'a str) -> Vec<Document<'a>> {
    let mut documents = Vec::new();
    let (mut start, mut first_line, mut at) = (0, 1, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if line.trim_end() == "---" {
            documents.push(Document { file, first_line, text: &text[start..at] });
            (start, first_line) = (at + line.len(), index + 2);
        }
        at += line.len();
    }
    documents.push(Document { file, first_line, text: &text[start..] });
    let empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    documents.retain(|document| !document.text.lines().all(empty));
    documents
}

impl Document<'_> {
    fn error(&self, line: Option<usize>, rule: Option<&str>, message: String) -> RuleError {
        RuleError { file: self.file.to_owned(), line, rule: rule.map(ToOwned::to_owned), message }
    }

    fn parse<T: DeserializeOwned>(&self) -> Result<T, RuleError> {
        serde_saphyr::from_str(self.text).map_err(|error| {
            let line = error.location().and_then(|location| usize::try_from(location.line()).ok());
            let line =
                line.map_or(self.first_line, |line| self.first_line + line.saturating_sub(1));
            // The first line says it; the rest is an excerpt for terminals.
            let text = error.to_string();
            let message = text.lines().next().unwrap_or_default().to_owned();
            let id = self.text.lines().find_map(|line| line.strip_prefix("id:"));
            self.error(Some(line), id.map(str::trim), message)
        })
    }

    /// The line of a top-level key.
    fn line_of(&self, key: &str) -> Option<usize> {
        let is_key = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'));
        self.text.lines().position(is_key).map(|line| self.first_line + line)
    }

    fn new_id(&self, id: &str, ids: &mut FxHashSet<String>) -> Result<(), RuleError> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        let line = self.line_of("id");
        if id.is_empty() || !id.chars().all(allowed) {
            let message =
                "an id consists of lower case letters, digits, `.`, `_` and `-`".to_owned();
            return Err(self.error(line, Some(id), message));
        }
        if !ids.insert(id.to_owned()) {
            return Err(self.error(
                line,
                Some(id),
                "there is another rule with this id".to_owned(),
            ));
        }
        Ok(())
    }

    /// The columns of the query under `key`.
    fn query(
        &self,
        key: &str,
        rule: &str,
        query: &str,
        params: &Params,
    ) -> Result<Vec<String>, RuleError> {
        columns(query, params).map_err(|error| {
            let start = self.line_of(key);
            let is_block = start.is_some_and(|line| {
                let line = self.text.lines().nth(line - self.first_line).unwrap_or_default();
                line.trim_end().ends_with(['|', '>'])
            });
            let within = error.position().map_or(0, |(line, _)| line as usize);
            let line = start.map(|start| if is_block { start + within } else { start });
            self.error(line, Some(rule), format!("`{key}`: {error}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "id: t.good\ntitle: t\ndescription: d\ncategory: c\nquery: MATCH (a) RETURN a\n";

    #[test]
    fn a_bad_rule_is_named_and_the_others_stay() {
        let bad = "id: t.bad\ntitle: t\ndescription: d\ncategory: c\nquery: |\n  MATCH (a:Agent)\n  RETURN b\n";
        let wrong_key = "id: t.key\ntitel: t\n";
        let text = format!("{GOOD}---\n{bad}---\n{wrong_key}---\n{GOOD}");
        let (rules, errors) =
            RuleSet::load([("templates/x.yaml", text.as_str()), ("signals/y.yaml", "a: 1")]);
        assert_eq!(rules.len(), 1);
        let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 3, "{shown:?}");
        assert_eq!(
            shown[0],
            "templates/x.yaml:13: t.bad: `query`: line 2, column 8: `b` is not defined; expected one of a"
        );
        assert!(shown[1].starts_with("templates/x.yaml:16: t.key: "), "{}", shown[1]);
        assert_eq!(shown[2], "templates/x.yaml:18: t.good: there is another rule with this id");
    }
}
