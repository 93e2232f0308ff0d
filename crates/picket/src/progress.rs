use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use picket_model::Progress;

/// A progress bar on a terminal; silent elsewhere.
#[derive(Debug)]
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(quiet: bool) -> Arc<Self> {
        if quiet || !std::io::stderr().is_terminal() {
            return Arc::new(Self(ProgressBar::hidden()));
        }
        let bar = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}{msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Arc::new(Self(bar))
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn advance(&self, done: u64, total: u64, subject: &str) {
        self.0.set_position(done);
        let of = if total > 0 { format!(" of {total}") } else { String::new() };
        let subject: String = subject.chars().filter(|c| !c.is_control()).take(80).collect();
        self.0.set_message(format!("{of}  {subject}"));
    }
}
