//! Values in one spelling, so that what is expected and what was answered compare as text: labels and keys sorted,
//! floats with a point.

use std::fmt::Write;

use serde_json::Value as Json;

/// How values are spelled.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spelling {
    /// Lists are sorted.
    pub(crate) sorted_lists: bool,
}

impl Spelling {
    /// A cell of a feature's table; nothing where it cannot be read.
    pub(crate) fn expected(self, cell: &str) -> Option<String> {
        let mut reader = Reader { rest: cell, spelling: self };
        let value = reader.value()?;
        reader.blank();
        reader.rest.is_empty().then_some(value)
    }

    /// A value of an answer.
    pub(crate) fn answered(self, value: &Json) -> String {
        match value {
            // JSON has no such number.
            Json::Null => "null".to_owned(),
            Json::Number(number) if number.is_f64() => float(number.as_f64().unwrap_or_default()),
            Json::Bool(_) | Json::Number(_) => value.to_string(),
            Json::String(text) => quoted(text),
            Json::Array(items) => self.list(items.iter().map(|item| self.answered(item)).collect()),
            Json::Object(entries) => match entries.get("_kind").and_then(Json::as_str) {
                Some("node") => {
                    let labels = value["labels"].as_array().into_iter().flatten();
                    let labels = labels.filter_map(Json::as_str).map(ToOwned::to_owned).collect();
                    node(labels, &self.properties(&value["properties"]))
                }
                Some("relation") => self.relation(value),
                Some("path") => self.path(value),
                _ => self.properties(value),
            },
        }
    }

    fn list(self, mut items: Vec<String>) -> String {
        if self.sorted_lists {
            items.sort();
        }
        format!("[{}]", items.join(", "))
    }

    fn properties(self, value: &Json) -> String {
        let entries = value.as_object().into_iter().flatten();
        map(entries.map(|(key, value)| (key.clone(), self.answered(value))).collect())
    }

    fn relation(self, value: &Json) -> String {
        let name = value["type"].as_str().unwrap_or_default();
        relation(name, &self.properties(&value["properties"]))
    }

    fn path(self, value: &Json) -> String {
        let mut text = String::from("<");
        let nodes = value["nodes"].as_array().into_iter().flatten();
        let mut relations = value["relations"].as_array().into_iter().flatten();
        for node in nodes {
            text += &self.answered(node);
            if let Some(relation) = relations.next() {
                let forward = relation["source"] == node["id"];
                text += &step(forward, &self.relation(relation));
            }
        }
        text + ">"
    }
}

fn float(value: f64) -> String {
    // Negative zero is zero.
    format!("{:?}", value + 0.0)
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn map(mut entries: Vec<(String, String)>) -> String {
    entries.sort();
    let entries: Vec<String> =
        entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{{}}}", entries.join(", "))
}

fn node(mut labels: Vec<String>, properties: &str) -> String {
    labels.sort();
    let labels = labels.iter().fold(String::new(), |mut text, label| {
        let _ = write!(text, ":{label}");
        text
    });
    format!("({labels} {properties})")
}

fn relation(name: &str, properties: &str) -> String {
    format!("[:{name} {properties}]")
}

fn step(forward: bool, relation: &str) -> String {
    if forward { format!("-{relation}->") } else { format!("<-{relation}-") }
}

struct Reader<'a> {
    rest: &'a str,
    spelling: Spelling,
}

impl<'a> Reader<'a> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.blank();
        let found = self.rest.strip_prefix(symbol);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn word(&mut self) -> &'a str {
        self.blank();
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    fn value(&mut self) -> Option<String> {
        self.blank();
        match self.rest.chars().next()? {
            '\'' => self.text(),
            '[' if self.rest[1..].trim_start().starts_with(':') => self.relation(),
            '[' => {
                self.take("[");
                let items = self.items("]", Self::value)?;
                Some(self.spelling.list(items))
            }
            '{' => self.map(),
            '(' => self.node(),
            '<' => self.path(),
            _ => self.scalar(),
        }
    }

    fn items<T>(&mut self, end: &str, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        if self.take(end) {
            return Some(items);
        }
        loop {
            items.push(one(self)?);
            if self.take(end) {
                return Some(items);
            }
            self.take(",").then_some(())?;
        }
    }

    fn scalar(&mut self) -> Option<String> {
        let negative = self.take("-");
        let mut word = self.word().to_owned();
        if word.to_ascii_lowercase().ends_with('e') && self.rest.starts_with(['-', '+']) {
            word.push_str(&self.rest[..1]);
            self.rest = &self.rest[1..];
            word.push_str(self.word());
        }
        if ["null", "true", "false"].contains(&word.as_str()) {
            return Some(word);
        }
        if word == "NaN" {
            return Some("null".to_owned());
        }
        let word = if negative { format!("-{word}") } else { word };
        if let Ok(value) = word.parse::<i64>() {
            return Some(value.to_string());
        }
        word.parse().ok().map(float)
    }

    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(quoted(&text));
                }
                '\\' => text.push(match chars.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                }),
                c => text.push(c),
            }
        }
        None
    }

    fn map(&mut self) -> Option<String> {
        if !self.take("{") {
            return Some("{}".to_owned());
        }
        let entries = self.items("}", |reader| {
            let key = reader.word().to_owned();
            reader.take(":").then_some(())?;
            Some((key, reader.value()?))
        })?;
        Some(map(entries))
    }

    fn node(&mut self) -> Option<String> {
        self.take("(").then_some(())?;
        let mut labels = Vec::new();
        while self.take(":") {
            labels.push(self.word().to_owned());
        }
        self.blank();
        let properties = self.map()?;
        self.take(")").then(|| node(labels, &properties))
    }

    fn relation(&mut self) -> Option<String> {
        (self.take("[") && self.take(":")).then_some(())?;
        let name = self.word().to_owned();
        self.blank();
        let properties = self.map()?;
        self.take("]").then(|| relation(&name, &properties))
    }

    fn path(&mut self) -> Option<String> {
        self.take("<").then_some(())?;
        let mut text = format!("<{}", self.node()?);
        while !self.take(">") {
            let forward = !self.take("<");
            self.take("-").then_some(())?;
            let relation = self.relation()?;
            self.take(if forward { "->" } else { "-" }).then_some(())?;
            text += &step(forward, &relation);
            text += &self.node()?;
        }
        Some(text + ">")
    }
}
