//! YAML files of several documents, bounded, with the line each document begins at.

use serde_json::Value;

/// Documents read of one file.
const MAX_DOCUMENTS: usize = 2_000;

/// Values that aliases may repeat, and most bytes that these could come to if each were all of the document.
const MAX_REPEATED: usize = 50_000;
const MAX_REPEATED_BYTES: usize = 64 * 1024 * 1024;

/// One document, or why it cannot be read.
pub(super) struct Document {
    /// Line of its first content, from 1.
    pub(super) line: u32,
    pub(super) value: Result<Value, String>,
}

/// Splits at `---` lines and reads each part on its own, so that one bad document does not lose the others.
pub(super) fn documents(text: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut part = String::new();
    let mut start = 1;
    for (number, line) in text.lines().enumerate() {
        let boundary = line.starts_with("---") && !line.starts_with("----");
        if boundary || line.trim_end() == "..." {
            push(&mut documents, &part, start);
            part.clear();
            start = number + 2;
            continue;
        }
        if part.is_empty() && (line.trim().is_empty() || line.trim_start().starts_with('#')) {
            start = number + 2;
            continue;
        }
        part.push_str(line);
        part.push('\n');
    }
    push(&mut documents, &part, start);
    documents
}

fn push(documents: &mut Vec<Document>, part: &str, start: usize) {
    if part.trim().is_empty() || documents.len() >= MAX_DOCUMENTS {
        return;
    }
    // Manifests use few aliases; what replays more than this is made to fill memory.
    let repeated = MAX_REPEATED.min(MAX_REPEATED_BYTES / part.len());
    let options = serde_saphyr::options! {
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: repeated },
    };
    let value = serde_saphyr::from_str_with_options::<Value>(part, options)
        .map_err(|error| error.without_snippet().to_string().replace('\n', " "));
    documents.push(Document { line: u32::try_from(start).unwrap_or(u32::MAX), value });
}

#[cfg(test)]
mod tests {
    use super::documents;

    #[test]
    fn a_bad_document_does_not_lose_the_others() {
        let read = documents("# head\n\nkind: A\n---\nkind: [\n---\n# note\nkind: B\n");
        let lines: Vec<u32> = read.iter().map(|document| document.line).collect();
        assert_eq!(lines, [3, 5, 8]);
        assert_eq!(read[0].value.as_ref().unwrap()["kind"], "A");
        assert!(read[1].value.is_err());
        assert_eq!(read[2].value.as_ref().unwrap()["kind"], "B");
    }

    #[test]
    fn deep_nesting_and_alias_bombs_are_refused() {
        let deep = "[".repeat(100_000);
        assert!(documents(&deep)[0].value.is_err());
        let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for level in 1..12 {
            let previous = level - 1;
            let aliases = vec![format!("*a{previous}"); 10].join(",");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(documents(&bomb)[0].value.is_err());
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 1_000].join(","));
        assert!(documents(&long)[0].value.is_err());
        assert_eq!(
            documents("a: &a {b: c}\nd: [*a, *a]\n")[0].value.as_ref().unwrap()["d"][1]["b"],
            "c"
        );
    }
}
