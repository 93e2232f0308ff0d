//! Any text before the shield: spans lie inside it on character boundaries, whole or as it streams.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picket_model::Channel;
use picket_shield::{Shield, ShieldInput};

fuzz_target!(|input: (u8, u8, &str)| {
    let (choice, size, text) = input;
    let shield = Shield::default_embedded();
    let channel = Channel::ALL[usize::from(choice) % Channel::ALL.len()];
    let verdict = shield.analyze(&ShieldInput::text("f", channel, text));
    assert!((0.0..=1.0).contains(&verdict.score));
    for detection in &verdict.detections {
        let [start, end] = detection.span;
        assert!(start <= end && text.get(start..end).is_some(), "{detection:?}");
    }
    let mut inspector = shield.response_stream(&ShieldInput::text("f", Channel::User, "hello"));
    let mut rest = text;
    while !rest.is_empty() {
        let mut cut = usize::from(size).clamp(1, rest.len());
        while !rest.is_char_boundary(cut) {
            cut += 1;
        }
        let _ = inspector.push(&rest[..cut]);
        rest = &rest[cut..];
    }
    let _ = inspector.finish();
});
