//! Threads that run the model, and the bounded queue before them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use picket_shield::Judgement;

use crate::LoadError;
use crate::graph::Graph;
use crate::labels::Labels;
use crate::metrics::Skip;
use crate::tokens::{Tokens, Window};

/// All that judging takes; shared by the workers.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) tokens: Tokens,
    pub(crate) graph: Graph,
    pub(crate) labels: Labels,
    /// Windows that go through the graph at once.
    pub(crate) batch: usize,
    /// Windows of one call.
    pub(crate) windows: usize,
}

/// Texts of one call on their way to a worker.
struct Job {
    texts: Vec<String>,
    deadline: Instant,
    answer: Sender<Answer>,
}

/// What a worker says of a job; it ends with `Done`.
enum Answer {
    Window(Judgement),
    Done { complete: bool },
    Broken,
}

pub(crate) struct Pool {
    jobs: SyncSender<Job>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

impl Pool {
    /// Starts the workers; they end when the pool is dropped and the last job is done.
    pub(crate) fn start(
        model: &Arc<Model>,
        workers: usize,
        queue: usize,
    ) -> Result<Self, LoadError> {
        let (jobs, waiting) = mpsc::sync_channel(queue);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..workers {
            let (model, waiting) = (Arc::clone(model), Arc::clone(&waiting));
            std::thread::Builder::new()
                .name(format!("classifier-{number}"))
                .spawn(move || work(&model, &waiting))
                .map_err(LoadError::Threads)?;
        }
        Ok(Self { jobs })
    }

    /// The worst window of each text that could be judged within `budget`, and why it is not all of them.
    pub(crate) fn judge(&self, texts: &[&str], budget: Duration) -> (Vec<Judgement>, Option<Skip>) {
        let deadline = Instant::now() + budget;
        let (answer, answers) = mpsc::channel();
        let texts_owned = texts.iter().map(|text| (*text).to_owned()).collect();
        match self.jobs.try_send(Job { texts: texts_owned, deadline, answer }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return (Vec::new(), Some(Skip::QueueFull)),
            Err(TrySendError::Disconnected(_)) => return (Vec::new(), Some(Skip::Error)),
        }
        let mut worst: Vec<Option<Judgement>> = vec![None; texts.len()];
        let skip = loop {
            match answers.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Answer::Window(seen)) => {
                    if let Some(worst) = worst.get_mut(seen.text)
                        && worst.as_ref().is_none_or(|worst| worst.score < seen.score)
                    {
                        *worst = Some(seen);
                    }
                }
                Ok(Answer::Done { complete: true }) => break None,
                Ok(Answer::Done { complete: false }) => break Some(Skip::TooLong),
                Ok(Answer::Broken) => break Some(Skip::Error),
                // A worker lets go of a job whose time is over.
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    break Some(Skip::Timeout);
                }
            }
        };
        (worst.into_iter().flatten().collect(), skip)
    }
}

fn work(model: &Model, waiting: &Mutex<Receiver<Job>>) {
    loop {
        let job = waiting.lock().recv();
        let Ok(job) = job else { return };
        let answer = match catch_unwind(AssertUnwindSafe(|| model.judge(&job))) {
            Ok(Ok(Some(complete))) => Answer::Done { complete },
            Ok(Ok(None)) => continue,
            Ok(Err(error)) => {
                tracing::debug!("the classifier cannot judge: {error}");
                Answer::Broken
            }
            Err(_) => Answer::Broken,
        };
        // Whoever asked may be gone by now.
        drop(job.answer.send(answer));
    }
}

impl Model {
    /// Judges a job's windows. Where there are too many, those of the last texts are, since they are what is new in a
    /// conversation. Says whether all were; nothing when its time is over.
    fn judge(&self, job: &Job) -> tokenizers::Result<Option<bool>> {
        let over = || Instant::now() >= job.deadline;
        let (mut left, mut complete) = (self.windows, true);
        let mut windows: Vec<(usize, Window)> = Vec::new();
        for (text, content) in job.texts.iter().enumerate().rev() {
            if over() {
                return Ok(None);
            }
            // What earlier texts leave of their share goes to the others.
            let share = (left / (text + 1)).max(1).min(left);
            if share == 0 {
                complete = false;
                break;
            }
            let cut = self.tokens.windows(content, share)?;
            complete &= cut.complete;
            left -= cut.windows.len();
            windows.extend(cut.windows.into_iter().map(|window| (text, window)));
        }
        // What is short costs least; rows of about one length are filled up least.
        windows.sort_by_key(|(_, window)| window.ids.len());
        let mut rest = &windows[..];
        while let Some((_, shortest)) = rest.first() {
            if over() {
                return Ok(None);
            }
            let longest = 2 * shortest.ids.len();
            let alike = |(_, window): &&(usize, Window)| window.ids.len() <= longest;
            let (batch, after) =
                rest.split_at(rest.iter().take(self.batch).take_while(alike).count());
            rest = after;
            let rows: Vec<&Window> = batch.iter().map(|(_, window)| window).collect();
            let logits = self.graph.run(&rows)?;
            for ((text, window), logits) in batch.iter().zip(logits) {
                let score = self.labels.score(&logits);
                let judgement = Judgement { text: *text, span: window.span.clone(), score };
                drop(job.answer.send(Answer::Window(judgement)));
            }
        }
        Ok(Some(complete))
    }
}
