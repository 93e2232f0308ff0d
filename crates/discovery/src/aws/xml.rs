//! XML answers (IAM, STS, EC2, RDS, S3) as JSON values, so that every service is read in one way.

use quick_xml::{Reader, escape::resolve_predefined_entity, events::Event};
use serde_json::{Map, Value};

use crate::cloud::CallError;

/// Deepest nesting that is read; AWS's own answers stay under 20.
const DEPTH: usize = 64;

#[derive(Default)]
struct Element {
    name: String,
    text: String,
    children: Map<String, Value>,
    items: Option<Vec<Value>>,
}

/// The content of the root element. Elements become objects, repeated ones and those that hold `member` or `item` arrays,
/// text strings, empty elements null. Attributes are left out: AWS says nothing in them that a scan needs.
///
/// # Errors
/// [`CallError::Malformed`] for what is no XML or nests too deep.
pub(super) fn to_value(text: &str) -> Result<Value, CallError> {
    let malformed = |message: String| CallError::Malformed { message };
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|error| malformed(error.to_string()))? {
            Event::Start(tag) if open.len() > DEPTH => {
                let tag = tag.name().as_ref().to_owned();
                return Err(malformed(format!("`{tag}` nests deeper than {DEPTH} elements")));
            }
            Event::Start(tag) => open
                .push(Element { name: tag.local_name().as_ref().to_owned(), ..Element::default() }),
            Event::Empty(tag) => {
                let element =
                    Element { name: tag.local_name().as_ref().to_owned(), ..Element::default() };
                close(&mut open, element);
            }
            Event::End(_) => {
                // The reader has checked that every end has its start.
                if let Some(element) = open.pop() {
                    close(&mut open, element);
                }
            }
            Event::Text(text) => push(&mut open, &text.xml10_content()),
            Event::CData(text) => push(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                if let Ok(Some(character)) = reference.resolve_char_ref() {
                    push(&mut open, character.encode_utf8(&mut [0; 4]));
                } else if let Some(text) = resolve_predefined_entity(&reference.xml10_content()) {
                    push(&mut open, text);
                }
            }
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
    match open.pop() {
        Some(document) if open.is_empty() => {
            let root = document.children.into_iter().next().map(|(_, root)| root);
            root.ok_or_else(|| malformed("no XML element".to_owned()))
        }
        _ => Err(malformed("the document ends inside an element".to_owned())),
    }
}

fn push(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn close(open: &mut [Element], element: Element) {
    let Some(parent) = open.last_mut() else { return };
    let Element { name, text, children, items } = element;
    let value = match items {
        Some(items) => Value::Array(items),
        None if !children.is_empty() => Value::Object(children),
        None if text.trim().is_empty() => Value::Null,
        None => Value::String(text),
    };
    if matches!(name.as_str(), "member" | "item") {
        parent.items.get_or_insert_default().push(value);
        return;
    }
    match parent.children.get_mut(&name) {
        None => {
            parent.children.insert(name, value);
        }
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::to_value;

    #[test]
    fn members_items_and_repeated_elements_are_lists() {
        let text = "<?xml version=\"1.0\"?><R xmlns=\"x\"><Roles><member><Name>a &amp; b</Name></member></Roles>\
                    <set><item>1</item><item>&#50;</item></set><B/><C>x</C><C>y</C></R>";
        assert_eq!(
            to_value(text).unwrap(),
            json!({"Roles": [{"Name": "a & b"}], "set": ["1", "2"], "B": null, "C": ["x", "y"]})
        );
    }

    #[test]
    fn what_is_no_xml_is_malformed() {
        for text in ["", "{}", "<a>", "<a></b>", &"<a>".repeat(100)] {
            assert!(to_value(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[<>/a-c&;= \"!?\\[\\]-]{0,80}") {
            let _ = to_value(&text);
        }
    }
}
