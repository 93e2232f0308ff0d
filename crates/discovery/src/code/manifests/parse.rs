//! Reading that keeps what came before an error.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::Dependency;

/// What could be read of a file, and what stopped the reading.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) found: Vec<Dependency>,
    pub(super) problem: Option<String>,
}

impl From<Result<Vec<Dependency>, String>> for Parsed {
    fn from(read: Result<Vec<Dependency>, String>) -> Self {
        match read {
            Ok(found) => Self { found, problem: None },
            Err(problem) => Self { found: Vec::new(), problem: Some(problem) },
        }
    }
}

/// Finds the lines of names that come in the order of the text, in one pass.
pub(super) struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// Line of the next `needle`, from 1; 0 where there is none.
    pub(super) fn of(&mut self, needle: &str) -> u32 {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some(found) = memchr::memmem::find(rest.as_bytes(), needle.as_bytes()) else {
            return 0;
        };
        let passed = memchr::memchr_iter(b'\n', &rest.as_bytes()[..found]).count();
        self.line = self.line.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        self.at += found;
        self.line + u32::from(needle.starts_with('\n'))
    }

    /// Goes on behind the last place found.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }
}

pub(super) fn read_toml(text: &str) -> Result<Value, String> {
    toml::from_str(text)
        .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
}

/// Each `[[package]]` of a lock file in TOML: its values and its line. In a broken file those that can be read on their own.
pub(super) fn toml_packages(text: &str, take: &mut dyn FnMut(&Value, u32)) -> Option<String> {
    let mut problem = None;
    let (mut start, mut first_line) = (None, 0);
    let (mut at, mut line) = (0, 0);
    let mut block =
        |from: usize, to: usize, line: u32| match read_toml(text.get(from..to).unwrap_or_default())
        {
            Ok(document) => {
                if let Some(package) = document.pointer("/package/0") {
                    take(package, line);
                }
            }
            Err(error) => problem = Some(format!("package at line {line}: {error}")),
        };
    for text_line in text.split_inclusive('\n') {
        line += 1;
        // A block ends where another table begins that is not its own.
        let begins = text_line.starts_with("[[package]]");
        let other = text_line.starts_with('[')
            && !text_line.starts_with("[package.")
            && !text_line.starts_with("[[package.");
        if (begins || other)
            && let Some(from) = start.take()
        {
            block(from, at, first_line);
        }
        if begins {
            (start, first_line) = (Some(at), line);
        }
        at += text_line.len();
    }
    if let Some(from) = start {
        block(from, text.len(), first_line);
    }
    problem
}

/// Reads the entries of some members of a JSON object as they come, each with its path below the member.
/// `depth` is how many objects or lists down an entry is. An error ends the reading; what came before has been taken.
pub(super) fn json_entries(
    text: &str,
    members: &[(&str, usize)],
    take: &mut dyn FnMut(&[String], Value),
) -> Option<String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let seed = Members { members, take };
    seed.deserialize(&mut reader).and_then(|()| reader.end()).err().map(|error| error.to_string())
}

struct Members<'a, 'f> {
    members: &'a [(&'a str, usize)],
    take: &'f mut dyn FnMut(&[String], Value),
}

impl<'de> DeserializeSeed<'de> for Members<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.members.iter().find(|(name, _)| *name == key) {
                Some((_, depth)) => {
                    let mut path = vec![key];
                    map.next_value_seed(Entries {
                        depth: *depth,
                        path: &mut path,
                        take: self.take,
                    })?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Entries<'p, 'f> {
    depth: usize,
    path: &'p mut Vec<String>,
    take: &'f mut dyn FnMut(&[String], Value),
}

impl<'de> DeserializeSeed<'de> for Entries<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.path.push(key);
            if self.depth <= 1 {
                let value = map.next_value()?;
                (self.take)(self.path, value);
            } else {
                map.next_value_seed(Entries {
                    depth: self.depth - 1,
                    path: self.path,
                    take: self.take,
                })?;
            }
            self.path.pop();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element()? {
            (self.take)(self.path, value);
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}
