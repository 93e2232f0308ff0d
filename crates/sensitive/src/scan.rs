use std::ops::Range;
use std::sync::{Arc, LazyLock, OnceLock};

use picket_model::Severity;
use regex_automata::meta::Regex;
use regex_automata::{Input, PatternSet};

use crate::checksum::Check;
use crate::pattern::{self, Pattern};
use crate::places::{Digits, Literals, Places, Words};
use crate::secret::{entropy, is_placeholder};
use crate::table::{self, InfoCategory, InfoType, Show, TableError};

/// What one type may run its expression over, beyond twice the text, bytes.
const WORK: usize = 1 << 18;
/// What one try is reckoned as, bytes: of an expression, and on top where one with groups matches.
const TRY: usize = 32;
const TRY_GROUPS: usize = 256;
/// What one scan reports at most.
const MATCHES: usize = 10_000;
/// Longest secret that is looked through for words which stand for secrets.
const PLACEHOLDER: usize = 256;

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
///
/// One pass over the literals of all types, and one over the digits, tell where which type is worth a look; only
/// there its expression, and only on what that matches its check is run.
#[derive(Debug, Clone)]
pub struct Scanner {
    types: Vec<Compiled>,
    literals: Literals,
    numbers: Numbers,
}

#[derive(Debug, Clone)]
struct Compiled {
    info: Arc<InfoType>,
    pattern: Arc<Pattern>,
    check: Option<Check>,
    on: bool,
}

/// The types that neither an anchor nor a keyword leads to, and one machine that tells which of them match at all.
#[derive(Debug, Clone)]
struct Numbers {
    types: Vec<usize>,
    any: OnceLock<Option<Regex>>,
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
                types.push(Compiled {
                    on: info.default,
                    check: info.check()?,
                    pattern: Arc::new(Pattern::new(&info.pattern)),
                    info: Arc::new(info),
                });
            }
        }
        Self::new(types)
    }

    fn new(types: Vec<Compiled>) -> Result<Self, TableError> {
        let on = || types.iter().enumerate().filter(|(_, compiled)| compiled.on);
        let words = on().map(|(info_type, compiled)| Words {
            info_type,
            anchors: &compiled.info.anchors,
            keywords: &compiled.info.keywords,
            lead: compiled.info.lead,
        });
        let literals = Literals::new(words, types.len())?;
        let numbers: Vec<usize> =
            on().filter(|(_, it)| it.info.is_number()).map(|(info_type, _)| info_type).collect();
        Ok(Self { types, literals, numbers: Numbers { types: numbers, any: OnceLock::new() } })
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
        Self::new(self.types)
    }

    /// Every type the tables have, whether on or off.
    pub fn types(&self) -> impl Iterator<Item = &InfoType> {
        self.types.iter().map(|compiled| &*compiled.info)
    }

    /// Everything sensitive in `text`, in order of position, without overlaps. Time is linear in the text and bounded.
    #[must_use]
    pub fn scan(&self, text: &str) -> Vec<Match> {
        let digits = Digits::count(text);
        let mut found = Vec::new();
        let mut numbers: Vec<(usize, Places)> = Vec::new();
        for (info_type, places) in self.literals.places(text) {
            let Some(compiled) = self.types.get(info_type) else { continue };
            if compiled.info.is_number() {
                numbers.push((info_type, places));
                continue;
            }
            let keyword_alone = compiled.info.anchors.is_empty();
            let ranges = if keyword_alone { &places.keywords } else { &places.anchors };
            compiled.scan(text, ranges, &places.keywords, &digits, &mut found);
        }
        for (info_type, ranges) in self.numbers(text, &digits) {
            let keywords = numbers.iter().find(|(known, _)| *known == info_type);
            let keywords = keywords.map_or(&[][..], |(_, places)| &places.keywords);
            self.types[info_type].scan(text, &ranges, keywords, &digits, &mut found);
        }
        without_overlaps(found)
    }

    /// Which types that go by their digits alone match in which ranges.
    fn numbers(&self, text: &str, digits: &Digits) -> Vec<(usize, Vec<Range<usize>>)> {
        let dense = digits.dense();
        if dense.is_empty() {
            return Vec::new();
        }
        let any = self.numbers.any.get_or_init(|| {
            let patterns =
                self.numbers.types.iter().map(|&number| self.types[number].pattern.hir());
            pattern::union(&patterns.collect::<Vec<_>>())
        });
        let Some(any) = any else { return Vec::new() };
        let mut ranges: Vec<(usize, Vec<Range<usize>>)> =
            self.numbers.types.iter().map(|&info_type| (info_type, Vec::new())).collect();
        let mut matching = PatternSet::new(self.numbers.types.len());
        for range in dense {
            matching.clear();
            any.which_overlapping_matches(&Input::new(text).range(range.clone()), &mut matching);
            for number in matching.iter() {
                ranges[number.as_usize()].1.push(range.clone());
            }
        }
        ranges
    }
}

impl Compiled {
    /// Adds the matches that begin within `ranges`.
    fn scan(
        &self,
        text: &str,
        ranges: &[Range<usize>],
        keywords: &[Range<usize>],
        digits: &Digits,
        found: &mut Vec<Match>,
    ) {
        let (info, read) = (&self.info, self.pattern.read());
        let reach = read.longest.unwrap_or(info.reach).min(info.reach.max(Self::LONG));
        let exact = !info.anchors.is_empty() && info.lead == 0;
        let mut work = WORK + text.len().saturating_mul(2);
        let mut at = 0;
        for range in ranges {
            at = at.max(range.start);
            while at <= range.end && found.len() < MATCHES {
                // The expression sees what stands before the range, for word boundaries.
                let end = (range.end + reach).min(text.len());
                let cost = match () {
                    () if !exact => end - at,
                    () if reach > Self::LONG => word(&text.as_bytes()[at..end]),
                    () => 0,
                };
                let Some(rest) = work.checked_sub(TRY) else { return };
                work = rest;
                if read.digits > 0 && digits.within(&(at..end)) < read.digits {
                    break;
                }
                let hit = self.pattern.find(text.as_bytes(), at..end, exact);
                let Some(hit) = hit.filter(|hit| hit.start <= range.end) else {
                    work = work.saturating_sub(cost);
                    break;
                };
                if read.grouped {
                    work = work.saturating_sub(TRY_GROUPS);
                }
                at = match self.judge(text, &hit.value, keywords) {
                    Some(confidence) => {
                        found.push(self.matched(text, hit.value.clone(), confidence));
                        hit.value.end.max(hit.start + 1)
                    }
                    // What begins later may still pass: a number within a longer run of digits and blanks.
                    None if info.anchors.is_empty() => next_group(text.as_bytes(), hit.start),
                    None => hit.value.end.max(hit.start + 1),
                };
            }
        }
    }

    /// Longest match of an expression that says itself how long it gets, bytes.
    const LONG: usize = 1024;

    /// How sure a value is; none: not at all.
    fn judge(&self, text: &str, span: &Range<usize>, keywords: &[Range<usize>]) -> Option<f32> {
        let info = &self.info;
        let value = text.get(span.clone())?;
        let near = keywords.partition_point(|near| near.end < span.start);
        let mut confidence = match keywords.get(near) {
            _ if info.keywords.is_empty() => info.confidence,
            Some(near) if near.start <= span.end => info.confidence,
            _ => info.without_keyword?,
        };
        if info.anchors.is_empty() && inside_a_longer_number(text.as_bytes(), span) {
            return None;
        }
        if info.category == InfoCategory::Credentials
            && (value.len() <= PLACEHOLDER && is_placeholder(value))
        {
            return None;
        }
        if self.check.is_some_and(|check| !check(value)) {
            confidence = confidence.min(info.without_check?);
        }
        info.entropy.is_none_or(|least| entropy(value) >= least).then_some(confidence)
    }

    fn matched(&self, text: &str, span: Range<usize>, confidence: f32) -> Match {
        let info = &self.info;
        let value = &text[span.clone()];
        let prefix =
            info.anchors.iter().find(|anchor| anchor.len() <= 8 && value.starts_with(*anchor));
        Match {
            info_type: info.id.clone(),
            category: info.category,
            severity: info.severity(),
            span,
            confidence,
            show: info.show,
            prefix: prefix.map(|anchor| Arc::from(anchor.as_str())),
        }
    }
}

/// Length of the word that `bytes` begin with; no expression goes on for long after that.
fn word(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_graphic() && **byte != b'"').count()
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
