use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AssetKind, Finding, PlanSetting, Properties, RelationKind, named};

named! {
    /// Whose platform an asset lives on.
    Provider as "provider" {
        /// Microsoft Azure.
        Azure = "azure",
        /// Amazon Web Services.
        Aws = "aws",
        /// Google Cloud.
        Gcp = "gcp",
        /// Any Kubernetes cluster.
        Kubernetes = "kubernetes",
        /// Files: source code, infrastructure as code, model files.
        Code = "code",
        /// A model provider reached over its public API (OpenAI, Anthropic, Hugging Face and the like).
        Saas = "saas",
    }
}

/// The provider's own canonical id: Azure resource id in lower case, ARN, GCP full resource name,
/// `k8s://cluster/namespace/kind/name`, `repo://name#path`, `file://…`, `model://publisher/name`, `pkg:pypi/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct AssetId(String);

impl AssetId {
    /// Takes an id as it is, except that an Azure resource id is lower-cased, since Azure compares ids without case.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        let azure = ["/subscriptions/", "/providers/", "/tenants/"].iter().any(|prefix| {
            id.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
        });
        Self(if azure { id.to_lowercase().trim_end_matches('/').to_owned() } else { id })
    }

    /// The internet, the one node where outside attackers stand.
    #[must_use]
    pub fn internet() -> Self {
        Self("internet".to_owned())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for AssetId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for AssetId {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

/// One thing the organisation has: a node of the graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Asset {
    /// Canonical id.
    pub id: AssetId,
    /// What it is.
    pub kind: AssetKind,
    /// Its name as its owner or provider writes it.
    pub name: String,
    /// Whose platform it lives on.
    pub provider: Provider,
    /// Id of the [`crate::Environment`] it was found in.
    pub environment: String,
    /// Region or location, where it has one.
    #[serde(default)]
    pub region: Option<String>,
    /// The provider's own type: `Microsoft.CognitiveServices/accounts`, `AWS::Bedrock::Agent`, `apps/v1/Deployment`.
    #[serde(default)]
    pub native_type: String,
    /// Tags or labels.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub tags: Properties,
    /// Everything else worth asking for; top-level keys are properties in queries.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub properties: Properties,
    /// Facts about it with evidence.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// First time a scan saw it.
    pub first_seen: DateTime<Utc>,
    /// Last time a scan saw it.
    pub last_seen: DateTime<Utc>,
    /// When a scan of its source no longer found it.
    #[serde(default)]
    pub gone_at: Option<DateTime<Utc>>,
    /// Plans in force for it, by inheritance from its environment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<PlanSetting>,
}

impl Asset {
    /// A bare asset seen now; fill in what else is known.
    #[must_use]
    pub fn new(
        id: impl Into<AssetId>,
        kind: AssetKind,
        name: impl Into<String>,
        provider: Provider,
        environment: impl Into<String>,
    ) -> Self {
        let now = chrono::Utc::now();
        Self {
            id: id.into(),
            kind,
            name: name.into(),
            provider,
            environment: environment.into(),
            region: None,
            native_type: String::new(),
            tags: Properties::new(),
            properties: Properties::new(),
            findings: Vec::new(),
            first_seen: now,
            last_seen: now,
            gone_at: None,
            plans: Vec::new(),
        }
    }

    /// Sets the provider's own type.
    #[must_use]
    pub fn native_type(mut self, native_type: impl Into<String>) -> Self {
        self.native_type = native_type.into();
        self
    }

    /// Sets the region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets one property; a null value is left out.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.set(key, value);
        self
    }

    /// Sets one property in place; a null value is left out.
    pub fn set(&mut self, key: &str, value: impl Into<serde_json::Value>) {
        let value = value.into();
        if !value.is_null() {
            self.properties.insert(key.to_owned(), value);
        }
    }

    /// Adds a finding.
    #[must_use]
    pub fn finding(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }
}

named! {
    /// How far a reference to a model in code or configuration reaches; the strongest one wins.
    Standing as "standing" {
        /// It only stands in a table, test or document.
        Mentioned = "mentioned",
        /// An environment file, infrastructure file or chart value names it.
        Configured = "configured",
        /// It reaches a call or a configuration default.
        Used = "used",
    }
}

/// One place in a file where a model, library or service is referred to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Occurrence {
    /// Path relative to the scanned root, with `/`.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The call, variable or key it stands in, such as `ChatOpenAI(model=)`.
    pub symbol: String,
    /// How far it reaches.
    pub standing: Standing,
}

/// A typed edge between two assets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Relation {
    /// Where it starts.
    pub source: AssetId,
    /// What it says.
    pub kind: RelationKind,
    /// Where it ends.
    pub target: AssetId,
    /// Why and how, such as `actions`, `via`, `path`, `line`, `reason`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub properties: Properties,
}

impl Relation {
    /// An edge without properties.
    #[must_use]
    pub fn new(source: impl Into<AssetId>, kind: RelationKind, target: impl Into<AssetId>) -> Self {
        Self { source: source.into(), kind, target: target.into(), properties: Properties::new() }
    }

    /// Sets one property; a null value is left out.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.properties.insert(key.to_owned(), value);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn azure_ids_compare_without_case() {
        assert_eq!(
            AssetId::new("/Subscriptions/A/resourceGroups/Rg"),
            AssetId::new("/subscriptions/a/resourcegroups/rg/")
        );
        assert_ne!(AssetId::new("repo://A#x"), AssetId::new("repo://a#x"));
    }

    #[test]
    fn an_asset_reads_back_what_it_writes() {
        let asset = Asset::new("arn:aws:s3:::b", AssetKind::ObjectStore, "b", Provider::Aws, "1")
            .native_type("AWS::S3::Bucket")
            .region("eu-west-1")
            .with("public", true);
        let text = serde_json::to_string(&asset).unwrap();
        assert_eq!(serde_json::from_str::<Asset>(&text).unwrap(), asset);
    }
}
