//! Writes the labelled set as JSON lines, each with what the scanner finds in it and how long that takes, for
//! `benches/sensitive/compare.py`.

#[path = "../tests/labelled/set.rs"]
mod set;

use std::io::Write;
use std::time::Instant;

use picket_sensitive::Scanner;
use serde_json::json;

/// Runs over one text, of which the fastest counts.
const RUNS: usize = 5;

fn main() -> std::io::Result<()> {
    let usual = Scanner::embedded();
    let ids: Vec<String> = usual.types().map(|info| info.id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let every = Scanner::default().with_types(&ids, &[]).map_err(std::io::Error::other)?;
    let mut out = std::io::stdout().lock();
    for sample in set::samples() {
        let on = sample
            .expected
            .as_ref()
            .is_none_or(|(id, _)| usual.types().any(|info| &*info.id == *id && info.default));
        let scanner = if on { usual } else { &every };
        let mut seconds = f64::MAX;
        let mut found = Vec::new();
        for _ in 0..RUNS {
            let start = Instant::now();
            found = scanner.scan(&sample.text);
            seconds = seconds.min(start.elapsed().as_secs_f64());
        }
        let found: Vec<_> = found
            .iter()
            .map(|found| json!({"type": &*found.info_type, "value": &sample.text[found.span.clone()]}))
            .collect();
        let (id, value) =
            sample.expected.map_or((None, None), |(id, value)| (Some(id), Some(value)));
        let line = json!({
            "text": sample.text, "family": sample.family, "type": id, "value": value,
            "held_out": sample.held_out, "picket": found, "seconds": seconds,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}
