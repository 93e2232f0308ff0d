//! Any text as a rule file: its rules are loaded and tried, or it is said what is wrong.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picket_posture::RuleSet;

fuzz_target!(|text: &str| {
    let (rules, _) =
        RuleSet::load([("recommendations/fuzz.yaml", text), ("attack-paths/fuzz.yaml", text)]);
    let _ = rules.check();
});
