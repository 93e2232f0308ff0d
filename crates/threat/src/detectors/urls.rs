use picket_model::{Channel, Entity, EntityKind, Severity, ThreatCategory};

use super::{Signal, by_confidence, list};
use crate::engine::{Context, Seen, Side, State};

/// Links of one text that are looked up.
const MOST: usize = 64;
/// How much of one text is searched for links, bytes.
const SEARCHED: usize = 256 * 1024;

/// A malicious link and where it stood.
struct Hit<'a> {
    alert_type: &'static str,
    /// Defanged; without path and query, which may carry what somebody wrote.
    host: Option<String>,
    seen: Option<Seen<'a>>,
}

/// Links the shield or threat intelligence calls malicious, by where they come from.
pub(super) fn detect<'a>(context: &Context<'a>, _: &mut State, signals: &mut Vec<Signal<'a>>) {
    let mut hits: Vec<Hit<'a>> = Vec::new();
    for seen in context.of(ThreatCategory::MaliciousUrl) {
        let text = seen.snippet().unwrap_or_default();
        let alert_type = origin(context, seen.detection.channel, seen.side, text);
        let host = links(text).next().and_then(defanged);
        hits.push(Hit { alert_type, host, seen: Some(*seen) });
    }
    if context.config.indicators.know_links() {
        known(context, &mut hits);
    }
    // A response that repeats the user's link says nothing new.
    if hits.iter().any(|hit| hit.alert_type == "AI.MaliciousUrl.UserPrompt") {
        hits.retain(|hit| hit.alert_type != "AI.MaliciousUrl.UnknownSource" || hit.in_request());
    }
    for alert_type in [
        "AI.MaliciousUrl.UserPrompt",
        "AI.MaliciousUrl.ToolOutput",
        "AI.MaliciousUrl.UnknownSource",
        "AI.MaliciousUrl.ModelResponse",
    ] {
        let of_type: Vec<_> = hits.iter().filter(|hit| hit.alert_type == alert_type).collect();
        if of_type.is_empty() {
            continue;
        }
        let mut signal = Signal::new(alert_type, context.actor.clone());
        let hosts: Vec<&str> = of_type.iter().filter_map(|hit| hit.host.as_deref()).collect();
        signal.what = if hosts.is_empty() {
            "a link that is not what it seems".to_owned()
        } else {
            list(hosts.iter().copied())
        };
        signal.entities = hosts
            .iter()
            .map(|host| Entity { kind: EntityKind::Url, value: (*host).to_owned() })
            .collect();
        signal.seen = of_type.iter().filter_map(|hit| hit.seen).collect();
        if signal.seen.len() == of_type.len() {
            signal.severity = by_confidence(Severity::High, &signal.seen);
        }
        signals.push(signal);
    }
}

impl Hit<'_> {
    fn in_request(&self) -> bool {
        self.seen.is_none_or(|seen| seen.side == Side::Prompt)
    }
}

/// Where a link comes from. In a response, one that the user wrote is of unknown source: the user or the application.
fn origin(context: &Context<'_>, channel: Channel, side: Side, link: &str) -> &'static str {
    match (side, channel) {
        (Side::Prompt, Channel::User) => "AI.MaliciousUrl.UserPrompt",
        (Side::Prompt, Channel::Tool) => "AI.MaliciousUrl.ToolOutput",
        (Side::Prompt, _) => "AI.MaliciousUrl.UnknownSource",
        (Side::Response, _) if !link.is_empty() && context.user_wrote(link) => {
            "AI.MaliciousUrl.UnknownSource"
        }
        (Side::Response, _) => "AI.MaliciousUrl.ModelResponse",
    }
}

/// Links whose host or URL threat intelligence knows.
fn known<'a>(context: &Context<'a>, hits: &mut Vec<Hit<'a>>) {
    let interaction = context.interaction;
    // Of the conversation's history only the last turn is new.
    let newest = interaction.messages.iter().rposition(|it| it.role == "assistant").unwrap_or(0);
    let messages = interaction.messages[newest..]
        .iter()
        .filter(|message| message.role != "assistant")
        .map(|message| (message.channel, Side::Prompt, &message.content));
    let documents =
        interaction.documents.iter().map(|it| (Channel::Document, Side::Prompt, &it.content));
    let response =
        interaction.response.iter().map(|it| (Channel::Response, Side::Response, &it.content));
    let mut found: Vec<(&'static str, String)> = Vec::new();
    for (channel, side, text) in messages.chain(documents).chain(response) {
        for link in links(text).take(MOST) {
            let Some(indicator) = context.config.indicators.url(link, context.now) else {
                continue;
            };
            let host =
                defanged(&indicator.value).unwrap_or_else(|| indicator.value.replace('.', "[.]"));
            let alert_type = origin(context, channel, side, link);
            let repeated = alert_type == "AI.MaliciousUrl.UnknownSource" && side == Side::Response;
            let hit = (alert_type, host);
            if !repeated && !found.contains(&hit) {
                found.push(hit);
            }
        }
    }
    hits.extend(found.into_iter().map(|(alert_type, host)| Hit {
        alert_type,
        host: Some(host),
        seen: None,
    }));
}

/// What looks like `scheme://…` in a text.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let text = &text[..text.floor_char_boundary(SEARCHED)];
    text.match_indices("://").filter_map(move |(at, _)| {
        let start = text[..at]
            .rfind(|letter: char| !letter.is_ascii_alphanumeric())
            .map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8));
        let end = text[at..]
            .find(|letter: char| letter.is_whitespace() || "\"'`<>()[]{}|\\".contains(letter))
            .map_or(text.len(), |length| at + length);
        (start < at && end > at + 3)
            .then(|| text[start..end].trim_end_matches(['.', ',', ';', '!', '?']))
    })
}

/// `https://a.login.evil.example/path` → `hxxps://evil[.]example`: not a link any more, and without the parts of the
/// host that may carry data out.
fn defanged(link: &str) -> Option<String> {
    let url = url::Url::parse(link).ok()?;
    let scheme = url.scheme().replace("http", "hxxp");
    let host = match url.host()? {
        url::Host::Domain(host) => {
            let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
            // `co.uk` and the like are no owners.
            let public = matches!(labels.as_slice(), [.., "ac" | "co" | "com" | "edu" | "gov" | "net" | "org", country] if country.len() == 2);
            let kept = if public { 3 } else { 2 };
            labels[labels.len().saturating_sub(kept)..].join("[.]")
        }
        url::Host::Ipv4(ip) => ip.to_string().replace('.', "[.]"),
        url::Host::Ipv6(ip) => format!("[{ip}]"),
    };
    Some(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_links_in_text() {
        let found: Vec<_> =
            links("see (https://a.example/x), or <http://b.example>. é://no ://").collect();
        assert_eq!(found, ["https://a.example/x", "http://b.example"]);
    }

    #[test]
    fn defangs_and_drops_what_may_carry_data() {
        let shown = |link| defanged(link).unwrap();
        assert_eq!(shown("https://secret.words.evil.example/a?b=secret"), "hxxps://evil[.]example");
        assert_eq!(shown("http://x.evil.co.uk/"), "hxxp://evil[.]co[.]uk");
        assert_eq!(shown("http://192.0.2.1:8080/x"), "hxxp://192[.]0[.]2[.]1");
        assert_eq!(defanged("nonsense"), None);
    }
}
