//! Inference servers, recognised by the image or command that starts them.

use std::sync::LazyLock;

use regex::Regex;

/// An inference server that a script or container starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    /// What it is called.
    pub(super) name: &'static str,
    /// The image it runs from; empty where it runs without one.
    pub(super) image: String,
    /// The port it listens on.
    pub(super) port: u16,
    /// The model it serves, where the command says.
    pub(super) model: Option<String>,
}

/// Parts of image names and commands, the server they mean and the port it listens on by default.
const SERVERS: &[(&str, &str, u16)] = &[
    ("vllm/vllm-openai", "vllm", 8000),
    ("lmcache/vllm-openai", "vllm", 8000),
    ("vllm serve", "vllm", 8000),
    ("vllm.entrypoints", "vllm", 8000),
    ("text-generation-inference", "text-generation-inference", 80),
    ("text-embeddings-inference", "text-embeddings-inference", 80),
    ("ollama/ollama", "ollama", 11434),
    ("ollama serve", "ollama", 11434),
    ("ollama.com/install", "ollama", 11434),
    ("tritonserver", "triton", 8000),
    ("nvcr.io/nim", "nim", 8000),
    ("sglang", "sglang", 30000),
    ("llama.cpp", "llama.cpp", 8080),
    ("llama-server", "llama.cpp", 8080),
    ("localai/localai", "localai", 8080),
    ("rayproject/ray", "ray", 8265),
    ("ghcr.io/berriai/litellm", "litellm", 4000),
    ("open-webui", "open-webui", 8080),
    ("qdrant/qdrant", "qdrant", 6333),
    ("chromadb/chroma", "chroma", 8000),
    ("milvusdb/milvus", "milvus", 19530),
    ("semitechnologies/weaviate", "weaviate", 8080),
    ("jupyter", "jupyter", 8888),
    ("mlflow", "mlflow", 5000),
];

macro_rules! pattern {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("literal"));
    };
}

pattern!(PUBLISHED, r"(?:-p|--publish)[ =](?:[\d.]+:)?(\d{1,5}):\d{1,5}");
pattern!(PORT, r"--port[ =](\d{1,5})");
pattern!(MODEL, r"(?:--model(?:-id|-path)?[ =]|vllm serve |ollama (?:run|pull) )([\w./:@-]+)");
pattern!(WORD, r"\S+");

/// The inference server that a start script runs, if any.
pub(super) fn recognise(script: &str) -> Option<Server> {
    let (mark, name, default_port) = SERVERS.iter().find(|(mark, ..)| script.contains(mark))?;
    let number = |pattern: &Regex| pattern.captures(script)?.get(1)?.as_str().parse().ok();
    let image = WORD.find_iter(script).map(|word| word.as_str());
    let image = image
        .into_iter()
        .find(|word| word.contains(mark) && word.contains('/') && !word.contains("://"));
    Some(Server {
        name,
        image: image.unwrap_or_default().trim_matches(['"', '\'']).to_owned(),
        port: number(&PUBLISHED).or_else(|| number(&PORT)).unwrap_or(*default_port),
        model: MODEL
            .captures(script)
            .and_then(|found| found.get(1))
            .map(|model| model.as_str().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_image_and_by_command() {
        let script = "#!/bin/bash\ndocker run -p 9000:8000 vllm/vllm-openai:v0.6.3 --model mistralai/Mistral-7B\n";
        let server = recognise(script).unwrap();
        assert_eq!((server.name, server.port), ("vllm", 9000));
        assert_eq!(server.image, "vllm/vllm-openai:v0.6.3");
        assert_eq!(server.model.as_deref(), Some("mistralai/Mistral-7B"));

        let server =
            recognise("curl https://ollama.com/install.sh | sh; ollama run llama3.1:8b").unwrap();
        assert_eq!((server.name, server.port, server.image.as_str()), ("ollama", 11434, ""));
        assert_eq!(server.model.as_deref(), Some("llama3.1:8b"));
        assert_eq!(recognise("apt-get install nginx"), None);
    }
}
