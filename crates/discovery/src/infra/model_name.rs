//! Models that infrastructure names.

use picket_model::{Asset, AssetKind, Provider};

use crate::catalogue::{Anchor, model_ref};

/// The asset of a model by the name infrastructure gives it: an id, a hub name, a Bedrock ARN or a path.
///
/// `publisher` is what the provider's own field says, such as `OpenAI`; it counts where the catalogue knows none.
pub(super) fn asset(given: &str, publisher: Option<&str>, environment: &str) -> Asset {
    let name = plain(given);
    let anchor = if name.contains('/') { Anchor::Hub } else { Anchor::Strong };
    if let Some(known) = model_ref(name, anchor).filter(|it| it.publisher != "unknown") {
        return known.asset(environment).native_type("model");
    }
    let publisher = publisher.map_or_else(|| "unknown".to_owned(), str::to_lowercase);
    Asset::new(
        format!("model://{publisher}/{name}"),
        AssetKind::Model,
        name,
        Provider::Saas,
        environment,
    )
    .native_type("model")
    .with("publisher", publisher)
}

/// The name without what only says where the model lies.
pub(super) fn plain(given: &str) -> &str {
    let given = given.trim();
    for mark in ["foundation-model/", "inference-profile/", "custom-model/"] {
        if given.starts_with("arn:")
            && let Some((_, name)) = given.split_once(mark)
        {
            return name;
        }
    }
    if let Some((_, rest)) = given.split_once("/models/") {
        return rest.split('/').next().unwrap_or(rest);
    }
    given
}
