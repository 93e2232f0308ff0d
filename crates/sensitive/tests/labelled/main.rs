//! How much of the labelled set is found, and how much else; see `set.rs` for what it is made of.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a set that cannot be made is a test that fails"
)]

mod set;

use std::collections::BTreeMap;

use picket_sensitive::{InfoCategory, Match, Scanner};
use set::Sample;

#[derive(Default)]
struct Tally {
    expected: usize,
    found: usize,
    named: usize,
    wrong: usize,
}

impl Tally {
    fn recall(&self) -> f64 {
        self.found as f64 / self.expected.max(1) as f64
    }

    fn precision(&self) -> f64 {
        self.found as f64 / (self.found + self.wrong).max(1) as f64
    }

    fn add(&mut self, other: &Self) {
        self.expected += other.expected;
        self.found += other.found;
        self.named += other.named;
        self.wrong += other.wrong;
    }
}

/// Judges one text: found is what overlaps the value and is of its category, wrong is all else.
fn judge(scanner: &Scanner, sample: &Sample) -> (Tally, Vec<String>) {
    let mut tally = Tally::default();
    let mut remarks = Vec::new();
    let matches = scanner.scan(&sample.text);
    let place = sample.expected.as_ref().map(|(id, value)| {
        let start = sample.text.find(value.as_str()).expect("the value stands in its text");
        (*id, start..start + value.len())
    });
    let category =
        |id: &str| scanner.types().find(|info| &*info.id == id).expect("a known type").category;
    let hits = |found: &Match| {
        place.as_ref().is_some_and(|(id, span)| {
            found.span.start < span.end
                && span.start < found.span.end
                && (found.category == category(id)
                    || found.category != InfoCategory::Credentials
                        && category(id) != InfoCategory::Credentials)
        })
    };
    if let Some((id, _)) = &place {
        tally.expected = 1;
        tally.found = usize::from(matches.iter().any(hits));
        tally.named =
            usize::from(matches.iter().any(|found| hits(found) && &*found.info_type == *id));
        if tally.found == 0 {
            remarks.push(format!("missed {id}: {:?}", sample.text));
        } else if tally.named == 0 {
            remarks.push(format!(
                "misnamed {id}: {:?} {:?}",
                matches.iter().map(|m| &*m.info_type).collect::<Vec<_>>(),
                sample.text
            ));
        }
    }
    for found in matches.iter().filter(|found| !hits(found)) {
        tally.wrong += 1;
        remarks.push(format!(
            "wrong {}: {:?} in {:?}",
            found.info_type,
            &sample.text[found.span.clone()],
            sample.text
        ));
    }
    (tally, remarks)
}

/// The usual scanner for types that are on by default and for texts that hold nothing; all types for the others.
#[test]
fn most_is_found_and_little_else() {
    let usual = Scanner::embedded();
    let ids: Vec<String> = usual.types().map(|info| info.id.to_string()).collect();
    let every = Scanner::default()
        .with_types(&ids.iter().map(String::as_str).collect::<Vec<_>>(), &[])
        .unwrap();
    let samples = set::samples();
    let mut totals = Vec::new();
    for held_out in [false, true] {
        let mut families: BTreeMap<&str, Tally> = BTreeMap::new();
        let mut total = Tally::default();
        let (mut positives, mut negatives, mut wrong_of_every) = (0, 0, 0);
        for sample in samples.iter().filter(|sample| sample.held_out == held_out) {
            let on = sample
                .expected
                .as_ref()
                .is_none_or(|(id, _)| usual.types().any(|info| &*info.id == *id && info.default));
            let (tally, remarks) = judge(if on { usual } else { &every }, sample);
            for remark in remarks
                .iter()
                .filter(|_| !held_out || std::env::var_os("PICKET_SHOW_HELD_OUT").is_some())
            {
                println!("{remark}");
            }
            match sample.expected {
                Some(_) => positives += 1,
                None => {
                    negatives += 1;
                    wrong_of_every += judge(&every, sample).0.wrong;
                }
            }
            families.entry(sample.family).or_default().add(&tally);
            total.add(&tally);
        }
        println!(
            "\n{} {positives} with, {negatives} without",
            if held_out { "held out:" } else { "tuned on:" }
        );
        for (family, tally) in &families {
            println!(
                "{family:24} {:4}/{:4} found, {:4} of them named, {:3} wrong",
                tally.found, tally.expected, tally.named, tally.wrong
            );
        }
        println!(
            "precision {:.4} recall {:.4}; every type on: {wrong_of_every} wrong in texts without\n",
            total.precision(),
            total.recall()
        );
        assert!(positives >= 300 && negatives >= 750);
        totals.push(total);
    }
    for total in totals {
        assert!(total.precision() >= 0.98, "precision {:.4}", total.precision());
        assert!(total.recall() >= 0.95, "recall {:.4}", total.recall());
    }
}
