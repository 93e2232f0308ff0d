//! To the upstream and back: addresses, headers, bodies.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::stream;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap,
    HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use picket_protocols::Protocol;
use picket_shield::canary;

use crate::config::millis;
use crate::exchange::Exchange;
use crate::identity::KEY_HEADERS;
use crate::{ConfigError, Credentials, GatewayError, Limits, Upstream};

/// A pooled HTTP/1.1 and HTTP/2 client. It sends a path exactly as it is given.
pub(crate) type HttpClient = Client<HttpsConnector<HttpConnector>, Body>;

/// Headers of one connection, not of the message (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 6] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
];

pub(crate) fn client(limits: &Limits) -> Result<HttpClient, GatewayError> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(millis(limits.connect_timeout_ms)));
    let https = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::aws_lc_rs::default_provider())
        .map_err(GatewayError::Certificates)?
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(tcp);
    Ok(Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(60))
        .build(https))
}

/// An upstream, ready to be called.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) upstream: Upstream,
    scheme: Scheme,
    authority: Authority,
    prefix: String,
    key: Option<(HeaderName, HeaderValue)>,
    /// The token that is planted in instructions.
    pub(crate) canary: Option<String>,
}

impl Target {
    /// `secret` is what canary tokens are made from.
    pub(crate) fn new(upstream: Upstream, secret: &[u8]) -> Result<Self, ConfigError> {
        let url = &upstream.url;
        let bad_url = || ConfigError::Url { name: upstream.name.clone(), url: url.to_string() };
        let scheme = if url.scheme() == "https" { Scheme::HTTPS } else { Scheme::HTTP };
        let authority = url.authority().parse().map_err(|_| bad_url())?;
        let prefix = url.path().trim_end_matches('/').to_owned();
        let key = match &upstream.credentials {
            Credentials::PassThrough => None,
            Credentials::ApiKeyEnv(variable) => Some(key(&upstream, variable)?),
        };
        let canary = upstream.canary.then(|| canary::token(secret, &upstream.name));
        Ok(Self { upstream, scheme, authority, prefix, key, canary })
    }

    /// Where a request goes: the rest of its path and its query, byte for byte, behind the upstream's address.
    pub(crate) fn uri(&self, rest: &str) -> Result<Uri, http::Error> {
        let path = PathAndQuery::try_from(format!("{}{rest}", self.prefix))?;
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()
    }

    /// Makes a client's headers the upstream's.
    pub(crate) fn headers(&self, mut headers: HeaderMap) -> HeaderMap {
        strip_hop_by_hop(&mut headers);
        for name in [HOST, CONTENT_LENGTH, EXPECT, UPGRADE] {
            headers.remove(name);
        }
        // An answer that is compressed cannot be read on its way.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some((name, key)) = &self.key {
            headers.remove(AUTHORIZATION);
            for name in KEY_HEADERS {
                headers.remove(name);
            }
            headers.insert(name.clone(), key.clone());
        }
        headers
    }
}

/// The header that carries an upstream's key, from an environment variable.
fn key(upstream: &Upstream, variable: &str) -> Result<(HeaderName, HeaderValue), ConfigError> {
    let problem = |problem| ConfigError::Key {
        name: upstream.name.clone(),
        variable: variable.to_owned(),
        problem,
    };
    let key = std::env::var(variable).map_err(|_| problem("is not set"))?;
    let (name, value) = match upstream.protocol {
        Protocol::OpenAi => (AUTHORIZATION, format!("Bearer {}", key.trim())),
        Protocol::Anthropic => (HeaderName::from_static("x-api-key"), key.trim().to_owned()),
        Protocol::AzureOpenAi | Protocol::AzureAiInference => {
            (HeaderName::from_static("api-key"), key.trim().to_owned())
        }
    };
    let mut value =
        HeaderValue::try_from(value).map_err(|_| problem("holds what no header may hold"))?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// Removes the headers of one connection, and those that `Connection` names.
pub(crate) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

/// A body that could not be read whole.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// Longer than allowed. What was read, for those who go on without reading it whole.
    #[error("body is longer than the limit")]
    TooLong(Bytes),
    /// Nothing came for too long.
    #[error("body stopped arriving")]
    Idle,
    /// The connection broke.
    #[error("body ended early")]
    Broken,
}

/// Reads a body whole, up to `limit` bytes, with at most `idle` between pieces.
pub(crate) async fn collect<B>(
    body: &mut B,
    limit: usize,
    idle: Duration,
) -> Result<Bytes, ReadError>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
{
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    loop {
        let frame = match tokio::time::timeout(idle, body.frame()).await {
            Err(_) => return Err(ReadError::Idle),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(ReadError::Broken),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        // One piece is the usual case and needs no copy.
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
        if first.len() + all.len() > limit {
            all.extend_from_slice(&first);
            return Err(ReadError::TooLong(all.freeze()));
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

/// An answer's body passed on as it comes, after what was read of it already. Recorded before its end.
pub(crate) fn pass(
    read: Bytes,
    body: Incoming,
    idle: Duration,
    exchange: Option<Exchange>,
) -> Body {
    let state = (Some(read).filter(|read| !read.is_empty()), body, exchange);
    Body::from_stream(stream::unfold(Some(state), move |state| async move {
        let (read, mut body, mut exchange) = state?;
        if let Some(read) = read {
            return Some((Ok(read), Some((None, body, exchange))));
        }
        loop {
            let error = match tokio::time::timeout(idle, body.frame()).await {
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => return Some((Ok(data), Some((None, body, exchange)))),
                    Err(_) => continue,
                },
                Ok(None) => None,
                Ok(Some(Err(error))) => Some(error.to_string()),
                Err(_) => Some("the upstream stopped answering".to_owned()),
            };
            if let Some(exchange) = &mut exchange {
                exchange.record().await;
            }
            return error.map(|error| (Err(std::io::Error::other(error)), None));
        }
    }))
}

/// Sends a request and waits for the answer's head.
pub(crate) async fn send(
    client: &HttpClient,
    request: Request<Body>,
    limits: &Limits,
) -> Result<Response<Incoming>, SendError> {
    match tokio::time::timeout(millis(limits.answer_timeout_ms), client.request(request)).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(SendError::Slow(limits.answer_timeout_ms)),
    }
}

/// An upstream that gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// It could not be reached, or the connection broke.
    #[error("{}", cause(.0))]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    /// It took too long.
    #[error("no answer within {0} ms")]
    Slow(u64),
}

/// The innermost reason, which says what happened; the outer ones say where in the client.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
