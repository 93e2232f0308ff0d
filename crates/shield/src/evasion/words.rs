//! Words in other order, apart or together.

use super::{Dressed, mapped};
use crate::classifier::train::Random;

fn whole(text: String) -> Dressed {
    Dressed { span: 0..text.len(), text }
}

/// Letters with `gap` between them, words with `wide`.
fn apart(text: &str, gap: &str, wide: &str) -> Dressed {
    let words = text.split_whitespace().map(|word| {
        let letters: Vec<String> = word.chars().map(String::from).collect();
        letters.join(gap)
    });
    whole(words.collect::<Vec<_>>().join(wide))
}

pub(super) fn spaced_once(text: &str, _: &mut Random) -> Dressed {
    apart(text, " ", " ")
}

pub(super) fn spaced_wide(text: &str, random: &mut Random) -> Dressed {
    apart(text, " ", random.pick::<&str>(&["  ", "   "]))
}

pub(super) fn dotted(text: &str, random: &mut Random) -> Dressed {
    apart(text, ".", random.pick::<&str>(&[" ", ". .", ".."]))
}

pub(super) fn dashed(text: &str, random: &mut Random) -> Dressed {
    apart(text, "-", random.pick::<&str>(&[" ", "- -", " / "]))
}

pub(super) fn underscored_letters(text: &str, random: &mut Random) -> Dressed {
    apart(text, "_", random.pick::<&str>(&[" ", "__", "_"]))
}

pub(super) fn underscored_words(text: &str, random: &mut Random) -> Dressed {
    let gap = random.pick(&["_", "__"]);
    whole(text.split_whitespace().collect::<Vec<_>>().join(gap))
}

pub(super) fn hyphens(text: &str, random: &mut Random) -> Dressed {
    let gap = random.pick(&["-", ".", "+", "/"]);
    whole(text.split_whitespace().collect::<Vec<_>>().join(gap))
}

pub(super) fn camel(text: &str, _: &mut Random) -> Dressed {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    whole(text.split_whitespace().map(word).collect())
}

pub(super) fn joined(text: &str, _: &mut Random) -> Dressed {
    whole(text.split_whitespace().collect())
}

pub(super) fn reversed(text: &str, random: &mut Random) -> Dressed {
    super::carried(&text.chars().rev().collect::<String>(), random)
}

pub(super) fn reversed_words(text: &str, random: &mut Random) -> Dressed {
    let words: Vec<String> = text.split(' ').map(|word| word.chars().rev().collect()).collect();
    super::carried(&words.join(" "), random)
}

pub(super) fn backwards(text: &str, _: &mut Random) -> Dressed {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    words.reverse();
    whole(words.join(" "))
}

/// Changes every word of at least `least` letters.
fn by_word(text: &str, least: usize, mut change: impl FnMut(&mut Vec<char>)) -> Dressed {
    let mut out = String::new();
    let mut word: Vec<char> = Vec::new();
    for c in text.chars().chain(['\0']) {
        if c.is_alphabetic() {
            word.push(c);
            continue;
        }
        if word.len() >= least {
            change(&mut word);
        }
        out.extend(word.drain(..));
        if c != '\0' {
            out.push(c);
        }
    }
    whole(out)
}

/// Letters between first and last of each longer word in another order.
pub(super) fn scrambled(text: &str, random: &mut Random) -> Dressed {
    by_word(text, 4, |word| {
        for at in (2..word.len() - 1).rev() {
            word.swap(at, 1 + random.below(at));
        }
    })
}

/// One letter wrong, missing or doubled in about every third longer word.
pub(super) fn typos(text: &str, random: &mut Random) -> Dressed {
    by_word(text, 5, |word| {
        if random.below(3) > 0 {
            return;
        }
        let at = 1 + random.below(word.len() - 2);
        match random.below(4) {
            0 => word.swap(at, at + 1),
            1 => word.insert(at, word[at]),
            2 => word[at] = 'q',
            _ => {
                word.remove(at);
            }
        }
    })
}

/// `"igno" + "re al" + …`
pub(super) fn concatenated(text: &str, random: &mut Random) -> Dressed {
    let clean: Vec<char> =
        mapped(text, |c| if matches!(c, '"' | '`') { '\'' } else { c }.to_string())
            .text
            .chars()
            .collect();
    let size = 4 + random.below(12);
    let pieces: Vec<String> = clean
        .chunks(size)
        .map(|piece| format!("\"{}\"", piece.iter().collect::<String>()))
        .collect();
    super::carried(&pieces.join(*random.pick(&[" + ", "+", " . ", " +\n  "])), random)
}

/// `a = "…"; b = "…"` and then `a + b`.
pub(super) fn variables(text: &str, random: &mut Random) -> Dressed {
    let clean: Vec<char> =
        mapped(text, |c| if c == '"' { '\'' } else { c }.to_string()).text.chars().collect();
    let parts = 2 + random.below(3);
    let names = &["a", "b", "c", "d"][..parts];
    let pieces = clean.chunks(clean.len().div_ceil(parts).max(1));
    let given: Vec<String> = names
        .iter()
        .zip(pieces)
        .map(|(name, piece)| format!("{name} = \"{}\"", piece.iter().collect::<String>()))
        .collect();
    let sum = names[..given.len()].join(" + ");
    let text =
        format!("Let {}. Now do what {sum} says.", given.join(*random.pick(&["; ", ", ", "\n"])));
    Dressed { span: 0..text.len(), text }
}
