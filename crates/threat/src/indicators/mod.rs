//! Threat intelligence: what is known of addresses, hosts, links and user agents.

use std::net::IpAddr;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use ipnet::IpNet;
use picket_model::Time;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::catalogue::FILES;

mod indicator;

pub use indicator::{Indicator, IndicatorError, IndicatorKind, IndicatorLabel};

/// The most indicators held; what is over it is left out and reported.
const MOST: usize = 2_000_000;
/// The most user agent parts held.
const MOST_AGENTS: usize = 20_000;

/// Threat intelligence, indexed for look-up.
#[derive(Debug, Clone, Default)]
pub struct Indicators {
    list: Vec<Indicator>,
    index: FxHashMap<(IndicatorKind, String), usize>,
    /// Networks by prefix length, longest first, so that a look-up is one hash per length.
    networks: Vec<(u8, FxHashMap<IpNet, usize>)>,
    agents: Option<AhoCorasick>,
    agent_entries: Vec<usize>,
}

impl Indicators {
    /// The user agents of `rules/alerts/indicators/`; addresses and hosts age too fast to be embedded.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Indicators> = LazyLock::new(|| {
            let list = FILES
                .get_file("indicators/user-agents.yaml")
                .and_then(|file| file.contents_utf8())
                .and_then(|text| serde_saphyr::from_str::<Vec<Indicator>>(text).ok())
                .unwrap_or_default();
            Indicators::new(list).0
        });
        &EMBEDDED
    }

    /// Indexes a list. Entries that cannot be used are left out and returned as errors.
    #[must_use]
    pub fn new(list: Vec<Indicator>) -> (Self, Vec<IndicatorError>) {
        let mut indicators = Self::default();
        let errors = indicators.extend(list);
        (indicators, errors)
    }

    /// Reads a plain list, one value a line, with `#` comments, such as the Tor project's exit list. A value with a `/`
    /// is a network where it parses as one.
    #[must_use]
    pub fn from_lines(
        text: &str,
        label: IndicatorLabel,
        source: &str,
        expires: Option<Time>,
    ) -> (Self, Vec<IndicatorError>) {
        let mut lines = Vec::new();
        let list = text
            .lines()
            .enumerate()
            .filter_map(|(at, line)| {
                let value = line.split('#').next()?.trim();
                (!value.is_empty()).then(|| {
                    lines.push(at + 1);
                    let kind = if value.contains("://") {
                        IndicatorKind::Url
                    } else if value.parse::<IpAddr>().is_ok() {
                        IndicatorKind::Ip
                    } else if value.contains('/') {
                        IndicatorKind::Cidr
                    } else {
                        IndicatorKind::Domain
                    };
                    Indicator {
                        kind,
                        value: value.to_owned(),
                        label,
                        source: Some(source.to_owned()),
                        note: None,
                        expires,
                    }
                })
            })
            .collect();
        let (indicators, mut errors) = Self::new(list);
        for error in &mut errors {
            error.at = lines.get(error.at - 1).copied().unwrap_or(error.at);
        }
        (indicators, errors)
    }

    /// Takes in another set; where both name the same, the other's entry replaces ours.
    pub fn merge(&mut self, other: Self) {
        self.extend(other.list);
    }

    /// Forgets what has expired.
    pub fn prune(&mut self, now: Time) {
        let mut list = std::mem::take(&mut self.list);
        list.retain(|indicator| holds(indicator, now));
        *self = Self::new(list).0;
    }

    /// Every indicator held.
    #[must_use]
    pub fn list(&self) -> &[Indicator] {
        &self.list
    }

    /// What is known of an address; a single address goes before a network, a narrow network before a wide one.
    #[must_use]
    pub fn ip(&self, ip: IpAddr, now: Time) -> Option<&Indicator> {
        let ip = ip.to_canonical();
        self.find(IndicatorKind::Ip, &ip.to_string(), now).or_else(|| {
            self.networks.iter().find_map(|(length, networks)| {
                let network = IpNet::new(ip, *length).ok()?.trunc();
                self.valid(*networks.get(&network)?, now)
            })
        })
    }

    /// What is known of a host or one of its parent domains.
    #[must_use]
    pub fn host(&self, host: &str, now: Time) -> Option<&Indicator> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let mut rest = host.as_str();
        loop {
            if let Some(found) = self.find(IndicatorKind::Domain, rest, now) {
                return Some(found);
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// What is known of a URL, by itself, by a shorter URL it begins with, or by its host.
    #[must_use]
    pub fn url(&self, url: &str, now: Time) -> Option<&Indicator> {
        let parsed = url::Url::parse(url).ok()?;
        let normal = normal_url(&parsed);
        let ends = normal.match_indices('/').map(|(at, _)| at).skip(2);
        std::iter::once(normal.len())
            .chain(ends.take(32))
            .find_map(|end| self.find(IndicatorKind::Url, normal[..end].trim_end_matches('/'), now))
            .or_else(|| match parsed.host()? {
                url::Host::Domain(host) => self.host(host, now),
                url::Host::Ipv4(ip) => self.ip(ip.into(), now),
                url::Host::Ipv6(ip) => self.ip(ip.into(), now),
            })
    }

    /// What is known of a user agent.
    #[must_use]
    pub fn user_agent(&self, agent: &str, now: Time) -> Option<&Indicator> {
        let end = agent.floor_char_boundary(1024);
        self.agents
            .as_ref()?
            .find_overlapping_iter(&agent[..end])
            .find_map(|found| self.valid(self.agent_entries[found.pattern().as_usize()], now))
    }

    /// Whether any host or URL is known, that is, whether looking for links is worth the time.
    #[must_use]
    pub(crate) fn know_links(&self) -> bool {
        self.list
            .iter()
            .any(|indicator| matches!(indicator.kind, IndicatorKind::Domain | IndicatorKind::Url))
    }

    fn find(&self, kind: IndicatorKind, value: &str, now: Time) -> Option<&Indicator> {
        self.valid(*self.index.get(&(kind, value.to_owned()))?, now)
    }

    fn valid(&self, at: usize, now: Time) -> Option<&Indicator> {
        self.list.get(at).filter(|indicator| holds(indicator, now))
    }

    fn extend(&mut self, list: Vec<Indicator>) -> Vec<IndicatorError> {
        let mut errors = Vec::new();
        for (at, mut indicator) in list.into_iter().enumerate() {
            match self.normal(&indicator) {
                Ok(value) => {
                    indicator.value = value;
                    self.put(indicator);
                }
                Err(reason) => errors.push(IndicatorError {
                    at: at + 1,
                    value: indicator.value.chars().take(80).collect(),
                    reason,
                }),
            }
        }
        self.build();
        errors
    }

    fn put(&mut self, indicator: Indicator) {
        let next = self.list.len();
        let at = *self.index.entry((indicator.kind, indicator.value.clone())).or_insert(next);
        if at == next {
            self.list.push(indicator);
        } else {
            self.list[at] = indicator;
        }
    }

    /// The value as it is looked up.
    fn normal(&self, indicator: &Indicator) -> Result<String, String> {
        if self.list.len() >= MOST {
            return Err(format!("more than {MOST} indicators"));
        }
        let value = indicator.value.trim();
        match indicator.kind {
            IndicatorKind::Ip => value
                .parse::<IpAddr>()
                .map(|ip| ip.to_canonical().to_string())
                .map_err(|_| "not an IP address".to_owned()),
            IndicatorKind::Cidr => value
                .parse::<IpNet>()
                .map(|network| network.trunc().to_string())
                .map_err(|_| "not a network; write it as 198.51.100.0/24".to_owned()),
            IndicatorKind::Domain => {
                let host = value.trim_start_matches("*.").trim_end_matches('.');
                match url::Host::parse(host) {
                    Ok(url::Host::Domain(host)) if host.contains('.') => Ok(host),
                    _ => Err("not a host name with a domain".to_owned()),
                }
            }
            IndicatorKind::Url => url::Url::parse(value)
                .ok()
                .filter(url::Url::has_host)
                .map(|url| normal_url(&url).trim_end_matches('/').to_owned())
                .ok_or_else(|| "not a URL with a host".to_owned()),
            IndicatorKind::UserAgent if value.chars().count() < 4 => {
                Err("shorter than 4 characters, which would match too much".to_owned())
            }
            IndicatorKind::UserAgent if self.agent_entries.len() >= MOST_AGENTS => {
                Err(format!("more than {MOST_AGENTS} user agents"))
            }
            IndicatorKind::UserAgent => Ok(value.to_ascii_lowercase()),
        }
    }

    fn build(&mut self) {
        self.networks.clear();
        self.agent_entries.clear();
        for (at, indicator) in self.list.iter().enumerate() {
            match indicator.kind {
                IndicatorKind::Cidr => {
                    let Ok(network) = indicator.value.parse::<IpNet>() else { continue };
                    let length = network.prefix_len();
                    match self.networks.iter_mut().find(|(known, _)| *known == length) {
                        Some((_, networks)) => {
                            networks.insert(network, at);
                        }
                        None => {
                            self.networks.push((length, FxHashMap::from_iter([(network, at)])));
                        }
                    }
                }
                IndicatorKind::UserAgent => self.agent_entries.push(at),
                _ => {}
            }
        }
        self.networks.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        self.agents = (!self.agent_entries.is_empty())
            .then(|| {
                AhoCorasick::builder()
                    .ascii_case_insensitive(true)
                    .build(self.agent_entries.iter().map(|&at| &self.list[at].value))
                    .ok()
            })
            .flatten();
    }
}

impl Serialize for Indicators {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Indicators {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Indicator>::deserialize(deserializer).map(|list| Self::new(list).0)
    }
}

fn holds(indicator: &Indicator, now: Time) -> bool {
    indicator.expires.is_none_or(|expires| now < expires)
}

/// Scheme, host and path, without user, query and fragment.
fn normal_url(url: &url::Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone, Utc};

    use super::*;

    fn indicator(kind: IndicatorKind, value: &str) -> Indicator {
        Indicator {
            kind,
            value: value.to_owned(),
            label: IndicatorLabel::Malicious,
            source: None,
            note: None,
            expires: None,
        }
    }

    fn now() -> Time {
        Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
    }

    #[test]
    fn finds_addresses_networks_hosts_urls_and_agents() {
        let (set, errors) = Indicators::new(vec![
            indicator(IndicatorKind::Ip, "192.0.2.7"),
            indicator(IndicatorKind::Cidr, "198.51.100.9/24"),
            indicator(IndicatorKind::Cidr, "2001:db8::/32"),
            indicator(IndicatorKind::Domain, "Evil.Example."),
            indicator(IndicatorKind::Url, "https://files.example/share/"),
            indicator(IndicatorKind::UserAgent, "EvilBot"),
        ]);
        assert_eq!(errors, []);
        let ip = |text: &str| set.ip(text.parse().unwrap(), now()).is_some();
        assert!(
            ip("192.0.2.7") && ip("::ffff:192.0.2.7") && ip("198.51.100.200") && ip("2001:db8::1")
        );
        assert!(!ip("192.0.2.8") && !ip("2001:db9::1"));
        assert!(set.host("a.b.evil.example", now()).is_some());
        assert!(set.host("notevil.example", now()).is_none());
        assert!(set.url("https://files.example/share/a?b=c", now()).is_some());
        assert!(set.url("https://files.example/shared", now()).is_none());
        assert!(set.url("http://login.evil.example/x", now()).is_some());
        assert!(set.url("http://198.51.100.3/x", now()).is_some());
        assert!(set.user_agent("Mozilla/5.0 (evilbot 2)", now()).is_some());
    }

    #[test]
    fn bad_entries_are_reported_and_good_ones_kept() {
        let (set, errors) = Indicators::from_lines(
            "# exits\n192.0.2.1\n\n192.0.2.0/40\nnot a host\n2001:db8::1 # six\n",
            IndicatorLabel::Tor,
            "test",
            None,
        );
        assert_eq!(set.list().len(), 2);
        let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "indicator 4 (`192.0.2.0/40`) is left out: not a network; write it as 198.51.100.0/24",
                "indicator 5 (`not a host`) is left out: not a host name with a domain",
            ]
        );
    }

    #[test]
    fn expired_entries_do_not_count_and_merging_replaces() {
        let mut old = indicator(IndicatorKind::Ip, "192.0.2.1");
        old.expires = Some(now());
        let (mut set, _) = Indicators::new(vec![old]);
        assert!(set.ip("192.0.2.1".parse().unwrap(), now()).is_none());
        assert!(set.ip("192.0.2.1".parse().unwrap(), now() - TimeDelta::hours(1)).is_some());
        set.merge(Indicators::new(vec![indicator(IndicatorKind::Ip, "192.0.2.1")]).0);
        assert_eq!(set.list().len(), 1);
        assert!(set.ip("192.0.2.1".parse().unwrap(), now()).is_some());
    }

    #[test]
    fn reads_back_what_it_writes_and_knows_scanners() {
        let (set, _) = Indicators::new(vec![indicator(IndicatorKind::Domain, "evil.example")]);
        let again: Indicators =
            serde_json::from_str(&serde_json::to_string(&set).unwrap()).unwrap();
        assert_eq!(again.list(), set.list());
        assert!(Indicators::embedded().user_agent("sqlmap/1.8#stable", now()).is_some());
        assert!(Indicators::embedded().user_agent("OpenAI/Python 1.61.1", now()).is_none());
    }
}
