//! The signals of AI in code, read from `rules/signals/`.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

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
    calls: Vec<CallSignal>,
    /// Last word of each name to the rows that have it.
    by_last: FxHashMap<String, Vec<(usize, String)>>,
    pub(crate) words: Words,
    services: Vec<Service>,
    roles: FxHashMap<(String, String), String>,
    import_roots: FxHashMap<String, String>,
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
        let mut signals =
            Self { calls: calls.calls, words: calls.words, services, ..Self::default() };
        for (index, call) in signals.calls.iter().enumerate() {
            for name in &call.names {
                let last = name.rsplit('.').next().unwrap_or(name).to_owned();
                signals.by_last.entry(last).or_default().push((index, name.clone()));
            }
        }
        for (ecosystem, roles) in libraries.ecosystems {
            for (role, names) in roles {
                for name in names {
                    let root = match ecosystem.as_str() {
                        "pypi" => libraries
                            .imports
                            .get(&name)
                            .cloned()
                            .unwrap_or_else(|| name.replace('-', "_")),
                        _ => name.clone(),
                    };
                    let key = (ecosystem.clone(), root.clone());
                    signals.packages.entry(key).or_default().push(name.clone());
                    signals.import_roots.insert(root, name.clone());
                    signals.roles.insert((ecosystem.clone(), name), role.clone());
                }
            }
        }
        Ok(signals)
    }

    /// The row for a call of `path` (dotted names) whose first name comes from `module`. Longer names win, then rows that ask for a module.
    pub(crate) fn call(&self, module: Option<&str>, path: &str) -> Option<&CallSignal> {
        let last = path.rsplit('.').next()?;
        let whole = module.map(|module| format!("{module}.{path}"));
        let ends_with = |name: &str| {
            [Some(path), whole.as_deref()].into_iter().flatten().any(|path| {
                path.strip_suffix(name).is_some_and(|head| head.is_empty() || head.ends_with('.'))
            })
        };
        self.by_last
            .get(last)?
            .iter()
            .filter(|(index, name)| ends_with(name) && self.calls[*index].comes_from(module))
            .max_by_key(|(index, name)| {
                (name.matches('.').count(), !self.calls[*index].modules.is_empty())
            })
            .map(|(index, _)| &self.calls[*index])
    }

    /// Role of a library, if it is an AI library.
    pub(crate) fn role(&self, ecosystem: &str, name: &str) -> Option<&str> {
        let known = self.roles.get(&(ecosystem.to_owned(), name.to_owned())).map(String::as_str);
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
    pub(crate) fn library(&self, module: &str) -> Option<&str> {
        let mut root = module;
        loop {
            if let Some(name) = self.import_roots.get(root) {
                return Some(name);
            }
            root = &root[..root.rfind(['.', '/'])?];
        }
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

    /// Hosts of services, without what stands for any name.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        let patterns = self.services.iter().flat_map(|service| &service.hosts);
        patterns.map(|pattern| {
            let parts = pattern.split('*');
            parts.max_by_key(|part| part.len()).unwrap_or(pattern)
        })
    }

    /// What modules of AI libraries begin with.
    pub(crate) fn import_roots(&self) -> impl Iterator<Item = &str> {
        self.import_roots.keys().map(String::as_str)
    }

    /// Names of calls that count wherever they come from, without their last word where they have several.
    pub(crate) fn telling_calls(&self) -> impl Iterator<Item = String> {
        let any_origin = self.calls.iter().filter(|call| call.modules.is_empty());
        any_origin.flat_map(|call| &call.names).map(|name| match name.rsplit_once('.') {
            Some((head, _)) if head.contains('.') || head.len() > 8 => head.to_owned(),
            _ => name.clone(),
        })
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
        for call in &signals.calls {
            if let Some(service) = &call.service {
                assert!(signals.service(service).is_some(), "unknown service {service}");
            }
        }
    }

    #[test]
    fn calls_are_told_apart_by_where_they_come_from() {
        let kind = |module, path| {
            signals()
                .call(module, path)
                .map(|call| (call.kind, call.framework.as_deref(), call.service.as_deref()))
        };
        assert_eq!(kind(Some("crewai"), "Agent"), Some((CallKind::Agent, Some("crewai"), None)));
        assert_eq!(
            kind(Some("agents"), "Agent"),
            Some((CallKind::Agent, Some("openai-agents"), None))
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
