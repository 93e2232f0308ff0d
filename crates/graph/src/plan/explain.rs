use std::fmt::Write;

use super::{Expand, Operation, Plan, Seek, Step};
use crate::{
    Snapshot,
    ast::Direction,
    bits::Bits,
    ir::{Query, Read},
};

/// The plan as text, one step a line, with the rows expected after it.
pub(crate) fn explain(graph: &Snapshot, query: &Query) -> String {
    let mut text = String::new();
    for (index, parts) in query.branches.iter().enumerate() {
        if index > 0 {
            text.push_str(if query.distinct { "union distinct\n" } else { "union all\n" });
        }
        for part in parts {
            for read in &part.reads {
                match read {
                    Read::Match { optional, plan } => {
                        text.push_str(if *optional { "optional match\n" } else { "match\n" });
                        steps(graph, &mut text, plan);
                    }
                    Read::Unwind { .. } => text.push_str("unwind a list\n"),
                }
            }
            let projection = &part.projection;
            let how = match (projection.aggregates.is_empty(), projection.distinct) {
                (false, _) => "aggregate",
                (true, true) => "distinct",
                (true, false) => "project",
            };
            let _ = write!(text, "{how} {}", projection.names.join(", "));
            if !projection.order.is_empty() {
                text.push_str(", ordered");
            }
            if let Some(limit) = projection.limit {
                let _ = write!(text, ", at most {limit}");
            }
            text.push('\n');
        }
    }
    text
}

fn steps(graph: &Snapshot, text: &mut String, plan: &Plan) {
    let each = plan.steps.iter().map(|step| (step, ""));
    for (step, prefix) in each.chain(plan.exists.iter().map(|step| (step, "exists: "))) {
        let _ = writeln!(text, "  {prefix}{} (about {:.0} rows)", line(graph, step), step.rows);
    }
}

fn line(graph: &Snapshot, step: &Step) -> String {
    match &step.operation {
        Operation::Scan { seek: Seek::Kinds, kinds, .. } => {
            format!("scan {}", labels(graph, kinds))
        }
        Operation::Scan { seek: Seek::Id(_), kinds, .. } => {
            format!("find {} by id", labels(graph, kinds))
        }
        Operation::Check { kinds, .. } => format!("start at a known {}", labels(graph, kinds)),
        Operation::Expand(expand) => format!("expand {}", follow(graph, expand, "")),
        Operation::Trails { expand, min, max } => {
            format!("trails {}", follow(graph, expand, &format!("*{min}..{max}")))
        }
        Operation::Reach { expand, min, max } => {
            format!("reach {}", follow(graph, expand, &format!("*{min}..{max}")))
        }
        Operation::Shortest { expand, min, max } => {
            format!("shortest path {}", follow(graph, expand, &format!("*{min}..{max}")))
        }
        Operation::Path { .. } => "name the path".to_owned(),
        Operation::Filter(_) => "filter".to_owned(),
    }
}

fn labels(graph: &Snapshot, kinds: &Bits) -> String {
    if *kinds == graph.layout.any_kind() {
        return "any node".to_owned();
    }
    let names: Vec<String> = kinds.members().map(|kind| graph.kind_name(kind)).collect();
    if names.is_empty() { "no node".to_owned() } else { names.join("|") }
}

fn follow(graph: &Snapshot, expand: &Expand, length: &str) -> String {
    let relations = &graph.relations;
    let names: Vec<&str> =
        expand.types.members().map(|name| relations.type_name(name).as_ref()).collect();
    let types = if expand.types == relations.any_type() { String::new() } else { names.join("|") };
    let (left, right) = match expand.direction {
        Direction::Out => ("-", "->"),
        Direction::In => ("<-", "-"),
        Direction::Both => ("-", "-"),
    };
    let to =
        if expand.to_bound { "a known node".to_owned() } else { labels(graph, &expand.to_kinds) };
    format!("{left}[{types}{length}]{right} {to}")
}
