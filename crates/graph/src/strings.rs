use std::sync::Arc;

use rustc_hash::FxHashMap;

/// The code of no string.
pub(crate) const NONE: u32 = 0;

/// Every text of the snapshot once.
#[derive(Debug)]
pub(crate) struct Strings {
    texts: Vec<Arc<str>>,
    codes: FxHashMap<Arc<str>, u32>,
}

impl Strings {
    pub(crate) fn new() -> Self {
        Self { texts: vec![Arc::from("")], codes: FxHashMap::default() }
    }

    /// The shared copy of `text`.
    pub(crate) fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some((shared, _)) = self.codes.get_key_value(text) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = Arc::from(text);
        let code = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(Arc::clone(&shared));
        self.codes.insert(Arc::clone(&shared), code);
        shared
    }

    pub(crate) fn code(&self, text: &str) -> Option<u32> {
        self.codes.get(text).copied()
    }

    pub(crate) fn text(&self, code: u32) -> &Arc<str> {
        &self.texts[code as usize]
    }
}
