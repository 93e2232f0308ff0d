use std::fmt::Write;

use super::{Expand, NodeIs, Operation, Plan, Seek, Step, Walk};
use crate::{
    Snapshot,
    ast::{Direction, Shortest},
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
        Operation::Scan { seek: Seek::Id(_), is, .. } => {
            format!("find {} by id", node(graph, is))
        }
        Operation::Scan { is, .. } => format!("scan {}", node(graph, is)),
        Operation::Check { kinds, .. } => format!("start at a known {}", labels(graph, kinds)),
        Operation::Expand(expand) => format!("expand {}", follow(graph, expand, "")),
        Operation::Trails(walk) => format!("trails {}", walked(graph, walk)),
        Operation::Reach(walk) => format!("reach {}", walked(graph, walk)),
        Operation::Shortest(walk, which) => {
            let paths = match which {
                Shortest::One => "shortest path",
                Shortest::All => "all shortest paths",
            };
            format!("{paths} {}", walked(graph, walk))
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

/// With the values it must have, as a map that a query could say.
fn node(graph: &Snapshot, is: &NodeIs) -> String {
    let labels = labels(graph, &is.kinds);
    if is.tests.is_empty() {
        return labels;
    }
    let tests: Vec<String> = is
        .tests
        .iter()
        .map(|test| format!("{}: {}", test.name, graph.to_json(&test.wanted.value)))
        .collect();
    format!("{labels} {{{}}}", tests.join(", "))
}

fn walked(graph: &Snapshot, walk: &Walk) -> String {
    let Walk { expand, min, max, .. } = walk;
    let max = if *max == u32::MAX { String::new() } else { max.to_string() };
    follow(graph, expand, &format!("*{min}..{max}"))
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
    let to = if expand.to_bound { "a known node".to_owned() } else { node(graph, &expand.to_is) };
    format!("{left}[{types}{length}]{right} {to}")
}
