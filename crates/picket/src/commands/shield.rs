use std::io::{self, BufRead, Write};

use anyhow::Context as _;
use clap::Args;
use picket_shield::{Shield, ShieldInput};

use crate::Context;
use crate::exit::{Exit, Failure};
use crate::output::eprint;

/// Longest line read.
const LINE: usize = 16 << 20;

/// Inspect text: JSON lines in, verdicts out
///
/// Each line is {"id","text","channel":"user|system|document|tool|response"} or
/// {"id","messages":[{role,content}],"documents":[…]}.
#[derive(Debug, Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: Arguments, context: &Context) -> Result<Exit, Failure> {
    let shield = Shield::new(context.config.shield.clone())
        .context("the shield cannot be made from its settings")
        .map_err(Failure::usage)?;
    let (mut input, mut output) = (io::stdin().lock(), io::BufWriter::new(io::stdout().lock()));
    let (mut number, mut wrong, mut line) = (0_usize, 0_usize, Vec::new());
    loop {
        line.clear();
        let read = io::Read::take(&mut input, LINE as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        number += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice::<ShieldInput>(&line) {
            Ok(input) => {
                serde_json::to_writer(&mut output, &shield.analyze(&input))?;
                output.write_all(b"\n")?;
            }
            Err(error) => {
                wrong += 1;
                eprint(&format!("line {number} is passed over: {error}"));
            }
        }
    }
    output.flush()?;
    Ok(match wrong {
        0 => Exit::Done,
        wrong if wrong == number => Exit::Nothing,
        _ => Exit::Partial,
    })
}
