//! Any line that `picket shield` reads: a request or an error; each detection points into the text it names.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picket_model::Channel;
use picket_shield::{Shield, ShieldInput};

fuzz_target!(|line: &[u8]| {
    let Ok(input) = serde_json::from_slice::<ShieldInput>(line) else { return };
    let verdict = Shield::default_embedded().analyze(&input);
    assert_eq!(verdict.id, input.id);
    for detection in &verdict.detections {
        let [start, end] = detection.span;
        let message = input.messages.get(detection.message).map(|message| message.content.as_str());
        let document = input.documents.get(detection.message).map(|document| document.content.as_str());
        let texts = [message, document.filter(|_| detection.channel == Channel::Document)];
        assert!(texts.into_iter().flatten().any(|text| text.get(start..end).is_some()), "{detection:?}");
    }
    let written = serde_json::to_vec(&input).expect("what was read can be written");
    assert_eq!(serde_json::from_slice::<ShieldInput>(&written).expect("and read again"), input);
});
