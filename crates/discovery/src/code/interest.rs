//! Which sources are worth parsing: one pass over a text for the words that anything of AI brings along, so that the
//! other files of a repository, which are most of them, cost little more than being read.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use memchr::{memchr, memmem, memrchr};
use rustc_hash::FxHashSet;

use super::signals::signals;
use crate::catalogue;

/// Words that the recognisers go by and no table has.
const WORDS: &[&str] = &[
    "prompt",
    "Prompt",
    "PROMPT",
    "instruction",
    "INSTRUCTION",
    "system_message",
    "systemMessage",
    "SYSTEM_",
    "llm",
    "LLM",
    "Llm",
    "_MODEL",
    "MODEL_",
    "MODELS",
    "embedding",
    "Embedding",
    "EMBEDDING",
    "openai",
    "OpenAI",
    "OPENAI",
    "anthropic",
    "Anthropic",
    "ANTHROPIC",
    "bedrock",
    "BEDROCK",
    "ollama",
    "OLLAMA",
    "huggingface",
    "HUGGINGFACE",
    "HF_",
    "langchain",
    "llama_index",
    "vertex",
    "VERTEX",
    "Agent(",
    "Agent[",
    "Tool)",
    ".tool",
    "@tool",
    "getTool(",
    "get_tool(",
    "load_tool(",
    "mcp",
    "Mcp",
    "MCP",
    "trust_remote_code",
    "allow_pickle",
    "allow_dangerous_deserialization",
    "safe_mode",
    "torch.load",
    "vector_l2_ops",
    "vector_cosine_ops",
    "vector_ip_ops",
    "extension vector",
    "EXTENSION vector",
    "EXTENSION IF NOT EXISTS vector",
    "azure_deployment",
    "\"system\"",
    "'system'",
];
/// Lines that import something have one of these.
const IMPORTS: &[&str] = &["import", "from ", "require(", "use ", "using "];
/// Longest line of imports that is read, bytes.
const MAX_LINE: usize = 400;

/// Whether a text can say anything of AI. Never says no to a text of which a recogniser would say something.
pub(crate) fn may_tell(text: &str) -> bool {
    static WORDS_AND_NAMES: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS_AND_NAMES.get_or_init(|| {
        let mut words: Vec<String> = WORDS.iter().map(|&word| word.to_owned()).collect();
        words.extend(signals().hosts().map(str::to_owned));
        words.extend(signals().telling_calls());
        // Roots that could be a word of a language count on a line of imports only.
        let telling = |root: &&str| root.len() >= 6 && root.contains(['_', '.', '/', '-', '@']);
        words.extend(signals().import_roots().filter(telling).map(str::to_owned));
        words.extend(super::imports::prefixes());
        for stem in catalogue::stems() {
            if stem.len() >= 4 {
                words.push(stem.to_ascii_uppercase());
                words.push(capitalised(&stem));
                words.push(stem);
            } else {
                words.extend(["\"", "'", "`", "/", ":"].map(|before| format!("{before}{stem}")));
            }
        }
        for vendor in catalogue::bedrock_vendors() {
            words.extend(["\"", "'", "/", "="].map(|before| format!("{before}{vendor}.")));
        }
        words.sort_unstable();
        words.dedup();
        AhoCorasick::new(words)
            .map_err(|error| tracing::error!(%error, "words of AI cannot be looked for"))
            .ok()
    });
    words.as_ref().is_none_or(|words| words.is_match(text)) || imports_a_library(text)
}

/// Whether a line of imports names a root of an AI library: `import os, torch`, `from "ai"`.
fn imports_a_library(text: &str) -> bool {
    static ROOTS: OnceLock<FxHashSet<&'static str>> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| signals().import_roots().collect());
    let bytes = text.as_bytes();
    IMPORTS.iter().any(|mark| {
        let mut read = 0;
        memmem::find_iter(bytes, mark).any(|at| {
            if at < read {
                return false;
            }
            let start = memrchr(b'\n', &bytes[..at]).map_or(0, |line| line + 1);
            let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |line| at + line);
            read = end;
            let line = text.get(start..end).filter(|line| line.len() <= MAX_LINE);
            line.is_some_and(|line| names_a_root(line, roots))
        })
    })
}

/// Whether a word of a line, or what stands before one of its dots or strokes, is one of `roots`.
fn names_a_root(line: &str, roots: &FxHashSet<&'static str>) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || "_.@/-".contains(c);
    line.split(|c: char| !of_name(c)).filter(|word| word.len() > 1).any(|word| {
        let ends = word.match_indices(['.', '/']).map(|(end, _)| end);
        ends.chain([word.len()]).any(|end| roots.contains(&word[..end]))
    })
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_sources_are_not_worth_parsing() {
        for text in [
            "def f(x, evaluate=False):\n    return x.diff(x, evaluate)\n",
            "import os, sys\n\ndef add(a, b):\n    return a + b\n",
            "export const sum = (a: number, b: number) => a + b;\n",
            "from django.db import models\n\nclass Order(models.Model):\n    total = models.IntegerField()\n",
        ] {
            assert!(!may_tell(text), "{text}");
        }
    }

    #[test]
    fn whatever_names_ai_is() {
        for text in [
            "import os, torch\n",
            "import { generateText } from 'ai'\n",
            "NAME = 'gpt-4.1'\n",
            "x = 'o3-mini'\n",
            "x = 'Qwen/Qwen2.5-7B'\n",
            "url = 'https://contoso.openai.azure.com'\n",
            "client.invoke_model(modelId=name)\n",
            "@server.tool()\ndef f(): pass\n",
        ] {
            assert!(may_tell(text), "{text}");
        }
    }
}
