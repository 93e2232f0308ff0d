//! Addresses: endpoints, package URLs, places on a model hub.

use picket_model::{Asset, AssetKind};
use serde_json::Value;

use crate::facts::{text, version};

/// Model hub that `ORG/NAME` and package URLs of type `huggingface` belong to.
pub(crate) const HUB: &str = "https://huggingface.co";

/// Percent-encodes what may not stand in a package URL or address; `/`, `:` and `@` stay, and what is encoded already.
pub(crate) fn encode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut encoded = String::with_capacity(text.len());
    for (index, byte) in bytes.iter().enumerate() {
        let escape = *byte == b'%'
            && bytes
                .get(index + 1..index + 3)
                .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        if byte.is_ascii_alphanumeric() || b"-._~/:@".contains(byte) || escape {
            encoded.push(char::from(*byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Where something is called, as an IRI reference without credentials and query; `None` where what was found has holes
/// or names no host. Where neither the address nor the service says the scheme, the reference starts with `//`.
pub(crate) fn endpoint(asset: &Asset) -> Option<String> {
    let address = text(asset, "url").or_else(|| text(asset, "endpoint"))?;
    if address.contains(['{', '}', '<', '>', ' ', '"', '\\', '^', '`', '|', '$'])
        || address.chars().any(char::is_control)
    {
        return None;
    }
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, address.trim_start_matches("//")),
    };
    let rest = rest.split(['?', '#']).next()?;
    let (authority, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let local = ["localhost", "127.0.0.1", "[::1]"].iter().any(|it| host.starts_with(it));
    if !local && !host.contains(['.', ':']) || host.is_empty() {
        return None;
    }
    let scheme = match scheme {
        Some(scheme)
            if scheme.bytes().all(|it| it.is_ascii_alphanumeric() || b"+-.".contains(&it)) =>
        {
            format!("{scheme}:")
        }
        Some(_) => return None,
        None if local => "http:".to_owned(),
        None if host.contains(':') => String::new(),
        None => "https:".to_owned(),
    };
    let host = if host.starts_with('[') { host.to_owned() } else { encode(host) };
    Some(format!("{scheme}//{host}{}", encode(path)))
}

/// Package URL of a library or container image.
pub(crate) fn purl(asset: &Asset) -> Option<String> {
    match asset.kind {
        AssetKind::Library => library(asset),
        AssetKind::ContainerImage => image(asset),
        _ => None,
    }
}

fn library(asset: &Asset) -> Option<String> {
    let ecosystem = text(asset, "ecosystem")?.to_lowercase();
    let kind = match ecosystem.as_str() {
        "go" => "golang",
        "rubygems" => "gem",
        "packagist" => "composer",
        "crates.io" | "crates" => "cargo",
        other => other,
    };
    let name = match kind {
        "maven" => asset.name.replace(':', "/"),
        "pypi" => asset.name.to_lowercase().replace('_', "-"),
        _ => asset.name.clone(),
    };
    let version = version(asset).map_or_else(String::new, |it| format!("@{}", encode(&it)));
    let name = encode(&name).replace('@', "%40").replace(':', "%3A");
    Some(format!("pkg:{}/{name}{version}", encode(kind)))
}

fn image(asset: &Asset) -> Option<String> {
    let repository = text(asset, "repository")?;
    let name = repository.rsplit('/').next().filter(|name| !name.is_empty())?.to_lowercase();
    let digest =
        text(asset, "digest").map_or_else(String::new, |it| format!("@{}", component(&it)));
    let tag = text(asset, "tag").map_or_else(String::new, |it| format!("&tag={}", component(&it)));
    Some(format!(
        "pkg:oci/{}{digest}?repository_url={}{tag}",
        encode(&name).replace(['@', ':'], "-"),
        encode(&repository)
    ))
}

fn component(text: &str) -> String {
    encode(text).replace(':', "%3A").replace('/', "%2F").replace('@', "%40")
}

/// Where a data set can be had, as an address; `None` where nobody said, or only a file of the repository.
pub(crate) fn data_location(asset: &Asset) -> Option<String> {
    let from_hub = asset.kind == AssetKind::Dataset
        && text(asset, "framework").is_some_and(|it| it == "datasets")
        && asset.id.as_str().starts_with("dataset://");
    let given = ["blob_endpoint", "uri", "url", "path", "location"]
        .iter()
        .find_map(|name| text(asset, name).filter(|it| it.contains("://")));
    let bucket = asset.id.as_str().strip_prefix("arn:aws:s3:::").map(|name| format!("s3://{name}"));
    let hub = from_hub.then(|| format!("{HUB}/datasets/{}", asset.name));
    location(&given.or(bucket).or(hub)?)
}

/// Where a cloud keeps the weights of a model.
pub(crate) fn weights(asset: &Asset) -> Vec<String> {
    let data = asset.properties.get("model_data").and_then(Value::as_array);
    data.into_iter().flatten().filter_map(|it| location(it.as_str()?)).collect()
}

/// An address without credentials and query; `None` where it has holes.
fn location(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let rest = rest.split(['?', '#']).next()?;
    let rest = match rest.split_once('@') {
        // Azure writes the container before the account; a password comes with a colon.
        Some((user, host)) if user.contains(':') => host,
        _ => rest,
    };
    let plain = !rest.contains(['{', '}', '$', '<', '>']) && !rest.is_empty();
    plain.then(|| format!("{scheme}://{}", encode(rest)))
}

#[cfg(test)]
mod tests {
    use picket_model::Provider;

    use super::*;

    fn at(endpoint: &str) -> Option<String> {
        let asset = Asset::new("x", AssetKind::AiService, "x", Provider::Saas, "e");
        super::endpoint(&asset.with("endpoint", endpoint))
    }

    #[test]
    fn endpoints_are_references_without_secrets() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(at("api.openai.com"), some("https://api.openai.com"));
        assert_eq!(at("localhost:11434/v1"), some("http://localhost:11434/v1"));
        assert_eq!(at("vllm.inference:8000"), some("//vllm.inference:8000"));
        assert_eq!(at("https://u:p@h.example/a%20ü?key=1#x"), some("https://h.example/a%20%C3%BC"));
        assert_eq!(at("http://[::1]:8080/v1"), some("http://[::1]:8080/v1"));
        for holes in [
            "https://{name}.openai.azure.com",
            "${HOST}:80",
            "azure-openai",
            "a b.example",
            "https:///x",
        ] {
            assert_eq!(at(holes), None, "{holes}");
        }
    }

    #[test]
    fn package_urls_follow_their_ecosystem() {
        let library = |ecosystem: &str, name: &str, version: Option<&str>| {
            let asset = Asset::new("x", AssetKind::Library, name, Provider::Code, "e");
            purl(&asset.with("ecosystem", ecosystem).with("version", version)).unwrap_or_default()
        };
        assert_eq!(
            library("npm", "@ai-sdk/openai", Some("1.0.0+x")),
            "pkg:npm/%40ai-sdk/openai@1.0.0%2Bx"
        );
        assert_eq!(library("pypi", "Llama_Index", None), "pkg:pypi/llama-index");
        assert_eq!(
            library("maven", "dev.langchain4j:core", Some("1")),
            "pkg:maven/dev.langchain4j/core@1"
        );
        let image = Asset::new("x", AssetKind::ContainerImage, "x", Provider::Code, "e")
            .with("repository", "vllm/vllm-openai")
            .with("tag", "v0.6.3");
        assert_eq!(
            purl(&image).as_deref(),
            Some("pkg:oci/vllm-openai?repository_url=vllm/vllm-openai&tag=v0.6.3")
        );
    }
}
