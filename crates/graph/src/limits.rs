use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::error::QueryError;

/// How much a query may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Rows returned; more are cut and [`picket_model::QueryStats::truncated`] says so.
    pub rows: usize,
    /// Time until the query is stopped.
    pub time: Duration,
    /// Memory for intermediate and final rows, in bytes, about.
    pub memory_bytes: usize,
    /// Stops the query when it becomes true.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Default for Limits {
    /// 10,000 rows, 10 seconds, 256 MiB.
    fn default() -> Self {
        Self {
            rows: 10_000,
            time: Duration::from_secs(10),
            memory_bytes: 256 * 1024 * 1024,
            cancel: None,
        }
    }
}

/// What is left of the limits while a query runs.
#[derive(Debug)]
pub(crate) struct Budget<'a> {
    limits: &'a Limits,
    started: Instant,
    ticks: Cell<u32>,
    bytes: Arc<AtomicUsize>,
}

/// Steps between two looks at the clock.
const TICKS_PER_CHECK: u32 = 512;

impl<'a> Budget<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { limits, started: Instant::now(), ticks: Cell::new(0), bytes: Arc::default() }
    }

    /// For another thread: of the same time and memory.
    pub(crate) fn fork(&self) -> Self {
        Self { ticks: Cell::new(0), bytes: Arc::clone(&self.bytes), ..*self }
    }

    pub(crate) fn rows(&self) -> usize {
        self.limits.rows
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Counts one step of work.
    pub(crate) fn tick(&self) -> Result<(), QueryError> {
        let ticks = self.ticks.get().wrapping_add(1);
        self.ticks.set(ticks);
        if ticks.is_multiple_of(TICKS_PER_CHECK) { self.check() } else { Ok(()) }
    }

    /// Counts so many steps of work.
    pub(crate) fn ticks(&self, steps: usize) -> Result<(), QueryError> {
        let before = self.ticks.get();
        let ticks = before.wrapping_add(u32::try_from(steps).unwrap_or(u32::MAX));
        self.ticks.set(ticks);
        let same = before / TICKS_PER_CHECK == ticks / TICKS_PER_CHECK;
        if same { Ok(()) } else { self.check() }
    }

    /// Looks at the clock and the cancel flag.
    pub(crate) fn check(&self) -> Result<(), QueryError> {
        if self.limits.cancel.as_ref().is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            return Err(QueryError::LimitExceeded { limit: "it was cancelled".to_owned() });
        }
        if self.elapsed() > self.limits.time {
            let limit = format!("it took longer than {:?}", self.limits.time);
            return Err(QueryError::LimitExceeded { limit });
        }
        Ok(())
    }

    /// Whether there is room for memory that is held for a while.
    pub(crate) fn hold(&self, bytes: usize) -> Result<(), QueryError> {
        let result = self.charge(bytes);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        result
    }

    /// Counts memory that is kept.
    pub(crate) fn charge(&self, bytes: usize) -> Result<(), QueryError> {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.limits.memory_bytes {
            let limit = format!("it needed more than {} bytes of memory", self.limits.memory_bytes);
            return Err(QueryError::LimitExceeded { limit });
        }
        Ok(())
    }
}
