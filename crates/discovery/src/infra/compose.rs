//! Compose files: services, the images they run, and the ports they publish.

use picket_model::{
    AssetId, AssetKind, DiagnosticStatus, Finding, FindingKind, Relation, RelationKind, Severity,
};
use serde_json::{Value, json};

use super::{launch, yaml};
use crate::files::SourceFile;
use crate::{Collector, image, secret};

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
        let services = value.get("services").and_then(Value::as_object);
        for (name, service) in services.into_iter().flatten() {
            self::service(file, text, name, service, out);
        }
        for (name, service) in services.into_iter().flatten() {
            depends(file, name, service, out);
        }
    }
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
    let id = asset.id.clone();
    out.asset(asset);
    file.defines(&id, line, out);
    let mut words = launch::words(service.get("entrypoint"));
    words.extend(launch::words(service.get("command")));
    let reference = service.get("image").and_then(Value::as_str).unwrap_or_default();
    let place = Some((file.path, line));
    let launch = launch::Launch { image: reference, words, variables, place };
    launch::runs(file.scope, &id, &launch, out);
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
    fn only_ports_on_every_address_are_open() {
        let open = |value: Value| port(&value).map(|port| (port.host, port.every_address));
        assert_eq!(open(json!("8000:80")), Some(("8000".into(), true)));
        assert_eq!(open(json!("127.0.0.1:8000:80")), Some(("8000".into(), false)));
        assert_eq!(open(json!("0.0.0.0:9000:80/tcp")), Some(("9000".into(), true)));
        assert_eq!(open(json!({"target": 80, "published": "81"})), Some(("81".into(), true)));
        assert_eq!(open(json!("80")), None);
    }
}
