//! Any text before the scanner of information types; what is redacted shows nothing of what was found.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picket_sensitive::{Scanner, redact};

fuzz_target!(|text: &str| {
    let scanner = Scanner::embedded();
    let found = scanner.scan(text);
    let redacted = redact(text, &found);
    for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
        assert!(
            redacted.text.get(..redacted.position(at)).is_some(),
            "{at} lies outside of the redacted text"
        );
    }
});
