//! A streamed answer, inspected as it flows.
//!
//! Every event is read before it is passed on. An event waits only while text in it may still turn out to belong to a
//! finding that would be blocked; everything behind it waits with it, since order matters. Text that completes such a
//! finding is never sent: the stream ends there in the provider's own way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use picket_model::{Decision, ThreatCategory};
use picket_protocols::stream::{DeltaKey, Ending, Mark, StreamReader};
use picket_protocols::{Refusal, sse};
use picket_shield::{ResponseInspector, Shield, ShieldInput};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::exchange::Exchange;
use crate::inspect;

/// How much of an answer may follow its last event, and for how long it is waited for.
const REST: (usize, Duration) = (64 << 10, Duration::from_secs(1));

/// What a relay needs to know.
pub(crate) struct Relay {
    pub(crate) exchange: Exchange,
    pub(crate) shield: Arc<Shield>,
    /// What was asked, as far as it matters for the answer.
    pub(crate) context: ShieldInput,
    /// Whose findings end the stream; none where they do not.
    pub(crate) guard: Option<Shield>,
    pub(crate) refusal: OwnedRefusal,
    /// Whether what cannot be inspected ends the stream.
    pub(crate) closed: bool,
    pub(crate) data_security: bool,
    pub(crate) max_frame: usize,
    pub(crate) max_held_back: usize,
    pub(crate) idle: Duration,
}

/// A [`Refusal`] that outlives the request.
pub(crate) struct OwnedRefusal {
    pub(crate) protocol: picket_protocols::Protocol,
    pub(crate) operation: picket_protocols::Operation,
    pub(crate) id: String,
}

impl OwnedRefusal {
    pub(crate) fn get(&self) -> Refusal<'_> {
        Refusal { protocol: self.protocol, operation: self.operation, id: &self.id }
    }
}

impl Relay {
    /// The body for the client.
    pub(crate) fn body(self, upstream: Incoming) -> Body {
        let Refusal { protocol, operation, id } = self.refusal.get();
        let flow = Flow {
            upstream,
            parser: sse::Parser::new(self.max_frame),
            reader: StreamReader::new(),
            texts: FxHashMap::default(),
            queue: VecDeque::new(),
            held_back: 0,
            ending: Ending::new(protocol, operation, id),
            stop: None,
            relay: self,
        };
        Body::from_stream(stream::unfold(Some(flow), |flow| async move {
            let mut flow = flow?;
            match flow.next().await {
                Step::Send(bytes) => Some((Ok(bytes), Some(flow))),
                Step::Fail(error) => Some((Err(std::io::Error::other(error)), None)),
                Step::End => None,
            }
        }))
    }
}

struct Flow {
    upstream: Incoming,
    parser: sse::Parser,
    reader: StreamReader,
    texts: FxHashMap<DeltaKey, Text>,
    queue: VecDeque<Held>,
    held_back: usize,
    ending: Ending,
    stop: Option<Stop>,
    relay: Relay,
}

/// A text and how much of it may be seen.
struct Text {
    inspector: ResponseInspector,
    read: usize,
    safe: usize,
}

/// An event that was read and not yet sent.
struct Held {
    raw: Bytes,
    mark: Mark,
    /// How far each text must be safe before the event may be sent.
    needs: SmallVec<[(DeltaKey, usize); 1]>,
    last: bool,
    since: Instant,
}

/// Why nothing more is read.
enum Stop {
    /// The last event was read, or the upstream has ended.
    Complete,
    /// A finding must not be seen.
    Blocked(ThreatCategory),
    /// Something could not be inspected and must not pass.
    Uninspected(&'static str),
    /// The upstream broke off.
    Broken(String),
    /// The client has been told that the stream is over.
    Ended,
}

enum Step {
    Send(Bytes),
    Fail(String),
    End,
}

impl Flow {
    async fn next(&mut self) -> Step {
        loop {
            if let Some(bytes) = self.release().await {
                return Step::Send(bytes);
            }
            match self.stop.take() {
                None => self.read().await,
                Some(stop) => return self.end(stop).await,
            }
        }
    }

    /// Events that may be sent now.
    async fn release(&mut self) -> Option<Bytes> {
        let mut ready: SmallVec<[Bytes; 4]> = SmallVec::new();
        let early = matches!(self.stop, Some(Stop::Blocked(_) | Stop::Uninspected(_)));
        while let Some(held) =
            self.queue.pop_front_if(|held| safe(&self.texts, held) && !(early && held.last))
        {
            self.held_back -= held.raw.len();
            if !held.needs.is_empty() {
                self.relay.exchange.metrics.held_back(held.since.elapsed());
            }
            self.ending.sent(held.mark);
            if held.last {
                self.record().await;
            }
            ready.push(held.raw);
        }
        match ready.len() {
            0 => None,
            1 => ready.pop(),
            _ => Some(ready.concat().into()),
        }
    }

    /// Reads what comes next from the upstream.
    async fn read(&mut self) {
        let data = match tokio::time::timeout(self.relay.idle, self.upstream.frame()).await {
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => data,
                Err(_) => return,
            },
            Ok(None) => {
                if let Some(frame) = self.parser.rest() {
                    self.take(frame);
                }
                return self.finish(Stop::Complete);
            }
            Ok(Some(Err(error))) => return self.finish(Stop::Broken(error.to_string())),
            Err(_) => {
                return self.finish(Stop::Broken("the upstream stopped answering".to_owned()));
            }
        };
        self.parser.push(&data);
        loop {
            match self.parser.next_frame() {
                Ok(Some(frame)) => self.take(frame),
                Ok(None) => break,
                Err(_) => {
                    if let Some(frame) = self.parser.rest() {
                        self.unread(frame.raw, "frame_too_long");
                    }
                }
            }
            if self.stop.is_some() {
                return;
            }
        }
        if self.held_back > self.relay.max_held_back && self.may_pass("held_back_too_much") {
            for text in self.texts.values_mut() {
                text.safe = text.read;
            }
        }
    }

    /// Inspects an event and puts it in the queue.
    fn take(&mut self, frame: sse::Frame) {
        let Ok(event) = self.reader.read(&frame) else {
            return self.unread(frame.raw, "frame_malformed");
        };
        let mut needs = SmallVec::new();
        let started = Instant::now();
        let mut bytes = 0;
        for delta in &event.deltas {
            let Some(guard) = &self.relay.guard else { break };
            let text = self.texts.entry(delta.key).or_insert_with(|| Text {
                inspector: guard.response_stream(&self.relay.context),
                read: 0,
                safe: 0,
            });
            text.read += delta.text.len();
            bytes += delta.text.len();
            needs.push((delta.key, text.read));
            let release = text.inspector.push(&delta.text);
            match release.finding {
                Some(finding) => drop(self.stop.get_or_insert(Stop::Blocked(finding.category))),
                None => text.safe = release.safe_up_to,
            }
        }
        if bytes > 0 {
            self.relay.exchange.metrics.inspected("response", bytes, started.elapsed());
        }
        self.hold(frame.raw, event.mark, needs, event.last);
        if event.last && self.stop.is_none() {
            self.finish(Stop::Complete);
        }
    }

    fn hold(
        &mut self,
        raw: Bytes,
        mark: Mark,
        needs: SmallVec<[(DeltaKey, usize); 1]>,
        last: bool,
    ) {
        self.held_back += raw.len();
        self.queue.push_back(Held { raw, mark, needs, last, since: Instant::now() });
    }

    /// No more text will come: what is left is judged, and released if it may be.
    fn finish(&mut self, stop: Stop) {
        for text in self.texts.values_mut() {
            match text.inspector.finish().finding {
                Some(finding) => drop(self.stop.get_or_insert(Stop::Blocked(finding.category))),
                None => text.safe = text.read,
            }
        }
        self.stop.get_or_insert(stop);
    }

    /// An event that could not be inspected: passed on or the stream's end.
    fn unread(&mut self, raw: Bytes, reason: &'static str) {
        if self.may_pass(reason) {
            self.hold(raw, Mark::None, SmallVec::new(), false);
        }
    }

    fn may_pass(&mut self, reason: &'static str) -> bool {
        if self.relay.closed {
            self.stop.get_or_insert(Stop::Uninspected(reason));
        } else {
            self.relay.exchange.uninspected(reason);
        }
        !self.relay.closed
    }

    /// What is left to do when nothing more is read and nothing more can be released.
    async fn end(&mut self, stop: Stop) -> Step {
        self.queue.clear();
        let step = match stop {
            Stop::Complete => {
                self.drain().await;
                Step::End
            }
            Stop::Ended => Step::End,
            Stop::Broken(error) => Step::Fail(error),
            Stop::Blocked(category) => {
                self.relay.exchange.blocked(Decision::BlockedResponse, category);
                Step::Send(self.ending.blocked())
            }
            Stop::Uninspected(reason) => {
                self.relay.exchange.metrics.failed(reason);
                tracing::warn!(reason, "a stream was ended since it could not be inspected");
                self.relay.exchange.update(|interaction| {
                    interaction.outcome.decision = Decision::BlockedResponse;
                });
                Step::Send(self.ending.blocked())
            }
        };
        self.record().await;
        self.stop = Some(Stop::Ended);
        step
    }

    /// Reads what follows the last event, so that the connection can be used again.
    async fn drain(&mut self) {
        let (limit, wait) = REST;
        let rest = crate::forward::collect(&mut self.upstream, limit, wait);
        if tokio::time::timeout(wait, rest).await.is_err() {
            tracing::debug!("the upstream keeps its stream open after the last event");
        }
    }

    /// Judges the answer as a whole and records the interaction.
    async fn record(&mut self) {
        if self.relay.exchange.is_recorded() {
            return;
        }
        let answer = std::mem::take(&mut self.reader).into_response();
        let size = answer.messages.iter().map(|message| message.content.len()).sum();
        let shield = Arc::clone(&self.relay.shield);
        let context = std::mem::take(&mut self.relay.context);
        let data_security = self.relay.data_security;
        let asked = Arc::clone(&shield);
        let judged = inspect::guarded(&shield, size, move || {
            let mut verdict = inspect::response(&asked, &context, &answer);
            if !data_security {
                inspect::without_sensitive_data(&mut verdict);
            }
            (verdict, answer)
        });
        match judged.await {
            Ok((verdict, answer)) => self.relay.exchange.update(|interaction| {
                crate::answer::answered(interaction, answer);
                interaction.response_verdict = verdict;
            }),
            Err(_) => self.relay.exchange.uninspected("inspection"),
        }
        self.relay.exchange.record().await;
    }
}

/// Whether all of an event's text may be seen.
fn safe(texts: &FxHashMap<DeltaKey, Text>, held: &Held) -> bool {
    held.needs.iter().all(|(key, needed)| texts.get(key).is_none_or(|text| text.safe >= *needed))
}
