//! Models and services that configuration files name: `.env`, YAML, JSON, TOML, INI. Read line by line, so that
//! templates and broken files are read as well.

use picket_model::{Relation, RelationKind, Standing};

use super::recognise::{deployment_asset, host_of, is_test_or_document, service_asset};
use super::signals::{NameMeaning, signals, snake_case};
use crate::Collector;
use crate::catalogue::{self, Anchor};
use crate::files::SourceFile;

/// Whether a file holds settings, by its name.
pub(crate) fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit('.').next().unwrap_or_default();
    let settings = name == ".env"
        || name.starts_with(".env.")
        || name.ends_with(".env")
        || name == "env.example"
        || matches!(
            ending,
            "yaml" | "yml" | "toml" | "ini" | "cfg" | "conf" | "json" | "jsonc" | "properties"
        );
    let lock = matches!(
        name,
        "package-lock.json"
            | "package.json"
            | "yarn.lock"
            | "pnpm-lock.yaml"
            | "poetry.lock"
            | "uv.lock"
            | "Pipfile.lock"
            | "tsconfig.json"
            | "pyproject.toml"
            | "Cargo.toml"
            | "composer.lock"
    ) || name.ends_with(".lock")
        || name.ends_with(".tfstate")
        || name.ends_with(".tfstate.json")
        || name.ends_with(".tfplan.json");
    settings && !lock
}

/// Adds what the lines of the file name.
pub(crate) fn analyse(file: &SourceFile<'_>, out: &mut Collector) {
    // Data files in JSON are no settings.
    let shown = is_test_or_document(file.path);
    let limit = if shown || file.path.ends_with("json") { 128 * 1024 } else { 1024 * 1024 };
    if file.size > limit {
        return;
    }
    let Some(text) = file.text().filter(|text| super::interest::names_ai(text)) else { return };
    let standing =
        if is_test_or_document(file.path) { Standing::Mentioned } else { Standing::Configured };
    let mut list: Option<&str> = None;
    for (number, line) in text.lines().enumerate() {
        if line.len() > 2000 {
            continue;
        }
        let number = u32::try_from(number + 1).unwrap_or(u32::MAX);
        if let Some(item) = item(line) {
            match list {
                Some(key) => add_setting(file, key, item, number, standing, out),
                None => mention(file, item, number, out),
            }
        } else if let Some((key, values)) = key_and_list(line) {
            for value in values {
                add_setting(file, key, value, number, standing, out);
            }
            list = (!line.contains(']')).then_some(key);
        } else if let Some((key, value)) = key_and_value(line) {
            add_setting(file, key, value, number, standing, out);
            list = None;
        } else if let Some(key) = line.trim().trim_start_matches("- ").strip_suffix(':') {
            list = Some(key);
        }
    }
    super::prompt_files::analyse(file, text, out);
}

/// A value that no key explains: a known model is mentioned.
fn mention(file: &SourceFile<'_>, value: &str, line: u32, out: &mut Collector) {
    if let Some(model) = catalogue::model_ref(value, Anchor::Anywhere) {
        super::documents::mention(file, &model, line, out);
    }
}

fn add_setting(
    file: &SourceFile<'_>,
    key: &str,
    value: &str,
    line: u32,
    standing: Standing,
    out: &mut Collector,
) {
    let signals = signals();
    let environment = file.scope.environment.as_str();
    let place = file.place(line, 1, key, standing);
    let address = value.contains("://");
    let asset =
        if let Some((service, host)) = address.then(|| signals.service_of_host(value)).flatten() {
            Some(service_asset(service, &host, environment))
        } else {
            // `spring.ai.openai.chat.options.model`
            match signals.meaning(key.rsplit('.').next().unwrap_or(key)) {
                Some(NameMeaning::Model) => model(file, key, value),
                Some(NameMeaning::Deployment)
                    if key.to_ascii_uppercase().contains("OPENAI") && host_of(value).is_none() =>
                {
                    let shaped = catalogue::model_ref(value, Anchor::Strong).is_some();
                    shaped.then(|| deployment_asset(value, environment))
                }
                _ if is_of_models(key) => catalogue::model_ref(value, Anchor::Anywhere)
                    .map(|model| model.asset(&file.scope.environment)),
                _ => None,
            }
        };
    let Some(asset) = asset else { return mention(file, value, line, out) };
    let id = asset.id.clone();
    out.occurrence(asset, &place);
    if standing > Standing::Mentioned {
        file.defines(&id, line, out);
        let uses = Relation::new(file.scope.repository(), RelationKind::Uses, id);
        out.relation(uses.with("path", file.path).with("line", line));
    }
}

/// `model_turbo`, `fallback_models`: a word of the key is about models.
fn is_of_models(key: &str) -> bool {
    snake_case(key).split(['_', '.']).any(|word| {
        matches!(
            word,
            "model" | "models" | "llm" | "llms" | "embedding" | "embeddings" | "embedder"
        )
    })
}

fn model(file: &SourceFile<'_>, key: &str, value: &str) -> Option<picket_model::Asset> {
    let lower = key.to_ascii_lowercase();
    let about_ai = [
        "llm",
        "openai",
        "anthropic",
        "gpt",
        "embed",
        "bedrock",
        "gemini",
        "claude",
        "ollama",
        "hf_",
        "huggingface",
        "vllm",
    ]
    .iter()
    .any(|word| lower.contains(word));
    let anchor = if about_ai { Anchor::Weak } else { Anchor::Anywhere };
    let model = catalogue::model_ref(value, anchor)?;
    if model.service == Some("azure-openai") {
        return Some(deployment_asset(&model.name, &file.scope.environment));
    }
    Some(model.asset(&file.scope.environment))
}

/// `- value` and `"value",`: an item of a list.
fn item(line: &str) -> Option<&str> {
    let line = line.trim();
    let dashed = line.strip_prefix("- ").map(str::trim);
    let item = match dashed {
        Some(item) => item,
        None => line.trim_end_matches(',').strip_prefix(['"', '\''])?,
    };
    let item = item.trim_matches(['"', '\'', ',']);
    let one =
        !item.is_empty() && !item.contains(['"', '\'', ' ', '{', '[', '=']) && !item.ends_with(':');
    // `- model: x` is an entry with a key; `- qwen2.5:7b` is not.
    (one && !item.contains(": ")).then_some(item)
}

/// `key = ["a", "b"]`, also where the list goes on.
fn key_and_list(line: &str) -> Option<(&str, Vec<&str>)> {
    let at = line.find(['=', ':'])?;
    let key = line[..at].trim().trim_matches(['"', '\'']);
    let list = line[at + 1..].trim().strip_prefix('[')?;
    let shaped =
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let values = list.split(']').next().unwrap_or_default().split(',');
    let values = values.map(|value| value.trim().trim_matches(['"', '\'']));
    shaped.then(|| (key, values.filter(|value| !value.is_empty()).take(64).collect()))
}

/// `KEY=value`, `key: value`, `"key": "value",`, `key = "value"`; also after `- ` and `export `.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches("- ").trim_start_matches("export ");
    if line.starts_with(['#', ';']) || line.starts_with("//") {
        return None;
    }
    let at = line.find(['=', ':'])?;
    let quotes: &[char] = &['"', '\'', '`', ' '];
    let key = line[..at].trim().trim_matches(quotes);
    let value = line[at + 1..].trim().trim_end_matches(',').trim();
    // A comment after the value.
    let value = match value.find(" #") {
        Some(comment) => value[..comment].trim(),
        None => value,
    };
    let value = value.trim_matches(quotes);
    let shaped =
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    (shaped && !value.is_empty() && !value.starts_with(['{', '[', '$', '|', '>', '&', '*']))
        .then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_at_the_first_sign() {
        for (line, expected) in [
            ("OPENAI_MODEL=gpt-4o-mini", Some(("OPENAI_MODEL", "gpt-4o-mini"))),
            ("export LLM_MODEL='qwen2.5:7b'  # small", Some(("LLM_MODEL", "qwen2.5:7b"))),
            ("  - model: gpt-4.1", Some(("model", "gpt-4.1"))),
            ("  \"model\": \"gpt-4.1\",", Some(("model", "gpt-4.1"))),
            ("# model: gpt-4.1", None),
            ("model: ${MODEL}", None),
            ("model: {{ .Values.model }}", None),
            ("just text", None),
        ] {
            assert_eq!(key_and_value(line), expected, "{line}");
        }
    }

    #[test]
    fn lists_are_read_on_one_line_and_on_several() {
        assert_eq!(
            key_and_list("fallback_models=[\"gpt-4o\", 'o3-mini']"),
            Some(("fallback_models", vec!["gpt-4o", "o3-mini"]))
        );
        assert_eq!(key_and_list("  \"models\": ["), Some(("models", vec![])));
        assert_eq!(key_and_list("model = \"gpt-4o\""), None);
        for (line, expected) in [
            ("  - gpt-4.1", Some("gpt-4.1")),
            ("    \"openai:gpt-4o\",", Some("openai:gpt-4o")),
            ("  - qwen2.5:7b", Some("qwen2.5:7b")),
            ("  - model: gpt-4.1", None),
            ("  \"model\": \"gpt-4.1\",", None),
            ("just text", None),
        ] {
            assert_eq!(item(line), expected, "{line}");
        }
    }
}
