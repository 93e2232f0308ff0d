use std::{cmp::Ordering, sync::Arc};

use regex::RegexBuilder;

use super::{Executor, Flow, State};
use crate::{
    QueryError,
    ast::{Operator, Quantifier},
    check::normal_id_value,
    functions::{Function, MAX_RANGE},
    ir::{Expr, PropertyKey},
    plan::Plan,
    value::Value,
};

/// Longest text and longest list that an expression makes; beyond it gives null.
const MAX_SIZE: usize = 1 << 20;
/// Deepest list that an expression makes.
const MAX_NESTING: usize = 64;
/// Largest compiled regular expression, bytes.
const MAX_REGEX: usize = 1 << 20;

impl Executor<'_> {
    pub(super) fn eval(&self, expr: &Expr, state: &mut State) -> Result<Value, QueryError> {
        Ok(match expr {
            Expr::Const(value) => value.clone(),
            Expr::Slot(slot) => state.row[*slot].clone(),
            Expr::Aggregate(index) => state.aggregates.get(*index).cloned().unwrap_or_default(),
            Expr::Property(of, key) => match &**of {
                Expr::Slot(slot) => self.property(&state.row[*slot], key),
                of => self.property(&self.eval(of, state)?, key),
            },
            Expr::PropertyIs { slot, key, wanted } => {
                let is = match (&state.row[*slot], key.column) {
                    (Value::Node(node), Some(column)) => {
                        let layout = &self.graph.layout;
                        let (kind, local) = (layout.kind(*node), layout.local(*node));
                        self.graph.columns.is(column, kind, local, wanted)
                    }
                    (of, _) => self.property(of, key).equals(&wanted.value),
                };
                truth(is)
            }
            Expr::HasKind(of, kinds) => match self.eval(of, state)? {
                Value::Node(node) => Value::Bool(self.graph.layout.is(node, kinds)),
                Value::Relation(relation) => {
                    Value::Bool(kinds.contains(self.graph.relations.type_of(relation)))
                }
                _ => Value::Null,
            },
            Expr::Not(of) => truth(self.eval(of, state)?.truth().map(|value| !value)),
            Expr::And(terms) => self.all(terms, false, state)?,
            Expr::Or(terms) => self.all(terms, true, state)?,
            Expr::IsNull(of) => Value::Bool(self.eval(of, state)?.is_null()),
            Expr::NormalId(of) => normal_id_value(&self.eval(of, state)?),
            Expr::Exists(plan) => Value::Bool(self.exists(plan, state)?),
            Expr::ExistsQuery(branches, _) => Value::Bool(self.has_row(branches, state)?),
            Expr::Collect(plan, value) => self.collect(plan, value, state)?,
            Expr::Random => Value::Float(self.random()),
            Expr::Negate(of) => match self.eval(of, state)? {
                Value::Integer(value) => value.checked_neg().map_or(Value::Null, Value::Integer),
                Value::Float(value) => Value::Float(0.0 - value),
                _ => Value::Null,
            },
            Expr::Binary(operator, left, right) => {
                let (left, right) = (self.eval(left, state)?, self.eval(right, state)?);
                self.binary(*operator, &left, &right)
            }
            Expr::Index(of, index) => {
                let (of, index) = (self.eval(of, state)?, self.eval(index, state)?);
                self.index(&of, &index)
            }
            Expr::Slice(of, from, to) => {
                let of = self.eval(of, state)?;
                let from = from.as_ref().map(|bound| self.eval(bound, state)).transpose()?;
                let to = to.as_ref().map(|bound| self.eval(bound, state)).transpose()?;
                slice(&of, from.as_ref(), to.as_ref())
            }
            Expr::List(items) => {
                let items: Result<Vec<Value>, QueryError> =
                    items.iter().map(|item| self.eval(item, state)).collect();
                bounded(Value::list(items?))
            }
            Expr::Map(entries) => {
                let entries: Result<_, QueryError> = entries
                    .iter()
                    .map(|(key, value)| Ok((Arc::clone(key), self.eval(value, state)?)))
                    .collect();
                bounded(Value::Map(Arc::new(entries?)))
            }
            Expr::Call(function, arguments) => {
                let arguments: Result<Vec<Value>, QueryError> =
                    arguments.iter().map(|argument| self.eval(argument, state)).collect();
                let arguments = arguments?;
                let value = function.call(self.graph, &arguments);
                if *function == Function::Range && value.is_null() && is_long(&arguments) {
                    let limit = format!("a range has more than {MAX_RANGE} numbers");
                    return Err(QueryError::LimitExceeded { limit });
                }
                bounded(value)
            }
            Expr::Case { subject, branches, otherwise } => {
                return self.case(subject.as_deref(), branches, otherwise.as_deref(), state);
            }
            Expr::Quantifier { quantifier, slot, list, condition } => {
                return self.quantifier(*quantifier, *slot, list, condition, state);
            }
            Expr::Reduce { sum, start, slot, list, value } => {
                let start = self.eval(start, state)?;
                return self.reduce((*sum, start), *slot, list, value, state);
            }
            Expr::Comprehension { slot, list, condition, value } => {
                return self.comprehension(
                    *slot,
                    list,
                    condition.as_deref(),
                    value.as_deref(),
                    state,
                );
            }
        })
    }

    /// `AND` (where false decides) or `OR` (where true does).
    fn all(&self, terms: &[Expr], decides: bool, state: &mut State) -> Result<Value, QueryError> {
        let mut result = Some(!decides);
        for term in terms {
            match self.eval(term, state)?.truth() {
                Some(value) if value == decides => return Ok(Value::Bool(decides)),
                Some(_) => {}
                None => result = None,
            }
        }
        Ok(truth(result))
    }

    fn property(&self, of: &Value, key: &PropertyKey) -> Value {
        match of {
            Value::Node(node) => self.graph.node_property(*node, key),
            Value::Relation(relation) => self.graph.relation_property(*relation, &key.name),
            Value::Map(entries) => entries.get(&key.name).cloned().unwrap_or_default(),
            _ => Value::Null,
        }
    }

    fn index(&self, of: &Value, index: &Value) -> Value {
        match (of, index) {
            (Value::List(items), Value::Integer(index)) => {
                let position = if *index < 0 {
                    usize::try_from(index.unsigned_abs())
                        .ok()
                        .and_then(|back| items.len().checked_sub(back))
                } else {
                    usize::try_from(*index).ok()
                };
                position.and_then(|position| items.get(position)).cloned().unwrap_or_default()
            }
            (_, Value::Text(name)) => {
                let column = self.graph.columns.column(name);
                self.property(of, &PropertyKey { name: Arc::clone(name), column })
            }
            _ => Value::Null,
        }
    }

    fn case(
        &self,
        subject: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        state: &mut State,
    ) -> Result<Value, QueryError> {
        let subject = subject.map(|subject| self.eval(subject, state)).transpose()?;
        for (condition, value) in branches {
            let condition = self.eval(condition, state)?;
            let holds = match &subject {
                Some(subject) => subject.equals(&condition),
                None => condition.truth(),
            };
            if holds == Some(true) {
                return self.eval(value, state);
            }
        }
        otherwise.map_or(Ok(Value::Null), |otherwise| self.eval(otherwise, state))
    }

    fn quantifier(
        &self,
        quantifier: Quantifier,
        slot: usize,
        list: &Expr,
        condition: &Expr,
        state: &mut State,
    ) -> Result<Value, QueryError> {
        let Value::List(items) = self.eval(list, state)? else { return Ok(Value::Null) };
        let (mut holds, mut fails, mut unknown) = (0, 0, 0);
        for item in items.iter() {
            self.budget.tick()?;
            state.row[slot] = item.clone();
            match self.eval(condition, state)?.truth() {
                Some(true) => holds += 1,
                Some(false) => fails += 1,
                None => unknown += 1,
            }
        }
        let unless_unknown = |decided: bool| if unknown == 0 { Some(decided) } else { None };
        Ok(truth(match quantifier {
            Quantifier::Any if holds > 0 => Some(true),
            Quantifier::None if holds > 0 => Some(false),
            Quantifier::All if fails > 0 => Some(false),
            Quantifier::Single if holds > 1 => Some(false),
            Quantifier::Any => unless_unknown(false),
            Quantifier::All | Quantifier::None => unless_unknown(true),
            Quantifier::Single => unless_unknown(holds == 1),
        }))
    }

    fn comprehension(
        &self,
        slot: usize,
        list: &Expr,
        condition: Option<&Expr>,
        value: Option<&Expr>,
        state: &mut State,
    ) -> Result<Value, QueryError> {
        let Value::List(items) = self.eval(list, state)? else { return Ok(Value::Null) };
        let mut kept = Vec::new();
        for item in items.iter() {
            self.budget.tick()?;
            state.row[slot] = item.clone();
            let keep = match condition {
                Some(condition) => self.eval(condition, state)?.truth() == Some(true),
                None => true,
            };
            if keep {
                kept.push(match value {
                    Some(value) => self.eval(value, state)?,
                    None => item.clone(),
                });
            }
        }
        Ok(bounded(Value::list(kept)))
    }

    fn reduce(
        &self,
        (sum, start): (usize, Value),
        slot: usize,
        list: &Expr,
        value: &Expr,
        state: &mut State,
    ) -> Result<Value, QueryError> {
        let Value::List(items) = self.eval(list, state)? else { return Ok(Value::Null) };
        let mut result = start;
        for item in items.iter() {
            self.budget.tick()?;
            state.row[slot] = item.clone();
            state.row[sum] = result;
            result = self.eval(value, state)?;
        }
        Ok(result)
    }

    /// A value for every match, as a list.
    fn collect(&self, plan: &Plan, value: &Expr, state: &mut State) -> Result<Value, QueryError> {
        let mut items = Vec::new();
        self.matches(plan, state, &mut |state| {
            let item = self.eval(value, state)?;
            self.budget.charge(item.size())?;
            items.push(item);
            Ok(Flow::Continue)
        })?;
        Ok(bounded(Value::list(items)))
    }

    /// The value of an expression without a row; nothing where it cannot be had.
    pub(crate) fn constant(&self, expr: &Expr, slots: usize) -> Option<Value> {
        let mut state = State { row: vec![Value::Null; slots], ..State::default() };
        self.eval(expr, &mut state).ok()
    }

    /// From 0 to 1, the same ones in every run of a query.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn random(&self) -> f64 {
        // SplitMix64.
        let seed = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(seed);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn binary(&self, operator: Operator, left: &Value, right: &Value) -> Value {
        use Operator as O;
        match operator {
            O::Xor => truth(left.truth().zip(right.truth()).map(|(a, b)| a != b)),
            O::Equal => truth(left.equals(right)),
            O::NotEqual => truth(left.equals(right).map(|equal| !equal)),
            O::Less => compared(left, right, Ordering::is_lt),
            O::LessOrEqual => compared(left, right, Ordering::is_le),
            O::Greater => compared(left, right, Ordering::is_gt),
            O::GreaterOrEqual => compared(left, right, Ordering::is_ge),
            O::In => truth(contains(right, left)),
            O::StartsWith | O::EndsWith | O::Contains | O::Matches => {
                let (Value::Text(left), Value::Text(right)) = (left, right) else {
                    return Value::Null;
                };
                truth(match operator {
                    O::StartsWith => Some(left.starts_with(&**right)),
                    O::EndsWith => Some(left.ends_with(&**right)),
                    O::Contains => Some(left.contains(&**right)),
                    _ => self.matches_regex(left, right),
                })
            }
            O::Add => add(left, right),
            O::Subtract | O::Multiply | O::Divide | O::Modulo | O::Power => {
                arithmetic(operator, left, right)
            }
        }
    }

    /// Whether the whole text matches; unknown where the pattern is none.
    fn matches_regex(&self, text: &str, pattern: &Arc<str>) -> Option<bool> {
        let mut expressions = self.expressions.borrow_mut();
        let expression = expressions.entry(Arc::clone(pattern)).or_insert_with(|| {
            RegexBuilder::new(&format!("^(?:{pattern})$"))
                .size_limit(MAX_REGEX)
                .dfa_size_limit(MAX_REGEX)
                .build()
                .ok()
        });
        expression.as_ref().map(|expression| expression.is_match(text))
    }
}

/// Whether a range without a value was too long, rather than of something else than integers.
fn is_long(bounds: &[Value]) -> bool {
    bounds.iter().all(|bound| matches!(bound, Value::Integer(_)))
        && !matches!(bounds.get(2), Some(Value::Integer(0)))
}

fn truth(value: Option<bool>) -> Value {
    value.map_or(Value::Null, Value::Bool)
}

fn compared(left: &Value, right: &Value, holds: fn(Ordering) -> bool) -> Value {
    // Beside what is not a number, no number is less or greater.
    let numbers = left.number().is_some() && right.number().is_some();
    truth(left.compares(right).map(holds).or(numbers.then_some(false)))
}

/// `IN`: unknown where a null could be the one.
fn contains(list: &Value, wanted: &Value) -> Option<bool> {
    let Value::List(items) = list else { return None };
    let mut result = Some(false);
    for item in items.iter() {
        match item.equals(wanted) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => result = None,
        }
    }
    result
}

fn add(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::List(a), Value::List(b)) => {
            bounded(Value::list(a.iter().chain(b.iter()).cloned().collect()))
        }
        (Value::List(items), one) => {
            bounded(Value::list(items.iter().chain([one]).cloned().collect()))
        }
        (one, Value::List(items)) => {
            bounded(Value::list([one].into_iter().chain(items.iter()).cloned().collect()))
        }
        (Value::Text(a), Value::Text(b)) => joined(a, b),
        (Value::Text(a), Value::Integer(_) | Value::Float(_)) => joined(a, &shown(right)),
        (Value::Integer(_) | Value::Float(_), Value::Text(b)) => joined(&shown(left), b),
        _ => arithmetic(Operator::Add, left, right),
    }
}

fn shown(number: &Value) -> String {
    match number {
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        _ => String::new(),
    }
}

fn joined(a: &str, b: &str) -> Value {
    if a.len() + b.len() > MAX_SIZE { Value::Null } else { Value::text(&format!("{a}{b}")) }
}

/// Null where a list or text is too large to go on with.
fn bounded(value: Value) -> Value {
    fn fits(value: &Value, left: &mut usize, depth: usize) -> bool {
        let own = match value {
            Value::Text(text) => text.len(),
            _ => 1,
        };
        if own > *left || depth > MAX_NESTING {
            return false;
        }
        *left -= own;
        match value {
            Value::List(items) => items.iter().all(|item| fits(item, left, depth + 1)),
            Value::Map(entries) => entries.values().all(|item| fits(item, left, depth + 1)),
            _ => true,
        }
    }
    if fits(&value, &mut MAX_SIZE.clone(), 0) { value } else { Value::Null }
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Value {
    use Operator as O;
    if let (Value::Integer(a), Value::Integer(b)) = (left, right) {
        let result = match operator {
            O::Add => a.checked_add(*b),
            O::Subtract => a.checked_sub(*b),
            O::Multiply => a.checked_mul(*b),
            O::Divide => a.checked_div(*b),
            O::Modulo => a.checked_rem(*b),
            _ => {
                let (a, b) =
                    (left.number().unwrap_or_default(), right.number().unwrap_or_default());
                return Value::Float(a.powf(b));
            }
        };
        return result.map_or(Value::Null, Value::Integer);
    }
    let (Some(a), Some(b)) = (left.number(), right.number()) else { return Value::Null };
    Value::Float(match operator {
        O::Add => a + b,
        O::Subtract => a - b,
        O::Multiply => a * b,
        O::Divide => a / b,
        O::Modulo => a % b,
        _ => a.powf(b),
    })
}

fn slice(of: &Value, from: Option<&Value>, to: Option<&Value>) -> Value {
    let Value::List(items) = of else { return Value::Null };
    let place = |bound: Option<&Value>, missing: usize| match bound {
        None => Some(missing),
        Some(Value::Integer(index)) if *index < 0 => {
            let back = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
            Some(items.len().saturating_sub(back))
        }
        Some(Value::Integer(index)) => Some(usize::try_from(*index).unwrap_or(usize::MAX)),
        Some(_) => None,
    };
    let (Some(from), Some(to)) = (place(from, 0), place(to, items.len())) else {
        return Value::Null;
    };
    let taken = items.get(from..to.min(items.len())).unwrap_or_default();
    Value::list(taken.to_vec())
}
