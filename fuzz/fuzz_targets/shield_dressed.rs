//! Any text in up to three disguises and encodings on top of each other: spans lie inside the dressed text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picket_model::Channel;
use picket_shield::evasion::TRANSFORMS;
use picket_shield::{Shield, ShieldInput};

/// Bytes of a dressed text from which on it is not dressed again.
const LONG: usize = 64 << 10;

fuzz_target!(|input: (u8, [u8; 3], &str)| {
    let (choice, transforms, text) = input;
    let mut text = text.to_owned();
    for (seed, transform) in transforms.into_iter().enumerate() {
        if text.len() > LONG {
            break;
        }
        let transform = &TRANSFORMS[usize::from(transform) % TRANSFORMS.len()];
        let dressed = transform.apply(&text, (usize::from(choice) + seed) as u64);
        assert!(dressed.text.get(dressed.span.clone()).is_some(), "{}", transform.name);
        text = dressed.text;
    }
    let channel = Channel::ALL[usize::from(choice) % Channel::ALL.len()];
    let verdict = Shield::default_embedded().analyze(&ShieldInput::text("f", channel, text.as_str()));
    assert!((0.0..=1.0).contains(&verdict.score));
    for detection in &verdict.detections {
        let [start, end] = detection.span;
        assert!(start <= end && text.get(start..end).is_some(), "{detection:?}");
    }
});
