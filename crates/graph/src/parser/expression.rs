use super::Parser;
use crate::{
    ast::{Expr, ExprKind, Operator, Pattern, Quantifier},
    error::Mistake,
    lexer::Token,
};

/// How tightly operators bind; a larger number binds tighter.
mod level {
    pub(super) const OR: u8 = 1;
    pub(super) const XOR: u8 = 2;
    pub(super) const AND: u8 = 3;
    pub(super) const NOT: u8 = 4;
    pub(super) const COMPARISON: u8 = 5;
    pub(super) const PREDICATE: u8 = 6;
    pub(super) const SUM: u8 = 7;
    pub(super) const PRODUCT: u8 = 8;
    pub(super) const POWER: u8 = 9;
    pub(super) const SIGN: u8 = 10;
}

const VALUE: &str = "a value, variable, function or `(`";

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Result<Expr, Mistake> {
        self.binary(0)
    }

    fn boxed(&mut self, minimum: u8) -> Result<Box<Expr>, Mistake> {
        self.binary(minimum).map(Box::new)
    }

    /// An expression of operators that bind at least as tightly as `minimum`.
    fn binary(&mut self, minimum: u8) -> Result<Expr, Mistake> {
        self.nested(|parser| {
            let depth = parser.depth;
            let mut left = parser.prefix()?;
            // A chain grows the tree to the left, so each link counts as a level, too.
            while let Some(next) = parser.nested(|inner| inner.infix(&mut left, minimum))? {
                left = next;
                parser.depth += 1;
            }
            parser.depth = depth;
            Ok(left)
        })
    }

    fn prefix(&mut self) -> Result<Expr, Mistake> {
        let at = self.start();
        let kind = if self.keyword("NOT") {
            ExprKind::Not(self.boxed(level::NOT)?)
        } else if self.symbol("-") {
            if *self.token() == Token::Integer(i64::MIN.unsigned_abs()) {
                self.literal(ExprKind::Integer(i64::MIN))
            } else {
                ExprKind::Negate(self.boxed(level::SIGN)?)
            }
        } else if self.symbol("+") {
            return self.binary(level::SIGN);
        } else {
            let mut value = self.atom()?;
            while let Some(kind) = self.postfix(&mut value)? {
                value = Expr { kind, at };
                self.depth += 1;
            }
            return Ok(value);
        };
        Ok(Expr { kind, at })
    }

    /// The operator at hand with its right side, or nothing where it binds less tightly than `minimum`.
    fn infix(&mut self, left: &mut Expr, minimum: u8) -> Result<Option<Expr>, Mistake> {
        let Some((operator, binding)) = self.operator() else { return Ok(None) };
        if binding < minimum {
            return Ok(None);
        }
        let at = self.start();
        let kind = match operator {
            Infix::And => {
                let mut terms = vec![*take(left)];
                while self.keyword("AND") {
                    terms.push(self.binary(level::AND + 1)?);
                }
                ExprKind::And(terms)
            }
            Infix::Or => {
                let mut terms = vec![*take(left)];
                while self.keyword("OR") {
                    terms.push(self.binary(level::OR + 1)?);
                }
                ExprKind::Or(terms)
            }
            Infix::IsNull { negated, words } => {
                (0..words).for_each(|_| self.advance());
                let test = ExprKind::IsNull(take(left));
                if negated { ExprKind::Not(Box::new(Expr { kind: test, at })) } else { test }
            }
            Infix::Operator(operator, words) if binding == level::COMPARISON => {
                (0..words).for_each(|_| self.advance());
                return self.comparison(take(left), operator, at).map(Some);
            }
            Infix::Operator(operator, words) => {
                (0..words).for_each(|_| self.advance());
                ExprKind::Binary(operator, take(left), self.boxed(binding + 1)?)
            }
        };
        Ok(Some(Expr { kind, at }))
    }

    /// `a < b <= c` means `a < b AND b <= c`.
    fn comparison(
        &mut self,
        mut left: Box<Expr>,
        mut operator: Operator,
        at: usize,
    ) -> Result<Expr, Mistake> {
        let mut terms = Vec::new();
        loop {
            let right = self.boxed(level::COMPARISON + 1)?;
            let kind = ExprKind::Binary(operator, left, right.clone());
            terms.push(Expr { kind, at });
            match self.operator() {
                Some((Infix::Operator(next, _), level::COMPARISON)) => {
                    self.advance();
                    operator = next;
                    left = right;
                }
                _ => break,
            }
        }
        match (terms.len(), terms.pop()) {
            (1, Some(only)) => Ok(only),
            (_, last) => {
                terms.extend(last);
                Ok(Expr { kind: ExprKind::And(terms), at })
            }
        }
    }

    fn operator(&self) -> Option<(Infix, u8)> {
        use Operator as O;
        let one = |operator, binding| Some((Infix::Operator(operator, 1), binding));
        let two = |operator, binding| Some((Infix::Operator(operator, 2), binding));
        match self.token() {
            Token::Symbol(symbol) => match *symbol {
                "=" => one(O::Equal, level::COMPARISON),
                "<>" => one(O::NotEqual, level::COMPARISON),
                "<" => one(O::Less, level::COMPARISON),
                "<=" => one(O::LessOrEqual, level::COMPARISON),
                ">" => one(O::Greater, level::COMPARISON),
                ">=" => one(O::GreaterOrEqual, level::COMPARISON),
                "=~" => one(O::Matches, level::PREDICATE),
                "+" => one(O::Add, level::SUM),
                "-" => one(O::Subtract, level::SUM),
                "*" => one(O::Multiply, level::PRODUCT),
                "/" => one(O::Divide, level::PRODUCT),
                "%" => one(O::Modulo, level::PRODUCT),
                "^" => one(O::Power, level::POWER),
                _ => None,
            },
            Token::Word(word) => match word.to_ascii_uppercase().as_str() {
                "OR" => Some((Infix::Or, level::OR)),
                "XOR" => one(O::Xor, level::XOR),
                "AND" => Some((Infix::And, level::AND)),
                "IN" => one(O::In, level::PREDICATE),
                "CONTAINS" => one(O::Contains, level::PREDICATE),
                "STARTS" if self.is_keyword(1, "WITH") => two(O::StartsWith, level::PREDICATE),
                "ENDS" if self.is_keyword(1, "WITH") => two(O::EndsWith, level::PREDICATE),
                "IS" if self.is_keyword(1, "NULL") => {
                    Some((Infix::IsNull { negated: false, words: 2 }, level::PREDICATE))
                }
                "IS" if self.is_keyword(1, "NOT") && self.is_keyword(2, "NULL") => {
                    Some((Infix::IsNull { negated: true, words: 3 }, level::PREDICATE))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn postfix(&mut self, value: &mut Expr) -> Result<Option<ExprKind>, Mistake> {
        if self.depth >= super::MAX_DEPTH {
            return self.nested(|_| Ok(None));
        }
        if self.symbol(".") {
            let key = self.name("a property name")?.text;
            return Ok(Some(ExprKind::Property(take(value), key)));
        }
        if self.is_symbol(0, ":") && matches!(value.kind, ExprKind::Variable(_)) {
            return Ok(Some(ExprKind::HasLabels(take(value), self.labels()?)));
        }
        if !self.symbol("[") {
            return Ok(None);
        }
        let value = take(value);
        if self.symbol("..") {
            let end = if self.is_symbol(0, "]") { None } else { Some(self.boxed(0)?) };
            self.expect_symbol("]")?;
            return Ok(Some(ExprKind::Slice(value, None, end)));
        }
        let index = self.boxed(0)?;
        if self.symbol("..") {
            let end = if self.is_symbol(0, "]") { None } else { Some(self.boxed(0)?) };
            self.expect_symbol("]")?;
            return Ok(Some(ExprKind::Slice(value, Some(index), end)));
        }
        self.expect_symbol("]")?;
        Ok(Some(ExprKind::Index(value, index)))
    }

    fn atom(&mut self) -> Result<Expr, Mistake> {
        let at = self.start();
        let kind = match self.token().clone() {
            Token::Integer(value) => {
                let value = i64::try_from(value).map_err(|_| {
                    Mistake::new(at, format!("`{value}` is not a number that fits"))
                })?;
                self.literal(ExprKind::Integer(value))
            }
            Token::Float(value) => self.literal(ExprKind::Float(value)),
            Token::Text(value) => self.literal(ExprKind::Text(value)),
            Token::Parameter(name) => self.literal(ExprKind::Parameter(name)),
            Token::Symbol("[") => self.list()?,
            Token::Symbol("{") => ExprKind::Map(self.map_entries()?),
            Token::Symbol("(") if self.at_pattern(0) => {
                ExprKind::PathExists(Box::new(self.path_pattern()?))
            }
            Token::Symbol("(") => {
                self.advance();
                let inner = self.expression()?;
                self.expect_symbol(")")?;
                inner.kind
            }
            Token::Quoted(name) => self.literal(ExprKind::Variable(name)),
            Token::Word(word) => self.word(&word)?,
            _ => return Err(self.unexpected(VALUE)),
        };
        Ok(Expr { kind, at })
    }

    fn literal(&mut self, kind: ExprKind) -> ExprKind {
        self.advance();
        kind
    }

    fn word(&mut self, word: &str) -> Result<ExprKind, Mistake> {
        /// Words that cannot be a variable, so that a missing value is noticed where it is missing.
        const RESERVED: &[&str] = &[
            "MATCH", "WHERE", "RETURN", "WITH", "ORDER", "SKIP", "LIMIT", "UNION", "AND", "OR",
            "XOR", "THEN", "ELSE", "END", "WHEN", "AS", "IN", "STARTS", "ENDS", "CONTAINS", "IS",
            "DISTINCT",
        ];
        let upper = word.to_ascii_uppercase();
        match upper.as_str() {
            "NULL" => return Ok(self.literal(ExprKind::Null)),
            "TRUE" => return Ok(self.literal(ExprKind::Bool(true))),
            "FALSE" => return Ok(self.literal(ExprKind::Bool(false))),
            "CASE" => return self.case(),
            "EXISTS" if self.is_symbol(1, "{") => {
                self.advance();
                self.advance();
                return self.nested(Self::subquery);
            }
            "REDUCE" if self.is_symbol(1, "(") => return self.reduce(),
            "ANY" | "ALL" | "NONE" | "SINGLE" if self.is_symbol(1, "(") => {
                return self.quantifier(match upper.as_str() {
                    "ANY" => Quantifier::Any,
                    "ALL" => Quantifier::All,
                    "NONE" => Quantifier::None,
                    _ => Quantifier::Single,
                });
            }
            _ => {}
        }
        if self.is_symbol(1, "(") {
            return self.call(word);
        }
        if RESERVED.contains(&upper.as_str()) {
            return Err(self.unexpected(VALUE));
        }
        Ok(self.literal(ExprKind::Variable(word.to_owned())))
    }

    fn call(&mut self, name: &str) -> Result<ExprKind, Mistake> {
        self.advance();
        self.advance();
        if name.eq_ignore_ascii_case("count") && self.is_symbol(0, "*") {
            self.advance();
            self.expect_symbol(")")?;
            return Ok(ExprKind::CountAll);
        }
        let distinct = self.keyword("DISTINCT");
        let mut arguments = Vec::new();
        if !self.is_symbol(0, ")") {
            arguments.push(self.expression()?);
            while self.symbol(",") {
                arguments.push(self.expression()?);
            }
        }
        if !self.symbol(")") {
            return Err(self.unexpected("`,` or `)`"));
        }
        Ok(ExprKind::Call { name: name.to_ascii_lowercase(), distinct, arguments })
    }

    fn case(&mut self) -> Result<ExprKind, Mistake> {
        self.advance();
        let subject = if self.is_keyword(0, "WHEN") { None } else { Some(self.boxed(0)?) };
        let mut branches = Vec::new();
        while self.keyword("WHEN") {
            let condition = self.expression()?;
            self.expect_keyword("THEN")?;
            branches.push((condition, self.expression()?));
        }
        if branches.is_empty() {
            return Err(self.unexpected("WHEN"));
        }
        let otherwise = if self.keyword("ELSE") { Some(self.boxed(0)?) } else { None };
        self.expect_keyword("END")?;
        Ok(ExprKind::Case { subject, branches, otherwise })
    }

    fn quantifier(&mut self, quantifier: Quantifier) -> Result<ExprKind, Mistake> {
        self.advance();
        self.advance();
        let variable = self.name("a variable")?;
        self.expect_keyword("IN")?;
        let list = self.boxed(0)?;
        self.expect_keyword("WHERE")?;
        let condition = self.boxed(0)?;
        self.expect_symbol(")")?;
        Ok(ExprKind::Quantifier { quantifier, variable, list, condition })
    }

    /// After `EXISTS {`.
    fn subquery(&mut self) -> Result<ExprKind, Mistake> {
        let kind = if self.is_whole_query() {
            self.subqueries += 1;
            let query = self.query()?;
            self.subqueries -= 1;
            ExprKind::ExistsQuery(Box::new(query))
        } else {
            self.keyword("MATCH");
            ExprKind::Exists(self.patterns()?)
        };
        self.expect_symbol("}")?;
        Ok(kind)
    }

    /// Whether more than one `MATCH` stands before the brace that closes.
    fn is_whole_query(&self) -> bool {
        let mut open = 0_usize;
        let mut previous = &Token::End;
        for (index, spanned) in self.tokens.iter().skip(self.at).enumerate() {
            match &spanned.token {
                Token::Symbol("(" | "[" | "{") => open += 1,
                Token::Symbol(")" | "]" | "}") if open == 0 => return false,
                Token::Symbol(")" | "]" | "}") => open -= 1,
                Token::Word(word) if open == 0 && index > 0 => {
                    let word = word.to_ascii_uppercase();
                    let clause = ["MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "UNION"]
                        .contains(&word.as_str());
                    let other = match previous {
                        Token::Symbol("." | ":" | "|") => true,
                        Token::Word(before) => ["STARTS", "ENDS"]
                            .iter()
                            .any(|operator| operator.eq_ignore_ascii_case(before)),
                        _ => false,
                    };
                    if clause && !other {
                        return true;
                    }
                }
                _ => {}
            }
            previous = &spanned.token;
        }
        false
    }

    fn pattern_comprehension(&mut self) -> Result<ExprKind, Mistake> {
        let paths = vec![self.path_pattern()?];
        let condition = if self.keyword("WHERE") { Some(self.boxed(0)?) } else { None };
        self.expect_symbol("|")?;
        let value = self.boxed(0)?;
        self.expect_symbol("]")?;
        let pattern = Box::new(Pattern { paths, condition });
        Ok(ExprKind::PatternComprehension { pattern, value })
    }

    fn reduce(&mut self) -> Result<ExprKind, Mistake> {
        self.advance();
        self.advance();
        let sum = self.name("a variable")?;
        self.expect_symbol("=")?;
        let start = self.boxed(0)?;
        self.expect_symbol(",")?;
        let variable = self.name("a variable")?;
        self.expect_keyword("IN")?;
        let list = self.boxed(0)?;
        self.expect_symbol("|")?;
        let value = self.boxed(0)?;
        self.expect_symbol(")")?;
        Ok(ExprKind::Reduce { sum, start, variable, list, value })
    }

    fn list(&mut self) -> Result<ExprKind, Mistake> {
        self.advance();
        let named = matches!(self.token(), Token::Word(_) | Token::Quoted(_));
        if self.at_pattern(0) || (named && self.is_symbol(1, "=") && self.at_pattern(2)) {
            return self.pattern_comprehension();
        }
        if named && self.is_keyword(1, "IN") {
            let variable = self.name("a variable")?;
            self.advance();
            let list = self.boxed(0)?;
            let condition = if self.keyword("WHERE") { Some(self.boxed(0)?) } else { None };
            let value = if self.symbol("|") { Some(self.boxed(0)?) } else { None };
            self.expect_symbol("]")?;
            return Ok(ExprKind::Comprehension { variable, list, condition, value });
        }
        let mut items = Vec::new();
        if !self.is_symbol(0, "]") {
            items.push(self.expression()?);
            while self.symbol(",") {
                items.push(self.expression()?);
            }
        }
        if !self.symbol("]") {
            return Err(self.unexpected("`,` or `]`"));
        }
        Ok(ExprKind::List(items))
    }
}

enum Infix {
    And,
    Or,
    IsNull {
        negated: bool,
        words: usize,
    },
    /// With the number of tokens it is written with.
    Operator(Operator, usize),
}

/// Moves an expression out of the place where a larger one will be put.
fn take(place: &mut Expr) -> Box<Expr> {
    let at = place.at;
    Box::new(std::mem::replace(place, Expr { kind: ExprKind::Null, at }))
}
