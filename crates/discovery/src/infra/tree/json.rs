//! JSON as templates are written in it: comments, trailing commas and texts of several lines are taken as they come.

use serde_json::{Number, Value};

use super::{MAX_DEPTH, MAX_NODES, Node, Tree};

/// Reads one value; what is wrong is said with its line.
pub(in crate::infra) fn json(text: &str) -> Result<Tree, String> {
    let mut reader = Reader { text, at: 0, line: 1, nodes: 0 };
    let tree = reader.value(0)?;
    reader.blank()?;
    if reader.at < text.len() { Err(reader.wrong("text after the end")) } else { Ok(tree) }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    nodes: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn wrong(&self, what: &str) -> String {
        format!("{what} at line {}", self.line)
    }

    /// Passes over blanks and comments.
    fn blank(&mut self) -> Result<(), String> {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.line = self.line.saturating_add(1);
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'/' => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    let length = if rest.starts_with("//") {
                        rest.find('\n').unwrap_or(rest.len())
                    } else if rest.starts_with("/*") {
                        rest.find("*/").ok_or_else(|| self.wrong("a comment without end"))? + 2
                    } else {
                        return Err(self.wrong("a `/`"));
                    };
                    let newlines = rest[..length].bytes().filter(|byte| *byte == b'\n').count();
                    self.line =
                        self.line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
                    self.at += length;
                }
                _ => break,
            }
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Tree, String> {
        self.nodes += 1;
        if depth > MAX_DEPTH {
            return Err(self.wrong("values nested deeper than 128 levels"));
        }
        if self.nodes > MAX_NODES {
            return Err(self.wrong("more than 500000 values"));
        }
        self.blank()?;
        let line = self.line;
        let node = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Node::Scalar(Value::String(self.string()?)),
            Some(_) => Node::Scalar(self.word()?),
            None => return Err(self.wrong("the text ends early")),
        };
        Ok(Tree { line, node })
    }

    fn map(&mut self, depth: usize) -> Result<Node, String> {
        let mut entries = Vec::new();
        self.at += 1;
        loop {
            self.blank()?;
            match self.peek() {
                Some(b'}') => break,
                Some(b',') => self.at += 1,
                Some(b'"') => {
                    let key = self.string()?;
                    self.blank()?;
                    if self.peek() != Some(b':') {
                        return Err(self.wrong("no `:` after a key"));
                    }
                    self.at += 1;
                    entries.push((key, self.value(depth + 1)?));
                }
                _ => return Err(self.wrong("no key where one must stand")),
            }
        }
        self.at += 1;
        Ok(Node::Map(entries))
    }

    fn list(&mut self, depth: usize) -> Result<Node, String> {
        let mut items = Vec::new();
        self.at += 1;
        loop {
            self.blank()?;
            match self.peek() {
                Some(b']') => break,
                Some(b',') => self.at += 1,
                _ => items.push(self.value(depth + 1)?),
            }
        }
        self.at += 1;
        Ok(Node::List(items))
    }

    fn string(&mut self) -> Result<String, String> {
        let mut text = String::new();
        self.at += 1;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let stop = memchr::memchr3(b'"', b'\\', b'\n', rest.as_bytes())
                .ok_or_else(|| self.wrong("a text without end"))?;
            text.push_str(&rest[..stop]);
            self.at += stop + 1;
            match rest.as_bytes()[stop] {
                b'"' => return Ok(text),
                b'\n' => {
                    self.line = self.line.saturating_add(1);
                    text.push('\n');
                }
                _ => self.escape(&mut text)?,
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), String> {
        let byte = self.peek().ok_or_else(|| self.wrong("a text without end"))?;
        self.at += 1;
        match byte {
            b'n' => text.push('\n'),
            b't' => text.push('\t'),
            b'r' => text.push('\r'),
            b'b' | b'f' => text.push(' '),
            b'u' => {
                let unit = self.text.get(self.at..self.at + 4);
                let unit = unit.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                let unit = unit.ok_or_else(|| self.wrong("a `\\u` without four digits"))?;
                self.at += 4;
                text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            b'"' | b'\\' | b'/' => text.push(char::from(byte)),
            _ => return Err(self.wrong("an unknown escape")),
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Value, String> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        self.at += length;
        match word {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            _ => word
                .parse::<i64>()
                .map(Value::from)
                .or_else(|_| {
                    word.parse::<f64>()
                        .map(|it| Number::from_f64(it).map_or(Value::Null, Value::Number))
                })
                .map_err(|_| self.wrong("no value where one must stand")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::json;

    #[test]
    fn comments_lines_and_trailing_commas_are_read() {
        let text =
            "{ // head\n \"a\": [1, 2.5, /* x\n */ true,],\n \"b\": \"two\nlines \\u00e4\\n\" }";
        let tree = json(text).unwrap();
        assert_eq!(tree.value().to_string(), "{\"a\":[1,2.5,true],\"b\":\"two\\nlines ä\\n\"}");
        assert_eq!(tree.get("b").unwrap().line, 4);
    }

    #[test]
    fn what_is_broken_is_said_with_its_line() {
        for (text, wrong) in [
            ("{\n\"a\" 1}", "no `:` after a key at line 2"),
            ("{\"a\": ", "the text ends early at line 1"),
            ("[1,\n\"x", "a text without end at line 2"),
            ("{} x", "text after the end at line 1"),
            ("[nope]", "no value where one must stand at line 1"),
        ] {
            assert_eq!(json(text).unwrap_err(), wrong);
        }
        assert!(json(&"[".repeat(100_000)).unwrap_err().contains("128 levels"));
    }
}
