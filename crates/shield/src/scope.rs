//! What an input's texts have in common.

use picket_model::Channel;

use crate::canary::Canaries;
use crate::input::ShieldInput;
use crate::leak::Instructions;
use crate::relevance::Request;

/// What is known of an input before its texts are looked at.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// What a response must not repeat.
    pub(crate) instructions: Instructions,
    /// What the user asks for.
    pub(crate) request: Request,
    pub(crate) application: Option<String>,
}

impl Scope {
    /// `canaries` are those of the settings.
    pub(crate) fn new(input: &ShieldInput, system_prompt_leak: bool, canaries: &Canaries) -> Self {
        let mut instructions = if system_prompt_leak {
            Instructions::new(input.instructions())
        } else {
            Instructions::default()
        };
        // A token that any text may hold is not looked for; the settings refuse it, an input may not be refused.
        let own = Canaries::new(input.canaries.iter().map(String::as_str)).unwrap_or_default();
        instructions.canaries = own.with(canaries);
        let messages = input.messages.iter().chain(&input.context).rev();
        let request = messages.filter(|message| message.channel == Channel::User);
        let others = !input.documents.is_empty()
            || input.messages.iter().any(|message| message.channel == Channel::Tool);
        let request = request.map(|message| message.content.as_str()).next().filter(|_| others);
        Self {
            instructions,
            request: request.map(Request::new).unwrap_or_default(),
            application: input.application.clone(),
        }
    }
}
