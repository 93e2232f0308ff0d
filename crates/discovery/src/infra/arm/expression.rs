//! Expressions of Bicep and of ARM templates' `[…]`: one grammar, one tree, read by recursive descent within bounds.

use super::lexer::{Part, Token, tokens};

/// Expressions within expressions.
pub(super) const MAX_DEPTH: u32 = 64;

/// One expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    /// A text with holes.
    Template(Vec<Expression>),
    Name(String),
    Call(String, Vec<Expression>),
    Member(Box<Expression>, String),
    Index(Box<Expression>, Box<Expression>),
    List(Vec<Expression>),
    /// Entries by key, in the order they stand; a spread has the key [`Expression::Null`].
    Map(Vec<(Expression, Expression)>),
    /// `[for item in list: body]`, with the names of item and index.
    For {
        item: String,
        index: String,
        list: Box<Expression>,
        body: Box<Expression>,
    },
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    /// `if (condition) body` before a resource.
    If(Box<Expression>, Box<Expression>),
}

/// Reads expressions from tokens.
pub(super) struct Parser<'t> {
    pub(super) tokens: &'t [(Token, u32)],
    pub(super) at: usize,
    depth: u32,
}

impl<'t> Parser<'t> {
    pub(super) const fn new(tokens: &'t [(Token, u32)], depth: u32) -> Self {
        Self { tokens, at: 0, depth }
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    pub(super) fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(_, line)| *line)
    }

    pub(super) fn wrong(&self, expected: &str) -> String {
        format!("{expected} expected at line {}", self.line())
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(known)) if *known == sign)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(known)) if known == word)
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let taken = self.is(sign);
        self.at += usize::from(taken);
        taken
    }

    pub(super) fn need(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(self.wrong(&format!("`{sign}`"))) }
    }

    pub(super) fn word(&mut self) -> Option<&'t str> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        self.at += 1;
        Some(word)
    }

    pub(super) fn blank(&mut self) {
        while matches!(self.peek(), Some(Token::Newline)) || self.is(",") {
            self.at += 1;
        }
    }

    pub(super) fn newlines(&mut self) {
        while matches!(self.peek(), Some(Token::Newline)) {
            self.at += 1;
        }
    }

    /// One expression.
    pub(super) fn expression(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!(
                "expressions nested deeper than {MAX_DEPTH} levels at line {}",
                self.line()
            ));
        }
        let value = self.binary(0);
        self.depth -= 1;
        let condition = value?;
        let before = self.at;
        self.newlines();
        if !self.take("?") {
            self.at = before;
            return Ok(condition);
        }
        self.newlines();
        let yes = self.expression_below()?;
        self.newlines();
        self.need(":")?;
        self.newlines();
        let no = self.expression_below()?;
        Ok(Expression::Choice(Box::new(condition), Box::new(yes), Box::new(no)))
    }

    fn expression_below(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        let value = self.expression();
        self.depth -= 1;
        value
    }

    fn binary(&mut self, weakest: u8) -> Result<Expression, String> {
        let mut left = self.unary()?;
        let mut links = 0_u32;
        while let Some(Token::Sign(sign)) = self.peek() {
            let strength = match *sign {
                "??" => 1,
                "||" => 2,
                "&&" => 3,
                "==" | "!=" | "=~" | "!~" => 4,
                "<" | ">" | "<=" | ">=" => 5,
                "+" | "-" => 6,
                "*" | "/" | "%" => 7,
                _ => break,
            };
            if strength <= weakest {
                break;
            }
            links += 1;
            if self.depth + links > MAX_DEPTH * 2 {
                return Err(format!("too many operators at line {}", self.line()));
            }
            let sign = *sign;
            self.at += 1;
            self.newlines();
            let right = self.binary(strength)?;
            left = Expression::Binary(sign, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, String> {
        if self.take("!") {
            self.depth += 1;
            let inner =
                if self.depth > MAX_DEPTH { Err(self.wrong("fewer `!`")) } else { self.unary() };
            self.depth -= 1;
            return Ok(Expression::Not(Box::new(inner?)));
        }
        if self.take("-") {
            return Ok(match self.postfix()? {
                Expression::Number(number) => Expression::Number(number.saturating_neg()),
                _ => Expression::Null,
            });
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Result<Expression, String> {
        let mut value = self.primary()?;
        let mut links = 0_u32;
        loop {
            links += 1;
            if links > MAX_DEPTH {
                return Err(format!("too long a path at line {}", self.line()));
            }
            if self.take(".") || self.take("?.") || self.take("::") {
                let name = self.word().ok_or_else(|| self.wrong("a name"))?;
                value = if self.is("(") {
                    // `az.resourceGroup()`
                    Expression::Call(name.to_owned(), self.arguments()?)
                } else {
                    Expression::Member(Box::new(value), name.to_owned())
                };
            } else if self.take("[") || self.take("?[") {
                let index = self.expression()?;
                self.need("]")?;
                value = Expression::Index(Box::new(value), Box::new(index));
            } else {
                // `value!` only says that it is not null.
                if !(self.is("!")
                    && self
                        .tokens
                        .get(self.at + 1)
                        .is_none_or(|(next, _)| !matches!(next, Token::Word(_))))
                {
                    return Ok(value);
                }
                self.at += 1;
            }
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, String> {
        let mut arguments = Vec::new();
        self.need("(")?;
        loop {
            self.blank();
            if self.take(")") {
                return Ok(arguments);
            }
            if self.peek().is_none() {
                return Err(self.wrong("`)`"));
            }
            arguments.push(self.expression()?);
            // `item => …`: what functions of functions give is not evaluated.
            if self.take("=>") {
                arguments.pop();
                self.newlines();
                self.expression()?;
                arguments.push(Expression::Null);
            }
        }
    }

    fn primary(&mut self) -> Result<Expression, String> {
        let token = self.peek().ok_or_else(|| self.wrong("an expression"))?;
        match token {
            Token::Number(number) => {
                self.at += 1;
                Ok(Expression::Number(*number))
            }
            Token::Text(parts) => {
                self.at += 1;
                self.parts(parts)
            }
            Token::Word(word) => {
                self.at += 1;
                Ok(match word.as_str() {
                    "true" => Expression::Bool(true),
                    "false" => Expression::Bool(false),
                    "null" => Expression::Null,
                    "if" if self.is("(") => {
                        // A condition before a resource, or the function of ARM templates.
                        let mut arguments = self.arguments()?;
                        if self.is("{") && arguments.len() == 1 {
                            let body = self.expression()?;
                            let condition = arguments.pop().unwrap_or(Expression::Null);
                            return Ok(Expression::If(Box::new(condition), Box::new(body)));
                        }
                        Expression::Call(word.clone(), arguments)
                    }
                    _ if self.is("(") => Expression::Call(word.clone(), self.arguments()?),
                    _ => Expression::Name(word.clone()),
                })
            }
            Token::Sign("(") => {
                self.at += 1;
                self.newlines();
                let inner = self.expression()?;
                self.blank();
                // `(a, b) => …`
                while !self.is(")") && self.peek().is_some() {
                    self.expression()?;
                    self.blank();
                }
                self.need(")")?;
                Ok(inner)
            }
            Token::Sign("[") => self.list(),
            Token::Sign("{") => self.map(),
            _ => Err(self.wrong("an expression")),
        }
    }

    fn parts(&self, parts: &[Part]) -> Result<Expression, String> {
        if let [Part::Text(text)] = parts {
            return Ok(Expression::Text(text.clone()));
        }
        let parts = parts.iter().map(|part| match part {
            Part::Text(text) => Ok(Expression::Text(text.clone())),
            Part::Hole(tokens) => {
                let mut inner = Parser::new(tokens, self.depth + 1);
                inner.newlines();
                inner.expression()
            }
        });
        parts.collect::<Result<_, _>>().map(Expression::Template)
    }

    fn list(&mut self) -> Result<Expression, String> {
        self.need("[")?;
        self.blank();
        if self.is_word("for") {
            return self.each();
        }
        let mut items = Vec::new();
        loop {
            self.blank();
            if self.take("]") {
                return Ok(Expression::List(items));
            }
            if self.peek().is_none() {
                return Err(self.wrong("`]`"));
            }
            self.take("...");
            items.push(self.expression()?);
        }
    }

    /// `for item in list: body`, `for (item, index) in list: body`, up to the `]`.
    fn each(&mut self) -> Result<Expression, String> {
        self.at += 1;
        let (item, mut index) = if self.take("(") {
            let item = self.word().ok_or_else(|| self.wrong("a name"))?;
            self.need(",")?;
            let index = self.word().ok_or_else(|| self.wrong("a name"))?;
            self.need(")")?;
            (item.to_owned(), index.to_owned())
        } else {
            let item = self.word().ok_or_else(|| self.wrong("a name"))?;
            (item.to_owned(), String::new())
        };
        if index.is_empty() {
            "$index".clone_into(&mut index);
        }
        if self.word() != Some("in") {
            return Err(self.wrong("`in`"));
        }
        let list = self.expression()?;
        self.need(":")?;
        self.newlines();
        let body = self.expression()?;
        self.blank();
        self.need("]")?;
        Ok(Expression::For { item, index, list: Box::new(list), body: Box::new(body) })
    }

    fn map(&mut self) -> Result<Expression, String> {
        let mut entries = Vec::new();
        self.need("{")?;
        loop {
            self.blank();
            if self.take("}") {
                return Ok(Expression::Map(entries));
            }
            if self.take("...") {
                entries.push((Expression::Null, self.expression()?));
                continue;
            }
            while self.take("@") {
                self.postfix()?;
                self.newlines();
            }
            if self.is_word("resource")
                && matches!(self.tokens.get(self.at + 1), Some((Token::Word(_), _)))
            {
                entries.push(self.inner_resource()?);
                continue;
            }
            let key = match self.peek() {
                Some(Token::Word(word)) => {
                    self.at += 1;
                    Expression::Text(word.clone())
                }
                Some(Token::Text(parts)) => {
                    self.at += 1;
                    self.parts(parts)?
                }
                _ => return Err(self.wrong("a key or `}`")),
            };
            self.need(":")?;
            self.newlines();
            let value = self.expression()?;
            entries.push((key, value));
        }
    }
}

impl Parser<'_> {
    /// `resource NAME 'TYPE' [existing] = BODY` within a resource: an entry with the call `resource(…)` as its key.
    fn inner_resource(&mut self) -> Result<(Expression, Expression), String> {
        let line = self.line();
        let (name, kind, existing, body) = self.resource()?;
        let line = Expression::Number(line.into());
        let key =
            vec![Expression::Text(name), Expression::Text(kind), Expression::Bool(existing), line];
        Ok((Expression::Call("resource".to_owned(), key), body))
    }

    /// The same anywhere, from the word `resource` or `module` on: name, type or path, whether it is existing, and body.
    pub(super) fn resource(&mut self) -> Result<(String, String, bool, Expression), String> {
        self.at += 1;
        let name = self.word().ok_or_else(|| self.wrong("a name"))?.to_owned();
        let Expression::Text(kind) = self.primary()? else { return Err(self.wrong("a type")) };
        let existing = self.is_word("existing");
        self.at += usize::from(existing);
        self.need("=")?;
        self.newlines();
        Ok((name, kind, existing, self.expression()?))
    }
}

/// Reads the expression of an ARM template's text `[…]`; `None` for a plain text.
pub(super) fn of_template(text: &str) -> Option<Result<Expression, String>> {
    let inner =
        text.strip_prefix('[').filter(|inner| !inner.starts_with('['))?.strip_suffix(']')?;
    Some(tokens(inner, 1).and_then(|tokens| {
        let tokens: Vec<_> =
            tokens.into_iter().filter(|(token, _)| *token != Token::Newline).collect();
        let mut parser = Parser::new(&tokens, 0);
        let expression = parser.expression()?;
        if parser.peek().is_some() { Err(parser.wrong("the end")) } else { Ok(expression) }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arm_functions_and_bicep_texts_are_one_grammar() {
        let arm = of_template("[concat(parameters('name'), '-it''s', variables('x')[0].id)]")
            .unwrap()
            .unwrap();
        let Expression::Call(name, arguments) = arm else { panic!("{arm:?}") };
        assert_eq!((name.as_str(), arguments.len()), ("concat", 3));
        assert_eq!(arguments[1], Expression::Text("-it's".to_owned()));
        assert_eq!(of_template("[[literal]"), None);
        assert_eq!(of_template("plain"), None);
        assert!(of_template("[concat('a']").unwrap().is_err());
        let tokens = tokens("'a-${toLower('B${c}')}-d' // end\n", 1).unwrap();
        let read = Parser::new(&tokens, 0).expression().unwrap();
        assert!(matches!(read, Expression::Template(parts) if parts.len() == 3));
    }

    #[test]
    fn nesting_is_bounded() {
        for text in [
            "[".repeat(10_000),
            "(".repeat(10_000),
            "{a:".repeat(10_000),
            "!".repeat(10_000),
            "a(".repeat(10_000),
        ] {
            let tokens = tokens(&text, 1).unwrap();
            assert!(Parser::new(&tokens, 0).expression().is_err(), "{}", &text[..4]);
        }
        let text = format!("a{}", " + a".repeat(10_000));
        let tokens_of_sum = tokens(&text, 1).unwrap();
        assert!(Parser::new(&tokens_of_sum, 0).expression().is_err());
        assert!(tokens(&"'${".repeat(10_000), 1).is_err());
        let text = format!("a{}", " ? a : a".repeat(10_000));
        assert!(Parser::new(&tokens(&text, 1).unwrap(), 0).expression().is_err());
    }
}
