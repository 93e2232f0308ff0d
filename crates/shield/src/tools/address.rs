//! Addresses that only the inside can reach.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use url::{Host, Url};

/// Addresses of one text that are looked at, and how long they may be.
const LINKS: usize = 50;
const LONGEST: usize = 2048;

/// Hosts that give out a cloud's credentials.
const METADATA: [&str; 5] = [
    "metadata.google.internal",
    "metadata.goog",
    "metadata",
    "instance-data",
    "instance-data.ec2.internal",
];

/// Services that answer any name with the address in it.
const REBINDING: [&str; 6] = ["nip.io", "sslip.io", "xip.io", "localtest.me", "lvh.me", "rbndr.us"];

/// Schemes that reach other things than web pages.
const SCHEMES: [&str; 12] = [
    "gopher", "dict", "ldap", "ldaps", "tftp", "jar", "netdoc", "php", "expect", "phar", "smb",
    "sftp",
];

/// The worst address of `text` and how sure it is wrong; `whole`: the text is meant to be an address.
pub(super) fn internal(text: &str, whole: bool) -> Option<(Range<usize>, f32)> {
    let mut worst: Option<(Range<usize>, f32)> = None;
    let mut consider = |span: Range<usize>, score: Option<f32>| {
        if let Some(score) = score
            && worst.as_ref().is_none_or(|(_, worst)| *worst < score)
        {
            worst = Some((span, score));
        }
    };
    for (at, _) in text.match_indices("://").take(LINKS) {
        let scheme = text[..at].bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
        let start = at - scheme;
        let rest = &text[start..];
        let ends = |c: char| {
            c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '|' | ';' | ')')
        };
        let end = rest
            .char_indices()
            .find(|(i, c)| ends(*c) || *i >= LONGEST)
            .map_or(rest.len(), |(i, _)| i);
        consider(start..start + end, judge(&rest[..end]));
    }
    if whole && worst_is_none(text) {
        // A host without a scheme.
        let host = text.trim();
        if host.len() <= LONGEST && !host.contains(char::is_whitespace) {
            consider(0..text.len(), judge(&format!("http://{host}")));
        }
    }
    worst
}

fn worst_is_none(text: &str) -> bool {
    !text.contains("://")
}

fn judge(link: &str) -> Option<f32> {
    let (scheme, rest) = link.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme == "file" {
        let path = rest.to_ascii_lowercase();
        let telling = ["/etc/", "/proc/", "/.ssh", "/.aws", "/root/", "windows/"];
        return Some(if telling.iter().any(|part| path.contains(part)) { 0.9 } else { 0.6 });
    }
    // SFTP and SMB reach stores that tools are made for; alone they are no finding.
    if SCHEMES.contains(&scheme.as_str()) {
        return (!matches!(scheme.as_str(), "sftp" | "smb")).then_some(0.85);
    }
    if !matches!(scheme.as_str(), "http" | "https" | "ftp" | "ws" | "wss") {
        return None;
    }
    let url = Url::parse(&format!("http://{rest}")).ok()?;
    let written = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let inside = match url.host()? {
        Host::Ipv4(address) => by_address(address, !written.starts_with(&address.to_string())),
        Host::Ipv6(address) => by_address_6(address),
        Host::Domain(name) => by_name(name.trim_end_matches('.')),
    };
    // An address that a harmless one only leads to, as redirects and proxies take it.
    let nested = url.query_pairs().take(20).filter_map(|(_, value)| {
        let (scheme, _) = value.split_once("://")?;
        let inner = Url::parse(&value).ok()?;
        (scheme.starts_with("http")).then_some(())?;
        match inner.host()? {
            Host::Ipv4(address) if is_metadata(address) => Some(0.85),
            _ => None,
        }
    });
    inside.into_iter().chain(nested).max_by(f32::total_cmp)
}

fn is_metadata(address: Ipv4Addr) -> bool {
    address.is_link_local()
        || matches!(address.octets(), [100, 100, 100, 200] | [192, 0, 0, 192] | [168, 63, 129, 16])
}

fn by_address(address: Ipv4Addr, disguised: bool) -> Option<f32> {
    let inside = address.is_private() || address.is_loopback() || address.is_unspecified();
    match (is_metadata(address), inside, disguised) {
        (true, ..) => Some(0.95),
        (_, true, true) => Some(0.9),
        // Nobody writes an address as one number for people.
        (_, false, true) => Some(0.8),
        // The inside is what many tools are for.
        (_, _, false) => None,
    }
}

fn by_address_6(address: Ipv6Addr) -> Option<f32> {
    if let Some(inner) = address.to_ipv4_mapped() {
        return by_address(inner, true);
    }
    (address == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        || address.segments()[0] & 0xffc0 == 0xfe80)
        .then_some(0.95)
}

fn by_name(name: &str) -> Option<f32> {
    if METADATA.contains(&name) {
        return Some(0.95);
    }
    let service = REBINDING.iter().find(|service| {
        name.strip_suffix(**service)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })?;
    let before = name.strip_suffix(service)?.trim_end_matches('.').replace('-', ".");
    let parts: Vec<&str> = before.split('.').collect();
    let inner = parts.windows(4).find_map(|four| four.join(".").parse::<Ipv4Addr>().ok());
    match inner {
        Some(address) if is_metadata(address) => Some(0.95),
        Some(address) if address.is_private() || address.is_loopback() => Some(0.85),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inside_is_known_however_it_is_written() {
        for link in [
            "http://169.254.169.254/latest/meta-data/",
            "http://2852039166/",
            "http://0xa9fea9fe/latest",
            "http://0251.0376.0251.0376/",
            "http://[::ffff:169.254.169.254]/",
            "http://[fd00:ec2::254]/latest",
            "http://metadata.google.internal/computeMetadata/v1/",
            "http://169.254.169.254.nip.io/",
            "http://a-169-254-169-254.sslip.io/",
            "http://user@169.254.169.254/",
            "http://2130706433:6379/",
            "gopher://127.0.0.1:6379/_INFO",
            "file:///etc/passwd",
            "dict://localhost:11211/stat",
            "https://proxy.example/?to=http://169.254.169.254/",
            "see http://100.100.100.200/latest now",
        ] {
            let score = internal(link, true).map(|(_, score)| score);
            assert!(score.is_some_and(|score| score >= 0.8), "{link}: {score:?}");
        }
        assert!(internal("169.254.169.254/latest", true).is_some());
        assert!(internal("2852039166", true).is_some());
    }

    #[test]
    fn ordinary_addresses_are_fine() {
        for link in [
            "https://example.com/a?b=https://other.example/",
            "http://localhost:3000/",
            "http://127.0.0.1:8080/x",
            "http://192.168.1.10/status",
            "https://docs.example.com/metadata/v1",
            "https://[2001:db8::1]/",
            "postgres://db.internal/x",
            "12 Main Street",
            "s3://bucket/key",
            "http://10.1.2.3.nip.example/",
        ] {
            assert_eq!(internal(link, true), None, "{link}");
        }
    }
}
