use std::collections::BTreeMap;

use picket_model::{Channel, ThreatCategory};
use serde::Deserialize;

use crate::ShieldError;

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../../../../rules/detections/", $name)))),+]
    };
}

/// The rule files the product carries, as name and YAML text.
pub(crate) const EMBEDDED: [(&str, &str); 7] = embedded![
    "jailbreak.yaml",
    "prompt_injection.yaml",
    "prompt_extraction.yaml",
    "evasion.yaml",
    "tool_abuse.yaml",
    "links.yaml",
    "document_attacks.yaml",
];

/// The words that patterns of all files share.
pub(crate) const LEXICON: &str = include_str!("../../../../rules/detections/lexicon/words.yaml");

/// Words of the same concepts in more languages, and more concepts, for the classifier alone.
const CLASSIFIER_WORDS: [(&str, &str); 2] =
    embedded!["lexicon/further_languages.yaml", "lexicon/concepts.yaml"];

/// A signature rule: what it looks for and what a hit means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `category.name`, stable for ever.
    pub id: String,
    /// What it sees.
    pub title: String,
    /// What a hit means. In documents and tool results an override of the rules is an indirect injection.
    pub category: ThreatCategory,
    /// Subtype, such as `change_of_rules`.
    #[serde(default)]
    pub technique: Option<String>,
    /// Where it is looked for.
    pub channels: Vec<Channel>,
    /// How sure a hit is, 0 to 1.
    pub score: f32,
    /// The same in channels where it is surer or less sure.
    #[serde(default)]
    pub(crate) score_in: BTreeMap<Channel, f32>,
    /// OWASP ids.
    #[serde(default)]
    pub owasp: Vec<String>,
    /// MITRE ATLAS ids.
    #[serde(default)]
    pub atlas: Vec<String>,
    /// Words in order: `@concept` of the lexicon or a word, `|` between alternatives, `*` for any ending, `~n` for up
    /// to n words between (2 where nothing is said).
    #[serde(default)]
    pub(crate) patterns: Vec<String>,
    /// Literals of the plain form, on word boundaries.
    #[serde(default)]
    pub(crate) phrases: Vec<String>,
    /// Expressions over the plain form, tried around their anchors only.
    #[serde(default)]
    pub(crate) expressions: Vec<Expression>,
    /// An expression over the plain form right before a hit that makes it none.
    #[serde(default)]
    pub(crate) unless: Option<String>,
    /// Proof that it fires and stays silent.
    pub examples: Examples,
}

/// An expression and literals of which one stands in or beside whatever it matches.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expression {
    pub(crate) anchors: Vec<String>,
    pub(crate) pattern: String,
}

/// Texts of a rule's first channel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// In which it fires.
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    /// In which it does not.
    pub no_match: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    rules: Vec<Rule>,
}

impl Rule {
    /// How sure a hit in `channel` is.
    pub(crate) fn score_in(&self, channel: Channel) -> f32 {
        self.score_in.get(&channel).copied().unwrap_or(self.score)
    }

    /// What a hit in `channel` means.
    pub(crate) fn category_in(&self, channel: Channel) -> ThreatCategory {
        match (self.category, channel) {
            (ThreatCategory::Jailbreak, Channel::Document | Channel::Tool) => {
                ThreatCategory::PromptInjection
            }
            (category, _) => category,
        }
    }
}

/// Reads rule files.
pub(crate) fn parse(files: &[(&str, &str)]) -> Result<Vec<Rule>, ShieldError> {
    let mut rules = Vec::new();
    for (file, yaml) in files {
        let parsed: RuleFile = read(file, yaml)?;
        rules.extend(parsed.rules);
    }
    Ok(rules)
}

/// Reads the lexicon: words by concept.
pub(crate) fn lexicon(yaml: &str) -> Result<BTreeMap<String, Vec<String>>, ShieldError> {
    read("lexicon/words.yaml", yaml)
}

/// The words of every concept, in every language, for the classifier to learn with.
pub(crate) fn concepts() -> Result<BTreeMap<String, Vec<String>>, ShieldError> {
    let mut concepts = lexicon(LEXICON)?;
    for (file, yaml) in CLASSIFIER_WORDS {
        for (concept, words) in read::<BTreeMap<String, Vec<String>>>(file, yaml)? {
            concepts.entry(concept).or_default().extend(words);
        }
    }
    Ok(concepts)
}

/// Reads an embedded file.
pub(crate) fn read<T: serde::de::DeserializeOwned>(
    file: &str,
    yaml: &str,
) -> Result<T, ShieldError> {
    serde_saphyr::from_str(yaml)
        .map_err(|error| ShieldError::Rules { file: file.to_owned(), source: Box::new(error) })
}
