//! Prompts that configuration files hold: TOML, YAML and JSON, read line by line. And files that are one each.

use super::prompts;
use super::signals::{NameMeaning, signals};
use crate::Collector;
use crate::files::SourceFile;

/// Shortest text on one line that is taken for a prompt.
const MIN_ONE_LINE: usize = 40;

/// Largest file that is one prompt, bytes.
const MAX_WHOLE: u64 = 64 * 1024;

/// Whether a file is a prompt as a whole: it lies in a folder of prompts and is plain text or a template.
pub(crate) fn is_whole(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    let folder = parts.next().unwrap_or_default().to_ascii_lowercase();
    let of_prompts = folder.ends_with("prompts") || folder.ends_with("prompt_templates");
    let text = match name.rsplit_once('.') {
        None => !name.chars().all(|c| c.is_ascii_uppercase() || c == '_') && name != "Makefile",
        Some((stem, ending)) => {
            !stem.is_empty()
                && matches!(
                    ending,
                    "txt" | "prompt" | "jinja" | "jinja2" | "j2" | "tmpl" | "mustache"
                )
        }
    };
    of_prompts && text
}

/// Adds the file as a prompt.
pub(crate) fn analyse_whole(file: &SourceFile<'_>, out: &mut Collector) {
    if file.size > MAX_WHOLE {
        return;
    }
    let name = file.name().split('.').next().unwrap_or_default();
    if let Some(text) = file.text() {
        prompts::configured(file, text, name, 1, out);
    }
}

/// Adds the texts whose key, or whose table, says that they are prompts.
pub(crate) fn analyse(file: &SourceFile<'_>, text: &str, out: &mut Collector) {
    let yaml = file.path.ends_with(".yaml") || file.path.ends_with(".yml");
    let mut table = "";
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        if let Some(name) = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            table = name;
        }
        let Some((key, value)) = line.split_once(['=', ':']) else { continue };
        let key = key.trim().trim_start_matches("- ").trim_matches(['"', '\'']);
        let value = value.trim();
        let of_table =
            table.split(['_', '.', '-']).any(|word| matches!(word, "prompt" | "prompts"));
        if key.len() > 80 || !(of_table || signals().meaning(key) == Some(NameMeaning::Prompt)) {
            continue;
        }
        let mut content = String::new();
        if let Some(first) = value.strip_prefix("\"\"\"").or(value.strip_prefix("'''")) {
            // TOML: until the quotes close.
            let close = &value[..3];
            content.push_str(first);
            if !first.contains(close) {
                for (_, line) in lines.by_ref() {
                    content.push('\n');
                    content.push_str(line);
                    if line.contains(close) {
                        break;
                    }
                }
            }
            let end = content.find(close).unwrap_or(content.len());
            content.truncate(end);
        } else if yaml && value.starts_with(['|', '>']) {
            // YAML: as long as lines are deeper than their key.
            let indent = indentation(line);
            while let Some((_, line)) =
                lines.next_if(|(_, line)| line.trim().is_empty() || indentation(line) > indent)
            {
                content.push_str(line.trim());
                content.push('\n');
            }
        } else {
            let quoted = value.trim_end_matches(',').trim_matches(['"', '\'']);
            // A key `prompt` may as well hold what a user asked.
            let asked = key == "prompt" && !prompts::instructs(quoted) && !quoted.contains('{');
            if quoted.len() < MIN_ONE_LINE || !quoted.contains(' ') || asked {
                continue;
            }
            content.push_str(quoted);
        }
        let number = u32::try_from(number + 1).unwrap_or(u32::MAX);
        prompts::configured(file, &content, key, number, out);
    }
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
