//! Inference servers, recognised by the image or command that starts them.

use crate::image::{self, ContainerRun, Image};

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

/// The inference server that a start script runs, in a container or without one.
pub(super) fn of_script(script: &str) -> Option<Server> {
    let contained = image::container_runs(script).into_iter().find_map(|run| {
        let family = image::known(&run.image)?;
        server(family, &run)
    });
    contained.or_else(|| {
        let (family, words) = image::started(script)?;
        let (image, options, variables) = Default::default();
        server(family, &ContainerRun { image, options, words, variables })
    })
}

/// The inference server that a container with this image and command is.
pub(super) fn of_container(image: &str, command: &str) -> Option<Server> {
    let words = image::words(command);
    let (family, words) = match image::known(image) {
        Some(family) => (family, words),
        None => image::started(command)?,
    };
    let (options, variables) = Default::default();
    server(family, &ContainerRun { image: image.to_owned(), options, words, variables })
}

fn server(family: &'static Image, run: &ContainerRun) -> Option<Server> {
    let published = after(&run.options, &["-p", "--publish"]).and_then(published);
    let told = after(&run.words, &["--port"]).and_then(|port| port.parse().ok());
    Some(Server {
        name: &family.software,
        port: published.or(told).or(family.port)?,
        model: family.models(&run.image, &run.words, &run.variables).into_iter().next(),
        image: run.image.clone(),
    })
}

/// What stands after one of these flags, as the next word or behind `=`.
fn after<'a>(words: &'a [String], flags: &[&str]) -> Option<&'a str> {
    words.iter().enumerate().find_map(|(at, word)| match word.split_once('=') {
        Some((flag, value)) => flags.contains(&flag).then_some(value),
        None => flags.contains(&word.as_str()).then(|| words.get(at + 1).map(String::as_str))?,
    })
}

/// The host's port of `[ADDRESS:]PORT:PORT`.
fn published(ports: &str) -> Option<u16> {
    ports.rsplit(':').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_image_and_by_command() {
        let script = "#!/bin/bash\ndocker run -p 9000:8000 vllm/vllm-openai:v0.6.3 --model mistralai/Mistral-7B\n";
        let server = of_script(script).unwrap();
        assert_eq!((server.name, server.port), ("vllm", 9000));
        assert_eq!(server.image, "vllm/vllm-openai:v0.6.3");
        assert_eq!(server.model.as_deref(), Some("mistralai/Mistral-7B"));

        let script = "curl https://ollama.com/install.sh | sh; ollama run llama3.1:8b";
        let server = of_script(script).unwrap();
        assert_eq!((server.name, server.port, server.image.as_str()), ("ollama", 11434, ""));
        assert_eq!(server.model.as_deref(), Some("llama3.1:8b"));

        let server = of_container("registry.local/app", "vllm serve a/b --port=81").unwrap();
        assert_eq!((server.port, server.model.as_deref()), (81, Some("a/b")));
        assert_eq!(of_container("vllm/vllm-openai", "").unwrap().port, 8000);
        assert_eq!(of_script("apt-get install nginx"), None);
    }
}
