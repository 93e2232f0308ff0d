//! What Picket says about posture: rules run over the graph give recommendations and attack paths; context gives their
//! risk; plans say where they apply.
//!
//! Rules are data ([`RuleSet`], `rules/*.yaml`, described in `docs/reference/rules.md`). [`assess`] runs them over a
//! [`picket_graph::Snapshot`]. The crate does no I/O.

mod assess;
mod dashboard;
mod example;
mod paths;
mod plans;
mod risk;
mod rule;
mod rules;
mod sarif;
mod text;

pub use assess::{Assessment, Context, Exemption, assess};
pub use dashboard::{
    AiSection, Attention, Dashboard, DashboardInput, DataSection, Estate, Figure, GroundingFigures,
    NamedFigure, Overview, Protection, TopIssues, Trend, dashboard,
};
pub use example::RuleTest;
pub use plans::{PlanChoice, coverage, effective_plans};
pub use rule::{
    AttackPathExamples, AttackPathRule, ExampleGraph, ExampleNode, RecommendationExamples,
    RecommendationRule, Template, TemplateExamples,
};
pub use rules::{RuleError, RuleSet};
pub use sarif::sarif;
