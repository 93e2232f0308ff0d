use super::{Checker, Kind, Variable};
use crate::{
    ast::{self, Labels, Quantifier},
    bits::Bits,
    error::Mistake,
    ir::{Edge, Expr, NamedPath, Node, Pattern, PropertyKey},
    value::Value,
};
use picket_model::{AssetKind, Category, RelationKind};

/// A property map: slot of what it is about, whether that is a list of relations, entries.
type Inline<'a> = (usize, bool, &'a [(String, ast::Expr)]);

impl Checker<'_> {
    pub(super) fn pattern(&mut self, source: &ast::Pattern) -> Result<Pattern, Mistake> {
        let known = self.scope.len();
        let mut pattern = Pattern::default();
        // All variables first: a property map may speak of one that comes later.
        let mut inline = Vec::new();
        for path in &source.paths {
            let start = self.node(&mut pattern, &path.start, known, &mut inline)?;
            let mut edges = Vec::new();
            let mut from = start;
            for (relation, node) in &path.steps {
                let (slot, bound) = self.relation(relation, known, &mut pattern)?;
                let to = self.node(&mut pattern, node, known, &mut inline)?;
                edges.push(pattern.edges.len());
                pattern.edges.push(Edge {
                    from,
                    to,
                    slot,
                    bound,
                    types: self.relation_types(&relation.types)?,
                    direction: relation.direction,
                    length: self.length(relation)?,
                    shortest: path.shortest,
                });
                inline.push((slot, relation.length.is_some(), relation.properties.as_slice()));
                from = to;
            }
            if let Some(name) = &path.variable {
                let slot = self.declare(name, Kind::Path)?;
                pattern.paths.push(NamedPath { slot, start, edges });
            }
        }
        for (slot, is_list, properties) in inline {
            for (key, value) in properties {
                let filter = self.inline_property(slot, is_list, key, value)?;
                pattern.filters.push(filter);
            }
        }
        if let Some(condition) = &source.condition {
            let terms = match self.condition(condition)? {
                Expr::And(terms) => terms,
                other => vec![other],
            };
            pattern.filters.extend(terms.into_iter().map(|term| self.filter(term)));
        }
        Ok(pattern)
    }

    /// A condition of its own: `a.exposed` holds where it is true, which the column can tell.
    fn filter(&self, condition: Expr) -> Expr {
        match condition {
            Expr::Property(of, key) if matches!(*of, Expr::Slot(_)) => self.comparison(
                ast::Operator::Equal,
                Expr::Property(of, key),
                Expr::Const(Value::Bool(true)),
            ),
            other => other,
        }
    }

    fn node<'a>(
        &mut self,
        pattern: &mut Pattern,
        source: &'a ast::NodePattern,
        known: usize,
        inline: &mut Vec<Inline<'a>>,
    ) -> Result<usize, Mistake> {
        let kinds = self.kinds(&source.labels)?;
        let existing = source.variable.as_ref().and_then(|name| self.position(&name.text));
        let (slot, bound) = match (&source.variable, existing) {
            (Some(name), Some(position)) => {
                let variable = &self.scope[position];
                if !matches!(variable.kind, Kind::Node | Kind::Any) {
                    return Err(wrong_kind(name, variable, "a node"));
                }
                (variable.slot, position < known)
            }
            (Some(name), None) => (self.declare(name, Kind::Node)?, false),
            (None, _) => (self.new_slot(), false),
        };
        inline.push((slot, false, &source.properties));
        if let Some(node) = pattern.nodes.iter().position(|node| node.slot == slot) {
            pattern.nodes[node].kinds.intersect(&kinds);
            return Ok(node);
        }
        pattern.nodes.push(Node { slot, kinds, bound });
        Ok(pattern.nodes.len() - 1)
    }

    /// Its slot and whether it is known from before.
    fn relation(
        &mut self,
        source: &ast::RelationPattern,
        known: usize,
        pattern: &mut Pattern,
    ) -> Result<(usize, bool), Mistake> {
        let Some(name) = &source.variable else { return Ok((self.new_slot(), false)) };
        let is_list = source.length.is_some();
        let kind = if is_list { Kind::list(Kind::Relation) } else { Kind::Relation };
        let Some(position) = self.position(&name.text) else {
            return Ok((self.declare(name, kind)?, false));
        };
        let variable = &self.scope[position];
        let may_be = if is_list {
            variable.kind.is_relations()
        } else {
            matches!(variable.kind, Kind::Relation | Kind::Any)
        };
        if !may_be {
            return Err(wrong_kind(name, variable, kind.name()));
        }
        if position >= known || pattern.edges.iter().any(|edge| edge.slot == variable.slot) {
            let message = format!("`{}` stands for two relations of one MATCH", name.text);
            return Err(Mistake::new(name.at, message).expecting("another name"));
        }
        if !is_list {
            return Ok((variable.slot, true));
        }
        // A list that is known is one of those that are found.
        let (given, found) = (Expr::Slot(variable.slot), self.new_slot());
        let equal =
            Expr::Binary(ast::Operator::Equal, Box::new(Expr::Slot(found)), Box::new(given));
        pattern.filters.push(equal);
        Ok((found, false))
    }

    /// Bounds of a variable length. In an estate, where everything hangs together, the upper one is asked for.
    fn length(&self, source: &ast::RelationPattern) -> Result<Option<(u32, u32)>, Mistake> {
        /// Longest variable length in an estate.
        const MAX_HOPS: u32 = 10;
        let Some((at, min, max)) = source.length else { return Ok(None) };
        if !self.graph.is_estate() {
            return Ok(Some((min, max.unwrap_or(u32::MAX))));
        }
        match max {
            Some(max) if max <= MAX_HOPS => Ok(Some((min, max))),
            Some(_) => Err(Mistake::new(at, format!("a variable length is at most {MAX_HOPS}"))
                .expecting(format!("a range such as *1..{MAX_HOPS}"))),
            None => Err(Mistake::new(at, "a variable length needs an upper bound")
                .expecting(format!("a range such as *1..6, at most {MAX_HOPS}"))),
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.scope.iter().rposition(|variable| variable.name == name)
    }

    fn inline_property(
        &mut self,
        slot: usize,
        is_list: bool,
        key: &str,
        value: &ast::Expr,
    ) -> Result<Expr, Mistake> {
        let key = self.key(key);
        let value = self.expr(value)?;
        if !is_list {
            return Ok(self.property_equals(slot, key, value));
        }
        let each = self.new_slot();
        let condition = self.property_equals(each, key, value);
        Ok(Expr::Quantifier {
            quantifier: Quantifier::All,
            slot: each,
            list: Box::new(Expr::Slot(slot)),
            condition: Box::new(condition),
        })
    }

    fn property_equals(&self, slot: usize, key: PropertyKey, value: Expr) -> Expr {
        let property = Expr::Property(Box::new(Expr::Slot(slot)), key);
        self.comparison(ast::Operator::Equal, property, value)
    }

    /// The kinds that carry all of the labels. A label that an estate cannot have is a mistake; in another graph
    /// nothing carries it.
    pub(super) fn kinds(&self, labels: &Labels) -> Result<Bits, Mistake> {
        let layout = &self.graph.layout;
        let mut kinds = layout.any_kind();
        for alternatives in labels {
            let mut any = layout.no_kind();
            for name in alternatives {
                match layout.kinds_of_label(&name.text) {
                    Some(carriers) => any.unite(carriers),
                    None if self.graph.is_estate() => {
                        let known = AssetKind::ALL.iter().map(|kind| kind.as_str());
                        let categories = Category::ALL.iter().map(|category| category.as_str());
                        return Err(unknown("label", name, known.chain(categories)));
                    }
                    None => {}
                }
            }
            kinds.intersect(&any);
        }
        Ok(kinds)
    }

    pub(super) fn relation_types(&self, names: &[ast::Name]) -> Result<Bits, Mistake> {
        let relations = &self.graph.relations;
        if names.is_empty() {
            return Ok(relations.any_type());
        }
        let mut types = relations.no_type();
        for name in names {
            match relations.type_by_name(&name.text) {
                Some(found) => types.insert(found),
                None if self.graph.is_estate() => {
                    let known = RelationKind::ALL.iter().map(|kind| kind.as_str());
                    return Err(unknown("relation type", name, known));
                }
                None => {}
            }
        }
        Ok(types)
    }
}

fn wrong_kind(name: &ast::Name, variable: &Variable, wanted: &str) -> Mistake {
    let message = format!("`{}` is {} and cannot be {wanted}", name.text, variable.kind.name());
    Mistake::new(name.at, message)
}

fn unknown(what: &str, name: &ast::Name, known: impl Iterator<Item = &'static str>) -> Mistake {
    let mistake = Mistake::new(name.at, format!("unknown {what} `{}`", name.text));
    let close = |known: &&str| distance(&known.to_lowercase(), &name.text.to_lowercase());
    let known: Vec<&str> = known.collect();
    match known.iter().min_by_key(|known| close(known)) {
        Some(nearest) if close(nearest) <= 3 => mistake.expecting(format!("`{nearest}`?")),
        _ => mistake.expecting(format!("one of {}", known.join(", "))),
    }
}

/// Levenshtein's.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
