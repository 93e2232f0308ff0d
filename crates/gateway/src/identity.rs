//! Who calls, and with what credential, without keeping the credential.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use ipnet::IpNet;
use picket_model::Authentication;
use sha2::{Digest as _, Sha256};

/// Headers that carry an API key, of all protocols.
pub(crate) const KEY_HEADERS: [&str; 3] = ["api-key", "x-api-key", "ocp-apim-subscription-key"];

/// Where a call comes from: the connection's address, or, seen from the last hop back, the first in `X-Forwarded-For`
/// that is not a trusted proxy.
pub(crate) fn client_ip(
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> Option<IpAddr> {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    let mut client = peer?.ip().to_canonical();
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for hop in hops.iter().rev() {
        if !is_trusted(&client) {
            break;
        }
        let hop = hop.trim();
        let address =
            hop.parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|at| at.ip()));
        let Ok(address) = address else { break };
        client = address.to_canonical();
    }
    Some(client)
}

/// How the caller proves itself, and a fingerprint (16 hex digits of SHA-256) that tells one credential from another.
pub(crate) fn credential(headers: &HeaderMap) -> (Authentication, Option<String>) {
    let key = KEY_HEADERS.iter().find_map(|name| headers.get(*name));
    if let Some(key) = key {
        return (Authentication::ApiKey, Some(fingerprint(key.as_bytes())));
    }
    let Some(value) = headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes) else {
        return (Authentication::None, None);
    };
    let (scheme, token) = value
        .iter()
        .position(|byte| *byte == b' ')
        .map_or((&value[..0], value), |space| (&value[..space], &value[space + 1..]));
    if scheme.starts_with(b"AWS4-") {
        return (Authentication::Signature, None);
    }
    // Both API keys and tokens travel as `Bearer`; a token is a JWT.
    let token_like =
        token.starts_with(b"eyJ") && token.iter().filter(|byte| **byte == b'.').count() == 2;
    let authentication = if token_like { Authentication::Bearer } else { Authentication::ApiKey };
    (authentication, Some(fingerprint(token)))
}

fn fingerprint(credential: &[u8]) -> String {
    hex::encode(&Sha256::digest(credential)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn forwarded_addresses_count_only_behind_trusted_proxies() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let from = |peer: &str, forwarded: &str| {
            let headers = headers(&[("x-forwarded-for", forwarded)]);
            client_ip(Some(peer.parse().unwrap()), &headers, &trusted).unwrap().to_string()
        };
        assert_eq!(from("203.0.113.9:1", "198.51.100.1"), "203.0.113.9");
        assert_eq!(from("10.0.0.1:1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(from("10.0.0.1:1", "192.0.2.66, 198.51.100.1:4711, 10.0.0.2"), "198.51.100.1");
        assert_eq!(from("10.0.0.1:1", "rubbish"), "10.0.0.1");
        assert_eq!(from("[::ffff:10.0.0.1]:1", "2001:db8::1"), "2001:db8::1");
    }

    #[test]
    fn credentials_are_told_apart_and_not_kept() {
        let of = |pairs: &[(&'static str, &str)]| credential(&headers(pairs));
        assert_eq!(of(&[]), (Authentication::None, None));
        let (kind, print) = of(&[("authorization", "Bearer sk-test")]);
        assert_eq!((kind, print.as_deref().map(str::len)), (Authentication::ApiKey, Some(16)));
        assert_eq!(print, of(&[("api-key", "sk-test"), ("authorization", "Bearer other")]).1);
        assert_eq!(of(&[("authorization", "Bearer eyJh.e30.x")]).0, Authentication::Bearer);
        assert_eq!(
            of(&[("authorization", "AWS4-HMAC-SHA256 Credential=x")]).0,
            Authentication::Signature
        );
    }
}
