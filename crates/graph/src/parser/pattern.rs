use super::{MAX_NODES, Parser};
use crate::{
    ast::{Direction, Expr, Labels, Name, NodePattern, PathPattern, RelationPattern, Shortest},
    error::Mistake,
    lexer::Token,
};

impl Parser<'_> {
    pub(super) fn path_pattern(&mut self) -> Result<PathPattern, Mistake> {
        let variable = if self.is_symbol(1, "=") {
            let name = self.name("a path variable")?;
            self.expect_symbol("=")?;
            Some(name)
        } else {
            None
        };
        let shortest = if !self.is_symbol(1, "(") {
            None
        } else if self.is_keyword(0, "shortestPath") {
            Some(Shortest::One)
        } else if self.is_keyword(0, "allShortestPaths") {
            Some(Shortest::All)
        } else {
            None
        };
        if shortest.is_some() {
            self.advance();
            self.advance();
        }
        let at = self.start();
        let start = self.node_pattern()?;
        let mut steps = Vec::new();
        while self.is_symbol(0, "-") || self.is_symbol(0, "<") {
            let relation = self.relation_pattern()?;
            steps.push((relation, self.node_pattern()?));
            if steps.len() >= MAX_NODES {
                return Err(self.too_long());
            }
        }
        if shortest.is_some() {
            self.expect_symbol(")")?;
            let one_variable_length = matches!(steps.as_slice(), [(step, _)] if step.length.is_some_and(|(_, min, _)| min <= 1));
            if !one_variable_length {
                return Err(Mistake::new(at, "a shortest path takes one variable-length relation")
                    .expecting("a pattern such as (a)-[:CAN_ACCESS*1..6]->(b)"));
            }
        }
        Ok(PathPattern { variable, shortest, start, steps })
    }

    fn node_pattern(&mut self) -> Result<NodePattern, Mistake> {
        if !self.symbol("(") {
            return Err(self.unexpected("a node such as (a:Agent)"));
        }
        let variable = match self.token() {
            Token::Word(_) | Token::Quoted(_) => Some(self.name("a variable")?),
            _ => None,
        };
        let labels = self.labels()?;
        let properties = if self.is_symbol(0, "{") { self.map_entries()? } else { Vec::new() };
        if !self.symbol(")") {
            return Err(self.unexpected("`:` and a label, `{` and properties, or `)`"));
        }
        Ok(NodePattern { variable, labels, properties })
    }

    /// `:A|B:C`, or nothing.
    pub(super) fn labels(&mut self) -> Result<Labels, Mistake> {
        let mut labels = Vec::new();
        while self.symbol(":") {
            labels.push(self.alternatives("a label")?);
        }
        Ok(labels)
    }

    fn alternatives(&mut self, what: &str) -> Result<Vec<Name>, Mistake> {
        let mut names = vec![self.name(what)?];
        while self.symbol("|") {
            self.symbol(":");
            names.push(self.name(what)?);
        }
        Ok(names)
    }

    fn relation_pattern(&mut self) -> Result<RelationPattern, Mistake> {
        let at = self.start();
        let left = self.symbol("<");
        self.expect_symbol("-")?;
        let mut pattern = RelationPattern {
            at,
            variable: None,
            types: Vec::new(),
            properties: Vec::new(),
            direction: Direction::Both,
            length: None,
        };
        if self.symbol("[") {
            if matches!(self.token(), Token::Word(_) | Token::Quoted(_)) {
                pattern.variable = Some(self.name("a variable")?);
            }
            if self.symbol(":") {
                pattern.types = self.alternatives("a relation type")?;
            }
            if self.is_symbol(0, "*") {
                pattern.length = Some(self.length()?);
            }
            if self.is_symbol(0, "{") {
                pattern.properties = self.map_entries()?;
            }
            if !self.symbol("]") {
                return Err(self.unexpected("a relation type, `*1..3`, properties or `]`"));
            }
        }
        self.expect_symbol("-")?;
        let right = self.symbol(">");
        pattern.direction = match (left, right) {
            (false, true) => Direction::Out,
            (true, false) => Direction::In,
            (true, true) | (false, false) => Direction::Both,
        };
        Ok(pattern)
    }

    fn length(&mut self) -> Result<(usize, u32, Option<u32>), Mistake> {
        let at = self.start();
        self.expect_symbol("*")?;
        let min = self.hops()?;
        let max = if self.symbol("..") { self.hops()? } else { min };
        Ok((at, min.unwrap_or(1), max))
    }

    fn hops(&mut self) -> Result<Option<u32>, Mistake> {
        let Token::Integer(value) = *self.token() else { return Ok(None) };
        let value = u32::try_from(value)
            .map_err(|_| Mistake::new(self.start(), "the number of hops is too large"))?;
        self.advance();
        Ok(Some(value))
    }

    /// `{name: expression, …}`.
    pub(super) fn map_entries(&mut self) -> Result<Vec<(String, Expr)>, Mistake> {
        self.expect_symbol("{")?;
        let mut entries = Vec::new();
        if self.symbol("}") {
            return Ok(entries);
        }
        loop {
            let key = match self.token() {
                Token::Text(key) => {
                    let key = key.clone();
                    self.advance();
                    key
                }
                _ => self.name("a property name")?.text,
            };
            self.expect_symbol(":")?;
            entries.push((key, self.expression()?));
            if !self.symbol(",") {
                break;
            }
        }
        if self.symbol("}") { Ok(entries) } else { Err(self.unexpected("`,` or `}`")) }
    }

    /// Whether `(` there opens a pattern and not a parenthesised expression: it closes before an arrow.
    pub(super) fn at_pattern(&self, ahead: usize) -> bool {
        let inner_is_node = match self.peek(ahead + 1) {
            Token::Symbol(")" | ":" | "{") => true,
            Token::Word(_) | Token::Quoted(_) => {
                matches!(self.peek(ahead + 2), Token::Symbol(")" | ":" | "{"))
            }
            _ => false,
        };
        if !inner_is_node || !self.is_symbol(ahead, "(") {
            return false;
        }
        let mut open = 0_usize;
        for (index, spanned) in self.tokens.iter().skip(self.at).enumerate().skip(ahead) {
            match spanned.token {
                Token::Symbol("(") => open += 1,
                Token::Symbol(")") => open -= 1,
                _ => {}
            }
            if open == 0 {
                let dash = index + 1 + usize::from(self.is_symbol(index + 1, "<"));
                return self.is_symbol(dash, "-")
                    && (self.is_symbol(dash + 1, "-") || self.is_symbol(dash + 1, "["));
            }
        }
        false
    }
}
