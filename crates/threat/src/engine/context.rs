use std::net::IpAddr;
use std::ops::Range;

use picket_model::{
    Channel, Decision, Detection, Entity, EntityKind, Interaction, ThreatCategory, Time, ToolCall,
    Verdict, VerdictLevel,
};

use super::{ThreatConfig, TrafficSettings};
use crate::ids;

/// Which verdict a detection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Prompt,
    Response,
}

/// A detection with the text it was made in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) detection: &'a Detection,
    pub(crate) text: Option<&'a str>,
    pub(crate) side: Side,
    /// Whether its verdict as a whole is no more than suspicious.
    pub(crate) suspicious: bool,
}

impl<'a> Seen<'a> {
    /// The span where it fits the text, moved out to character boundaries.
    pub(crate) fn span(&self) -> Option<Range<usize>> {
        let text = self.text?;
        let [start, end] = self.detection.span;
        (start < end && end <= text.len())
            .then(|| text.floor_char_boundary(start)..text.ceil_char_boundary(end))
    }

    /// The suspicious text itself; never to be put into an alert.
    pub(crate) fn snippet(&self) -> Option<&'a str> {
        self.text?.get(self.span()?)
    }

    pub(crate) fn is(&self, category: ThreatCategory) -> bool {
        self.detection.category == category
    }

    /// Whether it stands in content that the application added: a document or a tool's result.
    pub(crate) fn in_content(&self) -> bool {
        matches!(self.detection.channel, Channel::Document | Channel::Tool)
    }
}

/// One interaction as the detectors see it.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) interaction: &'a Interaction,
    pub(crate) settings: &'a TrafficSettings,
    pub(crate) config: &'a ThreatConfig,
    pub(crate) now: Time,
    pub(crate) seen: Vec<Seen<'a>>,
    /// Id of the asset, or the upstream's name where the asset is not known.
    pub(crate) asset: String,
    /// The asset's name for people.
    pub(crate) asset_name: String,
    /// User, else session, else address, else credential.
    pub(crate) actor: String,
    /// The actor in a sentence.
    pub(crate) who: String,
    pub(crate) ip: Option<IpAddr>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        interaction: &'a Interaction,
        settings: &'a TrafficSettings,
        config: &'a ThreatConfig,
    ) -> Self {
        let asset = interaction.asset.as_ref().map_or_else(
            || format!("upstream:{}", label(&interaction.upstream)),
            |asset| asset.as_str().to_owned(),
        );
        let asset_name = interaction
            .asset
            .as_ref()
            .and_then(|asset| asset.as_str().rsplit(['/', ':']).find(|part| !part.is_empty()))
            .map_or_else(|| label(&interaction.upstream), label);
        let user = user(interaction);
        let session = session(interaction);
        let ip = interaction.source_ip();
        let (actor, who) = match (&user, &session, ip, &interaction.credential_fingerprint) {
            (Some(user), ..) => (format!("user:{user}"), format!("user {user}")),
            (_, Some(session), ..) => {
                (format!("session:{session}"), format!("the user of session {session}"))
            }
            (_, _, Some(ip), _) => (format!("ip:{ip}"), format!("somebody at {ip}")),
            (_, _, _, Some(key)) => {
                (format!("credential:{}", label(key)), format!("the holder of key {}", label(key)))
            }
            _ => ("unknown".to_owned(), "an unidentified caller".to_owned()),
        };
        let mut seen = Vec::new();
        collect(interaction, &interaction.prompt_verdict, Side::Prompt, config, &mut seen);
        collect(interaction, &interaction.response_verdict, Side::Response, config, &mut seen);
        Self {
            interaction,
            settings,
            config,
            now: interaction.time,
            seen,
            asset,
            asset_name,
            actor,
            who,
            ip,
        }
    }

    /// The detections of a category.
    pub(crate) fn of(&self, category: ThreatCategory) -> impl Iterator<Item = &Seen<'a>> {
        self.seen.iter().filter(move |seen| seen.is(category))
    }

    pub(crate) fn blocked(&self) -> bool {
        self.interaction.outcome.decision == Decision::BlockedPrompt
    }

    /// The tool call whose arguments a detection in the response stands in.
    pub(crate) fn tool_call(&self, seen: &Seen<'_>) -> Option<&'a ToolCall> {
        call_at(self.interaction, seen.detection.message).filter(|_| seen.side == Side::Response)
    }

    /// The user's address and that of the connection.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let connection = self.interaction.client_ip.filter(|ip| Some(*ip) != self.ip);
        self.ip.into_iter().chain(connection)
    }

    /// Whether the user wrote `text` in this request.
    pub(crate) fn user_wrote(&self, text: &str) -> bool {
        self.interaction
            .messages
            .iter()
            .any(|message| message.channel == Channel::User && message.content.contains(text))
    }

    /// Who and what every alert about this interaction is about.
    pub(crate) fn entities(&self) -> Vec<Entity> {
        let interaction = self.interaction;
        let mut entities = Vec::with_capacity(6);
        let mut add = |kind, value: Option<String>| {
            entities.extend(value.map(|value| Entity { kind, value }));
        };
        add(EntityKind::User, user(interaction));
        add(EntityKind::Session, session(interaction));
        add(EntityKind::Ip, self.ip.map(|ip| ip.to_string()));
        add(EntityKind::Application, interaction.user.application_name.as_deref().map(label));
        add(EntityKind::Asset, interaction.asset.as_ref().map(ToString::to_string));
        entities
    }

    /// Content fingerprints of the texts the detections of `seen` stand in.
    pub(crate) fn documents(&self, seen: &[&Seen<'_>]) -> Vec<Entity> {
        let mut entities: Vec<Entity> = Vec::new();
        for text in seen.iter().filter(|seen| seen.in_content()).filter_map(|seen| seen.text) {
            let entity = Entity { kind: EntityKind::Document, value: ids::fingerprint(text) };
            if !entities.contains(&entity) {
                entities.push(entity);
            }
        }
        entities
    }
}

fn user(interaction: &Interaction) -> Option<String> {
    interaction.user.end_user_id.as_deref().map(label).filter(|user| !user.is_empty())
}

fn session(interaction: &Interaction) -> Option<String> {
    interaction.user.session_id.as_deref().map(label).filter(|session| !session.is_empty())
}

/// A value the client chose, made fit to stand in an alert: one line, at most 128 characters.
pub(crate) fn label(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(128).collect()
}

/// A name the client or model chose, such as that of a model or tool: only where it looks like one, so that free text
/// does not pass for it.
pub(crate) fn name(text: &str) -> Option<String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.:/@".contains(letter);
    (!text.is_empty() && text.len() <= 96 && text.chars().all(fits)).then(|| text.to_owned())
}

fn collect<'a>(
    interaction: &'a Interaction,
    verdict: &'a Verdict,
    side: Side,
    config: &ThreatConfig,
    seen: &mut Vec<Seen<'a>>,
) {
    let suspicious = verdict.verdict != VerdictLevel::Malicious;
    // A single probe is never more than suspicious; the detector counts them.
    let counts = |detection: &&Detection| {
        !suspicious
            || config.thresholds.alert_on_suspicious
            || detection.category == ThreatCategory::Reconnaissance
    };
    seen.extend(verdict.detections.iter().filter(counts).map(|detection| Seen {
        detection,
        text: text(interaction, detection, side),
        side,
        suspicious,
    }));
}

/// The text a detection's position means. Arguments of tool calls are inspected as messages after the response's own.
fn text<'a>(interaction: &'a Interaction, detection: &Detection, side: Side) -> Option<&'a str> {
    // What a tool says of itself is no part of the texts.
    if detection.tool.as_ref().is_some_and(|tool| tool.call.is_none()) {
        return None;
    }
    let at = detection.message;
    match (side, detection.channel) {
        (_, Channel::Document) => interaction.documents.get(at).map(|it| it.content.as_str()),
        (Side::Prompt, _) => interaction.messages.get(at).map(|it| it.content.as_str()),
        (Side::Response, _) => match interaction.response.get(at) {
            Some(message) => Some(message.content.as_str()),
            None => call_at(interaction, at).map(|call| call.arguments.as_str()),
        },
    }
}

fn call_at(interaction: &Interaction, message: usize) -> Option<&ToolCall> {
    interaction.tool_calls.get(message.checked_sub(interaction.response.len())?)
}
