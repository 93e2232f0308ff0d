//! Licences as files and hubs write them, and which of them SPDX has an id for.

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum License {
    /// An id of the SPDX licence list.
    Id(&'static str),
    /// Several ids with `AND`, `OR` and brackets.
    Expression(String),
    /// Words that SPDX has no id for.
    Name(String),
}

impl License {
    /// Reads what a file says; `None` where it says nothing.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty()
            || ["unknown", "other", "none"].iter().any(|it| text.eq_ignore_ascii_case(it))
        {
            return None;
        }
        Some(id(text).map(Self::Id).or_else(|| expression(text)).unwrap_or_else(|| {
            let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
            Self::Name(words.chars().take(200).collect())
        }))
    }
}

fn expression(text: &str) -> Option<License> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let mut written = Vec::new();
    let (mut ids, mut depth) = (0, 0_i32);
    for word in spaced.split_whitespace() {
        match word {
            "(" => depth += 1,
            ")" => depth -= 1,
            "AND" | "OR" => {}
            // Operands and operators take turns.
            _ if ids * 2 == written.iter().filter(|it| !matches!(**it, "(" | ")")).count() => {
                ids += 1;
            }
            _ => return None,
        }
        if depth < 0 {
            return None;
        }
        written.push(match word {
            "(" | ")" | "AND" | "OR" => word,
            other => id(other)?,
        });
    }
    let words = written.iter().filter(|it| !matches!(**it, "(" | ")")).count();
    let whole = ids > 1 && depth == 0 && words == ids * 2 - 1;
    whole.then(|| License::Expression(written.join(" ").replace("( ", "(").replace(" )", ")")))
}

fn id(text: &str) -> Option<&'static str> {
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(text));
    alias
        .map(|(_, id)| *id)
        .or_else(|| IDS.iter().copied().find(|id| id.eq_ignore_ascii_case(text)))
}

/// Ids of the SPDX licence list that models, data and AI libraries come under.
const IDS: &[&str] = &[
    "0BSD",
    "AFL-3.0",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSL-1.0",
    "BUSL-1.1",
    "CC-BY-2.0",
    "CC-BY-2.5",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-NC-2.0",
    "CC-BY-NC-3.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-ND-3.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-NC-SA-2.0",
    "CC-BY-NC-SA-3.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "CDLA-Permissive-1.0",
    "CDLA-Permissive-2.0",
    "CDLA-Sharing-1.0",
    "ECL-2.0",
    "EPL-1.0",
    "EPL-2.0",
    "EUPL-1.1",
    "EUPL-1.2",
    "GFDL-1.3-only",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "LPPL-1.3c",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "MS-PL",
    "NCSA",
    "ODbL-1.0",
    "ODC-By-1.0",
    "OFL-1.1",
    "OSL-3.0",
    "PDDL-1.0",
    "PostgreSQL",
    "PSF-2.0",
    "Python-2.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
];

/// Other ways to write some of them, as model hubs do.
const ALIASES: &[(&str, &str)] = &[
    ("apache", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache license 2.0", "Apache-2.0"),
    ("apache license, version 2.0", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("mit license", "MIT"),
    ("the mit license", "MIT"),
    ("bsd-3", "BSD-3-Clause"),
    ("bsd 3-clause", "BSD-3-Clause"),
    ("agpl-3.0", "AGPL-3.0-only"),
    ("gpl-2.0", "GPL-2.0-only"),
    ("gpl-3.0", "GPL-3.0-only"),
    ("lgpl-2.1", "LGPL-2.1-only"),
    ("lgpl-3.0", "LGPL-3.0-only"),
    ("odbl", "ODbL-1.0"),
    ("odc-by", "ODC-By-1.0"),
    ("pddl", "PDDL-1.0"),
    ("cc0", "CC0-1.0"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_other_words() {
        let read = |text| License::read(text);
        assert_eq!(read(" apache-2.0 "), Some(License::Id("Apache-2.0")));
        assert_eq!(read("gpl-3.0"), Some(License::Id("GPL-3.0-only")));
        assert_eq!(read("llama3.1"), Some(License::Name("llama3.1".to_owned())));
        assert_eq!(
            read("bigscience-bloom-rail-1.0").map(|it| matches!(it, License::Name(_))),
            Some(true)
        );
        for nothing in ["", "  ", "Unknown", "other"] {
            assert_eq!(read(nothing), None);
        }
    }

    #[test]
    fn expressions_hold_only_ids() {
        let expression = |text: &str| Some(License::Expression(text.to_owned()));
        assert_eq!(License::read("MIT or Apache"), Some(License::Name("MIT or Apache".to_owned())));
        assert_eq!(License::read("mit OR apache-2.0"), expression("MIT OR Apache-2.0"));
        assert_eq!(License::read("(MIT OR ISC) AND Zlib"), expression("(MIT OR ISC) AND Zlib"));
        for broken in
            ["MIT OR", "OR MIT", "MIT MIT OR ISC", "(MIT OR ISC", "MIT OR ISC)", "MIT OR llama3"]
        {
            assert!(matches!(License::read(broken), Some(License::Name(_))), "{broken}");
        }
    }
}
