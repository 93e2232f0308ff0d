//! Which sources are worth parsing: one pass over a text for the words that anything of AI brings along, so that the
//! other files of a repository, which are most of them, cost little more than being read.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

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
/// Import roots and names of this many bytes are looked for as they are, shorter ones only where they are imported.
const TELLING: usize = 8;

/// Whether a text can say anything of AI. Never says no to a text of which a recogniser would say something.
pub(crate) fn may_tell(text: &str) -> bool {
    static WORDS_AND_NAMES: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS_AND_NAMES.get_or_init(|| {
        let mut words: Vec<String> = WORDS.iter().map(|&word| word.to_owned()).collect();
        words.extend(signals().hosts().map(str::to_owned));
        words.extend(signals().telling_calls());
        for root in signals().import_roots() {
            if root.len() >= TELLING {
                words.push(root.to_owned());
            }
            for before in ["import ", "from ", "use ", "using ", ", ", "\"", "'"] {
                words.push(format!("{before}{root}"));
            }
        }
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
    words.as_ref().is_none_or(|words| words.is_match(text))
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
