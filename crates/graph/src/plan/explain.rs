use std::fmt::Write;

use picket_model::{AssetKind, RelationKind};

use super::{Expand, Operation, Plan, Seek, Step};
use crate::{
    ast::Direction,
    ir::{Query, Read},
    layout::{ANY_KIND, ANY_RELATION, members},
};

/// The plan as text, one step a line, with the rows expected after it.
pub(crate) fn explain(query: &Query) -> String {
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
                        steps(&mut text, plan);
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

fn steps(text: &mut String, plan: &Plan) {
    let each = plan.steps.iter().map(|step| (step, ""));
    for (step, prefix) in each.chain(plan.exists.iter().map(|step| (step, "exists: "))) {
        let _ = writeln!(text, "  {prefix}{} (about {:.0} rows)", line(step), step.rows);
    }
}

fn line(step: &Step) -> String {
    match &step.operation {
        Operation::Scan { seek: Seek::Kinds, kinds, .. } => format!("scan {}", labels(*kinds)),
        Operation::Scan { seek: Seek::Id(_), kinds, .. } => {
            format!("find {} by id", labels(*kinds))
        }
        Operation::Check { kinds, .. } => format!("start at a known {}", labels(*kinds)),
        Operation::Expand(expand) => format!("expand {}", follow(expand, "")),
        Operation::Trails { expand, min, max } => {
            format!("trails {}", follow(expand, &format!("*{min}..{max}")))
        }
        Operation::Reach { expand, min, max } => {
            format!("reach {}", follow(expand, &format!("*{min}..{max}")))
        }
        Operation::Shortest { expand, min, max } => {
            format!("shortest path {}", follow(expand, &format!("*{min}..{max}")))
        }
        Operation::Path { .. } => "name the path".to_owned(),
        Operation::Filter(_) => "filter".to_owned(),
    }
}

fn labels(kinds: u64) -> String {
    if kinds & ANY_KIND == ANY_KIND {
        return "any node".to_owned();
    }
    let names: Vec<&str> =
        members(kinds & ANY_KIND).map(|kind| AssetKind::ALL[kind].as_str()).collect();
    names.join("|")
}

fn follow(expand: &Expand, length: &str) -> String {
    let names: Vec<&str> =
        members(u64::from(expand.kinds)).map(|kind| RelationKind::ALL[kind].as_str()).collect();
    let kinds = if expand.kinds == ANY_RELATION { String::new() } else { names.join("|") };
    let (left, right) = match expand.direction {
        Direction::Out => ("-", "->"),
        Direction::In => ("<-", "-"),
        Direction::Both => ("-", "-"),
    };
    let to = if expand.to_bound { "a known node".to_owned() } else { labels(expand.to_kinds) };
    format!("{left}[{kinds}{length}]{right} {to}")
}
