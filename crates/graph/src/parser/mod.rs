//! Tokens to syntax: recursive descent for clauses and patterns, precedence climbing for expressions.

mod expression;
mod pattern;

use crate::{
    ast::{Clause, Item, Name, Pattern, Projection, Query},
    error::Mistake,
    lexer::{Spanned, Token, lex},
};

/// Longest query text, bytes.
const MAX_TEXT: usize = 64 * 1024;
/// Most clauses of one part of a `UNION`, and most parts.
const MAX_CLAUSES: usize = 100;
/// Most nodes of one pattern.
const MAX_NODES: usize = 64;
/// Deepest nesting of expressions; bounds the stack of everything that walks them.
const MAX_DEPTH: usize = 100;

pub(crate) fn parse(text: &str) -> Result<Query, Mistake> {
    if text.len() > MAX_TEXT {
        return Err(Mistake::new(0, format!("the query is longer than {MAX_TEXT} bytes")));
    }
    let mut parser = Parser { text, tokens: lex(text)?, at: 0, depth: 0, subqueries: 0 };
    let query = parser.query()?;
    parser.symbol(";");
    match parser.token() {
        Token::End => Ok(query),
        _ => {
            Err(parser.unexpected("the end of the query or a clause (MATCH, WITH, RETURN, UNION)"))
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Spanned>,
    at: usize,
    depth: usize,
    /// How many `EXISTS { query }` are open: within one, `RETURN` may be left out.
    subqueries: usize,
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        self.peek(0)
    }

    fn peek(&self, ahead: usize) -> &Token {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |spanned| &spanned.token)
    }

    fn start(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |spanned| spanned.start)
    }

    /// Where the token before ends.
    fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |before| self.tokens[before].end)
    }

    fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn is_symbol(&self, ahead: usize, symbol: &str) -> bool {
        matches!(self.peek(ahead), Token::Symbol(found) if *found == symbol)
    }

    fn is_keyword(&self, ahead: usize, keyword: &str) -> bool {
        matches!(self.peek(ahead), Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(0, symbol);
        if found {
            self.advance();
        }
        found
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(0, keyword);
        if found {
            self.advance();
        }
        found
    }

    fn expect_symbol(&mut self, symbol: &str) -> Result<(), Mistake> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{symbol}`"))) }
    }

    fn expect_keyword(&mut self, keyword: &str) -> Result<(), Mistake> {
        if self.keyword(keyword) { Ok(()) } else { Err(self.unexpected(keyword)) }
    }

    fn unexpected(&self, expected: &str) -> Mistake {
        let found = match self.token() {
            Token::End => "the query ends".to_owned(),
            _ => {
                let start = self.start();
                let text = self.text.get(start..self.tokens[self.at].end).unwrap_or_default();
                let shown: String = text.chars().take(40).collect();
                format!("unexpected `{shown}`")
            }
        };
        Mistake::new(self.start(), found).expecting(expected)
    }

    fn name(&mut self, what: &str) -> Result<Name, Mistake> {
        let at = self.start();
        let (Token::Word(text) | Token::Quoted(text)) = self.token() else {
            return Err(self.unexpected(what));
        };
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.unexpected(what));
        }
        let text = text.clone();
        self.advance();
        Ok(Name { text, at })
    }

    /// Runs `inner` one level deeper.
    fn nested<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, Mistake>,
    ) -> Result<T, Mistake> {
        if self.depth >= MAX_DEPTH {
            return Err(Mistake::new(
                self.start(),
                format!("expressions are nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn query(&mut self) -> Result<Query, Mistake> {
        let mut query = Query { branches: vec![self.branch()?], union_all: false };
        while self.is_keyword(0, "UNION") {
            let at = self.start();
            self.advance();
            let all = self.keyword("ALL");
            if query.branches.len() > 1 && all != query.union_all {
                return Err(Mistake::new(at, "UNION and UNION ALL cannot be mixed in one query"));
            }
            query.union_all = all;
            if query.branches.len() == MAX_CLAUSES {
                return Err(self.too_many("parts"));
            }
            query.branches.push(self.branch()?);
        }
        Ok(query)
    }

    fn branch(&mut self) -> Result<Vec<Clause>, Mistake> {
        let mut clauses = Vec::new();
        loop {
            if clauses.len() == MAX_CLAUSES {
                return Err(self.too_many("clauses"));
            }
            if self.keyword("OPTIONAL") {
                self.expect_keyword("MATCH")?;
                clauses.push(Clause::Match { optional: true, pattern: self.patterns()? });
            } else if self.keyword("MATCH") {
                clauses.push(Clause::Match { optional: false, pattern: self.patterns()? });
            } else if self.keyword("UNWIND") {
                let list = self.expression()?;
                self.expect_keyword("AS")?;
                clauses.push(Clause::Unwind { list, variable: self.name("a variable")? });
            } else if self.is_keyword(0, "WITH") || self.is_keyword(0, "RETURN") {
                let projection = self.projection()?;
                let last = projection.is_return;
                clauses.push(Clause::Project(Box::new(projection)));
                if last {
                    return Ok(clauses);
                }
            } else if self.subqueries > 0 && self.is_symbol(0, "}") && !clauses.is_empty() {
                clauses.push(Clause::Project(Box::new(Projection::nothing(self.start()))));
                return Ok(clauses);
            } else {
                return Err(self.no_clause(clauses.is_empty()));
            }
        }
    }

    fn too_many(&self, what: &str) -> Mistake {
        Mistake::new(self.start(), format!("the query has more than {MAX_CLAUSES} {what}"))
    }

    fn too_long(&self) -> Mistake {
        Mistake::new(self.start(), format!("the pattern has more than {MAX_NODES} nodes"))
    }

    fn no_clause(&self, first: bool) -> Mistake {
        const WRITING: &[&str] =
            &["CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "CALL", "LOAD", "FOREACH"];
        if WRITING.iter().any(|word| self.is_keyword(0, word)) {
            return Mistake::new(self.start(), "the graph is read-only")
                .expecting("MATCH, OPTIONAL MATCH, UNWIND, WITH or RETURN");
        }
        self.unexpected(if first {
            "MATCH, OPTIONAL MATCH, UNWIND, WITH or RETURN"
        } else {
            "a clause (MATCH, OPTIONAL MATCH, UNWIND, WITH) or RETURN"
        })
    }

    fn patterns(&mut self) -> Result<Pattern, Mistake> {
        let mut paths = vec![self.path_pattern()?];
        let mut nodes = paths[0].steps.len() + 1;
        while self.symbol(",") {
            let path = self.path_pattern()?;
            nodes += path.steps.len() + 1;
            if nodes > MAX_NODES {
                return Err(self.too_long());
            }
            paths.push(path);
        }
        let condition =
            if self.keyword("WHERE") { Some(Box::new(self.expression()?)) } else { None };
        Ok(Pattern { paths, condition })
    }

    fn projection(&mut self) -> Result<Projection, Mistake> {
        let at = self.start();
        let is_return = self.is_keyword(0, "RETURN");
        self.advance();
        let distinct = self.keyword("DISTINCT");
        let star = self.symbol("*");
        let mut items = Vec::new();
        if !star || self.symbol(",") {
            items.push(self.item()?);
            while self.symbol(",") {
                items.push(self.item()?);
            }
        }
        let mut projection = Projection {
            at,
            is_return,
            distinct,
            star,
            items,
            order: Vec::new(),
            skip: None,
            limit: None,
            condition: None,
        };
        if self.keyword("ORDER") {
            self.expect_keyword("BY")?;
            loop {
                let key = self.expression()?;
                let descending = self.keyword("DESC") || self.keyword("DESCENDING");
                if !descending && !self.keyword("ASC") {
                    self.keyword("ASCENDING");
                }
                projection.order.push((key, descending));
                if !self.symbol(",") {
                    break;
                }
            }
        }
        if self.keyword("SKIP") || self.keyword("OFFSET") {
            projection.skip = Some(self.expression()?);
        }
        if self.keyword("LIMIT") {
            projection.limit = Some(self.expression()?);
        }
        if !is_return && self.keyword("WHERE") {
            projection.condition = Some(self.expression()?);
        }
        Ok(projection)
    }

    fn item(&mut self) -> Result<Item, Mistake> {
        let start = self.start();
        let value = self.expression()?;
        let text = self.text[start..self.end()].to_owned();
        let alias = if self.keyword("AS") { Some(self.name("a column name")?) } else { None };
        Ok(Item { value, alias, text })
    }
}
