//! The words, signs and texts of Bicep and of ARM templates' expressions.

use std::iter::Peekable;
use std::str::CharIndices;

/// A piece of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Number(i64),
    /// A text without holes is one part; with holes, texts and sources of expressions alternate.
    Text(Vec<Part>),
    Sign(&'static str),
    Newline,
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Text(String),
    Hole(Vec<(Token, u32)>),
}

const SIGNS: &[&str] = &[
    "...", "??", "?.", "?[", "::", "==", "!=", "<=", ">=", "&&", "||", "=>", "=~", "!~", "{", "}",
    "[", "]", "(", ")", ",", ":", ".", "=", "?", "@", "!", "<", ">", "+", "-", "*", "/", "%", "|",
];

/// Texts within holes within texts.
const MAX_HOLES: u32 = 16;
/// Tokens of one file.
const MAX_TOKENS: usize = 1_000_000;

/// Takes a text apart; each token with its line. `line` is that of the text's beginning.
pub(super) fn tokens(text: &str, line: u32) -> Result<Vec<(Token, u32)>, String> {
    let mut lexer = Lexer { text, characters: text.char_indices().peekable(), line, count: 0 };
    lexer.read(0, false)
}

struct Lexer<'t> {
    text: &'t str,
    characters: Peekable<CharIndices<'t>>,
    line: u32,
    count: usize,
}

impl<'t> Lexer<'t> {
    fn at(&mut self) -> usize {
        self.characters.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn rest(&mut self) -> &'t str {
        let at = self.at();
        self.text.get(at..).unwrap_or_default()
    }

    fn next(&mut self) -> Option<char> {
        let (_, character) = self.characters.next()?;
        if character == '\n' {
            self.line = self.line.saturating_add(1);
        }
        Some(character)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }

    /// Tokens to the end, or in a hole to the brace that closes it.
    fn read(&mut self, holes: u32, hole: bool) -> Result<Vec<(Token, u32)>, String> {
        let mut tokens = Vec::new();
        let mut open = 0_u32;
        loop {
            let line = self.line;
            self.count += 1;
            if self.count > MAX_TOKENS {
                return Err(format!("more than {MAX_TOKENS} words and signs"));
            }
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                return if hole {
                    Err(format!("a text without end at line {line}"))
                } else {
                    Ok(tokens)
                };
            };
            if first == '\n' {
                self.next();
                tokens.push((Token::Newline, line));
            } else if first.is_whitespace() || first == '\u{feff}' {
                self.next();
            } else if rest.starts_with("//") {
                let length = rest.find('\n').unwrap_or(rest.len());
                self.skip(rest[..length].chars().count());
            } else if rest.starts_with("/*") {
                let end = rest
                    .find("*/")
                    .ok_or_else(|| format!("a comment without end at line {line}"))?;
                self.skip(rest[..end + 2].chars().count());
            } else if let Some(inner) = rest.strip_prefix("'''") {
                let end = inner
                    .find("'''")
                    .ok_or_else(|| format!("a text without end at line {line}"))?;
                let text = inner[..end].strip_prefix('\n').unwrap_or(&inner[..end]);
                tokens.push((Token::Text(vec![Part::Text(text.to_owned())]), line));
                self.skip(rest[..end + 6].chars().count());
            } else if first == '\'' {
                let parts = self.text(holes)?;
                tokens.push((Token::Text(parts), line));
            } else if first.is_ascii_digit() {
                let length = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                self.skip(length);
                tokens.push((Token::Number(rest[..length].parse().unwrap_or(i64::MAX)), line));
            } else if first.is_alphabetic() || first == '_' {
                let length =
                    rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                self.skip(rest[..length].chars().count());
                tokens.push((Token::Word(rest[..length].to_owned()), line));
            } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                match *sign {
                    "{" => open += 1,
                    "}" if hole && open == 0 => {
                        self.next();
                        return Ok(tokens);
                    }
                    "}" => open = open.saturating_sub(1),
                    _ => {}
                }
                self.skip(sign.len());
                tokens.push((Token::Sign(sign), line));
            } else {
                return Err(format!("`{first}` at line {line}"));
            }
        }
    }

    /// A text in single quotes; `''` is a quote in ARM templates, `\'` in Bicep.
    fn text(&mut self, holes: u32) -> Result<Vec<Part>, String> {
        let line = self.line;
        let unended = || format!("a text without end at line {line}");
        let (mut parts, mut text) = (Vec::new(), String::new());
        self.next();
        loop {
            match self.next().ok_or_else(unended)? {
                '\'' if self.rest().starts_with('\'') => {
                    self.next();
                    text.push('\'');
                }
                '\'' => break,
                '\\' => match self.next().ok_or_else(unended)? {
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    'u' if self.rest().starts_with('{') => {
                        let digits =
                            self.rest()[1..].split('}').next().unwrap_or_default().to_owned();
                        self.skip(digits.chars().count() + 2);
                        let character =
                            u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    other => text.push(other),
                },
                '$' if self.rest().starts_with('{') => {
                    if holes >= MAX_HOLES {
                        return Err(format!(
                            "texts within texts deeper than {MAX_HOLES} levels at line {line}"
                        ));
                    }
                    self.next();
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(Part::Hole(self.read(holes + 1, true)?));
                }
                character => text.push(character),
            }
        }
        parts.push(Part::Text(text));
        Ok(parts)
    }
}
