//! Scans a folder and prints what was found as JSON: `scan FOLDER [--no-sensitive]`. For profilers and for comparing what
//! two versions find; `RAYON_NUM_THREADS` sets the threads.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use picket_discovery::{PathOptions, scan_path};

fn main() -> ExitCode {
    let mut options = PathOptions::default();
    let mut paths = Vec::new();
    for argument in std::env::args_os().skip(1) {
        if argument == "--no-sensitive" {
            options.sensitive = false;
        } else {
            paths.push(PathBuf::from(argument));
        }
    }
    let found = scan_path(&paths, &options, &());
    let mut out = std::io::stdout().lock();
    match serde_json::to_writer_pretty(&mut out, &found).map(|()| out.flush()) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
