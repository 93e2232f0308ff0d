use crate::words::WORDS;

/// Letters from which on a word may be several.
pub(super) const LONG: usize = 16;

/// What a look over a plain text says of its words: whether a disguise may be there at all.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Glance {
    /// Letters set apart.
    pub(super) singles: bool,
    /// Digits or signs in words.
    pub(super) signs: bool,
    /// Words that hang together.
    pub(super) joined: bool,
    /// Markup inside words.
    pub(super) tags: bool,
}

/// Kinds of bytes: letters, what stands for a letter, white space, all else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Sign,
    Space,
    Other,
}

const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' | 0x80.. => Kind::Letter,
            b'0'..=b'9' | b'@' | b'$' | b'!' | b'|' | b'+' | b'(' => Kind::Sign,
            b' ' | b'\t' | b'\n' | b'\r' => Kind::Space,
            _ => Kind::Other,
        };
        byte += 1;
    }
    kinds
};

impl Glance {
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let kind = |at: usize| bytes.get(at).map_or(Kind::Space, |byte| KINDS[usize::from(*byte)]);
        let mut glance = Self::default();
        // Single letters in turn; words in turn with one sign between; words with a sign in the middle.
        let (mut singles, mut hanging, mut signed) = (0, 0, 0);
        let (mut at, mut end) = (0, 0);
        while at < bytes.len() {
            if kind(at) != Kind::Letter {
                at += 1;
                continue;
            }
            let start = at;
            while kind(at) == Kind::Letter {
                at += 1;
            }
            let gap = start - end;
            let single =
                at - start == 1 || at - start <= 4 && text[start..at].chars().nth(1).is_none();
            singles = match () {
                () if single && gap <= 8 => singles + 1,
                () if single => 1,
                () => 0,
            };
            let hangs = matches!(gap, 1 | 2) && kind(end) == Kind::Other;
            hanging = if hangs { hanging + 1 } else { 0 };
            glance.singles |= singles >= 6;
            glance.joined |= hanging >= 3;
            glance.tags |= gap > 0 && bytes[end] == b'<';
            let before = start > 0 && kind(start - 1) == Kind::Sign;
            if before || kind(at) == Kind::Sign && kind(at + 1) != Kind::Space {
                signed += 1;
            } else if at - start >= LONG && !WORDS.has(&bytes[start..at]) {
                glance.joined = true;
            }
            end = at;
        }
        glance.signs = signed >= 2;
        glance
    }
}
