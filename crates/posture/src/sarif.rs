use std::collections::BTreeMap;

use picket_model::{Recommendation, RecommendationStatus, Severity};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// Recommendations as a SARIF 2.1.0 log (OASIS Standard, 27 March 2020): one result for each that is unhealthy.
///
/// Assets are logical locations; `security-severity` is what code hosts sort by.
#[must_use]
pub fn sarif(recommendations: &[Recommendation]) -> Json {
    let unhealthy =
        || recommendations.iter().filter(|one| one.status == RecommendationStatus::Unhealthy);
    let mut rules: BTreeMap<&str, &Recommendation> = BTreeMap::new();
    for recommendation in unhealthy() {
        rules.entry(&recommendation.rule).or_insert(recommendation);
    }
    let places: BTreeMap<&str, usize> = rules.keys().copied().zip(0..).collect();
    let descriptors: Vec<Json> = rules
        .values()
        .map(|one| {
            json!({
                "id": one.rule,
                "shortDescription": {"text": one.title},
                "help": {"text": if one.remediation.is_empty() { &one.title } else { &one.remediation }},
                "defaultConfiguration": {"level": level(one.severity)},
                "properties": {"security-severity": score(one.severity), "tags": one.frameworks},
            })
        })
        .collect();
    let results: Vec<Json> = unhealthy()
        .map(|one| {
            let fingerprint = Sha256::digest(format!("{}\0{}", one.rule, one.asset));
            json!({
                "ruleId": one.rule,
                "ruleIndex": places.get(one.rule.as_str()),
                "level": level(one.risk_level),
                "message": {"text": if one.reason.is_empty() { &one.title } else { &one.reason }},
                "locations": [{"logicalLocations": [{
                    "fullyQualifiedName": one.asset.as_str(),
                    "kind": "resource",
                }]}],
                "partialFingerprints": {"picket/v1": hex::encode(&fingerprint[..16])},
                "properties": {
                    "environment": one.environment,
                    "riskLevel": one.risk_level,
                    "riskFactors": one.risk_factors,
                    "attackPaths": one.attack_paths,
                },
            })
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Picket",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": descriptors,
            }},
            "results": results,
        }],
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "note",
    }
}

/// On the scale of CVSS.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Informational => "0.0",
    }
}
