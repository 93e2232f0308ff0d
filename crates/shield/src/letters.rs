//! Which characters are letters or digits, from a table: the standard library searches for those of most scripts.

use std::sync::LazyLock;

/// Characters below this stand in the table.
const TABLE: usize = 0x3000;

static ALPHANUMERIC: LazyLock<[u64; TABLE / 64]> = LazyLock::new(|| {
    let mut table = [0; TABLE / 64];
    let chars = (0..TABLE as u32).filter_map(char::from_u32);
    for c in chars.filter(|c| c.is_alphanumeric()) {
        table[c as usize / 64] |= 1 << (c as usize % 64);
    }
    table
});

/// What [`char::is_alphanumeric`] says.
pub(crate) fn is_alphanumeric(c: char) -> bool {
    match c as usize {
        0..0x80 => c.is_ascii_alphanumeric(),
        code @ 0x80..TABLE => ALPHANUMERIC[code / 64] >> (code % 64) & 1 == 1,
        // Ideographs and Hangul.
        0x4e00..=0x9fff | 0xac00..=0xd7a3 => true,
        _ => c.is_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_standard_library_says_the_same() {
        let differs = |c: &char| super::is_alphanumeric(*c) != c.is_alphanumeric();
        assert_eq!(('\0'..=char::MAX).find(differs), None);
    }
}
