//! Rule files as they are written; `docs/reference/rules.md` describes them.

use std::collections::BTreeMap;

use picket_model::{AssetKind, Mitre, PathRemediation, Properties, Provider, Severity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Framework to its controls, such as `owasp_llm` to `LLM01`.
pub(crate) type Frameworks = BTreeMap<String, Vec<String>>;

/// A condition that assets should meet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecommendationRule {
    /// `area.what_is_wrong`, stable for ever.
    pub id: String,
    /// What should be so.
    pub title: String,
    /// How bad a breach is by itself.
    pub severity: Severity,
    /// Why it matters.
    #[serde(default)]
    pub description: String,
    /// Query whose first column is every asset the rule is about.
    pub applies_to: String,
    /// Query whose first column is those of them that fail.
    pub unhealthy: String,
    /// Text template: why this asset fails.
    pub reason: String,
    /// Text template: what to do.
    pub remediation: String,
    /// Where the facts come from.
    #[serde(default)]
    pub references: Vec<String>,
    /// Controls it serves.
    #[serde(default)]
    pub frameworks: Frameworks,
    /// Graphs that prove that it can fire and can stay silent.
    #[serde(default)]
    pub examples: RecommendationExamples,
}

/// Graphs that a recommendation is tried on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecommendationExamples {
    /// Each has an asset that fails.
    #[serde(default)]
    pub unhealthy: Vec<ExampleGraph>,
    /// Each has an asset that the rule is about and none that fails.
    #[serde(default)]
    pub healthy: Vec<ExampleGraph>,
}

/// A way from an entry point to a target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackPathRule {
    /// Stable for ever.
    pub id: String,
    /// Text template: what could happen.
    pub title: String,
    /// How bad it is by itself.
    pub severity: Severity,
    /// What an attacker does, step by step.
    pub description: String,
    /// Query that returns the path as `p`.
    pub query: String,
    /// Relation kind to the text template that says why the step holds.
    #[serde(default)]
    pub reasons: BTreeMap<String, String>,
    /// ATT&CK and ATLAS.
    pub mitre: Mitre,
    /// Text templates of what to do.
    pub remediation: PathRemediation,
    /// Controls it serves.
    #[serde(default)]
    pub frameworks: Frameworks,
    /// Where the facts come from.
    #[serde(default)]
    pub references: Vec<String>,
    /// Graphs that prove that it can fire and can stay silent.
    #[serde(default)]
    pub examples: AttackPathExamples,
}

/// Graphs that an attack path is tried on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackPathExamples {
    /// Each has a path.
    #[serde(default)]
    pub fires: Vec<ExampleGraph>,
    /// None has a path.
    #[serde(default)]
    pub silent: Vec<ExampleGraph>,
}

/// A question for the explorer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Name it is called by: `picket query @ID`.
    pub id: String,
    /// Title in the gallery.
    pub title: String,
    /// What it answers.
    pub description: String,
    /// Heading in the gallery.
    pub category: String,
    /// The query.
    pub query: String,
    /// Default values of its parameters.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub params: Properties,
    /// Graphs that it finds something in, and graphs that it does not.
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    pub examples: TemplateExamples,
}

/// Graphs to try a template on.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateExamples {
    /// Each: at least one row.
    #[serde(default)]
    pub answers: Vec<ExampleGraph>,
    /// Each: no row.
    #[serde(default)]
    pub silent: Vec<ExampleGraph>,
}

/// A small graph to try a rule on.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleGraph {
    /// Provider of the nodes that name none; `code` by default.
    #[serde(default)]
    pub provider: Option<Provider>,
    /// Environment of the nodes that name none; `example` by default.
    #[serde(default)]
    pub environment: Option<String>,
    /// Assets.
    pub nodes: Vec<ExampleNode>,
    /// Source, kind, target and, where there are any, properties.
    #[serde(default)]
    pub relations: Vec<Vec<serde_json::Value>>,
}

/// An asset of an example.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleNode {
    /// Any text, once per graph.
    pub id: String,
    /// Asset kind.
    pub kind: AssetKind,
    /// The id by default.
    #[serde(default)]
    pub name: Option<String>,
    /// That of the graph by default.
    #[serde(default)]
    pub provider: Option<Provider>,
    /// That of the graph by default.
    #[serde(default)]
    pub environment: Option<String>,
    /// Region.
    #[serde(default)]
    pub region: Option<String>,
    /// The provider's own type.
    #[serde(default)]
    pub native_type: String,
    /// Tags.
    #[serde(default)]
    pub tags: Properties,
    /// Properties.
    #[serde(default)]
    pub properties: Properties,
    /// A finding kind, or an object with `kind` and what else is known.
    #[serde(default)]
    pub findings: Vec<serde_json::Value>,
}

/// `owasp_llm:LLM01` and so on.
pub(crate) fn controls(frameworks: &Frameworks) -> Vec<String> {
    frameworks
        .iter()
        .flat_map(|(framework, controls)| {
            controls.iter().map(move |control| format!("{framework}:{control}"))
        })
        .collect()
}
