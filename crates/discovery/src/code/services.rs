//! Services that code calls, by client and by address.

use rustc_hash::FxHashSet;

use super::evaluate::Resolved;
use super::module::{Call, Language};
use super::recognise::Recogniser;
use super::signals::CallKind;

impl Recogniser<'_> {
    /// Services that clients and models reach, and addresses of known services.
    pub(crate) fn services(&mut self) {
        let module = self.module;
        let mut told = FxHashSet::default();
        for (index, signal) in self.calls_of(&[
            CallKind::Client,
            CallKind::Model,
            CallKind::Embedding,
            CallKind::VectorStore,
            CallKind::Guardrail,
            CallKind::Training,
            CallKind::Tool,
            CallKind::Agent,
        ]) {
            let Some(service) = signal.service.as_deref() else { continue };
            let call = &module.calls[index];
            if signal.kind == CallKind::Agent && self.brings_its_own_model(call) {
                continue;
            }
            let on_client = self.callees[index].0.made_by.iter().any(|&maker| {
                self.callees[maker].1.is_some_and(|signal| signal.kind == CallKind::Client)
                    || module.calls[maker].last() == "client"
            });
            // What the client says counts for the calls made on it.
            if on_client || (told.contains(service) && !has_address(call)) {
                continue;
            }
            let addresses: Vec<Resolved> = call
                .arguments
                .iter()
                .filter(|argument| {
                    // In typed languages an address may come without a name: `new Client(new Uri("…"))`.
                    let plain = argument.name.is_none() && module.language != Language::Script;
                    plain || argument.name.as_deref().is_some_and(is_address_name)
                })
                .flat_map(|argument| {
                    let texts = module.texts(&argument.value, call.scope).into_iter();
                    texts.filter(|text| argument.name.is_some() || text.text.contains("://"))
                })
                .filter(|text| !text.template)
                .collect();
            let symbol = call.path.clone();
            let elsewhere = has_address(call)
                && self.signals.service(service).is_some_and(|service| {
                    service.host.is_some() && service.provider != picket_model::Provider::Code
                });
            if addresses.is_empty() && !elsewhere {
                told.insert(service);
                let region = call.named("region_name").or_else(|| call.named("region"));
                let address = region
                    .and_then(|region| module.text(region, call.scope))
                    .filter(|_| service == "aws-bedrock")
                    .map(|region| format!("bedrock-runtime.{region}.amazonaws.com"));
                self.use_service(service, address.as_deref(), call.position, &symbol);
            }
            for address in addresses {
                let service = self
                    .signals
                    .service_of_host(&address.text)
                    .map_or(service, |(service, _)| service.id.as_str());
                self.use_service(service, Some(&address.text), address.position, &symbol);
            }
        }
        self.bedrock_clients();
        for literal in &module.literals {
            if let Some((service, _)) = self.signals.service_of_host(&literal.text)
                && literal.text.contains("://")
                && !literal.text.contains(['{', '<', ' '])
                && !self.service_places.contains(&literal.position)
            {
                self.use_service(&service.id, Some(&literal.text), literal.position, "literal");
            }
        }
    }

    /// Whether an agent is given an object for its model, or an id that says where it is called: `Agent(model=Local(…))`.
    fn brings_its_own_model(&self, call: &Call) -> bool {
        call.named("model").is_some_and(|model| {
            let ids = self.module.texts(model, call.scope);
            ids.is_empty() || ids.iter().any(|id| id.text.contains('/'))
        })
    }

    /// `boto3.client("bedrock-runtime", region_name="eu-west-1")`.
    fn bedrock_clients(&mut self) {
        let module = self.module;
        for call in &module.calls {
            if !matches!(call.last(), "client" | "resource") {
                continue;
            }
            let name = call
                .at(0)
                .or_else(|| call.named("service_name"))
                .and_then(|name| module.text(name, call.scope));
            let service = match name.as_deref() {
                Some(name) if name.starts_with("bedrock") => "aws-bedrock",
                Some("sagemaker-runtime") => "aws-sagemaker",
                _ => continue,
            };
            let region =
                call.named("region_name").and_then(|region| module.text(region, call.scope));
            let host =
                region.zip(name).map(|(region, name)| format!("{name}.{region}.amazonaws.com"));
            self.use_service(service, host.as_deref(), call.position, &call.path);
        }
    }
}

fn has_address(call: &Call) -> bool {
    call.arguments.iter().any(|argument| argument.name.as_deref().is_some_and(is_address_name))
}

fn is_address_name(name: &str) -> bool {
    matches!(
        name,
        "base_url"
            | "baseURL"
            | "baseUrl"
            | "api_base"
            | "openai_api_base"
            | "azure_endpoint"
            | "endpoint"
            | "endpoint_url"
            | "host"
            | "api_url"
            | "azureOpenAIEndpoint"
            | "url"
            | "server_url"
            | "inference_server_url"
            | "openai_api_base_url"
            | "location"
    )
}
