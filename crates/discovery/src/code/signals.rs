//! The signals of AI in code, read from `rules/signals/`.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use super::module::Language;

/// What a call of the signal table does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallKind {
    Model,
    Embedding,
    Client,
    Agent,
    Team,
    Tool,
    VectorStore,
    Dataset,
    Training,
    Guardrail,
    McpServer,
    McpClient,
    Prompt,
    Unsafe,
}

/// An argument by name or by position from 0.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Parameter {
    Position(usize),
    Name(String),
}

/// One row of `calls.yaml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallSignal {
    names: Vec<String>,
    #[serde(default)]
    modules: Vec<String>,
    pub(crate) kind: CallKind,
    pub(crate) service: Option<String>,
    pub(crate) framework: Option<String>,
    pub(crate) model: Option<Vec<Parameter>>,
    #[serde(default)]
    pub(crate) hub: bool,
    #[serde(default)]
    pub(crate) deployment: Vec<Parameter>,
    #[serde(default)]
    pub(crate) deployments_only: bool,
    #[serde(default)]
    pub(crate) collection: Vec<Parameter>,
    pub(crate) risk: Option<String>,
}

impl CallSignal {
    fn comes_from(&self, module: Option<&str>) -> bool {
        self.modules.is_empty()
            || module.is_some_and(|module| self.modules.iter().any(|root| below(module, root)))
    }
}

/// Whether `module` is `root` or in it: `a.b.c` is in `a.b`, `@x/y/z` in `@x/y`, `langchain_openai` not in `langchain`.
fn below(module: &str, root: &str) -> bool {
    module.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallFile {
    calls: Vec<CallSignal>,
    #[serde(flatten)]
    words: Words,
}

/// Rows of one of the files of calls.
#[derive(Debug, Default)]
struct CallTable {
    calls: Vec<CallSignal>,
    /// Last word of each name to the rows that have it.
    by_last: FxHashMap<String, Vec<(usize, String)>>,
}

impl CallTable {
    fn new(calls: Vec<CallSignal>) -> Self {
        let mut by_last: FxHashMap<String, Vec<(usize, String)>> = FxHashMap::default();
        for (index, call) in calls.iter().enumerate() {
            for name in &call.names {
                let last = name.rsplit('.').next().unwrap_or(name).to_owned();
                by_last.entry(last).or_default().push((index, name.clone()));
            }
        }
        Self { calls, by_last }
    }
}

/// Constants of SDKs that stand for a text, of `constants.yaml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConstantFile {
    prefixes: Vec<String>,
    models: Vec<String>,
    texts: FxHashMap<String, Vec<String>>,
}

/// The word lists of `calls.yaml`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Words {
    pub(crate) model_parameters: Vec<String>,
    model_words: FxHashSet<String>,
    deployment_words: FxHashSet<String>,
    pub(crate) tool_decorators: Vec<String>,
    pub(crate) tool_classes: Vec<String>,
    pub(crate) agent_tools: Vec<String>,
    pub(crate) agent_members: Vec<String>,
    pub(crate) agent_instructions: Vec<String>,
    pub(crate) agent_names: Vec<String>,
    prompt_words: FxHashSet<String>,
    pub(crate) approval_words: Vec<String>,
}

/// What a name says about the value it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameMeaning {
    Model,
    Deployment,
    Prompt,
}

/// A service of `services.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) provider: picket_model::Provider,
    pub(crate) host: Option<String>,
    hosts: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LibraryFile {
    ecosystems: FxHashMap<String, FxHashMap<String, Vec<String>>>,
    imports: FxHashMap<String, String>,
}

/// All signals.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    tables: FxHashMap<Language, CallTable>,
    pub(crate) words: Words,
    services: Vec<Service>,
    roles: FxHashMap<(String, String), String>,
    import_roots: FxHashMap<(Language, String), String>,
    /// The roots of all languages.
    roots: FxHashSet<String>,
    constant_prefixes: Vec<String>,
    /// Names of constants without signs and in lower case, to what they stand for.
    constants: FxHashMap<String, String>,
    /// Ecosystem and import root to the libraries that have it.
    packages: FxHashMap<(String, String), Vec<String>>,
}

impl Signals {
    fn read() -> Result<Self, String> {
        let calls: CallFile = parse("calls", include_str!("../../../../rules/signals/calls.yaml"))?;
        let services: Vec<Service> =
            parse("services", include_str!("../../../../rules/signals/services.yaml"))?;
        let libraries: LibraryFile =
            parse("libraries", include_str!("../../../../rules/signals/libraries.yaml"))?;
        let mut signals = Self { words: calls.words, services, ..Self::default() };
        signals.tables.insert(Language::Script, CallTable::new(calls.calls));
        for (language, name, text) in LANGUAGES {
            signals.tables.insert(*language, CallTable::new(parse(name, text)?));
        }
        let constants: ConstantFile =
            parse("constants", include_str!("../../../../rules/signals/constants.yaml"))?;
        for model in constants.models {
            signals.constants.insert(squashed(&model), model);
        }
        for (text, names) in constants.texts {
            signals.constants.extend(names.iter().map(|name| (squashed(name), text.clone())));
        }
        signals.constant_prefixes =
            constants.prefixes.iter().map(|prefix| squashed(prefix)).collect();
        for (ecosystem, roles) in libraries.ecosystems {
            let language = match ecosystem.as_str() {
                "cargo" => Language::Rust,
                "go" => Language::Go,
                "maven" => Language::Java,
                "nuget" => Language::CSharp,
                _ => Language::Script,
            };
            for (role, names) in roles {
                for name in names {
                    let root = libraries.imports.get(&name).cloned();
                    let root = root.unwrap_or_else(|| match ecosystem.as_str() {
                        "pypi" | "cargo" => name.replace('-', "_"),
                        _ => name.clone(),
                    });
                    let key = (ecosystem.clone(), root.clone());
                    signals.packages.entry(key).or_default().push(name.clone());
                    if !matches!(ecosystem.as_str(), "rubygems" | "packagist") {
                        signals.roots.insert(root.clone());
                        signals.import_roots.insert((language, root), name.clone());
                    }
                    let name = registered(&ecosystem, &name);
                    signals.roles.insert((ecosystem.clone(), name), role.clone());
                }
            }
        }
        Ok(signals)
    }

    /// The row for a call of `path` (dotted names) whose first name comes from `module`. Longer names win, then rows that ask for a module.
    pub(crate) fn call(
        &self,
        language: Language,
        module: Option<&str>,
        path: &str,
    ) -> Option<&CallSignal> {
        let table = self.tables.get(&language)?;
        let last = path.rsplit('.').next()?;
        let whole = module.map(|module| format!("{module}.{path}"));
        let ends_with = |name: &str| {
            [Some(path), whole.as_deref()].into_iter().flatten().any(|path| {
                path.strip_suffix(name).is_some_and(|head| head.is_empty() || head.ends_with('.'))
            })
        };
        table
            .by_last
            .get(last)?
            .iter()
            .filter(|(index, name)| ends_with(name) && table.calls[*index].comes_from(module))
            .max_by_key(|(index, name)| {
                (name.matches('.').count(), !table.calls[*index].modules.is_empty())
            })
            .map(|(index, _)| &table.calls[*index])
    }

    /// Role of a library, if it is an AI library.
    pub(crate) fn role(&self, ecosystem: &str, name: &str) -> Option<&str> {
        let registered = match ecosystem {
            // A module may lie below the one that is known.
            "go" => self.library(Language::Go, name)?.to_owned(),
            _ => registered(ecosystem, name),
        };
        let known = self.roles.get(&(ecosystem.to_owned(), registered)).map(String::as_str);
        known.or_else(|| super::imports::role(ecosystem, name))
    }

    /// Every AI library of an ecosystem that a module may come from, the one with the shortest name first.
    pub(crate) fn packages(&self, ecosystem: &str, module: &str) -> Vec<String> {
        let mut root = module;
        loop {
            if let Some(names) = self.packages.get(&(ecosystem.to_owned(), root.to_owned())) {
                let mut names = names.clone();
                names.sort_unstable_by_key(|name| (name.len(), name.clone()));
                return names;
            }
            match root.rfind(['.', '/']) {
                Some(end) => root = &root[..end],
                None => return Vec::new(),
            }
        }
    }

    /// The AI library that a module belongs to.
    pub(crate) fn library(&self, language: Language, module: &str) -> Option<&str> {
        let mut root = module;
        loop {
            if let Some(name) = self.import_roots.get(&(language, root.to_owned())) {
                return Some(name);
            }
            root = &root[..root.rfind(['.', '/'])?];
        }
    }

    /// What a constant of an SDK stands for: `gpt-4o` of `GPT_4O`, `ChatModelGPT4o`.
    pub(crate) fn constant(&self, name: &str) -> Option<&str> {
        let name = squashed(name);
        let plain =
            self.constant_prefixes.iter().filter_map(|prefix| name.strip_prefix(prefix.as_str()));
        std::iter::once(name.as_str())
            .chain(plain)
            .find_map(|name| self.constants.get(name))
            .map(String::as_str)
    }

    /// The service that an address or host belongs to, and its host.
    pub(crate) fn service_of_host(&self, address: &str) -> Option<(&Service, String)> {
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?.to_ascii_lowercase();
        let path = rest.get(host.len()..).unwrap_or_default();
        self.services.iter().find_map(|service| {
            service
                .hosts
                .iter()
                .any(|pattern| {
                    let (pattern_host, pattern_path) =
                        pattern.split_once('/').map_or((pattern.as_str(), ""), |(h, p)| (h, p));
                    host_matches(&host, pattern_host)
                        && path.trim_start_matches('/').starts_with(pattern_path)
                })
                .then(|| (service, host.clone()))
        })
    }

    /// Hosts of services, without what stands for any name: the first part, for the last may be any host's of a cloud.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        let patterns = self.services.iter().flat_map(|service| &service.hosts);
        patterns.map(|pattern| pattern.split('*').find(|part| !part.is_empty()).unwrap_or(pattern))
    }

    /// What modules of AI libraries begin with.
    pub(crate) fn import_roots(&self) -> impl Iterator<Item = &str> {
        self.roots.iter().map(String::as_str)
    }

    /// Whether a module of this name, in any language, is what modules of an AI library begin with.
    pub(crate) fn is_import_root(&self, module: &str) -> bool {
        self.roots.contains(module)
    }

    /// Names of calls that count wherever they come from, without their last word where they have three or more.
    /// Loading what may be unsafe counts in files that import something of AI.
    pub(crate) fn telling_calls(&self) -> impl Iterator<Item = String> {
        let any_origin = |language: Language| {
            let calls = self.tables.get(&language).into_iter().flat_map(|table| &table.calls);
            calls
                .filter(|call| call.modules.is_empty() && call.kind != CallKind::Unsafe)
                .flat_map(|call| &call.names)
        };
        let script = any_origin(Language::Script).map(|name| match name.rsplit_once('.') {
            Some((head, _)) if head.contains('.') => head.to_owned(),
            _ => name.clone(),
        });
        // Chains of calls may be written over several lines. What is short stands in files that import something of AI.
        let typed = LANGUAGES.iter().flat_map(move |(language, ..)| any_origin(*language));
        let longest = typed.filter_map(|name| name.split('.').max_by_key(|part| part.len()));
        script.chain(longest.filter(|part| part.len() >= 8).map(str::to_owned))
    }

    /// A service by id.
    pub(crate) fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }

    /// What a constant, field, parameter or environment variable of this name holds.
    pub(crate) fn meaning(&self, name: &str) -> Option<NameMeaning> {
        let name = snake_case(name);
        let any = |words: &FxHashSet<String>| {
            let mut rest = name.as_str();
            loop {
                if words.contains(rest) {
                    return true;
                }
                match rest.split_once('_') {
                    Some((_, tail)) => rest = tail,
                    None => return false,
                }
            }
        };
        if any(&self.words.deployment_words) {
            Some(NameMeaning::Deployment)
        } else if any(&self.words.model_words) {
            Some(NameMeaning::Model)
        } else if any(&self.words.prompt_words) {
            Some(NameMeaning::Prompt)
        } else {
            None
        }
    }
}

/// A name as it is compared: that of a package of .NET without regard to case.
fn registered(ecosystem: &str, name: &str) -> String {
    if ecosystem == "nuget" { name.to_ascii_lowercase() } else { name.to_owned() }
}

/// Letters and digits in lower case: `gpt-4.1`, `GPT_4_1` and `Gpt41` are the same.
fn squashed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// `modelName`, `MODEL-NAME` and `ModelName` to `model_name`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        snake.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    snake
}

/// `*` stands for a run of characters other than `/`.
fn host_matches(host: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => host == pattern,
        Some((head, tail)) => {
            host.len() > head.len() + tail.len() && host.starts_with(head) && host.ends_with(tail)
        }
    }
}

fn parse<T: for<'de> Deserialize<'de>>(name: &str, text: &str) -> Result<T, String> {
    serde_saphyr::from_str(text).map_err(|error| format!("rules/signals/{name}.yaml: {error}"))
}

/// The files of calls in languages other than Python and TypeScript.
const LANGUAGES: &[(Language, &str, &str)] = &[
    (Language::Go, "calls-go", include_str!("../../../../rules/signals/calls-go.yaml")),
    (Language::Java, "calls-java", include_str!("../../../../rules/signals/calls-java.yaml")),
    (Language::CSharp, "calls-csharp", include_str!("../../../../rules/signals/calls-csharp.yaml")),
    (Language::Rust, "calls-rust", include_str!("../../../../rules/signals/calls-rust.yaml")),
];

/// The signals, read once.
pub(crate) fn signals() -> &'static Signals {
    static SIGNALS: OnceLock<Signals> = OnceLock::new();
    SIGNALS.get_or_init(|| {
        Signals::read().unwrap_or_else(|error| {
            tracing::error!(error, "signals cannot be read; code is scanned without them");
            Signals::default()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_files_are_sound() {
        let signals = Signals::read().unwrap();
        for call in signals.tables.values().flat_map(|table| &table.calls) {
            if let Some(service) = &call.service {
                assert!(signals.service(service).is_some(), "unknown service {service}");
            }
        }
    }

    #[test]
    fn calls_are_told_apart_by_where_they_come_from() {
        let kind = |module, path| {
            signals()
                .call(Language::Script, module, path)
                .map(|call| (call.kind, call.framework.as_deref(), call.service.as_deref()))
        };
        assert_eq!(kind(Some("crewai"), "Agent"), Some((CallKind::Agent, Some("crewai"), None)));
        assert_eq!(
            kind(Some("agents"), "Agent"),
            Some((CallKind::Agent, Some("openai-agents"), Some("openai")))
        );
        assert_eq!(kind(Some("estate"), "Agent"), None);
        assert_eq!(
            kind(None, "self.client.chat.completions.create"),
            Some((CallKind::Model, None, Some("openai")))
        );
        assert_eq!(kind(None, "db.create"), None);
        assert_eq!(kind(Some("chromadb"), "PersistentClient").unwrap().1, Some("chroma"));
        assert_eq!(kind(Some("torch"), "load").unwrap().0, CallKind::Unsafe);
    }

    #[test]
    fn names_say_what_they_hold() {
        for (name, meaning) in [
            ("OPENAI_MODEL", Some(NameMeaning::Model)),
            ("smartLlm", Some(NameMeaning::Model)),
            ("modelName", Some(NameMeaning::Model)),
            ("AZURE_OPENAI_DEPLOYMENT", Some(NameMeaning::Deployment)),
            ("SYSTEM_PROMPT", Some(NameMeaning::Prompt)),
            ("model_path", None),
            ("remodel", None),
        ] {
            assert_eq!(signals().meaning(name), meaning, "{name}");
        }
    }

    #[test]
    fn hosts_say_which_service() {
        let service = |address| {
            signals().service_of_host(address).map(|(service, host)| (service.id.as_str(), host))
        };
        assert_eq!(
            service("https://contoso.openai.azure.com/openai/v1"),
            Some(("azure-openai", "contoso.openai.azure.com".into()))
        );
        assert_eq!(
            service("bedrock-runtime.eu-west-1.amazonaws.com"),
            Some(("aws-bedrock", "bedrock-runtime.eu-west-1.amazonaws.com".into()))
        );
        assert_eq!(service("https://openrouter.ai/api/v1").unwrap().0, "openrouter");
        assert_eq!(service("https://openrouter.ai/docs"), None);
        assert_eq!(service("https://example.com"), None);
    }
}
