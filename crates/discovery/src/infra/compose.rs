//! Compose files: services, the images they run, and the ports they publish.

use picket_model::{
    AssetId, AssetKind, DiagnosticStatus, Finding, FindingKind, Relation, RelationKind, Severity,
    Standing,
};
use serde_json::{Value, json};

use super::{declared, launch, yaml};
use crate::files::SourceFile;
use crate::{Collector, catalogue, image, secret};

/// `compose.yaml`, `docker-compose.prod.yml` and the like.
pub(super) fn wants(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    (name.ends_with(".yaml") || name.ends_with(".yml"))
        && (name.starts_with("compose") || name.starts_with("docker-compose"))
}

/// Reads one compose file.
pub(super) fn analyse(file: &SourceFile<'_>, out: &mut Collector) {
    let Some(text) = file.text() else { return };
    for document in yaml::documents(text) {
        let value = match document.value {
            Ok(value) => value,
            Err(message) => {
                let message = format!("not a valid compose file: {message}");
                out.diagnostic(DiagnosticStatus::Malformed, file.path, message);
                continue;
            }
        };
        let value = defaults(value, 0);
        models(file, text, &value, out);
        let services = value.get("services").and_then(Value::as_object);
        for (name, service) in services.into_iter().flatten() {
            self::service(file, text, name, service, out);
        }
        for (name, service) in services.into_iter().flatten() {
            depends(file, name, service, out);
        }
    }
}

/// `${NAME:-default}` and `${NAME-default}` as the default, in every text.
fn defaults(value: Value, depth: u32) -> Value {
    match value {
        Value::String(text) if text.contains("${") => Value::String(with_defaults(&text)),
        Value::Array(list) if depth < 64 => {
            list.into_iter().map(|it| defaults(it, depth + 1)).collect::<Vec<_>>().into()
        }
        Value::Object(map) if depth < 64 => map
            .into_iter()
            .map(|(key, it)| (key, defaults(it, depth + 1)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        value => value,
    }
}

fn with_defaults(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        made.push_str(before);
        let Some((inner, end)) = after.split_once('}') else {
            rest = &rest[before.len()..];
            break;
        };
        match inner.split_once('-') {
            Some((_, default)) if !default.contains("${") => made.push_str(default),
            _ => made.push_str(&format!("${{{inner}}}")),
        }
        rest = end;
    }
    made.push_str(rest);
    made
}

/// The `models` element: each is a deployment that services name.
fn models(file: &SourceFile<'_>, text: &str, value: &Value, out: &mut Collector) {
    let models = value.get("models").and_then(Value::as_object);
    for (name, model) in models.into_iter().flatten() {
        let Some(given) = model.get("model").and_then(Value::as_str) else { continue };
        served(file, name, given, line_of(text, name), out);
    }
}

/// A model that Docker itself serves.
fn served(
    file: &SourceFile<'_>,
    name: &str,
    given: &str,
    line: u32,
    out: &mut Collector,
) -> AssetId {
    let model = catalogue::named(given, None).asset(&file.scope.environment).native_type("model");
    let deployment = file
        .asset(AssetKind::ModelDeployment, &format!("models.{name}"), name)
        .native_type("compose model")
        .with("model", given)
        .with("software", "docker-model-runner");
    let (id, model_id) = (deployment.id.clone(), model.id.clone());
    out.asset(deployment);
    out.occurrence(model, &file.place(line, 1, &format!("models.{name}"), Standing::Configured));
    out.relation(Relation::new(id.clone(), RelationKind::Deploys, model_id));
    file.defines(&id, line, out);
    id
}

/// The models that a service is given: by name, or as a service that only stands for one.
fn given_models(
    file: &SourceFile<'_>,
    name: &str,
    service: &Value,
    line: u32,
    out: &mut Collector,
) {
    let names: Vec<&str> = match service.get("models") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::Object(map)) => map.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    for model in names {
        let target = file.scope.symbol_id(file.path, &format!("models.{model}"));
        if out.get(&target).is_some() {
            out.relation(Relation::new(id(file, name), RelationKind::Uses, target));
        }
    }
    let provider = service.get("provider").filter(|it| it["type"] == "model");
    if let Some(given) = provider.and_then(|it| it.pointer("/options/model")?.as_str()) {
        let deployment = served(file, name, given, line, out);
        out.relation(Relation::new(id(file, name), RelationKind::Contains, deployment));
    }
}

/// Graphics processors that a service reserves; all of them count as one.
fn accelerators(service: &Value) -> u64 {
    let devices =
        service.pointer("/deploy/resources/reservations/devices").and_then(Value::as_array);
    let reserved = devices.into_iter().flatten().filter(|device| {
        let capabilities = device.get("capabilities").and_then(Value::as_array);
        capabilities.into_iter().flatten().any(|it| it.as_str() == Some("gpu"))
    });
    let counts = reserved.map(|device| device.get("count").and_then(Value::as_u64).unwrap_or(1));
    let counted = counts.fold(0, u64::saturating_add);
    if counted == 0 && service.get("gpus").is_some() { 1 } else { counted }
}

fn id(file: &SourceFile<'_>, name: &str) -> AssetId {
    file.scope.symbol_id(file.path, &format!("services.{name}"))
}

fn service(file: &SourceFile<'_>, text: &str, name: &str, service: &Value, out: &mut Collector) {
    let line = line_of(text, name);
    let published: Vec<Published> = ports(service);
    let mut asset = file
        .asset(AssetKind::Workload, &format!("services.{name}"), name)
        .native_type("compose service")
        .with("ports", published.iter().map(|port| port.container.clone()).collect::<Vec<_>>());
    let variables = variables(service.get("environment"));
    for (name, value) in &variables {
        secret::variable(&mut asset, name, value, Some((file.path, Some(line))));
    }
    let accelerators = accelerators(service);
    if accelerators > 0 {
        asset.set("accelerators", accelerators);
    }
    let id = asset.id.clone();
    out.asset(asset);
    file.defines(&id, line, out);
    let mut words = launch::words(service.get("entrypoint"));
    words.extend(launch::words(service.get("command")));
    let reference = service.get("image").and_then(Value::as_str).unwrap_or_default();
    let place = Some((file.path, line));
    let launch = launch::Launch { image: reference, words, variables: variables.clone(), place };
    launch::runs(file.scope, &id, &launch, out);
    for (name, value) in &variables {
        declared::uses(file.scope, &id, name, value, place, out);
    }
    given_models(file, name, service, line, out);
    let open: Vec<&str> =
        published.iter().filter(|port| port.every_address).map(|port| port.host.as_str()).collect();
    let known = image::known(reference).is_some();
    if known && !open.is_empty() {
        let finding = Finding::new(
            FindingKind::Misconfiguration,
            "published_ports",
            Severity::Medium,
            "Published on every address of its host",
            "Whoever reaches the host reaches it; publish it on 127.0.0.1 where only the host needs it",
            json!({ "ports": open, "path": file.path, "line": line }),
        );
        out.finding(&id, finding);
    }
}

/// A service uses those that it waits for, and those whose name stands in an address it is given.
fn depends(file: &SourceFile<'_>, name: &str, service: &Value, out: &mut Collector) {
    let named: Vec<String> = match service.get("depends_on") {
        Some(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        }
        Some(Value::Object(object)) => object.keys().cloned().collect(),
        _ => Vec::new(),
    };
    let addressed = variables(service.get("environment")).into_iter().filter_map(|(_, value)| {
        let (_, rest) = value.split_once("://")?;
        let host = rest.rsplit('@').next().unwrap_or(rest);
        host.split([':', '/']).next().map(ToOwned::to_owned)
    });
    for other in named.into_iter().chain(addressed) {
        let target = id(file, &other);
        if other != name && out.get(&target).is_some() {
            out.relation(Relation::new(id(file, name), RelationKind::Uses, target));
        }
    }
}

/// `environment` as a map or as a list of `NAME=VALUE`.
fn variables(value: Option<&Value>) -> Vec<(String, String)> {
    match value {
        Some(Value::Object(object)) => object
            .iter()
            .map(|(name, value)| {
                let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
                (name.clone(), text)
            })
            .collect(),
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|item| item.as_str()?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Published {
    host: String,
    container: String,
    every_address: bool,
}

/// `8000:8000`, `127.0.0.1:8000:8000`, `{target, published, host_ip}`; a container port alone is not published.
fn ports(service: &Value) -> Vec<Published> {
    let list = service.get("ports").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(port).collect()
}

fn port(value: &Value) -> Option<Published> {
    if let Some(text) = value.as_str() {
        let text = text.split('/').next().unwrap_or(text);
        let (rest, container) = text.rsplit_once(':')?;
        let (address, host) = match rest.rsplit_once(':') {
            Some((address, host)) => (address.trim_matches(['[', ']']), host),
            None => ("0.0.0.0", rest),
        };
        let every_address = matches!(address, "0.0.0.0" | "::" | "");
        return Some(Published {
            host: host.to_owned(),
            container: container.to_owned(),
            every_address,
        });
    }
    let text = |key: &str| {
        let value = value.get(key)?;
        Some(value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
    };
    let address = text("host_ip").unwrap_or_else(|| "0.0.0.0".to_owned());
    let every_address = matches!(address.as_str(), "0.0.0.0" | "::");
    Some(Published { host: text("published")?, container: text("target")?, every_address })
}

/// The line of a service's key.
fn line_of(text: &str, name: &str) -> u32 {
    let key = format!("{name}:");
    let line = text
        .lines()
        .position(|line| line.starts_with([' ', '\t']) && line.trim_start().starts_with(&key));
    line.and_then(|line| u32::try_from(line + 1).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_defaults_and_devices_are_read() {
        let scope = crate::files::Scope::new("shop", crate::files::PathOptions::default());
        let text = "models:\n  llm: { model: ai/smollm2 }\nservices:\n  chat:\n    image: vllm/vllm-openai:${TAG:-v0.6.3}\n    \
                    command: --model ${MODEL:-Qwen/Qwen2.5-7B-Instruct}\n    environment: { LLM_MODEL: gpt-4o-mini }\n    models: [llm]\n    \
                    deploy: { resources: { reservations: { devices: [{ capabilities: [gpu], count: 2 }] } } }\n";
        let mut out = Collector::new();
        analyse(&SourceFile::in_memory("compose.yaml", text, &scope), &mut out);
        let chat = out.get(&scope.symbol_id("compose.yaml", "services.chat")).unwrap();
        assert_eq!(chat.properties["accelerators"], 2);
        let uses: Vec<&str> = out
            .relations()
            .iter()
            .filter(|it| it.source == chat.id && it.kind == RelationKind::Uses)
            .map(|it| it.target.as_str())
            .collect();
        assert_eq!(uses, ["model://openai/gpt-4o-mini", "repo://shop#compose.yaml:models.llm"]);
        let mut models: Vec<&str> =
            out.of_kind(AssetKind::Model).map(|it| it.name.as_str()).collect();
        models.sort_unstable();
        assert_eq!(models, ["Qwen/Qwen2.5-7B-Instruct", "ai/smollm2", "gpt-4o-mini"]);
        assert_eq!(with_defaults("a${B:-c}d${E}f${"), "acd${E}f${");
    }

    #[test]
    fn only_ports_on_every_address_are_open() {
        let open = |value: Value| port(&value).map(|port| (port.host, port.every_address));
        assert_eq!(open(json!("8000:80")), Some(("8000".into(), true)));
        assert_eq!(open(json!("127.0.0.1:8000:80")), Some(("8000".into(), false)));
        assert_eq!(open(json!("0.0.0.0:9000:80/tcp")), Some(("9000".into(), true)));
        assert_eq!(open(json!({"target": 80, "published": "81"})), Some(("81".into(), true)));
        assert_eq!(open(json!("80")), None);
    }
}
