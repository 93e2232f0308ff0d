use std::ops::Range;

/// Words of a window.
pub(super) const WINDOW: usize = 32;
/// Words from one window to the next.
pub(super) const STRIDE: usize = 12;
/// Letters of a word that are looked at: what is longer is no word.
const LONGEST: usize = 32;

/// Receives the features of a text in order.
pub(super) trait Sink {
    /// The next word or sign begins; its n-grams follow.
    fn word(&mut self, span: Range<usize>);
    /// An n-gram, as its hash.
    fn gram(&mut self, hash: u32);
}

/// Mixes a value into a hash; the upper bits are good.
fn mix(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(5) ^ value).wrapping_mul(0x517c_c1b7_2722_0a95)
}

fn emit(sink: &mut impl Sink, hash: u64) {
    sink.gram((hash >> 32) as u32);
}

/// Kinds of features start from different hashes.
const WORD: u64 = 0x01;
const PAIR: u64 = 0x02;
const OPENING: u64 = 0x03;
const GRAM: u64 = 0x04;
const SKIP: u64 = 0x05;

/// Walks over the words of a plain text.
pub(super) fn walk(plain: &str, sink: &mut impl Sink) {
    let bytes = plain.as_bytes();
    let mut history = [0u64; 2];
    let mut opening = true;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let length = match byte {
            b' ' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            b'a'..=b'z' | b'0'..=b'9' => bytes[at..]
                .iter()
                .take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                .count(),
            // A run of one sign counts once.
            0..=0x7f => bytes[at..].iter().take_while(|&&next| next == byte).count(),
            _ => foreign(plain, at),
        };
        let span = at..at + length;
        at += length;
        sink.word(span.clone());
        let sign = byte.is_ascii() && !byte.is_ascii_alphanumeric();
        let text = if sign { &bytes[span.start..=span.start] } else { &bytes[span.clone()] };
        let text = &text[..text.len().min(LONGEST)];
        let word = text.iter().fold(WORD, |hash, &byte| mix(hash, u64::from(byte)));
        emit(sink, word);
        emit(sink, mix(mix(PAIR, history[0]), word));
        emit(sink, mix(mix(SKIP, history[1]), word));
        if opening && !sign {
            // Orders begin with their verb.
            emit(sink, mix(OPENING, word));
        }
        opening =
            matches!(byte, b'.' | b'!' | b'?' | b'\n' | b':' | b';' | b'"' | b'>' | b'-' | b'*')
                || opening && sign;
        history = [word, history[0]];
        if !sign {
            grams(text, sink);
        }
    }
}

/// The length of what begins at `at` and is not ASCII: one letter of scripts without spaces, else a word.
fn foreign(plain: &str, at: usize) -> usize {
    let rest = &plain[at..];
    let joined = |c: char| matches!(c, '\u{0e00}'..='\u{0e7f}' | '\u{3000}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..);
    let first = rest.chars().next().map_or(1, char::len_utf8);
    if rest.starts_with(|c: char| joined(c) || !c.is_alphanumeric()) {
        return first;
    }
    rest.find(|c: char| !c.is_alphanumeric() || joined(c)).unwrap_or(rest.len())
}

/// The 3- to 5-grams of a word with its edges.
fn grams(word: &[u8], sink: &mut impl Sink) {
    let at =
        |i: usize| if i == 0 || i > word.len() { u64::from(b'_') } else { u64::from(word[i - 1]) };
    for start in 0..word.len() {
        let mut hash = mix(mix(GRAM, at(start)), at(start + 1));
        for end in start + 2..(start + 5).min(word.len() + 2) {
            hash = mix(hash, at(end));
            emit(sink, hash);
        }
    }
}

/// Sums over the words of a text, from which any window's score follows.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// By word: the sum of weights up to its end, and the number of n-grams.
    totals: Vec<(f32, u32)>,
    spans: Vec<Range<u32>>,
}

/// Words from which on a window counts in full.
const ENOUGH: usize = 8;

/// Adds up the weights of a text's n-grams.
pub(super) struct Adder<W> {
    weight: W,
    sums: Sums,
    total: f32,
    count: u32,
}

impl<W: Fn(u32) -> f32> Sink for Adder<W> {
    fn word(&mut self, span: Range<usize>) {
        self.close();
        self.sums.spans.push(span.start as u32..span.end as u32);
    }

    fn gram(&mut self, hash: u32) {
        self.total += (self.weight)(hash);
        self.count += 1;
    }
}

impl<W> Adder<W> {
    fn close(&mut self) {
        if !self.sums.spans.is_empty() {
            self.sums.totals.push((self.total, self.count));
        }
    }
}

/// The sums of `plain` under `weight`.
pub(super) fn sums(plain: &str, weight: impl Fn(u32) -> f32) -> Sums {
    let mut adder = Adder { weight, sums: Sums::default(), total: 0.0, count: 0 };
    walk(plain, &mut adder);
    adder.close();
    adder.sums
}

impl Sums {
    /// Every window as words, and its score.
    pub(super) fn windows(&self) -> impl Iterator<Item = (Range<usize>, f32)> {
        let words = self.totals.len();
        let starts = (0..words)
            .step_by(STRIDE)
            .take_while(move |&start| start == 0 || start + WINDOW < words + STRIDE);
        starts.map(move |start| {
            let end = (start + WINDOW).min(words);
            let (before, count_before) = start.checked_sub(1).map_or((0.0, 0), |i| self.totals[i]);
            let (total, count) = self.totals[end - 1];
            // A mean times the square root of the count: neither short nor long windows are favoured.
            let count = (count - count_before).max(1) as f32;
            // A few words say little, whatever they are: "say hello" must not look like a part of an attack.
            let weight = ((end - start) as f32 / ENOUGH as f32).min(1.0);
            (start..end, (total - before) / count.sqrt() * weight)
        })
    }

    /// The bytes of a window of words in the plain text.
    pub(super) fn span(&self, words: &Range<usize>) -> Range<usize> {
        let start = self.spans.get(words.start).map_or(0, |span| span.start);
        let end = words
            .end
            .checked_sub(1)
            .and_then(|last| self.spans.get(last))
            .map_or(0, |span| span.end);
        start as usize..end as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_every_word() {
        for words in [1usize, 31, 32, 33, 44, 45, 200] {
            let text = "word ".repeat(words);
            let sums = sums(&text, |_| 1.0);
            let windows: Vec<Range<usize>> = sums.windows().map(|(window, _)| window).collect();
            assert_eq!(windows[0].start, 0);
            assert_eq!(windows.last().unwrap().end, words);
            assert!(windows.windows(2).all(|pair| pair[1].start <= pair[0].end));
        }
        assert_eq!(sums("", |_| 1.0).windows().count(), 0);
    }

    #[test]
    fn a_window_knows_its_bytes() {
        let text = "one  two! 三四";
        let sums = sums(text, |_| 1.0);
        let (window, _) = sums.windows().next().unwrap();
        assert_eq!(&text[sums.span(&window)], text);
        assert_eq!(window, 0..5);
    }
}
