//! Container images and commands that mark AI workloads, by the table `rules/signals/images.yaml`.

use std::sync::LazyLock;

use picket_model::{Asset, AssetKind, Provider};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    images: Vec<Image>,
}

/// What one family of images is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Image {
    pub(crate) software: String,
    /// `inference-server`, `vector-database`, `model-gateway`, `mcp-server`, `chat-application`, …
    pub(crate) role: String,
    names: Vec<String>,
    /// Commands that start it without a container.
    #[serde(default)]
    commands: Vec<String>,
    /// Port it listens on unless told otherwise.
    pub(crate) port: Option<u16>,
    /// Arguments that a model's name follows.
    #[serde(default)]
    model_args: Vec<String>,
    /// Environment variables that hold a model's name.
    #[serde(default)]
    model_env: Vec<String>,
    /// The image's own name says the model.
    #[serde(default)]
    model_in_name: bool,
    /// Environment variables that switch authentication on.
    #[serde(default)]
    pub(crate) key_env: Vec<String>,
}

fn table() -> &'static [Image] {
    static TABLE: LazyLock<Vec<Image>> = LazyLock::new(|| {
        let text = include_str!("../../../rules/signals/images.yaml");
        serde_saphyr::from_str::<Table>(text).map(|table| table.images).unwrap_or_default()
    });
    &TABLE
}

/// The family that an image reference belongs to.
pub(crate) fn known(reference: &str) -> Option<&'static Image> {
    let name = name_of(reference).to_lowercase();
    table().iter().find(|image| image.names.iter().any(|pattern| matches(pattern, &name)))
}

/// The family of a software, by the name that its chart or package has.
pub(crate) fn software(name: &str) -> Option<&'static Image> {
    table().iter().find(|image| image.software == name)
}

/// The family that a script starts without a container, and the words from that command on.
pub(crate) fn started(script: &str) -> Option<(&'static Image, Vec<String>)> {
    table().iter().find_map(|image| {
        let at = image.commands.iter().find_map(|command| script.find(command.as_str()))?;
        Some((image, words(&script[at..])))
    })
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(head) => name.starts_with(head) || name.contains(&format!("/{head}")),
        None => name == pattern || name.ends_with(&format!("/{pattern}")),
    }
}

/// An image reference without tag and digest.
fn name_of(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    match name.rsplit_once(':') {
        Some((head, tag)) if !tag.contains('/') => head,
        _ => name,
    }
}

/// The asset of an image: `oci://name:tag`.
pub(crate) fn asset(reference: &str, provider: Provider, environment: &str) -> Asset {
    let name = name_of(reference);
    let rest = &reference[name.len()..];
    let mut asset = Asset::new(
        format!("oci://{reference}"),
        AssetKind::ContainerImage,
        reference,
        provider,
        environment,
    )
    .native_type("container image")
    .with("repository", name);
    if let Some(digest) = rest.split('@').nth(1) {
        asset.set("digest", digest);
    }
    let tag = rest.split('@').next().unwrap_or_default().trim_start_matches(':');
    if !tag.is_empty() {
        asset.set("tag", tag);
    }
    if let Some(image) = known(reference) {
        asset.set("software", &*image.software);
        asset.set("role", &*image.role);
    }
    asset
}

impl Image {
    /// The models that it serves when it is started with these words and environment variables.
    pub(crate) fn models(
        &self,
        reference: &str,
        words: &[String],
        variables: &[(String, String)],
    ) -> Vec<String> {
        let mut names = Vec::new();
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with('-') => (flag, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            if self.model_args.iter().any(|known| known == flag) {
                let value = value.or_else(|| words.peek().map(|next| (*next).clone()));
                names.extend(
                    value.filter(|it| !it.starts_with('-')).map(|it| (flag.to_owned(), it)),
                );
            }
        }
        // A served name is only an alias where the model itself is given.
        let has_model = names.iter().any(|(flag, _)| flag != "--served-model-name");
        let mut models: Vec<String> = names
            .into_iter()
            .filter(|(flag, _)| !has_model || flag != "--served-model-name")
            .map(|(_, name)| name)
            .collect();
        for (name, value) in variables {
            if self.model_env.contains(name) {
                models.push(value.clone());
            }
        }
        if self.model_in_name && models.is_empty() {
            let name = name_of(reference);
            models.extend(name.split_once("nim/").map(|(_, model)| model.to_owned()));
        }
        models.retain(|name| !name.is_empty() && !name.contains('$') && !name.contains("{{"));
        models.dedup();
        models
    }
}

/// A container that a line of a script runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContainerRun {
    /// The image reference.
    pub(crate) image: String,
    /// Words before the image: what the container runtime is told.
    pub(crate) options: Vec<String>,
    /// Words after the image: what the program in it is told.
    pub(crate) words: Vec<String>,
    /// `-e NAME=VALUE` of the options.
    pub(crate) variables: Vec<(String, String)>,
}

/// The containers with known images that the `docker run` lines of a script start.
pub(crate) fn container_runs(script: &str) -> Vec<ContainerRun> {
    let joined = script.replace("\\\n", " ");
    joined
        .lines()
        .filter(|line| {
            ["docker run", "podman run", "nerdctl run"].iter().any(|run| line.contains(run))
        })
        .filter_map(|line| {
            let mut options = words(line);
            let at = options.iter().position(|word| known(word).is_some())?;
            let words = options.split_off(at + 1);
            let image = options.pop()?;
            let variables = options
                .windows(2)
                .filter(|pair| matches!(pair[0].as_str(), "-e" | "--env"))
                .filter_map(|pair| pair[1].split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            Some(ContainerRun { image, options, words, variables })
        })
        .collect()
}

/// The words of a command line, without quotes around them.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(|word| word.trim_matches(['"', '\'', ';']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_any_registry_tag_and_digest() {
        for (reference, software) in [
            ("vllm/vllm-openai:v0.6.3", "vllm"),
            ("registry.example.com:5000/vllm/vllm-openai", "vllm"),
            ("ghcr.io/huggingface/text-generation-inference:2.3.1", "text-generation-inference"),
            ("nvcr.io/nim/meta/llama-3.1-8b-instruct:1.3", "nim"),
            ("qdrant/qdrant@sha256:00", "qdrant"),
            ("cr.weaviate.io/semitechnologies/weaviate:1.27.0", "weaviate"),
            ("mcp/postgres", "mcp"),
        ] {
            assert_eq!(known(reference).unwrap().software, software, "{reference}");
        }
        assert!(known("nginx:1.27").is_none());
        assert!(known("notvllm/vllm-openai-ish").is_none());
    }

    #[test]
    fn models_are_read_from_arguments_environment_and_names() {
        let names = |image: &str, line: &str, variables: &[(&str, &str)]| {
            let variables: Vec<(String, String)> =
                variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            known(image).unwrap().models(image, &words(line), &variables)
        };
        let vllm = "vllm/vllm-openai";
        assert_eq!(
            names(vllm, "--model Qwen/Qwen2.5-7B-Instruct --served-model-name chat", &[]),
            ["Qwen/Qwen2.5-7B-Instruct"]
        );
        assert_eq!(names(vllm, "--model=a/b", &[]), ["a/b"]);
        assert_eq!(
            names("text-embeddings-inference", "", &[("MODEL_ID", "BAAI/bge-m3")]),
            ["BAAI/bge-m3"]
        );
        assert_eq!(names("nvcr.io/nim/meta/llama3-8b:1", "", &[]), ["meta/llama3-8b"]);
        assert!(names(vllm, "--model $MODEL", &[]).is_empty());
    }

    #[test]
    fn a_line_that_runs_a_container_is_taken_apart() {
        let runs = container_runs("#!/bin/sh\ndocker run -e A=b \\\n -p 1:2 ollama/ollama serve\n");
        let [run] = &runs[..] else { panic!("{runs:?}") };
        assert_eq!(run.image, "ollama/ollama");
        assert_eq!(run.words, ["serve"]);
        assert_eq!(run.variables, [("A".to_owned(), "b".to_owned())]);
        assert_eq!(run.options.last().unwrap(), "1:2");
        assert_eq!(container_runs("docker run nginx"), []);
    }
}
