use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use picket_model::{Intent, Severity};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

pub(crate) static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../rules/alerts");

/// The ids Microsoft Defender for Cloud gives the same alert.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DefenderIds {
    /// For model deployments and applications.
    pub application: Option<String>,
    /// For agents.
    pub agent: Option<String>,
}

/// What there is to say about one type of alert.
///
/// `description` and `step` are templates over `{who}`, `{asset}`, `{ip}`, `{count}` and `{what}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertType {
    /// Detector id, such as `AI.Jailbreak.Blocked`.
    pub id: String,
    /// Display name.
    pub title: String,
    /// Template of the sentence that says what was seen.
    pub description: String,
    /// Template of the sentence in an incident's story.
    pub step: String,
    /// The words for it in an incident's name.
    pub chain: String,
    /// Usual severity.
    pub severity: Severity,
    /// The attacker's aim.
    pub intent: Intent,
    /// MITRE ATT&CK tactics by name.
    pub tactics: Vec<String>,
    /// MITRE ATT&CK techniques by id.
    pub techniques: Vec<String>,
    /// MITRE ATLAS techniques by id.
    pub atlas: Vec<String>,
    /// OWASP LLM Top 10 (2025) and Agentic ids.
    pub owasp: Vec<String>,
    /// Defender's ids for the same.
    #[serde(default)]
    pub defender: DefenderIds,
    /// What to do.
    pub remediation: Vec<String>,
    /// What else may explain it.
    pub benign: String,
}

/// Why a catalogue could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file is not a list of alert types.
    #[error("cannot read alert types from {file}: {reason}")]
    Parse {
        /// Name of the file.
        file: String,
        /// What the parser said.
        reason: String,
    },
    /// Two entries have one id.
    #[error("alert type {id} stands twice; give each its own id")]
    Duplicate {
        /// The id.
        id: String,
    },
}

/// Every type of alert there is.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    types: Vec<AlertType>,
    by_id: FxHashMap<String, usize>,
}

impl Catalogue {
    /// The embedded catalogue of `rules/alerts/*.yaml`.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Catalogue> = LazyLock::new(|| {
            let mut files: Vec<_> = FILES.files().collect();
            files.sort_by_key(|file| file.path());
            // A test reads every file; what does not parse cannot be released.
            Catalogue::parse(
                files
                    .into_iter()
                    .filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?))),
            )
            .unwrap_or_default()
        });
        &EMBEDDED
    }

    /// Reads files of `(name, YAML)`, each a list of alert types.
    ///
    /// # Errors
    /// When a file is not such a list, or an id stands twice.
    pub fn parse<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, CatalogueError> {
        let mut catalogue = Self::default();
        for (file, text) in files {
            let types: Vec<AlertType> = serde_saphyr::from_str(text).map_err(|error| {
                CatalogueError::Parse { file: file.to_owned(), reason: error.to_string() }
            })?;
            for entry in types {
                let at = catalogue.types.len();
                if catalogue.by_id.insert(entry.id.clone(), at).is_some() {
                    return Err(CatalogueError::Duplicate { id: entry.id });
                }
                catalogue.types.push(entry);
            }
        }
        Ok(catalogue)
    }

    /// The entry of an alert type.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&AlertType> {
        self.by_id.get(id).map(|&at| &self.types[at])
    }

    /// Every entry, in the order of the files.
    #[must_use]
    pub fn types(&self) -> &[AlertType] {
        &self.types
    }
}

/// The values of a template.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words<'a> {
    pub(crate) who: &'a str,
    pub(crate) asset: &'a str,
    pub(crate) ip: &'a str,
    pub(crate) what: &'a str,
    pub(crate) count: u64,
}

impl Words<'_> {
    /// Fills a template; the first letter becomes a capital, unless it is that of an asset's name.
    pub(crate) fn fill(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len() + 64);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            match name {
                "who" => filled.push_str(self.who),
                "asset" => filled.push_str(self.asset),
                "ip" => filled.push_str(self.ip),
                "what" => filled.push_str(self.what),
                "count" => filled.push_str(&match self.count {
                    1 => "one event".to_owned(),
                    count => format!("{count} events"),
                }),
                _ => {}
            }
            rest = tail;
        }
        filled.push_str(rest);
        if template.starts_with("{asset}") {
            return filled;
        }
        let mut letters = filled.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().collect::<String>() + letters.as_str()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Catalogue {
        Catalogue::parse(
            FILES
                .files()
                .map(|file| (file.path().to_str().unwrap(), file.contents_utf8().unwrap())),
        )
        .unwrap()
    }

    #[test]
    fn every_embedded_file_parses() {
        assert_eq!(all().types().len(), Catalogue::embedded().types().len());
        assert!(Catalogue::embedded().types().len() >= 20);
    }

    #[test]
    fn entries_are_complete_and_templates_use_known_words() {
        for entry in all().types() {
            assert!(entry.id.starts_with("AI."), "{}", entry.id);
            for list in
                [&entry.tactics, &entry.techniques, &entry.atlas, &entry.owasp, &entry.remediation]
            {
                assert!(!list.is_empty(), "{} has an empty list", entry.id);
            }
            assert!(entry.atlas.iter().all(|id| id.starts_with("AML.T")), "{}", entry.id);
            assert!(entry.techniques.iter().all(|id| id.starts_with('T')), "{}", entry.id);
            for template in [&entry.description, &entry.step] {
                for word in template.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                    assert!(
                        ["who", "asset", "ip", "what", "count"].contains(&word),
                        "{}: {word}",
                        entry.id
                    );
                }
            }
        }
    }

    #[test]
    fn a_second_entry_with_the_same_id_is_refused() {
        let text = FILES.get_file("cost.yaml").unwrap().contents_utf8().unwrap();
        let error = Catalogue::parse([("a.yaml", text), ("b.yaml", text)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "alert type AI.DOWDuplicateRequests stands twice; give each its own id"
        );
    }

    #[test]
    fn templates_are_filled_and_begin_with_a_capital() {
        let words = Words { who: "user a", asset: "x", count: 2, ..Words::default() };
        assert_eq!(words.fill("{who} called {asset} ({count})"), "User a called x (2 events)");
        assert_eq!(words.fill("open { brace"), "Open { brace");
        assert_eq!(words.fill("{asset} was called"), "x was called");
    }
}
