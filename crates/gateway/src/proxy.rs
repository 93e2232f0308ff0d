//! One request's way: named upstream, inspection, forwarding, inspection of the answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use bytes::Bytes;
use chrono::Utc;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, UPGRADE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use picket_model::{Decision, Interaction, Outcome, Usage, UserContext, Verdict};
use picket_protocols::{Refusal, Reply, Route, parse_request};
use picket_shield::{Shield, ShieldInput, canary};
use uuid::Uuid;

use crate::config::millis;
use crate::exchange::Exchange;
use crate::forward::{self, ReadError, Target};
use crate::server::Gateway;
use crate::{Mode, OnError, TrafficSettings, identity, inspect, reply};

/// Takes a request to the upstream its path names.
pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let id = Uuid::now_v7();
    let mut response = route(&gateway, id, parts, body).await;
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(reply::INTERACTION, id);
    }
    response
}

async fn route(gateway: &Gateway, id: Uuid, parts: Parts, body: Body) -> Response<Body> {
    let line = parts.uri.path_and_query().map_or("/", |line| line.as_str());
    let (name, rest) = first_segment(line);
    let Some(target) = gateway.targets.get(name) else {
        let names: Vec<&str> =
            gateway.config.upstreams.iter().map(|upstream| upstream.name.as_str()).collect();
        let detail = format!(
            "no upstream is named `{name}`; the first segment of the path must be one of: {}",
            names.join(", ")
        );
        return reply::problem(StatusCode::NOT_FOUND, &detail);
    };
    if parts.headers.contains_key(UPGRADE) && !parts.headers.contains_key("http2-settings") {
        let detail = "the gateway does not pass on WebSocket or other upgraded connections";
        return reply::problem(StatusCode::NOT_IMPLEMENTED, detail);
    }
    let settings = match target.upstream.mode {
        Mode::Off => None,
        _ => Some(gateway.deps.recorder.settings(&target.upstream).await),
    };
    let unread =
        settings.is_none_or(|settings| !settings.plan_on && target.upstream.mode == Mode::Detect);
    let call = Call {
        id,
        route: Route::of(target.upstream.protocol, &parts.method, rest),
        rest: rest.to_owned(),
        settings: settings.unwrap_or(TrafficSettings { plan_on: false, data_security: false }),
        gateway,
        target,
    };
    if unread { call.unread(parts, body).await } else { call.read(parts, body).await }
}

/// The first segment of a path, and everything after it as it stands, beginning with `/`, `?` or nothing.
fn first_segment(line: &str) -> (&str, &str) {
    let line = line.strip_prefix('/').unwrap_or(line);
    line.split_at(line.find(['/', '?']).unwrap_or(line.len()))
}

/// A request to a known upstream.
pub(crate) struct Call<'a> {
    pub(crate) id: Uuid,
    pub(crate) route: Route,
    rest: String,
    pub(crate) settings: TrafficSettings,
    pub(crate) gateway: &'a Gateway,
    pub(crate) target: &'a Target,
}

impl Call<'_> {
    /// Passes a request and its answer on without reading either.
    async fn unread(&self, parts: Parts, body: Body) -> Response<Body> {
        let headers = parts.headers.clone();
        match self.send(&parts, headers, body).await {
            Ok(answer) => self.pass(answer, None),
            Err(refused) => refused,
        }
    }

    /// Reads, inspects and passes on.
    async fn read(&self, parts: Parts, mut body: Body) -> Response<Body> {
        let limits = &self.gateway.config.limits;
        let permit = Arc::clone(&self.gateway.permits).try_acquire_owned().ok();
        let overloaded = permit.is_none();
        let exchange = Exchange::new(
            self.interaction(&parts),
            Arc::clone(&self.gateway.deps.recorder),
            self.gateway.deps.metrics.clone(),
            millis(limits.record_timeout_ms),
            permit,
        );
        if overloaded {
            if self.closed() {
                let detail = format!(
                    "{} requests are being inspected, which is the limit; try again, or raise gateway.limits.max_concurrent",
                    limits.max_concurrent
                );
                exchange.metrics.failed("overloaded");
                let refused = reply::problem(StatusCode::SERVICE_UNAVAILABLE, &detail);
                return self.refuse(exchange, refused).await;
            }
            return self.uninspected(exchange, &parts, body, "overloaded").await;
        }
        if let Some(encoding) = encoded(&parts.headers) {
            if self.closed() {
                let message = format!(
                    "the request body is compressed ({encoding}) and cannot be inspected; send it as it is"
                );
                let refused =
                    self.error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "compressed", &message);
                return self.refuse(exchange, refused).await;
            }
            return self.uninspected(exchange, &parts, body, "compressed").await;
        }
        let limit = limits.max_request_body;
        let announced =
            parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let read = match announced {
            Some(length) if limit < length => Err(ReadError::TooLong(Bytes::new())),
            _ => forward::collect(&mut body, limit, millis(limits.read_timeout_ms)).await,
        };
        let body = match read {
            Ok(body) => body,
            Err(error) => {
                let (status, message) = match error {
                    ReadError::TooLong(_) => (
                        StatusCode::PAYLOAD_TOO_LARGE,
                        format!(
                            "the request body is longer than {limit} bytes (gateway.limits.max_request_body)"
                        ),
                    ),
                    error => (StatusCode::REQUEST_TIMEOUT, format!("the request {error}")),
                };
                return self
                    .refuse(exchange, self.error(status, "invalid_request", &message))
                    .await;
            }
        };
        self.inspected(exchange, parts, body).await
    }

    /// Inspects a request that was read, and passes it on unless it is to be refused.
    async fn inspected(
        &self,
        mut exchange: Exchange,
        parts: Parts,
        mut body: Bytes,
    ) -> Response<Body> {
        let started = Instant::now();
        let shield = self.gateway.deps.shield.load_full();
        let job = self.prompt_job(&parts, body.clone(), Arc::clone(&shield));
        let mut context = ShieldInput::default();
        match inspect::guarded(&shield, body.len(), job).await {
            Ok(Ok((request, verdict))) => {
                exchange.metrics.inspected("prompt", body.len(), started.elapsed());
                context =
                    inspect::context(&self.id.to_string(), &self.target.upstream.name, &request);
                let category = inspect::blocked_prompt(&verdict);
                exchange.update(|interaction| {
                    interaction.model = request.model;
                    interaction.streaming = request.streaming;
                    interaction.user = UserContext {
                        session_id: request.user.session_id.or(interaction.user.session_id.take()),
                        ..request.user
                    };
                    interaction.messages = request.messages;
                    interaction.documents = request.documents;
                    interaction.tools = request.tools;
                    interaction.prompt_verdict = verdict;
                });
                if let Some(category) = category.filter(|_| self.blocks()) {
                    exchange.blocked(Decision::BlockedPrompt, category);
                    let mut refused =
                        reply::provider(self.refusal(&self.id.to_string()).prompt(category));
                    let verdict = reply::verdict(category, &self.id.to_string());
                    refused.headers_mut().insert(reply::VERDICT, verdict);
                    return self.refuse(exchange, refused).await;
                }
            }
            Ok(Err(malformed)) => {
                let refused = self.error(
                    StatusCode::BAD_REQUEST,
                    "invalid_json",
                    &format!("the request {malformed}"),
                );
                return self.refuse(exchange, refused).await;
            }
            Err(_) if self.closed() => {
                let message = "the request could not be inspected and was not passed on";
                let refused =
                    self.error(StatusCode::SERVICE_UNAVAILABLE, "inspection_failed", message);
                return self.refuse(exchange, refused).await;
            }
            Err(_) => exchange.uninspected("inspection"),
        }
        if let Some(token) = &self.target.canary
            && let Some(planted) = picket_protocols::plant(&body, &canary::line(token))
        {
            body = Bytes::from(planted);
            context.canaries.push(token.clone());
        }
        let answer = match self.send(&parts, parts.headers.clone(), Body::from(body)).await {
            Ok(answer) => answer,
            Err(refused) => return self.refuse(exchange, refused).await,
        };
        exchange.update(|interaction| interaction.outcome.status = answer.status().as_u16());
        self.answer(exchange, answer, shield, context).await
    }

    fn prompt_job(
        &self,
        parts: &Parts,
        body: Bytes,
        shield: Arc<Shield>,
    ) -> impl FnOnce() -> Result<(picket_protocols::Request, Verdict), picket_protocols::JsonError> + use<>
    {
        let (protocol, method, headers) =
            (self.target.upstream.protocol, parts.method.clone(), parts.headers.clone());
        let (rest, id, data_security) =
            (self.rest.clone(), self.id.to_string(), self.settings.data_security);
        let upstream = self.target.upstream.name.clone();
        move || {
            let request = parse_request(protocol, &method, &rest, &headers, &body)?;
            let mut verdict = inspect::prompt(&shield, &id, &upstream, &request);
            if !data_security {
                inspect::without_sensitive_data(&mut verdict);
            }
            Ok((request, verdict))
        }
    }

    /// Passes a request on without inspection and records that it was so.
    async fn uninspected(
        &self,
        mut exchange: Exchange,
        parts: &Parts,
        body: Body,
        reason: &'static str,
    ) -> Response<Body> {
        exchange.uninspected(reason);
        match self.send(parts, parts.headers.clone(), body).await {
            Ok(answer) => {
                exchange
                    .update(|interaction| interaction.outcome.status = answer.status().as_u16());
                self.pass(answer, Some(exchange))
            }
            Err(refused) => self.refuse(exchange, refused).await,
        }
    }

    async fn send(
        &self,
        parts: &Parts,
        headers: HeaderMap,
        body: Body,
    ) -> Result<Response<Incoming>, Response<Body>> {
        let name = &self.target.upstream.name;
        let uri = self.target.uri(&self.rest).map_err(|error| {
            let message = format!("the path cannot be passed on to upstream `{name}`: {error}");
            self.error(StatusCode::BAD_REQUEST, "invalid_path", &message)
        })?;
        let mut request = Request::new(body);
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = self.target.headers(headers);
        forward::send(&self.gateway.client, request, &self.gateway.config.limits).await.map_err(
            |error| {
                tracing::warn!(upstream = %name, "{error}");
                let status = match error {
                    forward::SendError::Slow(_) => StatusCode::GATEWAY_TIMEOUT,
                    forward::SendError::Unreachable(_) => StatusCode::BAD_GATEWAY,
                };
                let message = format!(
                    "upstream `{name}` ({}) gave no answer: {error}",
                    self.target.upstream.url
                );
                self.error(status, "upstream_unreachable", &message)
            },
        )
    }

    /// Records an answer of the gateway's own, then gives it.
    pub(crate) async fn refuse(
        &self,
        mut exchange: Exchange,
        refused: Response<Body>,
    ) -> Response<Body> {
        exchange.update(|interaction| interaction.outcome.status = refused.status().as_u16());
        exchange.record().await;
        refused
    }

    pub(crate) fn error(&self, status: StatusCode, code: &str, message: &str) -> Response<Body> {
        let reply: Reply = self.refusal(&self.id.to_string()).error(status, code, message);
        reply::provider(reply)
    }

    pub(crate) fn refusal<'a>(&self, id: &'a str) -> Refusal<'a> {
        Refusal { protocol: self.target.upstream.protocol, operation: self.route.operation, id }
    }

    pub(crate) fn blocks(&self) -> bool {
        self.target.upstream.mode == Mode::Block
    }

    pub(crate) fn closed(&self) -> bool {
        self.target.upstream.on_error == OnError::Closed
    }

    /// What is known of a call from its head.
    fn interaction(&self, parts: &Parts) -> Interaction {
        let upstream = &self.target.upstream;
        let text = |name: &str| {
            parts
                .headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        let (authentication, credential_fingerprint) = identity::credential(&parts.headers);
        let id = self.id.to_string();
        Interaction {
            id: self.id,
            time: Utc::now(),
            upstream: upstream.name.clone(),
            asset: upstream.asset.clone(),
            environment: None,
            protocol: upstream.protocol.to_string(),
            operation: self.route.operation.to_string(),
            model: None,
            deployment: self.route.deployment.clone(),
            streaming: false,
            user: UserContext { session_id: text("x-session-id"), ..UserContext::default() },
            client_ip: identity::client_ip(
                peer,
                &parts.headers,
                &self.gateway.config.trusted_proxies,
            ),
            user_agent: text(USER_AGENT.as_str()),
            authentication,
            credential_fingerprint,
            messages: Vec::new(),
            documents: Vec::new(),
            tools: Vec::new(),
            response: Vec::new(),
            tool_calls: Vec::new(),
            usage: Usage::default(),
            outcome: Outcome {
                decision: Decision::Allowed,
                status: 0,
                latency_us: 0,
                finish_reason: None,
                provider_jailbreak: None,
            },
            prompt_verdict: Verdict::clean(id.clone()),
            response_verdict: Verdict::clean(id),
        }
    }
}

/// The encoding of a body that is not sent as it is.
pub(crate) fn encoded(headers: &HeaderMap) -> Option<String> {
    let encoding = headers.get(CONTENT_ENCODING)?.to_str().unwrap_or("unknown").trim();
    (!encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity"))
        .then(|| encoding.to_owned())
}
