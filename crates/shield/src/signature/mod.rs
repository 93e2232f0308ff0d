//! Signature rules over the plain form: patterns and phrases by the words of a text, the rest by its signs.

mod lexicon;
mod literals;
mod rule;

use std::collections::BTreeMap;
use std::ops::Range;

use picket_model::Channel;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ShieldError;
use crate::expression::Expression;
use crate::letters::is_alphanumeric;
use crate::normalise::normalise;
use lexicon::{Lexicon, Step, Tokens};
use literals::Literals;
pub(crate) use rule::{EMBEDDED, LEXICON, concepts, read};
pub use rule::{Examples, Rule};

/// Hits of one rule in one text that are kept.
const HITS: u8 = 4;
/// How far from an anchor an expression is tried, bytes.
const REACH: usize = 300;
/// How much of the text before a hit may make it none, bytes.
const BEFORE: usize = 100;

/// Words in order with gaps.
#[derive(Debug)]
struct Pattern {
    rule: u16,
    /// Each step, and how many words may stand before it.
    steps: Vec<(Step, u32)>,
}

/// What a literal stands for.
#[derive(Debug, Clone, Copy)]
enum Role {
    Phrase { rule: u16 },
    Anchor { expression: u16 },
}

/// All rules, compiled.
#[derive(Debug)]
pub(crate) struct Signatures {
    rules: Vec<Rule>,
    lexicon: Lexicon,
    patterns: Vec<Pattern>,
    /// Patterns by their first step.
    beginning: Vec<Vec<u16>>,
    /// Phrases of rules by the step that their first word fulfils.
    phrases: Vec<Vec<(u16, Box<str>)>>,
    literals: Literals<Role>,
    /// The words of phrases and literals.
    spoken: FxHashSet<Box<str>>,
    expressions: Vec<(u16, Expression)>,
    /// By rule: what, standing right before a hit, makes it none.
    unless: Vec<Option<Expression>>,
}

/// A rule's hit in the plain form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) rule: u16,
    pub(crate) span: Range<usize>,
}

struct Compiler {
    lexicon: Lexicon,
    steps: FxHashMap<String, Step>,
    phrases: Vec<Vec<(u16, Box<str>)>>,
    literals: Literals<Role>,
}

impl Compiler {
    fn step(
        &mut self,
        text: &str,
        concepts: &BTreeMap<String, Vec<String>>,
    ) -> Result<Step, String> {
        if let Some(&step) = self.steps.get(text) {
            return Ok(step);
        }
        let step =
            Step::try_from(self.steps.len()).map_err(|_| "too many different steps".to_owned())?;
        for word in text.split('|') {
            let plain = word.trim_start_matches('@').trim_end_matches('*');
            if !plain.chars().all(|c| c.is_alphanumeric() || c == '_' && word.starts_with('@')) {
                return Err(format!("`{word}` is not one word"));
            }
            if let Some(name) = word.strip_prefix('@') {
                let words =
                    concepts.get(name).ok_or_else(|| format!("the lexicon has no `{name}`"))?;
                for word in words {
                    if word.contains(|c: char| c.is_whitespace() || c == '\'' || c == '-') {
                        return Err(format!("`{word}` of the lexicon's `{name}` is not one word"));
                    }
                    self.lexicon.add(word, step);
                }
            } else {
                self.lexicon.add(word, step);
            }
        }
        self.steps.insert(text.to_owned(), step);
        Ok(step)
    }

    fn pattern(
        &mut self,
        rule: u16,
        text: &str,
        concepts: &BTreeMap<String, Vec<String>>,
    ) -> Result<Pattern, String> {
        let mut steps = Vec::new();
        let mut gap = 2;
        for part in text.split_whitespace() {
            if let Some(count) = part.strip_prefix('~') {
                gap = count.parse().map_err(|_| format!("`{part}` is no gap"))?;
            } else {
                steps.push((self.step(part, concepts)?, gap));
                gap = 2;
            }
        }
        if steps.is_empty() {
            Err("an empty pattern".to_owned())
        } else {
            Ok(Pattern { rule, steps })
        }
    }

    /// Phrases are found by their first word, or by a sign where they begin with one or in another script.
    fn phrase(
        &mut self,
        rule: u16,
        text: &str,
        concepts: &BTreeMap<String, Vec<String>>,
    ) -> Result<(), String> {
        let plain = normalise(text).text;
        let end = plain.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(plain.len());
        if end == 0 || plain[end..].starts_with(is_alphanumeric) {
            self.literals.add(&plain, Role::Phrase { rule });
            return Ok(());
        }
        let step = usize::from(self.step(&plain[..end], concepts)?);
        if self.phrases.len() <= step {
            self.phrases.resize_with(step + 1, Vec::new);
        }
        self.phrases[step].push((rule, plain.into_boxed_str()));
        Ok(())
    }
}

impl Signatures {
    /// Compiles rule files, given as name and YAML text, with the words of `lexicon`.
    pub(crate) fn new(files: &[(&str, &str)], lexicon: &str) -> Result<Self, ShieldError> {
        let rules = rule::parse(files)?;
        let concepts = rule::lexicon(lexicon)?;
        let mut compiler = Compiler {
            lexicon: Lexicon::default(),
            steps: FxHashMap::default(),
            phrases: Vec::new(),
            literals: Literals::new(),
        };
        let (mut patterns, mut expressions) = (Vec::new(), Vec::new());
        let mut unless = Vec::with_capacity(rules.len());
        for (index, rule) in rules.iter().enumerate() {
            let problem = |problem: String| ShieldError::Rule { rule: rule.id.clone(), problem };
            let number = u16::try_from(index).map_err(|_| problem("too many rules".to_owned()))?;
            for text in &rule.patterns {
                patterns.push(compiler.pattern(number, text, &concepts).map_err(problem)?);
            }
            for phrase in &rule.phrases {
                compiler.phrase(number, phrase, &concepts).map_err(problem)?;
            }
            for expression in &rule.expressions {
                for anchor in &expression.anchors {
                    let role = Role::Anchor { expression: expressions.len() as u16 };
                    compiler.literals.add(&normalise(anchor).text, role);
                }
                expressions.push((number, Expression::new(&expression.pattern)));
            }
            unless.push(rule.unless.as_deref().map(Expression::new));
        }
        let Compiler { mut lexicon, steps, mut phrases, literals } = compiler;
        lexicon.close();
        phrases.resize_with(steps.len(), Vec::new);
        let mut beginning = vec![Vec::new(); steps.len()];
        for (index, pattern) in patterns.iter().enumerate() {
            beginning[usize::from(pattern.steps[0].0)].push(index as u16);
        }
        let said = phrases.iter().flatten().map(|(_, phrase)| &**phrase);
        let said = said.chain(literals.texts());
        let spoken = said.flat_map(|said| said.split(|c: char| !c.is_alphanumeric()));
        let spoken = spoken.filter(|word| !word.is_empty()).map(Box::from).collect();
        Ok(Self {
            rules,
            lexicon,
            patterns,
            beginning,
            phrases,
            literals,
            spoken,
            expressions,
            unless,
        })
    }

    /// The rule of a hit.
    pub(crate) fn rule(&self, hit: &Hit) -> &Rule {
        &self.rules[usize::from(hit.rule)]
    }

    /// Every rule.
    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether a rule asks for `word` in plain form.
    pub(crate) fn ask_for(&self, word: &str) -> bool {
        self.spoken.contains(word) || !self.lexicon.tokens(word).tokens.is_empty()
    }

    /// Hits of the rules for `channel` in a plain text.
    pub(crate) fn hits(&self, plain: &str, channel: Channel) -> Vec<Hit> {
        let mut hits = Hits { counts: vec![0; self.rules.len()], hits: Vec::new() };
        for (rule, count) in self.rules.iter().zip(&mut hits.counts) {
            if !rule.channels.contains(&channel) {
                *count = HITS;
            }
        }
        self.literal_hits(plain, &mut hits);
        self.pattern_hits(plain, &self.lexicon.tokens(plain), &mut hits);
        hits.hits
    }

    /// Whether the text before a hit of `rule` at `start` makes it none: a defence quotes what it forbids.
    fn is_warded(&self, rule: u16, plain: &str, start: usize) -> bool {
        self.unless[usize::from(rule)].as_ref().is_some_and(|unless| {
            unless
                .regex()
                .is_match(&plain[plain.floor_char_boundary(start.saturating_sub(BEFORE))..start])
        })
    }

    fn literal_hits(&self, plain: &str, hits: &mut Hits) {
        // How far an expression was tried, so that close anchors do not have it tried twice.
        let mut tried: Vec<usize> = vec![0; self.expressions.len()];
        for (found, role) in self.literals.find(plain) {
            match role {
                Role::Phrase { rule } => self.said(rule, plain, found, hits),
                Role::Anchor { expression } => {
                    let number = usize::from(expression);
                    let (rule, expression) = &self.expressions[number];
                    let tried = &mut tried[number];
                    if hits.wants(*rule) && found.end > *tried {
                        let start = plain
                            .floor_char_boundary(found.start.saturating_sub(REACH).max(*tried));
                        let end = plain.floor_char_boundary((found.end + REACH).min(plain.len()));
                        *tried = end;
                        for whole in expression.regex().find_iter(&plain[start..end]) {
                            let span = start + whole.start()..start + whole.end();
                            if !self.is_warded(*rule, plain, span.start) {
                                hits.add(*rule, span);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Takes a phrase of `rule` in, which stands at `span`.
    fn said(&self, rule: u16, plain: &str, span: Range<usize>, hits: &mut Hits) {
        if hits.wants(rule)
            && on_word_boundaries(plain, span.clone())
            && !self.is_warded(rule, plain, span.start)
        {
            hits.add(rule, span);
        }
    }

    fn pattern_hits(&self, plain: &str, tokens: &Tokens, hits: &mut Hits) {
        let mut budget = 64 * tokens.tokens.len() + 10_000;
        for (i, token) in tokens.tokens.iter().enumerate() {
            for &step in tokens.steps(token) {
                let start = token.start as usize;
                for (rule, phrase) in &self.phrases[usize::from(step)] {
                    if plain[start..].starts_with(&**phrase) {
                        self.said(*rule, plain, start..start + phrase.len(), hits);
                    }
                }
                for &index in &self.beginning[usize::from(step)] {
                    let pattern = &self.patterns[usize::from(index)];
                    if hits.wants(pattern.rule)
                        && let Some(end) = follow(tokens, i, &pattern.steps[1..], &mut budget)
                        && !self.is_warded(pattern.rule, plain, start)
                    {
                        hits.add(pattern.rule, start..end as usize);
                    }
                }
            }
        }
    }
}

/// The end of the last word, where `steps` can be taken after the word at `from`.
fn follow(tokens: &Tokens, from: usize, steps: &[(Step, u32)], budget: &mut usize) -> Option<u32> {
    let Some((&(step, gap), rest)) = steps.split_first() else {
        return Some(tokens.tokens[from].end);
    };
    let last = tokens.tokens[from].ordinal + gap + 1;
    for (next, token) in tokens.tokens.iter().enumerate().skip(from + 1) {
        *budget = budget.checked_sub(1)?;
        if token.ordinal > last {
            return None;
        }
        if tokens.steps(token).contains(&step)
            && let Some(end) = follow(tokens, next, rest, budget)
        {
            return Some(end);
        }
    }
    None
}

struct Hits {
    counts: Vec<u8>,
    hits: Vec<Hit>,
}

impl Hits {
    fn wants(&self, rule: u16) -> bool {
        self.counts[usize::from(rule)] < HITS
    }

    fn add(&mut self, rule: u16, span: Range<usize>) {
        if self.wants(rule) && !span.is_empty() {
            self.counts[usize::from(rule)] += 1;
            self.hits.push(Hit { rule, span });
        }
    }
}

fn on_word_boundaries(text: &str, span: Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let word =
        |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_alphanumeric);
    let inside = |before: Option<usize>, after: usize| word(before) && word(Some(after));
    !inside(span.start.checked_sub(1), span.start) && !inside(span.end.checked_sub(1), span.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_shows_that_it_fires_and_stays_silent() {
        let signatures = Signatures::new(&EMBEDDED, LEXICON).unwrap();
        let mut failures = Vec::new();
        for (index, rule) in signatures.rules().iter().enumerate() {
            let fires = |text: &str| {
                let hits = signatures.hits(&normalise(text).text, rule.channels[0]);
                hits.iter().any(|hit| usize::from(hit.rule) == index)
            };
            let Examples { matches, no_match } = &rule.examples;
            assert!(!matches.is_empty() && !no_match.is_empty(), "{} lacks examples", rule.id);
            assert!(
                rule.id.starts_with(rule.category.as_str()),
                "{} is not of {}",
                rule.id,
                rule.category
            );
            failures.extend(
                matches
                    .iter()
                    .filter(|text| !fires(text))
                    .map(|text| format!("{} misses {text:?}", rule.id)),
            );
            failures.extend(
                no_match
                    .iter()
                    .filter(|text| fires(text))
                    .map(|text| format!("{} takes {text:?}", rule.id)),
            );
        }
        assert!(failures.is_empty(), "\n{}", failures.join("\n"));
    }

    #[test]
    fn every_expression_compiles() {
        let signatures = Signatures::new(&EMBEDDED, LEXICON).unwrap();
        assert!(!signatures.expressions.is_empty());
        let expressions = signatures.expressions.iter().map(|(_, expression)| expression);
        expressions.chain(signatures.unless.iter().flatten()).for_each(|expression| {
            expression.regex();
        });
    }

    #[test]
    fn rule_ids_are_unique() {
        let signatures = Signatures::new(&EMBEDDED, LEXICON).unwrap();
        let mut ids: Vec<&str> = signatures.rules().iter().map(|rule| rule.id.as_str()).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    }

    #[test]
    fn an_unknown_concept_is_an_error() {
        let rule = "rules: [{id: jailbreak.x, title: x, category: jailbreak, channels: [user], score: 1.0, \
                    patterns: ['@nothing'], examples: {match: [], no_match: []}}]";
        let error = Signatures::new(&[("x.yaml", rule)], "{}").unwrap_err().to_string();
        assert_eq!(error, "rule `jailbreak.x`: the lexicon has no `nothing`");
    }
}
