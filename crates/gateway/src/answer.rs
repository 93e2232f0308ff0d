//! An answer's way back: inspected as its kind asks for, or passed on.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use hyper::body::Incoming;
use picket_model::{Decision, Interaction};
use picket_protocols::{Operation, parse_response};
use picket_shield::{Shield, ShieldInput};

use crate::config::millis;
use crate::exchange::Exchange;
use crate::forward::{self, ReadError};
use crate::proxy::{Call, encoded};
use crate::stream::{OwnedRefusal, Relay};
use crate::{inspect, reply};

impl Call<'_> {
    /// Inspects an answer as its kind asks for.
    pub(crate) async fn answer(
        &self,
        mut exchange: Exchange,
        answer: Response<Incoming>,
        shield: Arc<Shield>,
        context: ShieldInput,
    ) -> Response<Body> {
        if encoded(answer.headers()).is_some() {
            if self.closed() {
                let message = "the upstream's answer is compressed and cannot be inspected";
                let refused = self.error(StatusCode::BAD_GATEWAY, "compressed", message);
                return self.refuse(exchange, refused).await;
            }
            exchange.uninspected("compressed");
            return self.pass(answer, Some(exchange));
        }
        let kind = answer.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let kind = kind.to_ascii_lowercase();
        if kind.starts_with(b"text/event-stream") {
            let limits = &self.gateway.config.limits;
            let (mut parts, body) = answer.into_parts();
            forward::strip_hop_by_hop(&mut parts.headers);
            parts.headers.remove(CONTENT_LENGTH);
            let relay = Relay {
                exchange,
                shield,
                context,
                guard: self.blocks().then(|| self.gateway.stream_guard()),
                refusal: OwnedRefusal {
                    protocol: self.target.upstream.protocol,
                    operation: self.route.operation,
                    id: self.id.to_string(),
                },
                closed: self.closed(),
                data_security: self.settings.data_security,
                max_frame: limits.max_frame,
                max_held_back: limits.max_held_back,
                idle: millis(limits.idle_timeout_ms),
            };
            return Response::from_parts(parts, relay.body(body));
        }
        let json = kind.windows(4).any(|part| part == b"json");
        if !json && (self.route.operation == Operation::Other || !answer.status().is_success()) {
            return self.pass(answer, Some(exchange));
        }
        self.whole(exchange, answer, shield, context).await
    }

    /// Reads an answer whole and inspects it before the client sees it.
    async fn whole(
        &self,
        mut exchange: Exchange,
        answer: Response<Incoming>,
        shield: Arc<Shield>,
        context: ShieldInput,
    ) -> Response<Body> {
        let limits = &self.gateway.config.limits;
        let (mut parts, mut incoming) = answer.into_parts();
        forward::strip_hop_by_hop(&mut parts.headers);
        let idle = millis(limits.idle_timeout_ms);
        let body = match forward::collect(&mut incoming, limits.max_response_body, idle).await {
            Ok(body) => body,
            Err(ReadError::TooLong(read)) if !self.closed() => {
                exchange.uninspected("answer_too_long");
                return Response::from_parts(
                    parts,
                    forward::pass(read, incoming, idle, Some(exchange)),
                );
            }
            Err(error) => {
                let message =
                    format!("the answer of upstream `{}`: {error}", self.target.upstream.name);
                let refused = self.error(StatusCode::BAD_GATEWAY, "upstream_broke_off", &message);
                return self.refuse(exchange, refused).await;
            }
        };
        let started = Instant::now();
        let (data_security, read) = (self.settings.data_security, body.clone());
        let asked = Arc::clone(&shield);
        let judged = inspect::guarded(&shield, body.len(), move || {
            let answer = parse_response(&read).ok()?;
            let mut verdict = inspect::response(&asked, &context, &answer);
            if !data_security {
                inspect::without_sensitive_data(&mut verdict);
            }
            Some((answer, verdict))
        });
        match judged.await {
            Ok(Some((answer, verdict))) => {
                exchange.metrics.inspected("response", body.len(), started.elapsed());
                let category = inspect::blocked_response(&verdict).filter(|_| self.blocks());
                let model = answer.model.clone();
                exchange.update(|interaction| {
                    answered(interaction, answer);
                    interaction.response_verdict = verdict;
                });
                if let Some(category) = category {
                    exchange.blocked(Decision::BlockedResponse, category);
                    let id = self.id.to_string();
                    let blocked = self.refusal(&id).response(category, model.as_deref());
                    let mut refused = reply::provider(blocked);
                    refused.headers_mut().insert(reply::VERDICT, reply::verdict(category, &id));
                    return self.refuse(exchange, refused).await;
                }
            }
            // An answer without body has nothing to inspect.
            _ if body.is_empty() => {}
            _ if self.closed() => {
                let message = "the upstream's answer could not be inspected and was not passed on";
                let refused = self.error(StatusCode::BAD_GATEWAY, "inspection_failed", message);
                return self.refuse(exchange, refused).await;
            }
            _ => exchange.uninspected("answer_unreadable"),
        }
        exchange.record().await;
        Response::from_parts(parts, Body::from(body))
    }

    /// Passes an answer on unread.
    pub(crate) fn pass(
        &self,
        answer: Response<Incoming>,
        exchange: Option<Exchange>,
    ) -> Response<Body> {
        let (mut parts, body) = answer.into_parts();
        forward::strip_hop_by_hop(&mut parts.headers);
        let idle = millis(self.gateway.config.limits.idle_timeout_ms);
        Response::from_parts(parts, forward::pass(Bytes::new(), body, idle, exchange))
    }
}

/// Fills in what an answer says.
pub(crate) fn answered(interaction: &mut Interaction, answer: picket_protocols::Response) {
    interaction.response = answer.messages;
    interaction.documents.extend(answer.documents);
    interaction.tool_calls = answer.tool_calls;
    interaction.usage = answer.usage;
    interaction.outcome.finish_reason = answer.finish_reason;
    interaction.outcome.provider_jailbreak = answer.provider_jailbreak;
}
