//! The model's own bill of materials.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::eval::{Aspect, Quality};
use super::model::Model;

/// A data set that a model was trained on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSet {
    /// File name or title.
    pub name: String,
    /// Licence, as its owner writes it, where it is known.
    #[serde(default)]
    pub licence: Option<String>,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Rows taken from it.
    pub rows: usize,
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A CycloneDX 1.6 ML-BOM of `model`: what it was trained on and how well it does on sources it never saw.
#[must_use]
pub fn card(model: &Model, data: &[DataSet], quality: &[Quality]) -> Value {
    let bytes = model.to_bytes();
    let digest = hexadecimal(&Sha256::digest(&bytes));
    let data_reference = |index: usize| format!("data-{index}");
    let data_sets: Vec<Value> = data
        .iter()
        .enumerate()
        .map(|(index, set)| {
            let mut component = json!({
                "type": "data", "bom-ref": data_reference(index), "name": set.name,
                "hashes": [{"alg": "SHA-256", "content": set.sha256}],
                "data": [{"type": "dataset", "name": set.name, "contents": {"properties": [{"name": "rows", "value": set.rows.to_string()}]}}],
            });
            if let Some(licence) = &set.licence {
                component["licenses"] = json!([{"license": {"name": licence}}]);
            }
            component
        })
        .collect();
    let metric = |kind: &str, value: f32, quality: &Quality| {
        json!({
            "type": kind, "value": format!("{value:.3}"),
            "slice": format!("{} ({}, {} rows)", quality.name, quality.channel, quality.rows),
        })
    };
    let sources = quality.iter().filter(|quality| quality.aspect == Aspect::Source);
    let metrics: Vec<Value> = sources
        .flat_map(|quality| match quality.auc {
            Some(auc) => vec![
                metric("recall at default sensitivity, source left out", quality.flagged, quality),
                metric("recall at 1 % false positives, source left out", quality.together, quality),
                metric("the same of a plain linear model", quality.baseline, quality),
                metric("the same where rows are left out at random", quality.random_split, quality),
                metric("area under curve, source left out", auc, quality),
            ],
            None => vec![metric(
                "false positives at default sensitivity, source left out",
                quality.flagged,
                quality,
            )],
        })
        .collect();
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": {
            "type": "machine-learning-model", "bom-ref": "shield", "name": "picket-shield", "version": &digest[..12],
            "hashes": [{"alg": "SHA-256", "content": digest}],
            "modelCard": {
                "modelParameters": {
                    "approach": {"type": "supervised"}, "task": "prompt attack detection", "architectureFamily": "linear",
                    "modelArchitecture": "logistic regression over hashed n-grams, concepts and how a part fits its text, scored on sentences and their neighbours",
                    "datasets": (0..data.len()).map(|index| json!({"ref": data_reference(index)})).collect::<Vec<_>>(),
                    "inputs": [{"format": "text"}], "outputs": [{"format": "score from 0 to 1"}],
                },
                "quantitativeAnalysis": {"performanceMetrics": metrics},
                "considerations": {
                    "useCases": ["one detector among several in front of a language model"],
                    "technicalLimitations": [
                        "unrelated requests inside documents are seen seldom where their source was not trained on",
                        "languages other than English were learnt from made-up texts, which no native speaker has read",
                        "benign files of the project itself are among the training data and stay in when other sources are left out",
                        "thresholds are set on benign sources that were left out, less the one that scores highest of each head (collections of personas and of other applications' instructions), so such texts are flagged far more often than 1 %: see their rows",
                        "signature rules were corrected on the benign sources listed here; only the classifier never saw the source that a figure is for",
                    ],
                },
            },
        }},
        "components": data_sets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_card_is_of_the_embedded_model() {
        let card: Value =
            serde_json::from_str(include_str!("../../model/model-card.json")).unwrap();
        let digest = hexadecimal(&Sha256::digest(super::super::EMBEDDED));
        assert_eq!(card["metadata"]["component"]["hashes"][0]["content"], Value::String(digest));
        assert!(card["components"].as_array().unwrap().len() > 10);
    }
}
