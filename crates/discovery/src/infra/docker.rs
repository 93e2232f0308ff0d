//! Dockerfiles: base images, environment, and the models that a start command names.

use picket_model::{AssetKind, Relation, RelationKind};

use super::launch;
use crate::files::SourceFile;
use crate::{Collector, image, secret};

/// Instructions read of one file.
const MAX_INSTRUCTIONS: usize = 5_000;

/// `Dockerfile`, `Dockerfile.gpu`, `api.dockerfile`, `Containerfile`.
pub(super) fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    name == "dockerfile"
        || name == "containerfile"
        || name.starts_with("dockerfile.")
        || name.ends_with(".dockerfile")
}

/// One instruction with the line it begins at.
#[derive(Debug, PartialEq, Eq)]
struct Instruction {
    line: u32,
    keyword: String,
    rest: String,
}

/// Reads one Dockerfile into an image of its own.
pub(super) fn analyse(file: &SourceFile<'_>, out: &mut Collector) {
    let Some(text) = file.text() else { return };
    let instructions = instructions(text);
    let mut bases: Vec<(String, u32)> = Vec::new();
    let mut stages: Vec<String> = Vec::new();
    let mut arguments: Vec<(String, String)> = Vec::new();
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut packages: Vec<String> = Vec::new();
    let mut user = None;
    for instruction in &instructions {
        let rest = substitute(&instruction.rest, &arguments);
        match instruction.keyword.as_str() {
            "ARG" => arguments.extend(pairs(&rest)),
            "FROM" => {
                let parts: Vec<&str> =
                    rest.split_whitespace().filter(|part| !part.starts_with("--")).collect();
                let Some(base) = parts.first() else { continue };
                if !stages.iter().any(|stage| stage == base) && *base != "scratch" {
                    bases.push(((*base).to_owned(), instruction.line));
                }
                if let [_, keyword, name, ..] = parts.as_slice()
                    && keyword.eq_ignore_ascii_case("as")
                {
                    stages.push((*name).to_owned());
                }
            }
            "ENV" => variables.extend(pairs(&rest)),
            "CMD" | "ENTRYPOINT" => words.extend(command(&rest)),
            "RUN" => packages.extend(pip_packages(&rest)),
            "USER" => user = Some(rest.trim().to_owned()),
            _ => {}
        }
    }
    if bases.is_empty() {
        return;
    }
    let known = bases.iter().any(|(base, _)| image::known(base).is_some());
    if !known && packages.is_empty() && variables.is_empty() && words.is_empty() {
        return;
    }
    let mut built = file
        .asset(AssetKind::ContainerImage, "image", file.path)
        .native_type("Dockerfile")
        .with("base_images", bases.iter().map(|(base, _)| base.clone()).collect::<Vec<_>>())
        .with("runs_as_root", user.as_deref().is_none_or(|user| matches!(user, "root" | "0")));
    if !packages.is_empty() {
        built.set("pip_packages", packages);
    }
    for (name, value) in &variables {
        secret::variable(&mut built, name, value, Some((file.path, Some(1))));
    }
    let id = built.id.clone();
    out.asset(built);
    out.relation(Relation::new(id.clone(), RelationKind::BuiltFrom, file.scope.repository()));
    file.defines(&id, bases.first().map_or(1, |(_, line)| *line), out);
    for (base, line) in &bases {
        let launch = launch::Launch {
            image: base,
            words: words.clone(),
            variables: variables.clone(),
            place: Some((file.path, *line)),
        };
        launch::runs(file.scope, &id, &launch, out);
    }
}

/// Lines joined where they end in `\`; comments and blank lines left out.
fn instructions(text: &str) -> Vec<Instruction> {
    let mut instructions = Vec::new();
    let mut open: Option<Instruction> = None;
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (content, continues) = match trimmed.strip_suffix('\\') {
            Some(content) => (content.trim_end(), true),
            None => (trimmed, false),
        };
        let mut instruction = match open.take() {
            Some(mut instruction) => {
                instruction.rest.push(' ');
                instruction.rest.push_str(content);
                instruction
            }
            None => {
                let (keyword, rest) =
                    content.split_once(char::is_whitespace).unwrap_or((content, ""));
                Instruction {
                    line: u32::try_from(number + 1).unwrap_or(u32::MAX),
                    keyword: keyword.to_uppercase(),
                    rest: rest.trim().to_owned(),
                }
            }
        };
        if continues {
            open = Some(instruction);
        } else {
            instruction.rest.truncate(
                (0..=instruction.rest.len().min(64 * 1024))
                    .rev()
                    .find(|&end| instruction.rest.is_char_boundary(end))
                    .unwrap_or(0),
            );
            instructions.push(instruction);
        }
        if instructions.len() >= MAX_INSTRUCTIONS {
            break;
        }
    }
    instructions.extend(open);
    instructions
}

/// `A=1 B="two words"`, or the old `A one`.
fn pairs(rest: &str) -> Vec<(String, String)> {
    if !rest.split_whitespace().next().is_some_and(|word| word.contains('=')) {
        return rest
            .split_once(char::is_whitespace)
            .map(|(name, value)| vec![(name.to_owned(), value.trim().to_owned())])
            .unwrap_or_default();
    }
    split_quoted(rest)
        .into_iter()
        .filter_map(|word| {
            let (name, value) = word.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Words, of which quotes may hold blanks.
fn split_quoted(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, _) if character.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => word.push(character),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn substitute(text: &str, arguments: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (name, value) in arguments {
        text = text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value);
        if text.len() > 64 * 1024 {
            break;
        }
    }
    text
}

/// `["a", "b"]` or `a b`.
fn command(rest: &str) -> Vec<String> {
    match serde_json::from_str::<serde_json::Value>(rest) {
        Ok(list) => launch::words(Some(&list)),
        Err(_) => split_quoted(rest),
    }
}

/// Packages of `pip install` lines, without options and files.
fn pip_packages(rest: &str) -> Vec<String> {
    rest.split("&&")
        .filter_map(|part| {
            part.split_once("pip install").or_else(|| part.split_once("pip3 install"))
        })
        .flat_map(|(_, list)| split_quoted(list))
        .filter(|word| !word.starts_with(['-', '.', '/', '$']) && !word.ends_with(".txt"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{PathOptions, Scope};

    #[test]
    fn instructions_join_lines_and_keep_their_first_line() {
        let read =
            instructions("# c\nFROM a\nRUN pip install \\\n  # note\n  torch==2.4 \\\n  vllm\n");
        assert_eq!(read[1].line, 3);
        assert_eq!(pip_packages(&read[1].rest), ["torch==2.4", "vllm"]);
    }

    #[test]
    fn a_served_model_is_found_through_arguments() {
        let scope = Scope::new("shop", PathOptions::default());
        let text = "ARG V=v0.6.3\nFROM vllm/vllm-openai:${V}\nENV HF_TOKEN=\"hf_notarealtokenbutlongenough\"\n\
                    ENTRYPOINT [\"vllm\", \"serve\", \"Qwen/Qwen2.5-7B-Instruct\", \"--port\", \"8000\"]\n";
        let file = SourceFile::in_memory("serve/Dockerfile", text, &scope);
        let mut out = Collector::new();
        analyse(&file, &mut out);
        assert!(out.get(&"oci://vllm/vllm-openai:v0.6.3".into()).is_some());
        let model = out.of_kind(AssetKind::Model).next().unwrap();
        assert_eq!(model.name, "Qwen/Qwen2.5-7B-Instruct");
        assert_eq!(model.properties["standing"], "configured");
        let image = out.get(&scope.symbol_id("serve/Dockerfile", "image")).unwrap();
        assert_eq!(image.findings[0].id, "secret:HF_TOKEN");
        assert!(!format!("{image:?}").contains("notarealtoken"));
    }
}
