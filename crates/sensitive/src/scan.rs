use std::ops::Range;
use std::sync::{Arc, LazyLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use picket_model::Severity;
use regex::bytes::{Regex, RegexBuilder};

use crate::checksum::{Check, entropy};
use crate::table::{self, InfoCategory, InfoType, Show, TableError};

/// How far before and after a match a keyword may stand, bytes.
const KEYWORD_BEFORE: usize = 96;
const KEYWORD_AFTER: usize = 48;
/// What one scan may run expressions over, beyond four times the text; the tables' first types come first.
const WORK: usize = 4 << 20;
/// What one scan reports at most.
const MATCHES: usize = 10_000;
/// Fewer digits than this hold no number worth looking for.
const DIGITS: usize = 6;

/// One sensitive part of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Id of the information type.
    pub info_type: Arc<str>,
    /// Its category.
    pub category: InfoCategory,
    /// How bad its exposure is.
    pub severity: Severity,
    /// Bytes of the text, on character boundaries.
    pub span: Range<usize>,
    /// How sure it is, 0 to 1.
    pub confidence: f32,
    pub(crate) show: Show,
    pub(crate) prefix: Option<Arc<str>>,
}

impl Match {
    /// The fingerprint of what was found in `text`, the text that was scanned; see [`crate::fingerprint`].
    #[must_use]
    pub fn fingerprint(&self, text: &str) -> String {
        crate::fingerprint(text.get(self.span.clone()).unwrap_or_default())
    }
}

/// Finds sensitive information in texts. Compiling is dear (milliseconds), scanning is cheap and takes `&self`.
#[derive(Debug, Clone)]
pub struct Scanner {
    types: Vec<Compiled>,
    literals: AhoCorasick,
    /// By literal: which types it serves, and how.
    roles: Vec<Vec<Role>>,
}

#[derive(Debug, Clone)]
struct Compiled {
    info: Arc<InfoType>,
    regex: Regex,
    check: Option<Check>,
    on: bool,
}

#[derive(Debug, Clone, Copy)]
struct Role {
    info_type: usize,
    keyword: bool,
    /// A keyword that may go on after its end.
    open: bool,
}

/// What one pass over the literals tells of one type: ranges in which a match may begin, and in which a keyword counts.
#[derive(Debug, Default, Clone)]
struct Places {
    anchors: Vec<Range<usize>>,
    keywords: Vec<Range<usize>>,
}

impl Default for Scanner {
    fn default() -> Self {
        Self::embedded().clone()
    }
}

impl Scanner {
    /// The scanner of the embedded tables, compiled once.
    #[must_use]
    pub fn embedded() -> &'static Self {
        #[expect(clippy::expect_used, reason = "the tables are compiled in; a test compiles them")]
        static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
            Scanner::from_tables(&table::EMBEDDED).expect("the embedded tables compile")
        });
        &SCANNER
    }

    fn from_tables(tables: &[(&str, &str)]) -> Result<Self, TableError> {
        let mut types = Vec::new();
        for (name, yaml) in tables {
            for info in table::parse(name, yaml)? {
                let regex = RegexBuilder::new(&info.pattern)
                    .unicode(false)
                    .size_limit(4 << 20)
                    .dfa_size_limit(4 << 20)
                    .build()
                    .map_err(|error| TableError::Pattern {
                        id: info.id.clone(),
                        source: Box::new(error),
                    })?;
                let check = info.check()?;
                types.push(Compiled { on: info.default, info: Arc::new(info), regex, check });
            }
        }
        let mut literals: Vec<String> = Vec::new();
        let mut roles: Vec<Vec<Role>> = Vec::new();
        for (info_type, compiled) in types.iter().enumerate() {
            let anchors = compiled.info.anchors.iter().map(|literal| (literal.as_str(), false));
            let keywords = compiled.info.keywords.iter().map(|literal| (literal.as_str(), true));
            for (literal, keyword) in anchors.chain(keywords) {
                let open = literal.ends_with('*');
                let literal = literal.trim_end_matches('*').to_ascii_lowercase();
                let index =
                    literals.iter().position(|known| *known == literal).unwrap_or_else(|| {
                        literals.push(literal);
                        roles.push(Vec::new());
                        roles.len() - 1
                    });
                roles[index].push(Role { info_type, keyword, open });
            }
        }
        let literals = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&literals)?;
        Ok(Self { types, literals, roles })
    }

    /// The same scanner with some types switched on or off, by id.
    ///
    /// # Errors
    /// An id that no table has.
    pub fn with_types(mut self, on: &[&str], off: &[&str]) -> Result<Self, TableError> {
        for (ids, state) in [(on, true), (off, false)] {
            for id in ids {
                let found = self.types.iter_mut().find(|compiled| &*compiled.info.id == *id);
                found.ok_or_else(|| TableError::Unknown((*id).to_owned()))?.on = state;
            }
        }
        Ok(self)
    }

    /// Every type the tables have, whether on or off.
    pub fn types(&self) -> impl Iterator<Item = &InfoType> {
        self.types.iter().map(|compiled| &*compiled.info)
    }

    /// Everything sensitive in `text`, in order of position, without overlaps. Time is linear in the text and bounded.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<Match> {
        let places = self.places(text);
        let digits = text.bytes().filter(u8::is_ascii_digit).take(DIGITS).count();
        let mut work = WORK + text.len().saturating_mul(4);
        let mut found = Vec::new();
        for (compiled, places) in self.types.iter().zip(&places) {
            let info = &compiled.info;
            let must_have_keyword = !info.keywords.is_empty() && info.without_keyword.is_none();
            let whole = [Range { start: 0, end: text.len() }];
            let ranges: &[Range<usize>] = match () {
                () if !compiled.on || must_have_keyword && places.keywords.is_empty() => continue,
                () if !info.anchors.is_empty() => &places.anchors,
                () if must_have_keyword => &places.keywords,
                () if digits < DIGITS => continue,
                () => &whole,
            };
            for range in ranges {
                let Some(rest) = work.checked_sub(range.len()) else { break };
                work = rest;
                compiled.scan_range(text, range, &places.keywords, &mut found);
            }
            if found.len() > MATCHES {
                break;
            }
        }
        without_overlaps(found)
    }

    /// Where the literals of each type stand; neighbouring places are joined.
    fn places(&self, text: &str) -> Vec<Places> {
        let mut places = vec![Places::default(); self.types.len()];
        let bytes = text.as_bytes();
        for hit in self.literals.find_overlapping_iter(text) {
            for role in &self.roles[hit.pattern().as_usize()] {
                if !self.types[role.info_type].on {
                    continue;
                }
                let place = &mut places[role.info_type];
                if role.keyword {
                    if is_word(bytes, hit.start(), hit.end(), role.open) {
                        let end = (hit.end() + KEYWORD_BEFORE).min(text.len());
                        join(&mut place.keywords, hit.start().saturating_sub(KEYWORD_AFTER)..end);
                    }
                } else {
                    let reach = self.types[role.info_type].info.reach;
                    let end = (hit.end() + reach).min(text.len());
                    join(&mut place.anchors, hit.start().saturating_sub(128)..end);
                }
            }
        }
        places
    }
}

/// Adds a range to ordered ranges, joining it with the last where they touch.
fn join(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    // Hits come in order of their end, so a start may lie a little before the last one's.
    match ranges.last_mut() {
        Some(last) if range.start <= last.end => {
            last.start = last.start.min(range.start);
            last.end = last.end.max(range.end);
        }
        _ => ranges.push(range),
    }
}

/// Whether the hit does not merely stand inside a longer word. `_` divides words, as names in code do.
fn is_word(bytes: &[u8], start: usize, end: usize, open: bool) -> bool {
    let letter =
        |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphanumeric);
    let goes_on_before = letter(Some(start)) && letter(start.checked_sub(1));
    let goes_on_after = letter(end.checked_sub(1)) && letter(Some(end));
    !goes_on_before && (open || !goes_on_after)
}

impl Compiled {
    fn scan_range(
        &self,
        text: &str,
        range: &Range<usize>,
        keywords: &[Range<usize>],
        found: &mut Vec<Match>,
    ) {
        let info = &self.info;
        // The expression sees what stands before the range, for word boundaries, and a match's length beyond it.
        let haystack = &text.as_bytes()[..(range.end + info.reach).min(text.len())];
        let mut at = range.start;
        while at <= range.end && found.len() <= MATCHES {
            let Some(groups) = self.regex.captures_at(haystack, at) else { break };
            let Some(whole) = groups.get(0) else { break };
            if whole.start() > range.end {
                break;
            }
            let span = groups.get(1).map_or(whole.range(), |group| group.range());
            at = span.end.max(whole.start() + 1);
            let Some(value) = text.get(span.clone()) else { continue };
            let confidence = match keywords.partition_point(|near| near.end < span.start) {
                _ if info.keywords.is_empty() => info.confidence,
                i if keywords.get(i).is_some_and(|near| near.start <= span.end) => info.confidence,
                _ => match info.without_keyword {
                    Some(confidence) => confidence,
                    None => continue,
                },
            };
            let number = info.anchors.is_empty() && inside_a_longer_number(text.as_bytes(), &span);
            let passes = self.check.is_none_or(|check| check(value))
                && info.entropy.is_none_or(|least| entropy(value) >= least);
            if number || !passes {
                // What begins later may still pass: a number within a longer run of digits and blanks.
                if info.anchors.is_empty() {
                    at = next_group(haystack, whole.start());
                }
                continue;
            }
            let prefix = info
                .anchors
                .iter()
                .find(|anchor| anchor.len() <= 8 && value.starts_with(anchor.as_str()));
            found.push(Match {
                info_type: info.id.clone(),
                category: info.category,
                severity: info.severity(),
                span,
                confidence,
                show: info.show,
                prefix: prefix.map(|anchor| Arc::from(anchor.as_str())),
            });
        }
    }
}

/// Whether letters, digits or a decimal point go on beside a number.
fn inside_a_longer_number(bytes: &[u8], span: &Range<usize>) -> bool {
    let at = |i: Option<usize>| i.and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
    let before = at(span.start.checked_sub(1));
    let (after, beyond) = (at(Some(span.end)), at(Some(span.end + 1)));
    before.is_ascii_alphanumeric()
        || after.is_ascii_alphanumeric()
        || before == b'.' && at(span.start.checked_sub(2)).is_ascii_alphanumeric()
        || before == b'-' && at(span.start.checked_sub(2)).is_ascii_alphanumeric()
        || matches!(after, b'.' | b'-') && beyond.is_ascii_alphanumeric()
}

/// Where the next run of letters or digits begins after `start`.
fn next_group(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
        at += 1;
    }
    at.max(start + 1)
}

/// Keeps the surest of matches that overlap, the longer of equally sure ones.
fn without_overlaps(mut found: Vec<Match>) -> Vec<Match> {
    found.sort_by(|a, b| a.span.start.cmp(&b.span.start).then(b.span.len().cmp(&a.span.len())));
    let mut kept: Vec<Match> = Vec::with_capacity(found.len());
    for next in found {
        match kept.last_mut() {
            Some(last) if next.span.start < last.span.end => {
                if (next.confidence, next.span.len()) > (last.confidence, last.span.len()) {
                    *last = next;
                }
            }
            _ => kept.push(next),
        }
    }
    kept
}
