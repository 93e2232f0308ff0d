//! Expressions of the tables: what can be told of one before it runs, and the machine that runs it.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::{Class, Hir, HirKind};

/// Memory of one expression's lazily built states, bytes.
const CACHE: usize = 1 << 19;
/// Size of one compiled expression, bytes.
const COMPILED: usize = 8 << 20;

/// Read and compiled when it is first needed: most of hundreds of types never are.
#[derive(Debug)]
pub(crate) struct Pattern {
    written: String,
    read: OnceLock<Read>,
    regex: OnceLock<Regex>,
}

/// What an expression says of itself.
#[derive(Debug)]
pub(crate) struct Read {
    hir: Hir,
    /// Whether a group, not the whole, is the sensitive part.
    pub(crate) grouped: bool,
    /// Fewest decimal digits that any match holds.
    pub(crate) digits: usize,
    /// Longest match where it is bounded, bytes.
    pub(crate) longest: Option<usize>,
}

/// Whole match and sensitive part.
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) value: Range<usize>,
}

impl Pattern {
    /// Letters beyond ASCII stand for their bytes; classes hold none.
    pub(crate) fn new(pattern: &str) -> Self {
        Self { written: pattern.to_owned(), read: OnceLock::new(), regex: OnceLock::new() }
    }

    pub(crate) fn read(&self) -> &Read {
        self.read.get_or_init(|| {
            let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
            #[expect(clippy::expect_used, reason = "patterns are compiled in; a test reads each")]
            let hir = parser.parse(&bytes(&self.written)).expect("an expression");
            Read {
                grouped: hir.properties().explicit_captures_len() > 0,
                digits: digits(&hir),
                longest: hir.properties().maximum_len(),
                hir,
            }
        })
    }

    pub(crate) fn hir(&self) -> &Hir {
        &self.read().hir
    }

    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            #[expect(clippy::expect_used, reason = "patterns are compiled in; a test runs each")]
            Regex::builder().configure(config()).build_from_hir(self.hir()).expect("a bounded size")
        })
    }

    /// The first match within `range`, or only one at its very beginning. What stands around the range counts for
    /// word boundaries.
    pub(crate) fn find(&self, text: &[u8], range: Range<usize>, at_start: bool) -> Option<Hit> {
        let anchored = if at_start { Anchored::Yes } else { Anchored::No };
        let input = Input::new(text).range(range).anchored(anchored);
        if !self.read().grouped {
            let found = self.regex().search(&input)?;
            return Some(Hit { start: found.start(), value: found.range() });
        }
        // Groups are dear, and most tries fail.
        self.regex().search_half(&input)?;
        let mut groups = self.regex().create_captures();
        self.regex().search_captures(&input, &mut groups);
        let whole = groups.get_group(0)?;
        let value = (1..groups.group_len()).find_map(|group| groups.get_group(group));
        Some(Hit { start: whole.start, value: value.map_or(whole.range(), |span| span.range()) })
    }
}

pub(crate) fn config() -> Config {
    Regex::config().utf8_empty(false).nfa_size_limit(Some(COMPILED)).hybrid_cache_capacity(CACHE)
}

/// One machine of several patterns, to tell which of them match at all.
pub(crate) fn union(patterns: &[&Hir]) -> Option<Regex> {
    Regex::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .configure(config().match_kind(MatchKind::All).hybrid_cache_capacity(8 * CACHE))
        .build_many_from_hir(patterns)
        .ok()
}

fn bytes(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        if c.is_ascii() {
            text.push(c);
            continue;
        }
        text.push_str("(?:");
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
        text.push(')');
    }
    text
}

/// Fewest decimal digits of any match.
fn digits(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => literal.0.iter().filter(|byte| byte.is_ascii_digit()).count(),
        HirKind::Class(Class::Bytes(class)) => usize::from(
            class.ranges().iter().all(|range| range.start() >= b'0' && range.end() <= b'9'),
        ),
        HirKind::Class(Class::Unicode(class)) => usize::from(
            class.ranges().iter().all(|range| range.start() >= '0' && range.end() <= '9'),
        ),
        HirKind::Repetition(repetition) => digits(&repetition.sub) * repetition.min as usize,
        HirKind::Capture(capture) => digits(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(digits).sum(),
        HirKind::Alternation(ways) => ways.iter().map(digits).min().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_digits_are_known_before_running() {
        for (pattern, least) in [
            (r"\b[0-9]{3}[- ]?[0-9]{2}\b", 5),
            ("(?:[0-9]{4}|[A-Z][0-9]{2})x7", 3),
            ("(?:[ ]?[A-Z0-9]{4}){2,7}", 0),
            ("(abc[0-9]+)", 1),
        ] {
            assert_eq!(Pattern::new(pattern).read().digits, least, "{pattern}");
        }
    }
}
