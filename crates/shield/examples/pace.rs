//! How long the shield takes over somebody's own text: `cargo run --release -p picket-shield --example pace -- FILE`.
//! The file is judged in pieces of 1 KB, of 64 KB and of 1 MB, as prompts and as documents, a few times over.

#![allow(clippy::print_stdout, reason = "it prints a table")]

use std::error::Error;
use std::time::{Duration, Instant};

use picket_model::Channel;
use picket_shield::{Shield, ShieldInput};

/// How long each size is measured.
const LONG_ENOUGH: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("give a file of text")?;
    let text = std::fs::read_to_string(file)?;
    let shield = Shield::default_embedded();
    println!("{:<10} {:>6} {:>12} {:>12} {:>8}", "channel", "KB", "median µs", "p99 µs", "MB/s");
    for channel in [Channel::User, Channel::Document] {
        for size in [1usize << 10, 64 << 10, 1 << 20] {
            let pieces = pieces(&text, size);
            let inputs: Vec<ShieldInput> =
                pieces.iter().map(|piece| ShieldInput::text("piece", channel, *piece)).collect();
            let mut times = Vec::new();
            let begin = Instant::now();
            while begin.elapsed() < LONG_ENOUGH {
                for input in &inputs {
                    let start = Instant::now();
                    std::hint::black_box(shield.analyze(input));
                    times.push(start.elapsed());
                }
            }
            let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
            let Some(rounds) = times.len().checked_div(pieces.len()).filter(|it| *it > 0) else {
                continue;
            };
            let all: Duration = times.iter().sum();
            times.sort_unstable();
            let micros = |share: f64| {
                let at = (times.len() as f64 * share) as usize;
                times[at.min(times.len() - 1)].as_secs_f64() * 1e6
            };
            let pace = (bytes * rounds) as f64 / all.as_secs_f64() / 1e6;
            let (size, median, late) = (size >> 10, micros(0.5), micros(0.99));
            println!("{channel:<10} {size:>6} {median:>12.0} {late:>12.0} {pace:>8.1}");
        }
    }
    Ok(())
}

/// Pieces of about `size` bytes; a rest that is shorter is left out.
fn pieces(text: &str, size: usize) -> Vec<&str> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    while start + size <= text.len() {
        let end = text.floor_char_boundary(start + size);
        pieces.push(&text[start..end]);
        start = end;
    }
    pieces
}
