//! Text to tokens.

use crate::error::Mistake;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A name or keyword; keywords are told apart by the parser.
    Word(String),
    /// A name in backticks: never a keyword.
    Quoted(String),
    /// At most 2⁶³: the smallest integer is written with a sign.
    Integer(u64),
    Float(f64),
    Text(String),
    Parameter(String),
    Symbol(&'static str),
    End,
}

#[derive(Debug, Clone)]
pub(crate) struct Spanned {
    pub(crate) token: Token,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: &[&str] = &[
    "<>", "<=", ">=", "=~", "..", "+=", "(", ")", "[", "]", "{", "}", ",", ";", ":", ".", "|", "=",
    "<", ">", "+", "-", "*", "/", "%", "^",
];

pub(crate) fn lex(text: &str) -> Result<Vec<Spanned>, Mistake> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank()?;
        let start = lexer.at;
        let token = lexer.token()?;
        let end = token == Token::End;
        tokens.push(Spanned { token, start, end: lexer.at });
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let rest = self.rest();
        let length = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        let taken = rest[..length].to_owned();
        self.at += length;
        taken
    }

    fn skip_blank(&mut self) -> Result<(), Mistake> {
        loop {
            self.take_while(char::is_whitespace);
            let start = self.at;
            if self.rest().starts_with("//") {
                self.take_while(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                let length = self.rest().find("*/").ok_or_else(|| {
                    Mistake::new(start, "the comment does not end").expecting("`*/`")
                })?;
                self.at += length + 2;
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<Token, Mistake> {
        let Some(first) = self.rest().chars().next() else { return Ok(Token::End) };
        let start = self.at;
        match first {
            '\'' | '"' => self.text_literal(first).map(Token::Text),
            '`' => self.quoted().map(Token::Quoted),
            '$' => {
                self.at += 1;
                let name = self.take_while(is_word);
                if name.is_empty() {
                    return Err(
                        Mistake::new(start, "`$` without a name").expecting("a parameter name")
                    );
                }
                Ok(Token::Parameter(name))
            }
            c if c.is_ascii_digit() => self.number(),
            '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(),
            c if is_word(c) => Ok(Token::Word(self.take_while(is_word))),
            c => {
                let symbol = SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol));
                let symbol =
                    symbol.ok_or_else(|| Mistake::new(start, format!("unexpected `{c}`")))?;
                self.at += symbol.len();
                Ok(Token::Symbol(symbol))
            }
        }
    }

    fn number(&mut self) -> Result<Token, Mistake> {
        let start = self.at;
        let token = self.digits()?;
        if self.rest().starts_with(is_word) {
            self.take_while(is_word);
            let text = &self.text[start..self.at];
            return Err(Mistake::new(start, format!("`{text}` is not a number")));
        }
        Ok(token)
    }

    fn digits(&mut self) -> Result<Token, Mistake> {
        let start = self.at;
        for (prefix, radix) in [("0x", 16), ("0o", 8)] {
            if self.rest().starts_with(prefix) {
                self.at += prefix.len();
                let digits = self.take_while(|c| c.is_digit(radix));
                let value = u64::from_str_radix(&digits, radix).ok();
                return self.integer(start, value);
            }
        }
        self.take_while(|c| c.is_ascii_digit());
        let mut float = false;
        // `1..3` is a range, not a float.
        if self.rest().starts_with('.')
            && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit())
        {
            float = true;
            self.at += 1;
            self.take_while(|c| c.is_ascii_digit());
        }
        let exponent = self.rest();
        if exponent.starts_with(['e', 'E']) {
            let digits = exponent[1..].trim_start_matches(['+', '-']);
            let sign = exponent.len() - 1 - digits.len();
            if sign <= 1 && digits.starts_with(|c: char| c.is_ascii_digit()) {
                float = true;
                self.at += 1 + sign;
                self.take_while(|c| c.is_ascii_digit());
            }
        }
        let digits = &self.text[start..self.at];
        if float {
            let value = digits.parse().ok().filter(|value: &f64| value.is_finite());
            return value.map(Token::Float).ok_or_else(|| self.unfit(start));
        }
        let value = digits.parse().ok();
        self.integer(start, value)
    }

    fn integer(&self, start: usize, value: Option<u64>) -> Result<Token, Mistake> {
        let value = value.filter(|value| *value <= i64::MIN.unsigned_abs());
        value.map(Token::Integer).ok_or_else(|| self.unfit(start))
    }

    fn unfit(&self, start: usize) -> Mistake {
        let digits = &self.text[start..self.at];
        Mistake::new(start, format!("`{digits}` is not a number that fits"))
    }

    fn text_literal(&mut self, quote: char) -> Result<String, Mistake> {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.text[start + 1..].char_indices();
        while let Some((offset, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.at = start + 1 + offset + 1;
                    return Ok(value);
                }
                '\\' => {
                    let at = start + 1 + offset;
                    let unknown = || {
                        Mistake::new(at, "unknown escape in a string")
                            .expecting("one of \\\\ \\' \\\" \\` \\n \\r \\t \\b \\f \\uXXXX")
                    };
                    let (_, escape) = chars.next().ok_or_else(unknown)?;
                    value.push(match escape {
                        '\\' | '\'' | '"' | '`' | '/' => escape,
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'u' => {
                            let digits: String =
                                chars.by_ref().take(4).map(|(_, digit)| digit).collect();
                            u32::from_str_radix(&digits, 16)
                                .ok()
                                .and_then(char::from_u32)
                                .ok_or_else(unknown)?
                        }
                        _ => return Err(unknown()),
                    });
                }
                c => value.push(c),
            }
        }
        Err(Mistake::new(start, "the string does not end").expecting(format!("`{quote}`")))
    }

    fn quoted(&mut self) -> Result<String, Mistake> {
        let start = self.at;
        let mut name = String::new();
        self.at += 1;
        loop {
            let length = self.rest().find('`').ok_or_else(|| {
                Mistake::new(start, "the quoted name does not end").expecting("a backtick")
            })?;
            name.push_str(&self.rest()[..length]);
            self.at += length + 1;
            // Two of them are one within the name.
            if !self.rest().starts_with('`') {
                return Ok(name);
            }
            name.push('`');
            self.at += 1;
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
