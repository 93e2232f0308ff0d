//! What model ids mean: who makes the model, which service a prefix names, and what is no model id at all.
//! The facts stand in `rules/signals/models.yaml`.

use std::sync::OnceLock;

use picket_model::{Asset, AssetId, AssetKind, Provider};
use regex::bytes::{RegexSet, RegexSetBuilder};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

/// How sure the place is that a text in it names a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// A place for an id on a model hub (`ORG/NAME`), whose prefix is part of the name.
    Hub,
    /// The model parameter of a call that is known to take one: unknown names are taken too.
    Strong,
    /// Something named like a model: unknown names are taken if they look like a model id.
    Weak,
    /// A list of models: only ids of the catalogue are taken, however short.
    Listed,
    /// Anywhere: only ids of the catalogue are taken that cannot be read as a word with a version.
    Anywhere,
}

/// The publisher of a model whose maker nobody knows.
const UNKNOWN: &str = "unknown";

/// A model by the name its provider gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModelRef {
    /// Name as the provider writes it, without the prefix that says where it is called.
    pub(crate) name: String,
    /// Who makes it; the organisation on the hub, or `unknown`.
    pub(crate) publisher: String,
    /// Service that a prefix such as `openai:` or `bedrock/` names.
    pub(crate) service: Option<&'static str>,
}

impl ModelRef {
    /// `model://PUBLISHER/NAME`.
    pub(crate) fn id(&self) -> AssetId {
        let Self { name, publisher, .. } = self;
        let prefixed = name
            .get(..publisher.len() + 1)
            .is_some_and(|head| head.eq_ignore_ascii_case(&format!("{publisher}/")));
        AssetId::new(if prefixed {
            format!("model://{publisher}{}", &name[publisher.len()..])
        } else {
            format!("model://{publisher}/{name}")
        })
    }

    /// The model as an asset.
    pub(crate) fn asset(&self, environment: &str) -> Asset {
        Asset::new(self.id(), AssetKind::Model, &*self.name, Provider::Saas, environment)
            .with("publisher", &*self.publisher)
    }
}

/// Reads a model id, or says that the text is none.
pub(crate) fn model_ref(text: &str, anchor: Anchor) -> Option<ModelRef> {
    let catalogue = catalogue();
    let text = text.trim();
    if !id_shaped(text) || catalogue.is_placeholder(text) {
        return None;
    }
    if anchor == Anchor::Anywhere && !text.contains(['-', '/', ':']) {
        return None;
    }
    let (service, name) = catalogue.strip_route(text, anchor);
    let last = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    if last.len() < 2 || catalogue.not_models.contains(last.as_str()) {
        return None;
    }
    let known = catalogue.publisher(name);
    let accepted = match anchor {
        Anchor::Anywhere => {
            let prose = name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains('/');
            known.is_some() && !prose && (name.contains(['-', '/', ':']) || service.is_some())
        }
        Anchor::Listed => known.is_some(),
        _ if known.is_some() || service.is_some() => true,
        Anchor::Hub => !looks_like_code(name) && (name.contains('/') || looks_like_id(name)),
        Anchor::Strong => !looks_like_code(name),
        Anchor::Weak => !looks_like_code(name) && looks_like_id(name),
    };
    accepted.then(|| ModelRef {
        name: name.to_owned(),
        publisher: known.unwrap_or_else(|| match name.split_once('/') {
            Some((organisation, _)) => organisation.to_owned(),
            None => UNKNOWN.to_owned(),
        }),
        service,
    })
}

/// The model that infrastructure or a cloud names: by an id, a hub name, a Bedrock ARN or a path.
///
/// `publisher` is what the provider's own field says, such as `OpenAI`; it counts where the catalogue knows none.
pub(crate) fn named(given: &str, publisher: Option<&str>) -> ModelRef {
    let name = plain(given);
    let anchor = if name.contains('/') { Anchor::Hub } else { Anchor::Strong };
    model_ref(name, anchor).filter(|known| known.publisher != UNKNOWN).unwrap_or_else(|| ModelRef {
        name: name.to_owned(),
        publisher: publisher.map_or_else(|| UNKNOWN.to_owned(), str::to_lowercase),
        service: None,
    })
}

/// The name without what only says where the model lies.
pub(crate) fn plain(given: &str) -> &str {
    let given = given.trim();
    for mark in ["foundation-model/", "inference-profile/", "custom-model/"] {
        if given.starts_with("arn:")
            && let Some((_, name)) = given.split_once(mark)
        {
            return name;
        }
    }
    if let Some((_, rest)) = given.split_once("/models/") {
        return rest.split('/').next().unwrap_or(rest);
    }
    given
}

/// Whether a model id is that of a cross-region inference profile of Bedrock: `us.anthropic.claude…`.
pub(crate) fn is_inference_profile(id: &str) -> bool {
    id.split_once('.')
        .is_some_and(|(set, _)| catalogue().bedrock_region_sets.iter().any(|known| known == set))
}

/// Letters, digits and the few signs that ids are made of; no path, no address, no file.
fn id_shaped(text: &str) -> bool {
    let shaped = (2..=160).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !text.ends_with(['/', '.', ':', '-', '_'])
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._:/@+-".contains(c))
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && text.matches('/').count() <= 4
        && !text.contains("//");
    let file = [
        ".py",
        ".ts",
        ".js",
        ".json",
        ".yaml",
        ".yml",
        ".toml",
        ".txt",
        ".md",
        ".pt",
        ".pth",
        ".bin",
        ".onnx",
        ".pkl",
        ".h5",
        ".gguf",
        ".ggml",
        ".safetensors",
        ".html",
        ".com",
        ".net",
        ".org",
        ".io",
        ".csv",
        ".db",
        ".sh",
        ".xml",
        ".log",
        ".env",
        ".keras",
        ".llamafile",
        ".joblib",
        ".zip",
        ".tar.gz",
    ];
    let lower = text.to_ascii_lowercase();
    shaped && !file.iter().any(|ending| lower.ends_with(ending)) && !text.contains("localhost")
}

/// Identifiers of programs: `BaseChatModel`, `MODEL_NAME`, `args.model`, `get_model`, `1.0`.
fn looks_like_code(name: &str) -> bool {
    let has = |test: fn(char) -> bool| name.chars().any(test);
    let (digit, hyphen) = (has(|c| c.is_ascii_digit()), name.contains('-'));
    let separated = name.contains(['/', ':']);
    let upper_snake =
        !has(|c| c.is_ascii_lowercase()) && !separated && (name.contains('_') || !digit);
    let camel = name.starts_with(|c: char| c.is_ascii_uppercase())
        && has(|c| c.is_ascii_lowercase())
        && !digit
        && !hyphen
        && !separated;
    let dotted = name.contains('.') && !digit && !hyphen && !separated;
    let snake = name.contains('_') && !digit && !hyphen && !separated;
    let version = name.chars().all(|c| !c.is_ascii_alphabetic() || c == 'v');
    upper_snake || camel || dotted || snake || version
}

/// At least a digit with a separator, or an organisation.
fn looks_like_id(name: &str) -> bool {
    let digit = name.chars().any(|c| c.is_ascii_digit());
    (digit && name.contains(['-', '.', ':', '/'])) && name.len() >= 4
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueFile {
    publishers: Vec<PublisherEntry>,
    bedrock_vendors: FxHashMap<String, String>,
    bedrock_region_sets: Vec<String>,
    routes: FxHashMap<String, String>,
    not_models: Vec<String>,
    placeholder_parts: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublisherEntry {
    id: String,
    names: Vec<String>,
    orgs: Vec<String>,
}

#[derive(Debug, Default)]
struct Catalogue {
    names: RegexSet,
    publishers: Vec<String>,
    /// What ids of the patterns begin with.
    stems: Vec<String>,
    organisations: FxHashMap<String, String>,
    bedrock_vendors: FxHashMap<String, String>,
    bedrock_region_sets: Vec<String>,
    routes: FxHashMap<String, String>,
    not_models: FxHashSet<String>,
    placeholder_parts: Vec<String>,
}

impl Catalogue {
    fn read(text: &str) -> Result<Self, String> {
        let file: CatalogueFile =
            serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        let mut catalogue = Self {
            bedrock_vendors: file.bedrock_vendors,
            bedrock_region_sets: file.bedrock_region_sets,
            routes: file.routes,
            not_models: file.not_models.into_iter().collect(),
            placeholder_parts: file.placeholder_parts,
            ..Self::default()
        };
        let mut patterns = Vec::new();
        for publisher in file.publishers {
            for pattern in &publisher.names {
                catalogue.stems.extend(
                    prefixes(pattern).map_err(|error| format!("{}: {error}", publisher.id))?,
                );
            }
            patterns.push(format!("^(?:{})$", publisher.names.join("|")));
            catalogue.publishers.push(publisher.id.clone());
            catalogue
                .stems
                .extend(publisher.orgs.iter().map(|organisation| format!("{organisation}/")));
            for organisation in publisher.orgs {
                catalogue.organisations.insert(organisation.to_lowercase(), publisher.id.clone());
            }
        }
        catalogue.names = RegexSetBuilder::new(patterns)
            .case_insensitive(true)
            .unicode(false)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(catalogue)
    }

    fn publisher(&self, name: &str) -> Option<String> {
        if let Some(arn) = name.strip_prefix("arn:") {
            return self.publisher(arn.rsplit('/').next()?);
        }
        if let Some((organisation, rest)) = name.split_once('/') {
            return self
                .organisations
                .get(&organisation.to_ascii_lowercase())
                .or_else(|| self.by_pattern(rest).filter(|_| !rest.contains('/')))
                .filter(|_| !rest.is_empty())
                .cloned();
        }
        self.bedrock_vendor(name).or_else(|| self.by_pattern(name)).cloned()
    }

    fn by_pattern(&self, name: &str) -> Option<&String> {
        let first = self.names.matches(name.as_bytes()).iter().next()?;
        self.publishers.get(first)
    }

    /// `[REGION-SET.]VENDOR.MODEL`, where the model has a hyphen.
    fn bedrock_vendor(&self, name: &str) -> Option<&String> {
        let name = match name.split_once('.') {
            Some((set, rest)) if self.bedrock_region_sets.iter().any(|known| known == set) => rest,
            _ => name,
        };
        let (vendor, model) = name.split_once('.')?;
        self.bedrock_vendors.get(vendor).filter(|_| model.contains('-'))
    }

    fn strip_route<'t>(
        &'static self,
        text: &'t str,
        anchor: Anchor,
    ) -> (Option<&'static str>, &'t str) {
        if anchor == Anchor::Hub {
            return (None, text);
        }
        // Resource names of Google: `models/gemini-2.5-flash`.
        if let Some(name) = text.strip_prefix("models/")
            && self.publisher(name).is_some_and(|publisher| publisher == "google")
        {
            return (None, name);
        }
        let Some(at) = text.find([':', '/']) else { return (None, text) };
        let (prefix, rest) = (&text[..at], &text[at + 1..]);
        let Some(service) = self.routes.get(prefix.to_ascii_lowercase().as_str()) else {
            return (None, text);
        };
        // `openai/whisper-large-v3`, `nvidia/nemotron…` are names on a hub.
        let hub = text.as_bytes()[at] == b'/'
            && self.organisations.contains_key(&prefix.to_ascii_lowercase())
            && (self.by_pattern(rest).is_none()
                || rest.starts_with("gpt-oss")
                || rest.starts_with("whisper-") && rest != "whisper-1"
                || prefix == "nvidia");
        if hub { (None, text) } else { (Some(service.as_str()), rest) }
    }

    fn is_placeholder(&self, text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        self.placeholder_parts.iter().any(|part| lower.contains(part.as_str()))
            || self.not_models.contains(lower.as_str())
    }
}

/// What every text begins with that a pattern matches; none where that could be anything.
fn prefixes(pattern: &str) -> Result<Vec<String>, String> {
    let hir = regex_syntax::parse(pattern).map_err(|error| error.to_string())?;
    let literals = regex_syntax::hir::literal::Extractor::new().limit_total(500).extract(&hir);
    let literals =
        literals.literals().ok_or_else(|| format!("`{pattern}` can begin with anything"))?;
    literals
        .iter()
        .map(|literal| {
            String::from_utf8(literal.as_bytes().to_vec()).map_err(|error| error.to_string())
        })
        .collect()
}

/// What ids of known models begin with; in lower case but for organisations.
pub(crate) fn stems() -> Vec<String> {
    catalogue().stems.clone()
}

/// Vendors that ids of Bedrock begin with.
pub(crate) fn bedrock_vendors() -> impl Iterator<Item = &'static str> {
    catalogue().bedrock_vendors.keys().map(String::as_str)
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        Catalogue::read(include_str!("../../../rules/signals/models.yaml")).unwrap_or_else(
            |error| {
                tracing::error!(error, "rules/signals/models.yaml cannot be read");
                Catalogue::default()
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, anchor: Anchor) -> Option<(String, String)> {
        model_ref(text, anchor).map(|model| (model.id().to_string(), model.name))
    }

    #[test]
    fn the_data_file_is_sound() {
        Catalogue::read(include_str!("../../../rules/signals/models.yaml")).unwrap();
    }

    #[test]
    fn ids_are_read_with_their_publisher() {
        for (text, anchor, id, name) in [
            ("gpt-4.1", Anchor::Strong, "model://openai/gpt-4.1", "gpt-4.1"),
            ("openai:gpt-4.1-mini", Anchor::Weak, "model://openai/gpt-4.1-mini", "gpt-4.1-mini"),
            ("openai/gpt-4o", Anchor::Strong, "model://openai/gpt-4o", "gpt-4o"),
            (
                "Qwen/Qwen2.5-7B-Instruct",
                Anchor::Hub,
                "model://qwen/Qwen2.5-7B-Instruct",
                "Qwen/Qwen2.5-7B-Instruct",
            ),
            (
                "openai/whisper-large-v3",
                Anchor::Strong,
                "model://openai/whisper-large-v3",
                "openai/whisper-large-v3",
            ),
            (
                "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0",
                Anchor::Strong,
                "model://anthropic/anthropic.claude-3-5-sonnet-20240620-v1:0",
                "anthropic.claude-3-5-sonnet-20240620-v1:0",
            ),
            (
                "us.anthropic.claude-sonnet-4-20250514-v1:0",
                Anchor::Anywhere,
                "model://anthropic/us.anthropic.claude-sonnet-4-20250514-v1:0",
                "us.anthropic.claude-sonnet-4-20250514-v1:0",
            ),
            ("ollama/llama3.1:8b", Anchor::Strong, "model://meta/llama3.1:8b", "llama3.1:8b"),
            ("acme-writer-7b", Anchor::Strong, "model://unknown/acme-writer-7b", "acme-writer-7b"),
            (
                "contoso/support-bert",
                Anchor::Hub,
                "model://contoso/support-bert",
                "contoso/support-bert",
            ),
            (
                "all-MiniLM-L6-v2",
                Anchor::Hub,
                "model://sentence-transformers/all-MiniLM-L6-v2",
                "all-MiniLM-L6-v2",
            ),
        ] {
            assert_eq!(read(text, anchor), Some((id.into(), name.into())), "{text}");
        }
    }

    #[test]
    fn what_is_no_id_is_no_model() {
        for text in [
            "str",
            "Optional",
            "BaseChatModel",
            "command_args.extend",
            "The",
            "You",
            "MODEL_TEMPLATES",
            "your-model-name",
            "<model>",
            "{model}",
            "./models/llama",
            "models/llama.gguf",
            "https://api.openai.com/v1",
            "a sentence here",
            "",
            "None",
            "auto",
            "model",
            "gpt",
            "app.User",
            "1.0",
            "self.model",
            "--model",
            "openai",
        ] {
            for anchor in [Anchor::Hub, Anchor::Strong, Anchor::Weak, Anchor::Anywhere] {
                assert_eq!(read(text, anchor), None, "{text} {anchor:?}");
            }
        }
        assert_eq!(read("Civic", Anchor::Weak), None);
        assert_eq!(read("sonarqube", Anchor::Anywhere), None);
        assert_eq!(read("mistral", Anchor::Anywhere), None);
    }
}
