use std::fmt;
use std::sync::Arc;

use picket_model::Severity;
use serde::{Deserialize, Serialize};

use crate::checksum::{self, Check};

/// The tables the product carries, as file name and YAML text.
pub(crate) const EMBEDDED: [(&str, &str); 10] = [
    ("credentials.yaml", include_str!("../../../rules/sensitive/credentials.yaml")),
    ("credentials-ai.yaml", include_str!("../../../rules/sensitive/credentials-ai.yaml")),
    ("credentials-cloud.yaml", include_str!("../../../rules/sensitive/credentials-cloud.yaml")),
    (
        "credentials-services.yaml",
        include_str!("../../../rules/sensitive/credentials-services.yaml"),
    ),
    ("finance.yaml", include_str!("../../../rules/sensitive/finance.yaml")),
    ("pii.yaml", include_str!("../../../rules/sensitive/pii.yaml")),
    ("pii-europe.yaml", include_str!("../../../rules/sensitive/pii-europe.yaml")),
    ("pii-americas.yaml", include_str!("../../../rules/sensitive/pii-americas.yaml")),
    ("pii-asia.yaml", include_str!("../../../rules/sensitive/pii-asia.yaml")),
    ("pii-documents.yaml", include_str!("../../../rules/sensitive/pii-documents.yaml")),
];

/// What sort of sensitive thing an information type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InfoCategory {
    /// Keys, tokens, passwords.
    Credentials,
    /// Cards and accounts.
    Finance,
    /// Personal information.
    Pii,
}

impl InfoCategory {
    /// The name it is written as.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Finance => "finance",
            Self::Pii => "pii",
        }
    }
}

impl fmt::Display for InfoCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What of a masked value may stay readable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Show {
    /// Nothing, or the public prefix that says what kind of key it is.
    #[default]
    Prefix,
    /// The last four characters.
    Last4,
}

/// One kind of sensitive information, as a row of a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfoType {
    /// Stable id, such as `credit_card`.
    pub id: Arc<str>,
    /// What people call it.
    pub title: String,
    /// The table's category.
    #[serde(skip, default = "credentials")]
    pub category: InfoCategory,
    /// How bad its exposure is; the table's severity where the row gives none.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// How sure a match is, 0 to 1, with one of `keywords` near it (or without any, where there are none).
    pub confidence: f32,
    /// How sure a match is without a keyword; absent: then it is not reported at all.
    #[serde(default)]
    pub without_keyword: Option<f32>,
    /// Whether it is looked for unless switched off.
    #[serde(default = "yes")]
    pub default: bool,
    /// Literals of which one stands in or right beside every match; the pattern is tried around them only.
    #[serde(default)]
    pub(crate) anchors: Vec<String>,
    /// Words of which one stands near; `*` at the end: the beginning of a word suffices.
    #[serde(default)]
    pub(crate) keywords: Vec<String>,
    /// A linear-time expression over bytes; its first group, where it has one, is the sensitive part.
    pub(crate) pattern: String,
    /// Name of a [`Check`] the sensitive part must pass.
    #[serde(default)]
    pub(crate) check: Option<String>,
    /// Least Shannon entropy of the sensitive part, in bits a character.
    #[serde(default)]
    pub(crate) entropy: Option<f32>,
    /// How sure a match is that the check refuses; absent: then it is not reported at all.
    #[serde(default)]
    pub(crate) without_check: Option<f32>,
    /// How far before its anchor a match may begin, bytes.
    #[serde(default)]
    pub(crate) lead: usize,
    /// Longest match, bytes, where the pattern itself sets no bound.
    #[serde(default = "reach")]
    pub(crate) reach: usize,
    #[serde(default)]
    pub(crate) show: Show,
    /// Texts in which it must be found.
    #[serde(default, rename = "match")]
    pub matches: Vec<String>,
    /// Texts in which it must not be found.
    #[serde(default)]
    pub no_match: Vec<String>,
}

fn yes() -> bool {
    true
}

fn reach() -> usize {
    512
}

fn credentials() -> InfoCategory {
    InfoCategory::Credentials
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    category: InfoCategory,
    severity: Severity,
    types: Vec<InfoType>,
}

/// A table of information types that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Not YAML, or not of this shape.
    #[error("table `{table}` cannot be read: {source}")]
    Syntax {
        /// File name.
        table: String,
        /// What the parser says.
        source: Box<serde_saphyr::Error>,
    },
    /// A check that does not exist.
    #[error("information type `{id}` names the check `{check}`, which does not exist")]
    Check {
        /// The type.
        id: Arc<str>,
        /// The name.
        check: String,
    },
    /// Anchors and keywords together cannot be compiled.
    #[error("the anchors and keywords of the tables cannot be compiled: {0}")]
    Anchors(#[from] aho_corasick::BuildError),
    /// An id that no table has.
    #[error("there is no information type `{0}`; `Scanner::types` lists what there is")]
    Unknown(String),
}

impl InfoType {
    /// How bad its exposure is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity.unwrap_or(Severity::Medium)
    }

    /// Whether nothing but its digits leads to it.
    pub(crate) fn is_number(&self) -> bool {
        self.anchors.is_empty() && (self.keywords.is_empty() || self.without_keyword.is_some())
    }

    pub(crate) fn check(&self) -> Result<Option<Check>, TableError> {
        let Some(name) = &self.check else { return Ok(None) };
        checksum::by_name(name)
            .map(Some)
            .ok_or_else(|| TableError::Check { id: self.id.clone(), check: name.clone() })
    }
}

/// Reads one table.
pub(crate) fn parse(name: &str, yaml: &str) -> Result<Vec<InfoType>, TableError> {
    let table: Table = serde_saphyr::from_str(yaml)
        .map_err(|error| TableError::Syntax { table: name.to_owned(), source: Box::new(error) })?;
    let Table { category, severity, mut types } = table;
    for info_type in &mut types {
        info_type.category = category;
        info_type.severity.get_or_insert(severity);
    }
    Ok(types)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::Scanner;

    /// `{alnum:N}`, `{hex:N}`, `{digits:N}`, `{letters:N}` become N characters of a fixed made-up sequence.
    fn expand(example: &str) -> String {
        let mut text = example.to_owned();
        for (name, sample) in [
            ("alnum", "q7XbV2mKz9RtW4cYh8NdJ5sPgL3fTwQ6"),
            ("hex", "3f9a0c7d1e5b8426d0b79e2a4c6f1835"),
            ("digits", "2938475610"),
            ("letters", "qVbXmKzRtWcYhNdJsPgLfTwQaUeIoCx"),
        ] {
            while let Some(start) = text.find(&format!("{{{name}:")) {
                let end = start + text[start..].find('}').unwrap();
                let count = text[start + name.len() + 2..end].parse().unwrap();
                let made: String = sample.chars().cycle().take(count).collect();
                text.replace_range(start..=end, &made);
            }
        }
        text
    }

    #[test]
    fn every_type_shows_that_it_fires_and_stays_silent() {
        let mut failures = Vec::new();
        let mut seen = HashSet::new();
        for (name, yaml) in EMBEDDED {
            for info in parse(name, yaml).unwrap() {
                assert!(seen.insert(info.id.clone()), "{} stands twice", info.id);
                assert!(
                    !info.matches.is_empty() && !info.no_match.is_empty(),
                    "{} lacks examples",
                    info.id
                );
                let scanner = Scanner::default().with_types(&[&info.id], &[]).unwrap();
                let finds = |example: &str| {
                    let text = expand(example);
                    scanner.scan(&text).iter().any(|found| found.info_type == info.id)
                };
                failures.extend(
                    info.matches
                        .iter()
                        .filter(|text| !finds(text))
                        .map(|text| format!("{} misses {text:?}", info.id)),
                );
                failures.extend(
                    info.no_match
                        .iter()
                        .filter(|text| finds(text))
                        .map(|text| format!("{} takes {text:?}", info.id)),
                );
            }
        }
        assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    }
}
