//! Comparisons in the form that is fastest to answer, and ids as the graph holds them.

use picket_model::AssetId;

use super::Checker;
use crate::{ast::Operator, columns::Wanted, functions::Function, ir::Expr, value::Value};

impl Checker<'_> {
    /// An operator's expression, in the form that is fastest to answer.
    pub(super) fn comparison(&self, operator: Operator, left: Expr, right: Expr) -> Expr {
        let estate = self.graph.is_estate();
        let (left, right) = match operator {
            _ if !estate => (left, right),
            Operator::Equal | Operator::NotEqual | Operator::In | Operator::StartsWith => {
                let prefix = operator == Operator::StartsWith;
                if is_id(&left) {
                    (left, normal_id(right, prefix))
                } else if is_id(&right) {
                    (normal_id(left, prefix), right)
                } else {
                    (left, right)
                }
            }
            _ => (left, right),
        };
        if operator != Operator::Equal {
            return Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        match (left, right) {
            (Expr::Property(of, key), Expr::Const(value))
            | (Expr::Const(value), Expr::Property(of, key))
                if !(value.is_null() || estate && key.name.as_ref() == "id") =>
            {
                match *of {
                    Expr::Slot(slot) => {
                        let wanted = Wanted::new(value, &self.graph.strings);
                        Expr::PropertyIs { slot, key, wanted }
                    }
                    other => Expr::Binary(
                        operator,
                        Box::new(Expr::Property(Box::new(other), key)),
                        Box::new(Expr::Const(value)),
                    ),
                }
            }
            (left, right) => Expr::Binary(operator, Box::new(left), Box::new(right)),
        }
    }
}

fn is_id(expr: &Expr) -> bool {
    match expr {
        Expr::Property(of, key) => key.name.as_ref() == "id" && matches!(**of, Expr::Slot(_)),
        Expr::Call(function, _) => *function == Function::Id,
        _ => false,
    }
}

fn normal_id(expr: Expr, prefix: bool) -> Expr {
    match expr {
        Expr::Const(Value::Text(text)) if prefix => {
            let upper = text.to_uppercase();
            let compared_without_case = AssetId::new(upper.as_str()).as_str() != upper;
            Expr::Const(Value::text(&if compared_without_case {
                text.to_lowercase()
            } else {
                text.to_string()
            }))
        }
        other if prefix => other,
        Expr::Const(value) => Expr::Const(normal_id_value(&value)),
        other => Expr::NormalId(Box::new(other)),
    }
}

/// An id, or a list of ids, as the graph holds it.
pub(crate) fn normal_id_value(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::text(AssetId::new(text.as_ref()).as_str()),
        Value::List(items) => Value::list(items.iter().map(normal_id_value).collect()),
        other => other.clone(),
    }
}
