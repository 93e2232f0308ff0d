//! The rules that come with Picket: they load, and each can fire and can stay silent.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files fails")]

use std::{fs, path::Path};

use picket_posture::RuleSet;

fn files() -> Vec<(String, String)> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut files = Vec::new();
    for folder in ["recommendations", "attack-paths", "templates"] {
        let Ok(entries) = fs::read_dir(rules.join(folder)) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".yaml") {
                files.push((format!("{folder}/{name}"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn every_rule_fires_and_stays_silent_where_it_should() {
    let files = files();
    let (rules, errors) =
        RuleSet::load(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let errors: Vec<String> =
        errors.iter().chain(&rules.check()).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    let tests = rules.test();
    let failures: Vec<String> = tests
        .iter()
        .filter_map(|test| {
            Some(format!("{} {}: {}", test.rule, test.example, test.failure.as_ref()?))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(tests.len() >= 2 * rules.attack_paths().len() && rules.attack_paths().len() >= 8);
}

#[test]
fn the_embedded_rules_are_those_of_the_folder() {
    let embedded = RuleSet::embedded();
    let files = files();
    let (read, _) = RuleSet::load(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let ids = |rules: &RuleSet| {
        let recommendations = rules.recommendations().iter().map(|rule| rule.id.clone());
        let paths = rules.attack_paths().iter().map(|rule| rule.id.clone());
        let templates = rules.templates().iter().map(|template| template.id.clone());
        recommendations.chain(paths).chain(templates).collect::<Vec<_>>()
    };
    assert_eq!(ids(&embedded), ids(&read));
    assert!(embedded.templates().len() >= 14);
    assert!(embedded.templates().iter().any(|template| template.id == "ai-workloads-and-models"));
}
