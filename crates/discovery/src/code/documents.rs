//! Models that documents and data mention: Markdown, web pages, and values of configuration that say no more.

use picket_model::Standing;

use crate::Collector;
use crate::catalogue::{self, Anchor, ModelRef};
use crate::files::SourceFile;

/// Larger documents are data.
const MAX_BYTES: u64 = 1024 * 1024;

/// Whether a file is a document, by its name.
pub(crate) fn wants(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    matches!(ending, "md" | "mdx" | "rst" | "html" | "htm")
}

/// Adds the models that a document mentions.
pub(crate) fn analyse(file: &SourceFile<'_>, out: &mut Collector) {
    if file.size > MAX_BYTES {
        return;
    }
    let Some(text) = file.text().filter(|text| super::interest::names_ai(text)) else { return };
    for (number, line) in text.lines().enumerate() {
        let number = u32::try_from(number + 1).unwrap_or(u32::MAX);
        for model in mentioned(line) {
            mention(file, &model, number, out);
        }
    }
}

/// Adds a model that a line mentions.
pub(crate) fn mention(file: &SourceFile<'_>, model: &ModelRef, line: u32, out: &mut Collector) {
    let place = file.place(line, 1, "text", Standing::Mentioned);
    out.occurrence(model.asset(&file.scope.environment), &place);
}

/// Ids of known models in a line of text, outside of addresses and paths.
fn mentioned(line: &str) -> impl Iterator<Item = ModelRef> {
    let of_id = |c: char| c.is_ascii_alphanumeric() || "._:/@+-".contains(c);
    line.split(move |c: char| !of_id(c)).filter_map(|word| {
        let word = word.trim_matches([':', '.', '/', '-', '@', '+']);
        let shaped = word.len() >= 4
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && !word.contains("//")
            && word.matches('/').count() <= 1;
        if shaped { catalogue::model_ref(word, Anchor::Anywhere) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_prose_and_addresses() {
        let names = |line: &str| mentioned(line).map(|model| model.name).collect::<Vec<_>>();
        assert_eq!(
            names("Set `CHAT=openai:gpt-4.1-mini` (or claude-haiku-4-5)."),
            ["gpt-4.1-mini", "claude-haiku-4-5"]
        );
        assert!(names("see https://example.com/docs/gpt-4o-mini, section 4.1").is_empty());
        assert!(names("Llama 3 and GPT-4 are models; llama-index 0.12 is none").is_empty());
    }
}
