//! How the elements hang together.

use std::collections::{BTreeMap, BTreeSet};

use picket_model::{AssetKind, RelationKind};

use super::element::{Graph, id};
use crate::estate::{Estate, Part};

/// Adds one relationship for every element and kind, with all its ends.
pub(super) fn add(estate: &Estate<'_>, partial: bool, graph: &mut Graph) {
    let parts: BTreeMap<&str, (AssetKind, Part)> =
        estate.parts().map(|(asset, part)| (asset.id.as_str(), (asset.kind, part))).collect();
    let mut ends: BTreeMap<(String, &'static str), BTreeSet<String>> = BTreeMap::new();
    for (source, kind, target) in estate.edges() {
        let (from, to) = (parts.get(source.as_str()), parts.get(target.as_str()));
        let (name, turned) = relationship(kind, from.copied(), to.copied());
        let (source, target) = if turned { (target, source) } else { (source, target) };
        ends.entry((id(&source), name)).or_default().insert(id(&target));
    }
    // Data that only the job which made a model is said to have used is the model's too.
    for (model, _) in estate.parts().filter(|(_, part)| *part == Part::Model) {
        for data in estate.training_data(model) {
            let key = (id(model.id.as_str()), "trainedOn");
            ends.entry(key).or_default().insert(id(data.id.as_str()));
        }
    }
    for ((from, name), to) in ends {
        graph.relate(&from, name, &Vec::from_iter(to), partial.then_some("incomplete"));
    }
}

/// The relationship type, and whether it is told from the other end.
fn relationship(
    kind: RelationKind,
    from: Option<(AssetKind, Part)>,
    to: Option<(AssetKind, Part)>,
) -> (&'static str, bool) {
    let model = |end: Option<(AssetKind, Part)>| end.is_some_and(|(_, part)| part == Part::Model);
    let tool = matches!(to, Some((AssetKind::Tool | AssetKind::McpServer, _)));
    let server = matches!(from, Some((AssetKind::McpServer, _)));
    match kind {
        RelationKind::TrainedOn if model(from) => ("trainedOn", false),
        RelationKind::TrainedOn if matches!(from, Some((AssetKind::TrainingJob, _))) => {
            ("hasInput", false)
        }
        RelationKind::DerivedFrom if model(from) && model(to) => ("descendantOf", false),
        RelationKind::DerivedFrom if model(from) => ("generates", true),
        RelationKind::HasTool if server => ("contains", false),
        RelationKind::HasTool | RelationKind::Calls | RelationKind::Uses if tool => {
            ("usesTool", false)
        }
        RelationKind::HasTool => ("usesTool", false),
        RelationKind::Contains => ("contains", false),
        _ => ("dependsOn", false),
    }
}
