//! The Data & AI security dashboard. Every number comes with the query or page that shows what it counts.

mod shape;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use picket_graph::{Limits, Params, Snapshot};
use picket_model::{
    Alert, AlertStatus, AssetId, Category, Coverage, Plan, PlanSetting, Provider,
    RecommendationStatus, Severity,
};

use crate::{Assessment, plans::is_on};
pub use shape::{
    AiSection, Attention, Dashboard, DataSection, Estate, Figure, GroundingFigures, NamedFigure,
    Overview, Protection, TopIssues, Trend,
};

/// What the dashboard is made from.
#[derive(Debug, Clone)]
pub struct DashboardInput<'a> {
    /// The graph.
    pub snapshot: &'a Snapshot,
    /// What the rules said of it.
    pub assessment: &'a Assessment,
    /// Alerts, open or not.
    pub alerts: &'a [Alert],
    /// Coverage of each environment.
    pub coverage: &'a [Coverage],
    /// Plans in force by environment.
    pub plans: &'a HashMap<String, Vec<PlanSetting>>,
    /// Interactions inspected.
    pub prompts_scanned: u64,
    /// Interactions that were stopped.
    pub prompts_blocked: u64,
    /// Interactions that were suspicious.
    pub prompts_flagged: u64,
    /// Figure, day and value.
    pub trends: &'a [(String, String, i64)],
    /// Only these environments; all where it is missing.
    pub environments: Option<Vec<String>>,
}

/// Images of databases, by the last part of their name.
const DATABASE_IMAGES: &str = "(?i).*(postgres|mysql|mariadb|mongo|redis|cassandra|elasticsearch|opensearch|qdrant|weaviate|milvus|chroma|pgvector|neo4j|mssql).*";
const EXPOSED: &str = "('exposed_to_internet' IN a.findings OR 'public_access' IN a.findings)";
const STORAGE: &str = "MATCH (a:ObjectStore|FileShare)";
const MANAGED_DATABASES: &str = "MATCH (a:Database|Table|Cache)";
const AI_SERVICES: &str = "MATCH (a:AiService|AiProject|ModelDeployment|Agent)";
const DATA_OR_AI: &str = "MATCH (a:Data|AI)";

/// Makes the dashboard.
#[must_use]
pub fn dashboard(input: &DashboardInput<'_>) -> Dashboard {
    let counter = Counter(input);
    let open: Vec<&Alert> = input
        .alerts
        .iter()
        .filter(|alert| matches!(alert.status, AlertStatus::Active | AlertStatus::InProgress))
        .filter(|alert| counter.covers(alert.environment.as_deref().unwrap_or_default()))
        .collect();
    Dashboard {
        overview: Overview {
            estate: counter.estate(),
            protection: counter.protection(),
            attention: counter.attention(&open),
        },
        top_issues: counter.top_issues(&open),
        data: counter.data(&open),
        ai: counter.ai(&open),
        trends: input
            .trends
            .iter()
            .map(|(name, day, value)| Trend { name: name.clone(), day: day.clone(), value: *value })
            .collect(),
    }
}

struct Counter<'a>(&'a DashboardInput<'a>);

impl Counter<'_> {
    fn covers(&self, environment: &str) -> bool {
        self.0.environments.as_ref().is_none_or(|only| only.iter().any(|one| one == environment))
    }

    /// Counts the different nodes `a` of a pattern.
    fn count(&self, pattern: &str, condition: &str) -> Figure {
        let scope = self.0.environments.as_ref().map(|only| {
            let ids: Vec<String> = only.iter().map(|id| quoted(id)).collect();
            format!("a.environment IN [{}]", ids.join(", "))
        });
        let conditions: Vec<&str> = [condition, scope.as_deref().unwrap_or_default()]
            .into_iter()
            .filter(|c| !c.is_empty())
            .collect();
        let filter = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        let matched = format!("{pattern}{filter}");
        let count = format!("{matched} RETURN count(DISTINCT a)");
        let result = self.0.snapshot.query(&count, &Params::new(), &Limits::default());
        let value = result.ok().and_then(|result| result.rows.first()?.first()?.as_u64());
        Figure {
            value: value.unwrap_or(0),
            query: Some(format!("{matched} RETURN DISTINCT a")),
            link: None,
        }
    }

    fn named(&self, name: &str, title: &str, pattern: &str, condition: &str) -> NamedFigure {
        NamedFigure {
            name: name.to_owned(),
            title: title.to_owned(),
            figure: self.count(pattern, condition),
        }
    }

    fn hosted_databases(&self, condition: &str) -> Figure {
        let pattern = "MATCH (a:Compute)-[:RUNS]->(i:ContainerImage)";
        let image = format!("i.name =~ '{DATABASE_IMAGES}'");
        let condition =
            if condition.is_empty() { image } else { format!("{image} AND {condition}") };
        self.count(pattern, &condition)
    }

    fn estate(&self) -> Vec<Estate> {
        let providers = Provider::ALL.iter().filter(|provider| **provider != Provider::Saas);
        let estates = providers.map(|provider| {
            let only = format!("a.provider = {}", quoted(provider.as_str()));
            Estate {
                provider: *provider,
                storage: self.count(STORAGE, &only),
                managed_databases: self.count(MANAGED_DATABASES, &only),
                hosted_databases: self.hosted_databases(&only),
                ai_services: self.count(AI_SERVICES, &only),
            }
        });
        let figures = |estate: &Estate| {
            [
                &estate.storage,
                &estate.managed_databases,
                &estate.hosted_databases,
                &estate.ai_services,
            ]
            .map(|figure| figure.value)
        };
        estates.filter(|estate| figures(estate).iter().any(|value| *value > 0)).collect()
    }

    fn protection(&self) -> Protection {
        let level = |level: &str| {
            let covered = self.0.coverage.iter().filter(|one| one.level == level);
            let value = covered.filter(|one| self.covers(&one.environment)).count();
            page(value, format!("/environments?level={level}"))
        };
        let by_plan = |plan: &Plan| {
            let on = self.0.plans.iter().filter(|(_, settings)| is_on(settings, *plan));
            let mut ids: Vec<String> = on.map(|(environment, _)| quoted(environment)).collect();
            ids.sort_unstable();
            let condition = format!("a.environment IN [{}]", ids.join(", "));
            self.named(plan.as_str(), plan_title(*plan), DATA_OR_AI, &condition)
        };
        Protection {
            full: level("full"),
            partial: level("partial"),
            none: level("none"),
            resources_by_plan: Plan::ALL.iter().map(by_plan).collect(),
            resources: self.count(DATA_OR_AI, ""),
        }
    }

    fn attention(&self, open: &[&Alert]) -> Attention {
        let recommended = self.0.assessment.recommendations.iter().filter(|one| {
            one.status == RecommendationStatus::Unhealthy && one.risk_level >= Severity::High
        });
        let on_paths = self.0.assessment.attack_paths.iter().flat_map(|path| &path.path.nodes);
        let distinct = |ids: BTreeSet<AssetId>, link: &str| {
            let relevant = ids.iter().filter(|id| self.is_data_or_ai(id)).count();
            page(relevant, link.to_owned())
        };
        let alerted = open.iter().flat_map(|alert| &alert.resource_identifiers);
        Attention {
            recommendations: distinct(
                recommended.map(|one| one.asset.clone()).collect(),
                "/recommendations?risk=critical,high",
            ),
            alerts: distinct(alerted.map(|one| one.id.clone()).collect(), "/alerts?status=active"),
            attack_paths: distinct(
                on_paths.map(|node| AssetId::new(&*node.id)).collect(),
                "/attack-paths",
            ),
        }
    }

    fn is_data_or_ai(&self, id: &AssetId) -> bool {
        let wanted = [Category::Data.as_str(), Category::Ai.as_str()];
        self.0.snapshot.node(id).is_some_and(|node| {
            let environment = node.properties.get("environment").and_then(|value| value.as_str());
            node.labels.iter().any(|label| wanted.contains(&label.as_str()))
                && self.covers(environment.unwrap_or_default())
        })
    }

    fn top_issues(&self, open: &[&Alert]) -> TopIssues {
        let mut tactics: BTreeMap<&str, usize> = BTreeMap::new();
        for tactic in open.iter().flat_map(|alert| &alert.tactics) {
            *tactics.entry(tactic).or_default() += 1;
        }
        let mut alerts_by_tactic: Vec<NamedFigure> = tactics
            .into_iter()
            .map(|(tactic, count)| NamedFigure {
                name: tactic.to_owned(),
                title: tactic.to_owned(),
                figure: page(count, format!("/alerts?tactic={}", tactic.replace(' ', "%20"))),
            })
            .collect();
        alerts_by_tactic.sort_by_key(|one| std::cmp::Reverse(one.figure.value));
        let unhealthy = self.0.assessment.recommendations.iter().filter(|one| {
            one.status == RecommendationStatus::Unhealthy && self.covers(&one.environment)
        });
        let unhealthy: Vec<Severity> = unhealthy.map(|one| one.risk_level).collect();
        let paths: Vec<Severity> = self
            .0
            .assessment
            .attack_paths
            .iter()
            .filter(|path| {
                path.path.nodes.iter().any(|node| {
                    let environment = node.properties.get("environment").and_then(|e| e.as_str());
                    self.covers(environment.unwrap_or_default())
                })
            })
            .map(|path| path.risk_level)
            .collect();
        TopIssues {
            alerts_by_severity: by_severity(
                open.iter().map(|alert| alert.severity),
                "/alerts?severity=",
            ),
            alerts_by_tactic,
            recommendations: by_severity(unhealthy.into_iter(), "/recommendations?risk="),
            attack_paths: by_severity(paths.into_iter(), "/attack-paths?risk="),
        }
    }

    fn alerts_on(&self, open: &[&Alert], category: Category) -> Vec<NamedFigure> {
        let about = open.iter().filter(|alert| {
            alert.resource_identifiers.iter().any(|resource| {
                let node = self.0.snapshot.node(&resource.id);
                node.is_some_and(|node| node.labels.iter().any(|label| label == category.as_str()))
            })
        });
        by_severity(about.map(|alert| alert.severity), "/alerts?severity=")
    }

    fn data(&self, open: &[&Alert]) -> DataSection {
        let types = "MATCH (a) WHERE size(a.sensitive_types) > 0 UNWIND a.sensitive_types AS type \
                     RETURN type, count(DISTINCT a) AS n ORDER BY n DESC, type LIMIT 10";
        let result = self.0.snapshot.query(types, &Params::new(), &Limits::default());
        let sensitive_types = result
            .map(|result| result.rows)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| row.first()?.as_str())
            .map(|name| {
                let condition = format!("{} IN a.sensitive_types", quoted(name));
                self.named(name, &name.replace('_', " "), "MATCH (a)", &condition)
            })
            .filter(|one| one.figure.value > 0)
            .collect();
        let mut internet_exposed = vec![
            self.named("storage", "Storage", STORAGE, EXPOSED),
            self.named("managed_databases", "Managed databases", MANAGED_DATABASES, EXPOSED),
        ];
        internet_exposed.push(NamedFigure {
            name: "hosted_databases".to_owned(),
            title: "Hosted databases".to_owned(),
            figure: self.hosted_databases(EXPOSED),
        });
        DataSection {
            sensitive_types,
            alerts: self.alerts_on(open, Category::Data),
            queries: vec![
                self.named(
                    "plaintext_secrets",
                    "Plaintext secrets on data resources",
                    "MATCH (a:Data)",
                    "'secret' IN a.findings",
                ),
                self.named(
                    "external_database_users",
                    "External users with access to databases",
                    "MATCH (u:User)-[:CAN_ACCESS]->(a:Database)",
                    "u.external = true",
                ),
                self.named(
                    "public_sensitive_storage",
                    "Public storage with sensitive data",
                    STORAGE,
                    "'sensitive_data' IN a.findings AND 'public_access' IN a.findings",
                ),
            ],
            internet_exposed,
        }
    }

    fn ai(&self, open: &[&Alert]) -> AiSection {
        let kinds =
            picket_model::AssetKind::ALL.iter().filter(|kind| kind.category() == Category::Ai);
        let resources = kinds
            .map(|kind| {
                let pattern = format!("MATCH (a:{kind})");
                self.named(kind.as_str(), &words(kind.as_str()), &pattern, "")
            })
            .filter(|one| one.figure.value > 0)
            .collect();
        let grounding = "-[:GROUNDED_ON|STORES]-(:Agent|KnowledgeBase|VectorIndex|AiProject|SearchIndex|ModelDeployment)";
        AiSection {
            resources,
            prompts_scanned: number(self.0.prompts_scanned, "/interactions"),
            prompts_flagged: number(self.0.prompts_flagged, "/interactions?verdict=suspicious,malicious"),
            prompts_blocked: number(self.0.prompts_blocked, "/interactions?decision=blocked"),
            alerts: self.alerts_on(open, Category::Ai),
            queries: vec![
                self.named(
                    "sensitive_grounding",
                    "Sensitive data used for grounding",
                    "MATCH (a:Data)<-[:GROUNDED_ON]-(:AI)",
                    "'sensitive_data' IN a.findings",
                ),
                self.named(
                    "vulnerable_ai_containers",
                    "Vulnerable containers used for AI",
                    "MATCH (a:Compute)-[:RUNS]->(i:ContainerImage)",
                    "('vulnerability' IN i.findings OR 'vulnerability' IN a.findings) AND EXISTS { (a)-[:USES|DEPLOYS|RUNS_AS|CAN_ACCESS*1..2]->(:AI) }",
                ),
            ],
            exposed_grounding: GroundingFigures {
                storage: self.count(&format!("MATCH (a:ObjectStore|FileShare){grounding}"), EXPOSED),
                search: self.count(&format!("MATCH (a:SearchIndex|VectorIndex){grounding}"), EXPOSED),
            },
        }
    }
}

fn number(value: u64, link: &str) -> Figure {
    Figure { value, query: None, link: Some(link.to_owned()) }
}

fn page(value: usize, link: String) -> Figure {
    Figure { value: u64::try_from(value).unwrap_or(u64::MAX), query: None, link: Some(link) }
}

/// A string literal of the query language.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// One figure for each severity, worst first, zeros too.
fn by_severity(severities: impl Iterator<Item = Severity>, link: &str) -> Vec<NamedFigure> {
    let mut counts: BTreeMap<Severity, usize> = Severity::ALL.iter().map(|one| (*one, 0)).collect();
    for severity in severities {
        *counts.entry(severity).or_default() += 1;
    }
    let figures = counts.into_iter().rev().map(|(severity, count)| NamedFigure {
        name: severity.to_string(),
        title: words(severity.as_str()),
        figure: page(count, format!("{link}{severity}")),
    });
    figures.collect()
}

const fn plan_title(plan: Plan) -> &'static str {
    match plan {
        Plan::Cspm => "Posture",
        Plan::AiWorkloads => "AI workloads",
    }
}

/// `ModelDeployment` as `Model deployment`, `high` as `High`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for (index, c) in name.char_indices() {
        if index == 0 {
            words.extend(c.to_uppercase());
        } else if c.is_uppercase() {
            words.push(' ');
            words.extend(c.to_lowercase());
        } else {
            words.push(c);
        }
    }
    words
}
