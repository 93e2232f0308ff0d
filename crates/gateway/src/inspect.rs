//! The gateway's use of the shield.

use std::panic::{AssertUnwindSafe, catch_unwind};

use picket_model::{Channel, Detection, Message, ThreatCategory, ToolCall, Verdict, VerdictLevel};
use picket_protocols::{Request, Response};
use picket_shield::{InputCall, InputMessage, Shield, ShieldError, ShieldInput, Tool};

/// Texts up to this size are inspected where they are; larger ones on a thread of their own.
const INLINE: usize = 64 << 10;

/// How much of a request is kept to understand its answer, bytes.
const CONTEXT: usize = 256 << 10;

/// The least score of a finding that makes the shield call a text malicious.
const MALICIOUS: f32 = 0.75;

/// Inspection that broke.
#[derive(Debug, thiserror::Error)]
#[error("inspection failed")]
pub(crate) struct InspectionFailed;

/// Runs inspection with `shield` so that it neither delays others nor takes the connection with it when it breaks.
pub(crate) async fn guarded<T: Send + 'static>(
    shield: &Shield,
    bytes: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, InspectionFailed> {
    let caught = move || catch_unwind(AssertUnwindSafe(work)).map_err(|_| InspectionFailed);
    if bytes <= INLINE && !shield.waits() {
        return caught();
    }
    tokio::task::spawn_blocking(caught).await.map_err(|_| InspectionFailed)?
}

/// What the shield says of a request to `upstream`.
pub(crate) fn prompt(shield: &Shield, id: &str, upstream: &str, request: &Request) -> Verdict {
    shield.analyze(&ShieldInput {
        id: id.to_owned(),
        messages: request.messages.iter().map(input).collect(),
        documents: request.documents.clone(),
        tools: tools(request),
        application: Some(application(upstream, request)),
        ..ShieldInput::default()
    })
}

/// The application as it names itself, else the upstream it calls.
fn application(upstream: &str, request: &Request) -> String {
    request.user.application_name.as_deref().unwrap_or(upstream).to_owned()
}

fn tools(request: &Request) -> Vec<Tool> {
    let tool = |definition: &picket_protocols::ToolDefinition| Tool {
        // The shield's word for tools that are not listed.
        name: definition.name.clone().unwrap_or_else(|| "*".to_owned()),
        description: definition.description.clone(),
        parameters: definition.parameters.clone(),
    };
    request.definitions.iter().map(tool).collect()
}

/// What the shield says of an answer to `context`. Tool calls come as messages after the answer's own.
pub(crate) fn response(shield: &Shield, context: &ShieldInput, response: &Response) -> Verdict {
    let calls = response.tool_calls.iter().map(|ToolCall { name, arguments, .. }| InputMessage {
        tool_calls: vec![InputCall { name: name.clone(), arguments: arguments.clone() }],
        ..InputMessage::text(Channel::Response, "")
    });
    shield.analyze(&ShieldInput {
        messages: response.messages.iter().map(input).chain(calls).collect(),
        documents: response.documents.clone(),
        ..context.clone()
    })
}

fn input(message: &Message) -> InputMessage {
    InputMessage {
        role: Some(message.role.clone()),
        ..InputMessage::text(message.channel, message.content.as_str())
    }
}

/// What of a request matters for its answer: the application's instructions, which it should not repeat, the tools it may
/// call, and what was said and read before, which it should not carry out.
pub(crate) fn context(id: &str, upstream: &str, request: &Request) -> ShieldInput {
    let system = request.messages.iter().filter(|message| message.channel == Channel::System);
    let texts: Vec<&str> = system.map(|message| message.content.as_str()).collect();
    let system_prompt = (!texts.is_empty()).then(|| texts.join("\n"));
    let said = request.messages.iter().filter(|message| message.channel != Channel::System);
    let documents = request.documents.iter();
    let documents = documents.map(|it| (Channel::Document, it.content.as_str()));
    let texts = documents.chain(said.map(|message| (message.channel, message.content.as_str())));
    // The last are kept, as far as there is room.
    let mut left = CONTEXT;
    let mut context: Vec<InputMessage> = Vec::new();
    for (channel, text) in texts.rev() {
        let Some(rest) = left.checked_sub(text.len()) else { break };
        left = rest;
        context.push(InputMessage::text(channel, text));
    }
    context.reverse();
    ShieldInput {
        id: id.to_owned(),
        system_prompt,
        tools: names(request),
        context,
        application: Some(application(upstream, request)),
        ..ShieldInput::default()
    }
}

/// Tools by name only: their declarations were judged with the request.
fn names(request: &Request) -> Vec<Tool> {
    tools(request).into_iter().map(|tool| Tool { name: tool.name, ..Tool::default() }).collect()
}

/// A shield that finds in streams what it would call malicious in whole answers, and nothing else, since a stream is
/// ended by its first finding.
pub(crate) fn stream_guard(shield: &Shield) -> Result<Shield, ShieldError> {
    let mut config = shield.config().clone();
    config.data_security = false;
    config.thresholds.raise_all(MALICIOUS);
    Shield::new(config)
}

/// Takes sensitive data out of a verdict, where it is not looked for.
pub(crate) fn without_sensitive_data(verdict: &mut Verdict) {
    let is_sensitive = |category: &ThreatCategory| *category == ThreatCategory::SensitiveData;
    if !verdict.categories.iter().any(is_sensitive) {
        return;
    }
    verdict.categories.retain(|category| !is_sensitive(category));
    verdict.detections.retain(|detection| !is_sensitive(&detection.category));
    verdict.score = verdict.detections.iter().map(|detection| detection.score).fold(0.0, f32::max);
    if verdict.detections.is_empty() {
        verdict.verdict = VerdictLevel::Clean;
    }
}

/// Why a prompt is to be refused: the worst attack in it, other than what stands only in earlier answers.
pub(crate) fn blocked_prompt(verdict: &Verdict) -> Option<ThreatCategory> {
    use ThreatCategory as C;
    blocked(verdict, |seen| {
        let leak = matches!(seen.category, C::CredentialExposure | C::SystemPromptLeak);
        !leak && seen.channel != Channel::Response
    })
}

/// Why an answer is not to be seen: the worst that it says itself, other than what it only quotes.
pub(crate) fn blocked_response(verdict: &Verdict) -> Option<ThreatCategory> {
    blocked(verdict, |seen| seen.channel == Channel::Response)
}

fn blocked(verdict: &Verdict, counts: impl Fn(&Detection) -> bool) -> Option<ThreatCategory> {
    (verdict.verdict == VerdictLevel::Malicious).then_some(())?;
    let grave = |seen: &&Detection| {
        seen.score >= MALICIOUS && seen.category != ThreatCategory::SensitiveData && counts(seen)
    };
    let worst =
        verdict.detections.iter().filter(grave).max_by(|a, b| a.score.total_cmp(&b.score))?;
    Some(worst.category)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(seen: &[(ThreatCategory, Channel, f32)]) -> Verdict {
        let mut verdict = Verdict::clean("v");
        for (category, channel, score) in seen.iter().copied() {
            verdict.verdict = VerdictLevel::Malicious;
            verdict.categories.push(category);
            verdict.detections.push(Detection {
                category,
                rule: "r".to_owned(),
                score,
                span: [0, 1],
                channel,
                message: 0,
                technique: None,
                tool: None,
            });
        }
        verdict
    }

    #[test]
    fn only_what_is_grave_and_in_its_place_blocks() {
        use {Channel as Ch, ThreatCategory as C};
        let attack = verdict(&[(C::SensitiveData, Ch::User, 1.0), (C::Jailbreak, Ch::User, 0.8)]);
        assert_eq!(blocked_prompt(&attack), Some(C::Jailbreak));
        assert_eq!(blocked_prompt(&verdict(&[(C::Jailbreak, Ch::User, 0.6)])), None);
        assert_eq!(blocked_prompt(&verdict(&[(C::Jailbreak, Ch::Response, 0.9)])), None);
        assert_eq!(blocked_prompt(&verdict(&[(C::CredentialExposure, Ch::User, 1.0)])), None);
        assert_eq!(
            blocked_prompt(&verdict(&[(C::PromptInjection, Ch::Tool, 0.9)])),
            Some(C::PromptInjection)
        );
        let leak = verdict(&[
            (C::PromptInjection, Ch::Document, 1.0),
            (C::CredentialExposure, Ch::Response, 0.9),
        ]);
        assert_eq!(blocked_response(&leak), Some(C::CredentialExposure));
        assert_eq!(blocked_response(&verdict(&[])), None);
    }

    #[test]
    fn sensitive_data_can_be_left_out() {
        let mut seen = verdict(&[(ThreatCategory::SensitiveData, Channel::User, 1.0)]);
        without_sensitive_data(&mut seen);
        assert_eq!(
            (seen.verdict, seen.score, seen.detections.len()),
            (VerdictLevel::Clean, 0.0, 0)
        );
    }

    #[tokio::test]
    async fn inspection_that_breaks_is_an_error() {
        for bytes in [1, INLINE + 1] {
            let shield = Shield::default_embedded();
            let broken = guarded(shield, bytes, || -> u8 { panic!("as a test") }).await;
            assert!(broken.is_err());
        }
    }
}
