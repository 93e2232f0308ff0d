//! Which sources are worth parsing: one pass over a text for the words that anything of AI brings along, so that the
//! other files of a repository, which are most of them, cost little more than being read.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};
use memchr::{memchr, memmem, memrchr};

use super::signals::signals;
use crate::catalogue::{self, Anchor};

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
    "sagemaker-runtime",
    "ollama",
    "OLLAMA",
    "huggingface",
    "HUGGINGFACE",
    "HF_",
    "langchain",
    "llama_index",
    "vertexai",
    "vertex_ai",
    "vertex-ai",
    "VERTEX_",
    "VertexAI",
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
/// Longest id of a model, bytes.
const MAX_ID: usize = 160;
/// Longest line of imports that is read, bytes.
const MAX_LINE: usize = 400;
/// Longest list of imported names that is read, bytes.
const MAX_NAMES: usize = 2000;

/// Whether a source can say anything of AI. Never says no to a text of which a recogniser would say something.
pub(crate) fn may_tell(path: &str, text: &str) -> bool {
    let imports = if path.ends_with(".py") { python_imports } else { imports_a_library };
    names_ai(text) || imports(text)
}

/// Whether a text has a word of AI or an id of a model.
pub(crate) fn names_ai(text: &str) -> bool {
    static WORDS_AND_NAMES: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS_AND_NAMES.get_or_init(|| {
        let mut words: Vec<String> = WORDS.iter().map(|&word| word.to_owned()).collect();
        words.extend(signals().hosts().map(str::to_owned));
        words.extend(signals().telling_calls());
        // Roots that could be a word of a language count on a line of imports only.
        let telling = |root: &&str| root.len() >= 6 && root.contains(['_', '.', '/', '-', '@']);
        words.extend(signals().import_roots().filter(telling).map(str::to_owned));
        words.extend(super::imports::prefixes());
        for vendor in catalogue::bedrock_vendors() {
            words.extend(["\"", "'", "/", "="].map(|before| format!("{before}{vendor}.")));
        }
        automaton(words, &mut AhoCorasick::builder())
    });
    words.as_ref().is_none_or(|words| words.is_match(text)) || has_a_model_id(text)
}

/// Whether an id of a known model stands in a text. Words of a language that are also one (`command`) do not count:
/// they are read as ids only beside a word of AI.
fn has_a_model_id(text: &str) -> bool {
    static STEMS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let stems = STEMS.get_or_init(|| {
        automaton(catalogue::stems(), AhoCorasick::builder().ascii_case_insensitive(true))
    });
    let Some(stems) = stems else { return true };
    let bytes = text.as_bytes();
    let of_id = |byte: &u8| byte.is_ascii_alphanumeric() || b"._:/@+-".contains(byte);
    let mut read = 0;
    stems.find_overlapping_iter(text).any(|stem| {
        let inside =
            stem.start().checked_sub(1).is_some_and(|at| bytes[at].is_ascii_alphanumeric());
        if stem.start() < read || inside {
            return false;
        }
        let before = bytes[..stem.start()].iter().rev().take(MAX_ID).take_while(|byte| of_id(byte));
        let after = bytes[stem.start()..].iter().take(MAX_ID).take_while(|byte| of_id(byte));
        let (start, end) = (stem.start() - before.count(), stem.start() + after.count());
        read = end;
        let id = text.get(start..end).unwrap_or_default();
        let id = id.trim_matches(['.', ':', '/', '-', '@', '+']);
        id.bytes().any(|byte| !byte.is_ascii_alphabetic())
            && catalogue::model_ref(id, Anchor::Listed).is_some()
    })
}

fn automaton(mut words: Vec<String>, builder: &mut AhoCorasickBuilder) -> Option<AhoCorasick> {
    words.sort_unstable();
    words.dedup();
    builder
        .kind(Some(AhoCorasickKind::DFA))
        .build(words)
        .map_err(|error| tracing::error!(%error, "words of AI cannot be looked for"))
        .ok()
}

/// Whether a statement of Python imports an AI library: `import os, torch`, `from google import genai`.
fn python_imports(text: &str) -> bool {
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, "import").any(|at| {
        let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.".contains(byte);
        let end = at + "import".len();
        let alone = at == 0 || !of_name(&bytes[at - 1]);
        if !alone
            || !bytes.get(end).is_some_and(|after| matches!(after, b' ' | b'\t' | b'(' | b'\\'))
        {
            return false;
        }
        let line = memrchr(b'\n', &bytes[..at]).map_or(0, |line| line + 1);
        let before = text.get(line.max(at.saturating_sub(MAX_LINE))..at).unwrap_or_default();
        let open = text[end..].trim_start().starts_with('(');
        let (close, most) = if open { (b')', MAX_NAMES) } else { (b'\n', MAX_LINE) };
        let rest = &text[end..text.floor_char_boundary(end + most)];
        let names = &rest[..memchr(close, rest.as_bytes()).unwrap_or(rest.len())];
        let mut names = names.split(',').filter_map(|name| {
            name.trim_matches([' ', '(', '\t', '\n', '\r']).split(char::is_whitespace).next()
        });
        match before.rsplit_once("from ") {
            Some((_, module)) => {
                let module = module.trim();
                is_below_a_root(module)
                    || names.any(|name| signals().is_import_root(&format!("{module}.{name}")))
            }
            None => names.any(is_below_a_root),
        }
    })
}

/// Whether a line of imports names a root of an AI library: `import os, torch`, `from "ai"`.
fn imports_a_library(text: &str) -> bool {
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
            line.is_some_and(names_a_root)
        })
    })
}

/// Whether a word of a line is a module of an AI library.
fn names_a_root(line: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || "_.@/-".contains(c);
    line.split(|c: char| !of_name(c)).filter(|word| word.len() > 1).any(is_below_a_root)
}

/// Whether a module, or what stands before one of its dots or strokes, is the root of an AI library.
fn is_below_a_root(module: &str) -> bool {
    let ends = module.match_indices(['.', '/']).map(|(end, _)| end);
    ends.chain([module.len()]).any(|end| signals().is_import_root(&module[..end]))
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
            "run({'command': 'ls', 'args': subcommand.args})\n",
            "# what else may be imported is brought together here\nfrom .evaluate import evaluate\n",
            "url = f'https://{bucket}.s3.amazonaws.com'\nresponses.add(url)\n",
        ] {
            assert!(!may_tell("a.py", text), "{text}");
        }
    }

    #[test]
    fn whatever_names_ai_is() {
        for (path, text) in [
            ("a.py", "import os, torch\n"),
            ("a.py", "try: import torch.nn as nn\nexcept ImportError: nn = None\n"),
            ("a.py", "from google import (\n    auth,\n    genai as ai,\n)\n"),
            ("a.py", "if lazy:\n    from jax.numpy import dot\n"),
            ("a.ts", "import { generateText } from 'ai'\n"),
            ("a.py", "NAME = 'gpt-4.1'\n"),
            ("a.py", "x = 'o3-mini'\n"),
            ("a.py", "x = 'command-r-plus'\n"),
            ("a.py", "x = 'Qwen/Qwen2.5-7B'\n"),
            ("a.py", "url = 'https://contoso.openai.azure.com'\n"),
            ("a.py", "url = f'https://bedrock.{region}.amazonaws.com'\n"),
            ("a.py", "client.invoke_model(modelId=name)\n"),
            ("a.py", "client = boto3.client('sagemaker-runtime')\n"),
            ("a.py", "@server.tool()\ndef f(): pass\n"),
        ] {
            assert!(may_tell(path, text), "{text}");
        }
    }
}
