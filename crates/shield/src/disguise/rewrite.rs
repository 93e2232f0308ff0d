use std::ops::Range;

/// A text with some parts replaced.
#[derive(Debug)]
pub(super) struct Rewritten {
    pub(super) text: String,
    /// By byte of `text`: which byte before it stands for.
    pub(super) offsets: Vec<u32>,
    pub(super) changed: Vec<Change>,
}

/// A replaced part.
#[derive(Debug)]
pub(super) struct Change {
    /// Where it was.
    pub(super) before: Range<usize>,
    /// Where what replaces it is, in the rewritten text.
    pub(super) after: Range<usize>,
}

/// Replaces parts of a text from its beginning to its end.
#[derive(Debug)]
pub(super) struct Rewriter<'a> {
    from: &'a str,
    done: usize,
    rewritten: Rewritten,
}

impl<'a> Rewriter<'a> {
    pub(super) fn new(from: &'a str) -> Self {
        let rewritten = Rewritten { text: String::new(), offsets: Vec::new(), changed: Vec::new() };
        Self { from, done: 0, rewritten }
    }

    /// What stands between the last replaced part and `part` stays; `part` is gone, for what `push` adds.
    pub(super) fn begin(&mut self, part: Range<usize>) {
        if self.rewritten.changed.is_empty() {
            self.rewritten.text.reserve(self.from.len());
            self.rewritten.offsets.reserve(self.from.len());
        }
        self.keep_to(part.start);
        self.done = part.end;
        let after = self.rewritten.text.len();
        self.rewritten.changed.push(Change { before: part, after: after..after });
    }

    /// Adds a character that stands for what was at `offset`.
    pub(super) fn push(&mut self, c: char, offset: usize) {
        self.rewritten.text.push(c);
        self.rewritten.offsets.resize(self.rewritten.text.len(), offset as u32);
    }

    /// Replaces `part` by `text` of about its length, letter for letter.
    pub(super) fn replace(&mut self, part: Range<usize>, text: &str) {
        self.begin(part.clone());
        for (at, c) in text.char_indices() {
            self.push(c, (part.start + at).min(part.end - 1));
        }
    }

    fn keep_to(&mut self, end: usize) {
        if let Some(last) = self.rewritten.changed.last_mut() {
            last.after.end = self.rewritten.text.len();
        }
        self.rewritten.text.push_str(&self.from[self.done..end]);
        self.rewritten.offsets.extend(self.done as u32..end as u32);
    }

    /// The whole; `None` where nothing was replaced.
    pub(super) fn finish(mut self) -> Option<Rewritten> {
        self.keep_to(self.from.len());
        Some(self.rewritten).filter(|rewritten| !rewritten.changed.is_empty())
    }
}
