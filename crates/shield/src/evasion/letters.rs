//! Letters in other dress.

use super::{Dressed, mapped};
use crate::classifier::train::Random;

/// Replaces the letters of `from` by those of `to` that stand at the same place.
fn swapped(text: &str, from: &str, to: &str) -> Dressed {
    let letters: Vec<char> = to.chars().collect();
    mapped(text, |c| {
        from.chars().position(|known| known == c).map_or(c, |at| letters[at]).to_string()
    })
}

pub(super) fn zero_width(text: &str, random: &mut Random) -> Dressed {
    let often = 1 + random.below(3);
    let mut letters = 0;
    mapped(text, |c| {
        letters += 1;
        let sign = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'][letters % 5];
        if letters % often == 0 { format!("{c}{sign}") } else { c.to_string() }
    })
}

pub(super) fn cyrillic(text: &str, _: &mut Random) -> Dressed {
    swapped(text, "aceopxyisjhABCEHIKMOPTX", "асеорхуіѕјһАВСЕНІКМОРТХ")
}

pub(super) fn greek(text: &str, _: &mut Random) -> Dressed {
    swapped(text, "aeiknoptuvwxyABEHIKMNOPTXYZ", "αεικηορτυνωχγΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")
}

/// Armenian, Cherokee, Latin and Cyrillic ones, about every second letter.
pub(super) fn look_alikes(text: &str, random: &mut Random) -> Dressed {
    const LETTERS: [(char, &[char]); 14] = [
        ('a', &['а', 'ɑ', 'α']),
        ('c', &['с', 'ϲ']),
        ('e', &['е', 'ҽ']),
        ('g', &['ց', 'ɡ']),
        ('h', &['һ', 'հ']),
        ('i', &['і', 'ı']),
        ('n', &['ո', 'п']),
        ('o', &['о', 'ο', 'օ']),
        ('p', &['р', 'ρ']),
        ('s', &['ѕ']),
        ('u', &['ս', 'υ']),
        ('v', &['ѵ', 'ν']),
        ('y', &['у', 'ү']),
        ('D', &['Ꭰ']),
    ];
    mapped(text, |c| {
        let known = LETTERS.iter().find(|(letter, _)| *letter == c);
        known
            .filter(|_| random.below(2) == 0)
            .map_or(c, |(_, alikes)| *random.pick(alikes))
            .to_string()
    })
}

pub(super) fn accents(text: &str, _: &mut Random) -> Dressed {
    swapped(text, "aeioucnsyzAEIOU", "áèîöüçñšýžÀÉÏÕÛ")
}

pub(super) fn marks(text: &str, random: &mut Random) -> Dressed {
    mapped(text, |c| {
        let marks = if c.is_alphabetic() { 1 + random.below(3) } else { 0 };
        let marks = (0..marks).filter_map(|_| char::from_u32(0x300 + random.below(0x40) as u32));
        std::iter::once(c).chain(marks).collect()
    })
}

pub(super) fn leet_light(text: &str, _: &mut Random) -> Dressed {
    swapped(text, "aeioAEIO", "43104310")
}

pub(super) fn leet_medium(text: &str, _: &mut Random) -> Dressed {
    swapped(text, "aeiostlAEIOST", "@3!0$71431057")
}

pub(super) fn leet_strong(text: &str, _: &mut Random) -> Dressed {
    swapped(text, "aeiostlbgzAEIOSTLBG", "4310571892431057189")
}

pub(super) fn full_width(text: &str, _: &mut Random) -> Dressed {
    mapped(text, |c| if ('!'..='~').contains(&c) { shifted(c, '!', 0xff01) } else { c }.to_string())
}

fn shifted(c: char, first: char, to: u32) -> char {
    char::from_u32(c as u32 - first as u32 + to).unwrap_or(c)
}

pub(super) fn upper(text: &str, _: &mut Random) -> Dressed {
    mapped(text, |c| c.to_uppercase().collect())
}

pub(super) fn mixed_case(text: &str, random: &mut Random) -> Dressed {
    mapped(text, |c| {
        if random.below(2) == 0 { c.to_uppercase().collect() } else { c.to_lowercase().collect() }
    })
}

pub(super) fn braille(text: &str, _: &mut Random) -> Dressed {
    let cells = "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵⠀⠂⠲⠖⠦";
    let letters = "abcdefghijklmnopqrstuvwxyz ,.!?";
    swapped(&text.to_lowercase(), letters, cells)
}

pub(super) fn emoji(text: &str, random: &mut Random) -> Dressed {
    let base = *random.pick(&[0x1f1e6, 0x1f130, 0x1f170, 0x24b6, 0x1f150]);
    let apart = base == 0x1f1e6;
    mapped(text, |c| {
        let letter =
            if c.is_ascii_alphabetic() { shifted(c.to_ascii_uppercase(), 'A', base) } else { c };
        // Flags would come together.
        if apart && letter != c { format!("{letter}\u{200b}") } else { letter.to_string() }
    })
}

pub(super) fn styled(text: &str, random: &mut Random) -> Dressed {
    let base = *random.pick(&[0x1d400, 0x1d468, 0x1d4d0, 0x1d56c, 0x1d5d4, 0x1d670]);
    mapped(text, |c| {
        match c {
            'A'..='Z' => shifted(c, 'A', base),
            'a'..='z' => shifted(c, 'a', base + 26),
            c => c,
        }
        .to_string()
    })
}

pub(super) fn small_capitals(text: &str, _: &mut Random) -> Dressed {
    swapped(&text.to_lowercase(), "abcdefghijklmnoprtuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ")
}

/// Each word from another alphabet or style.
pub(super) fn mixed(text: &str, random: &mut Random) -> Dressed {
    let ways = [cyrillic, greek, full_width, styled, accents, zero_width];
    let mut dressed = String::new();
    for word in text.split_inclusive(' ') {
        dressed.push_str(&random.pick(&ways)(word, random).text);
    }
    Dressed { span: 0..dressed.len(), text: dressed }
}
