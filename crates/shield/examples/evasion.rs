//! What dressing attacks up costs: `cargo run --release -p picket-shield --example evasion -- FOLDER [MOST]`, with a folder
//! of JSONL files of rows {text, label, channel, source}. `picket shield eval FOLDER --evasion` prints the same table.

#![allow(clippy::print_stdout, reason = "it prints a table")]

use std::error::Error;

use picket_shield::train::Row;
use picket_shield::{Shield, evasion};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("give a folder of JSONL files")?;
    let most = arguments.next().map_or(Ok(300), |most| most.parse())?;
    let mut rows: Vec<Row> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            for line in std::fs::read_to_string(path)?.lines() {
                rows.push(serde_json::from_str(line)?);
            }
        }
    }
    rows.sort_by(|a, b| (&a.source, &a.text).cmp(&(&b.source, &b.text)));
    println!(
        "{:<20} {:>6} {:>10} {:>7} {:>6} {:>9} {:>15}",
        "transform", "plain", "understood", "flagged", "lost", "misplaced", "benign flagged"
    );
    for cost in evasion::measure(Shield::default_embedded(), &rows, most) {
        println!(
            "{:<20} {:>6} {:>10} {:>7} {:>6.1} {:>9} {:>5} {:>4} {:>4}",
            cost.transform,
            cost.plain,
            cost.understood,
            cost.flagged,
            cost.lost,
            cost.misplaced,
            cost.benign,
            cost.benign_plain,
            cost.benign_transformed
        );
    }
    Ok(())
}
