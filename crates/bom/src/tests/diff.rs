use serde_json::{Value, json};

use crate::{Changes, Edge, FieldChange, Item, NotCycloneDx, diff};

fn bom(components: &Value, services: &Value, dependencies: &Value) -> Value {
    json!({
        "bomFormat": "CycloneDX", "serialNumber": format!("urn:uuid:{}", components.to_string().len()),
        "components": components, "services": services, "dependencies": dependencies,
    })
}

fn field(field: &str, old: Option<&str>, new: Option<&str>) -> FieldChange {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    FieldChange { field: field.to_owned(), old: owned(old), new: owned(new) }
}

#[test]
fn a_bill_does_not_differ_from_itself_made_again() {
    let components = json!([{"type": "library", "bom-ref": "a", "name": "a"}]);
    let mut again = bom(&components, &json!([]), &json!([]));
    again["serialNumber"] = json!("urn:uuid:other");
    let difference = diff(&bom(&components, &json!([]), &json!([])), &again).unwrap();
    assert!(difference.is_empty());
}

#[test]
fn fields_are_named_with_what_they_were_and_are() {
    let old = json!([{
        "type": "machine-learning-model", "bom-ref": "m", "name": "m", "version": "1",
        "licenses": [{"license": {"id": "MIT"}}], "hashes": [{"alg": "SHA-256", "content": "aa"}],
        "properties": [{"name": "picket:kind", "value": "Model"}, {"name": "picket:standing", "value": "mentioned"}],
        "evidence": {"occurrences": [{"location": "a.py", "line": 3}, {"location": "a.py", "line": 9}]},
        "modelCard": {"modelParameters": {"task": "text-generation"}},
    }]);
    let mut new = old.clone();
    new[0]["version"] = json!("2");
    new[0]["licenses"] = json!([{"license": {"name": "llama3"}}]);
    new[0]["hashes"][0]["content"] = json!("bb");
    new[0]["properties"][1]["value"] = json!("used");
    new[0]["evidence"]["occurrences"] =
        json!([{"location": "a.py", "line": 4}, {"location": "b.py", "line": 1}]);
    new[0]["modelCard"] = json!({});
    let empty = json!([]);
    let found = diff(&bom(&old, &empty, &empty), &bom(&new, &empty, &empty)).unwrap();
    let [change] = found.components.changed.as_slice() else { panic!("{found:?}") };
    assert_eq!(change.item.asset_kind.as_deref(), Some("Model"));
    assert_eq!(
        change.fields,
        [
            field("evidence.occurrences", Some("a.py"), Some("a.py, b.py")),
            field("hashes.SHA-256", Some("aa"), Some("bb")),
            field("licenses", Some("MIT"), Some("llama3")),
            field("modelCard.modelParameters.task", Some("text-generation"), None),
            field("properties.picket:standing", Some("mentioned"), Some("used")),
            field("version", Some("1"), Some("2")),
        ]
    );
}

#[test]
fn other_references_do_not_make_other_things() {
    let old = json!([
        {"type": "library", "bom-ref": "x@1", "name": "x", "version": "1"},
        {"type": "library", "bom-ref": "gone", "name": "gone"},
    ]);
    let new = json!([
        {"type": "library", "bom-ref": "x@2", "name": "x", "version": "2"},
        {"type": "file", "bom-ref": "new", "name": "new", "components": [{"type": "file", "name": "within"}]},
    ]);
    let service = json!([{"bom-ref": "s", "name": "s"}]);
    let before = json!([{"ref": "s", "dependsOn": ["x@1", "gone"]}]);
    let after = json!([{"ref": "s", "dependsOn": ["x@2"], "provides": ["new"]}]);
    let found = diff(&bom(&old, &service, &before), &bom(&new, &service, &after)).unwrap();
    let names =
        |items: &[Item]| -> Vec<String> { items.iter().map(|item| item.name.clone()).collect() };
    assert_eq!(names(&found.components.added), ["new", "within"]);
    assert_eq!(names(&found.components.removed), ["gone"]);
    assert_eq!(found.components.changed[0].item.reference, "x@2");
    assert_eq!(found.components.changed[0].fields, [field("version", Some("1"), Some("2"))]);
    assert_eq!(found.services, Changes::default());
    let edge = |relation, target: &str| Edge {
        source: "s".to_owned(),
        relation,
        target: target.to_owned(),
    };
    assert_eq!(found.dependencies.added, [edge("provides", "new")]);
    assert_eq!(found.dependencies.removed, [edge("dependsOn", "gone")]);
}

#[test]
fn what_is_no_bill_is_refused() {
    let fine = bom(&json!([]), &json!([]), &json!([]));
    for other in [json!(null), json!([1]), json!({"bomFormat": "SPDX"})] {
        assert_eq!(diff(&fine, &other), Err(NotCycloneDx));
        assert_eq!(diff(&other, &fine), Err(NotCycloneDx));
    }
    let odd =
        json!({"bomFormat": "CycloneDX", "components": {"a": 1}, "dependencies": [1, {"ref": 2}]});
    assert!(diff(&odd, &fine).unwrap().is_empty());
}
