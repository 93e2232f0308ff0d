//! What a query says, before it is known whether it makes sense.

/// A name and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) at: usize,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query {
    pub(crate) branches: Vec<Vec<Clause>>,
    /// `UNION ALL` rather than `UNION`.
    pub(crate) union_all: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Clause {
    Match {
        optional: bool,
        pattern: Pattern,
    },
    Unwind {
        list: Expr,
        variable: Name,
    },
    /// `WITH`, or `RETURN` as the last one.
    Project(Box<Projection>),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern {
    pub(crate) paths: Vec<PathPattern>,
    pub(crate) condition: Option<Box<Expr>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Projection {
    pub(crate) at: usize,
    pub(crate) is_return: bool,
    pub(crate) distinct: bool,
    /// `*`: everything in scope, before the items.
    pub(crate) star: bool,
    pub(crate) items: Vec<Item>,
    /// Key and whether it descends.
    pub(crate) order: Vec<(Expr, bool)>,
    pub(crate) skip: Option<Expr>,
    pub(crate) limit: Option<Expr>,
    pub(crate) condition: Option<Expr>,
}

impl Projection {
    /// `RETURN true`, for a subquery of which only the rows count.
    pub(crate) fn nothing(at: usize) -> Self {
        let value = Expr { kind: ExprKind::Bool(true), at };
        Self {
            at,
            is_return: true,
            distinct: false,
            star: false,
            items: vec![Item { value, alias: None, text: "true".to_owned() }],
            order: Vec::new(),
            skip: None,
            limit: None,
            condition: None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) value: Expr,
    pub(crate) alias: Option<Name>,
    /// As written: the column's name when there is no alias.
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PathPattern {
    pub(crate) variable: Option<Name>,
    pub(crate) shortest: Option<Shortest>,
    pub(crate) start: NodePattern,
    pub(crate) steps: Vec<(RelationPattern, NodePattern)>,
}

/// Which of the shortest paths between two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shortest {
    /// `shortestPath`: any one of them.
    One,
    /// `allShortestPaths`.
    All,
}

/// All of these, of each at least one: `:A|B:C` is `[[A, B], [C]]`.
pub(crate) type Labels = Vec<Vec<Name>>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NodePattern {
    pub(crate) variable: Option<Name>,
    pub(crate) labels: Labels,
    pub(crate) properties: Vec<(String, Expr)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Out,
    In,
    Both,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RelationPattern {
    pub(crate) at: usize,
    pub(crate) variable: Option<Name>,
    pub(crate) types: Vec<Name>,
    pub(crate) properties: Vec<(String, Expr)>,
    pub(crate) direction: Direction,
    /// Where `*min..max` stands and what it says; without an upper bound where none is written.
    pub(crate) length: Option<(usize, u32, Option<u32>)>,
}

/// An expression and where it stands; equal when it says the same.
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) at: usize,
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Expr {
    /// The expressions it is made of; not those within patterns and subqueries.
    pub(crate) fn children(&self) -> Vec<&Self> {
        use ExprKind as K;
        match &self.kind {
            K::Null
            | K::Bool(_)
            | K::Integer(_)
            | K::Float(_)
            | K::Text(_)
            | K::Parameter(_)
            | K::Variable(_)
            | K::CountAll
            | K::Exists(_)
            | K::ExistsQuery(_)
            | K::PathExists(_) => Vec::new(),
            K::List(items) | K::And(items) | K::Or(items) => items.iter().collect(),
            K::Call { arguments, .. } => arguments.iter().collect(),
            K::Map(entries) => entries.iter().map(|(_, value)| value).collect(),
            K::Property(of, _) | K::HasLabels(of, _) => vec![of],
            K::Not(of) | K::Negate(of) | K::IsNull(of) => vec![of],
            K::Index(a, b) | K::Binary(_, a, b) => vec![a, b],
            K::Slice(of, from, to) => {
                [of].into_iter().chain(from).chain(to).map(|part| &**part).collect()
            }
            K::Case { subject, branches, otherwise } => {
                let branches = branches.iter().flat_map(|(condition, value)| [condition, value]);
                subject.iter().chain(otherwise).map(|part| &**part).chain(branches).collect()
            }
            K::Quantifier { list, condition, .. } => vec![list, condition],
            K::Comprehension { list, condition, value, .. } => {
                [list].into_iter().chain(condition).chain(value).map(|part| &**part).collect()
            }
            K::Reduce { start, list, value, .. } => vec![start, list, value],
            K::PatternComprehension { value, .. } => vec![value],
        }
    }

    /// The variables it brings in for its children.
    pub(crate) fn binds(&self) -> Vec<&str> {
        match &self.kind {
            ExprKind::Quantifier { variable, .. } | ExprKind::Comprehension { variable, .. } => {
                vec![&variable.text]
            }
            ExprKind::Reduce { sum, variable, .. } => vec![&sum.text, &variable.text],
            ExprKind::PatternComprehension { pattern, .. } => {
                pattern.names().map(|name| name.text.as_str()).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Pattern {
    /// Every variable that it names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Name> {
        self.paths.iter().flat_map(PathPattern::names)
    }
}

impl PathPattern {
    pub(crate) fn names(&self) -> impl Iterator<Item = &Name> {
        let steps =
            self.steps.iter().flat_map(|(relation, node)| [&relation.variable, &node.variable]);
        [&self.variable, &self.start.variable].into_iter().chain(steps).flatten()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExprKind {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Parameter(String),
    Variable(String),
    List(Vec<Expr>),
    Map(Vec<(String, Expr)>),
    Property(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    HasLabels(Box<Expr>, Labels),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Negate(Box<Expr>),
    IsNull(Box<Expr>),
    Call {
        name: String,
        distinct: bool,
        arguments: Vec<Expr>,
    },
    CountAll,
    Case {
        subject: Option<Box<Expr>>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    Quantifier {
        quantifier: Quantifier,
        variable: Name,
        list: Box<Expr>,
        condition: Box<Expr>,
    },
    Comprehension {
        variable: Name,
        list: Box<Expr>,
        condition: Option<Box<Expr>>,
        value: Option<Box<Expr>>,
    },
    Reduce {
        sum: Name,
        start: Box<Expr>,
        variable: Name,
        list: Box<Expr>,
        value: Box<Expr>,
    },
    /// `EXISTS { pattern }`.
    Exists(Pattern),
    /// `EXISTS { MATCH … RETURN … }`, and whatever is more than a pattern.
    ExistsQuery(Box<Query>),
    /// A pattern as a condition; it names nothing new.
    PathExists(Box<PathPattern>),
    /// `[path WHERE condition | value]`.
    PatternComprehension {
        pattern: Box<Pattern>,
        value: Box<Expr>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Any,
    All,
    None,
    Single,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Xor,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    StartsWith,
    EndsWith,
    Contains,
    Matches,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}
