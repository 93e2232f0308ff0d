use ipnet::IpNet;
use picket_model::{Alert, AlertStatus, EntityKind, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::catalogue::Catalogue;
use crate::engine::values;

/// Why matching alerts are not wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// The detector is wrong.
    FalsePositive,
    /// It is right, and this is known and allowed.
    ExpectedActivity,
    /// A test of one's own.
    SecurityTesting,
    /// Too many to be of use.
    TooNoisy,
    /// Something else; the comment says what.
    Other,
}

/// Whether a rule is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionState {
    /// In force until it expires.
    Enabled,
    /// Kept, not in force.
    Disabled,
    /// Its time is over.
    Expired,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Is the value, without regard to case.
    Equals,
    /// Is none of the values.
    NotEquals,
    /// Has it within.
    Contains,
    /// Begins with it.
    StartsWith,
    /// Is an address in the network.
    Cidr,
}

/// One condition of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// An entity kind (`user`, `ip`, `application`, `asset`, …), `severity`, `environment`, or `extended.NAME` for an
    /// extended property.
    pub field: String,
    /// How it is compared.
    pub op: Operator,
    /// A string, or a list of which one must match.
    #[schema(value_type = Object)]
    pub value: Value,
}

/// Dismisses alerts that are known and not wanted: they are kept and listed, and nobody is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressionRule {
    /// 2 to 50 letters, digits, `-` and `_`; the first a letter or digit.
    pub name: String,
    /// An alert type, or `*` for all.
    pub alert_type: String,
    /// Why.
    pub reason: SuppressionReason,
    /// Remark.
    #[serde(default)]
    pub comment: String,
    /// Whether it is in force.
    pub state: SuppressionState,
    /// When it ends.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub expires: Option<Time>,
    /// Conditions that must all hold.
    #[serde(default)]
    pub all_of: Vec<Condition>,
}

/// Why a rule cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuppressionError {
    /// The name.
    #[error(
        "`{0}` is no name for a rule; use 2 to 50 letters, digits, `-` and `_`, beginning with a letter or digit"
    )]
    Name(String),
    /// The alert type.
    #[error("`{0}` is not an alert type; use an id of the catalogue or `*`")]
    AlertType(String),
    /// A rule that would dismiss everything.
    #[error("a rule for every alert type needs a condition")]
    Everything,
    /// A field.
    #[error(
        "`{0}` is not a field; use an entity kind, `severity`, `environment` or `extended.NAME`"
    )]
    Field(String),
    /// A value.
    #[error("the value for `{0}` must be a string or a list of strings")]
    Value(String),
    /// A network.
    #[error("`{0}` is not a network such as 192.0.2.0/24")]
    Network(String),
}

/// What a rule would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Simulation {
    /// Alerts looked at.
    pub examined: usize,
    /// Alerts it would dismiss.
    #[schema(value_type = Vec<String>)]
    pub matched: Vec<Uuid>,
}

impl SuppressionRule {
    /// Checks everything that can be wrong with it.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<(), SuppressionError> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        let begins = self.name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        if !begins || !(2..=50).contains(&self.name.len()) || !self.name.chars().all(allowed) {
            return Err(SuppressionError::Name(self.name.chars().take(80).collect()));
        }
        if self.alert_type == "*" {
            if self.all_of.is_empty() {
                return Err(SuppressionError::Everything);
            }
        } else if Catalogue::embedded().get(&self.alert_type).is_none() {
            return Err(SuppressionError::AlertType(self.alert_type.clone()));
        }
        self.all_of.iter().try_for_each(Condition::validate)
    }

    /// Whether it is in force and dismisses the alert.
    #[must_use]
    pub fn matches(&self, alert: &Alert, now: Time) -> bool {
        self.state == SuppressionState::Enabled
            && self.expires.is_none_or(|expires| now < expires)
            && self.describes(alert)
    }

    /// Dismisses the alert where the rule matches; says whether it did.
    pub fn apply(&self, alert: &mut Alert, now: Time) -> bool {
        let matches = alert.status == AlertStatus::Active && self.matches(alert, now);
        if matches {
            alert.status = AlertStatus::Dismissed;
            alert
                .extended_properties
                .insert("suppressed_by".to_owned(), Value::String(self.name.clone()));
        }
        matches
    }

    fn describes(&self, alert: &Alert) -> bool {
        (self.alert_type == "*" || self.alert_type == alert.alert_type)
            && self.all_of.iter().all(|condition| condition.holds(alert))
    }
}

/// What a rule would do to these alerts, whatever its state and end.
#[must_use]
pub fn simulate(rule: &SuppressionRule, alerts: &[Alert]) -> Simulation {
    let matched = alerts.iter().filter(|alert| rule.describes(alert)).map(|alert| alert.id);
    Simulation { examined: alerts.len(), matched: matched.collect() }
}

impl Condition {
    fn validate(&self) -> Result<(), SuppressionError> {
        let known = matches!(self.field.as_str(), "severity" | "environment")
            || self.field.strip_prefix("extended.").is_some_and(|name| !name.is_empty())
            || self.field.parse::<EntityKind>().is_ok();
        if !known {
            return Err(SuppressionError::Field(self.field.clone()));
        }
        let wanted = self.wanted();
        if wanted.is_empty() {
            return Err(SuppressionError::Value(self.field.clone()));
        }
        let network = |value: &&str| value.parse::<IpNet>().is_err();
        match wanted.iter().find(|value| self.op == Operator::Cidr && network(value)) {
            Some(value) => Err(SuppressionError::Network((*value).to_owned())),
            None => Ok(()),
        }
    }

    /// Holds where one of the alert's values matches one of those wanted; `not_equals` where none does.
    fn holds(&self, alert: &Alert) -> bool {
        let wanted = self.wanted();
        let has = |test: &dyn Fn(&str, &str) -> bool| {
            self.found(alert).iter().any(|value| wanted.iter().any(|wanted| test(value, wanted)))
        };
        let equals = |value: &str, wanted: &str| value.eq_ignore_ascii_case(wanted);
        match self.op {
            Operator::Equals => has(&equals),
            Operator::NotEquals => !has(&equals),
            Operator::Contains => {
                has(&|value, wanted| value.to_lowercase().contains(&wanted.to_lowercase()))
            }
            Operator::StartsWith => {
                has(&|value, wanted| value.to_lowercase().starts_with(&wanted.to_lowercase()))
            }
            Operator::Cidr => has(&|value, wanted| {
                value.parse().is_ok_and(|ip: std::net::IpAddr| {
                    wanted.parse::<IpNet>().is_ok_and(|network| network.contains(&ip))
                })
            }),
        }
    }

    fn wanted(&self) -> Vec<&str> {
        match &self.value {
            Value::String(value) => vec![value.as_str()],
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn found(&self, alert: &Alert) -> Vec<String> {
        match self.field.as_str() {
            "severity" => vec![alert.severity.to_string()],
            "environment" => alert.environment.iter().cloned().collect(),
            field => match (field.strip_prefix("extended."), field.parse::<EntityKind>()) {
                (Some(name), _) => match alert.extended_properties.get(name) {
                    Some(Value::String(value)) => vec![value.clone()],
                    Some(value) => vec![value.to_string()],
                    None => Vec::new(),
                },
                (None, Ok(kind)) => values(&alert.entities, kind).map(str::to_owned).collect(),
                (None, Err(_)) => Vec::new(),
            },
        }
    }
}
