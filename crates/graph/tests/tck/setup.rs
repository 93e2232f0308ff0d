//! Makes the graph of a scenario. What is read in a set-up query (`UNWIND range(1, 10) AS i`, property maps) is answered
//! by the engine itself; what is written is done here.

use picket_graph::{Limits, Params, SnapshotBuilder};
use serde_json::{Map, Value as Json, json};

use crate::graph::Graph;

/// Set-up properties that name a node or relation while the graph grows.
const NODE: &str = "_node";
const RELATION: &str = "_relation";

type Row = Map<String, Json>;
type Result<T> = std::result::Result<T, String>;

/// Runs set-up queries; an error says what could not be set up.
pub(crate) fn execute(graph: &mut Graph, text: &str) -> Result<()> {
    let text = without_comments(text);
    let mut rows = vec![Row::new()];
    for (word, body) in clauses(&text) {
        match word {
            "CREATE" => {
                for pattern in split(body, ',') {
                    create(graph, pattern.trim(), &mut rows)?;
                }
            }
            "DELETE" => {
                for name in body.split(',') {
                    delete(graph, name.trim(), &rows)?;
                }
            }
            _ if body.trim().is_empty() => {}
            _ => rows = read(graph, &rows, &format!("{body} RETURN *"))?,
        }
    }
    Ok(())
}

/// `CREATE`, `DELETE` and what is read between them, each with its text.
fn clauses(text: &str) -> Vec<(&'static str, &str)> {
    let mut marks = vec![(0, 0, "")];
    let mut previous = ' ';
    for (at, c) in outside_of_strings(text) {
        let rest = &text[at..];
        let clause = ["CREATE", "DELETE", "UNWIND", "MATCH", "WITH"].into_iter().find(|word| {
            rest.starts_with(word)
                && !rest[word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
        });
        if let Some(word) = clause.filter(|_| !previous.is_alphanumeric() && previous != '_') {
            match word {
                "CREATE" | "DELETE" => marks.push((at, at + word.len(), word)),
                _ if marks.last().is_some_and(|(.., word)| !word.is_empty()) => {
                    marks.push((at, at, ""));
                }
                _ => {}
            }
        }
        previous = c;
    }
    let ends = marks.iter().skip(1).map(|(start, ..)| *start).chain([text.len()]);
    marks.iter().zip(ends).map(|((_, start, word), end)| (*word, &text[*start..end])).collect()
}

/// Places of the characters that are not within quotes.
fn outside_of_strings(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let mut quote = None;
    let mut escaped = false;
    text.char_indices().filter(move |(_, c)| {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if *c == '\\' => escaped = true,
            Some(open) => {
                if *c == open {
                    quote = None;
                }
            }
            None if ['\'', '"', '`'].contains(c) => quote = Some(*c),
            None => return true,
        }
        false
    })
}

fn without_comments(text: &str) -> String {
    let line = |line: &str| {
        let comment = outside_of_strings(line)
            .find(|(at, _)| line[*at..].starts_with("//"))
            .map_or(line.len(), |(at, _)| at);
        line[..comment].to_owned()
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The parts between separators that stand in no bracket.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut open) = (Vec::new(), 0, 0);
    for (at, c) in outside_of_strings(text) {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open -= 1,
            c if c == separator && open == 0 => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Answers a reading query once for all rows, with their variables in scope.
fn read(graph: &Graph, rows: &[Row], text: &str) -> Result<Vec<Row>> {
    let snapshot = graph.snapshot_with(Some((NODE, RELATION)));
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let mut before = String::from("UNWIND $rows AS row_");
    let mut carried = vec!["row_".to_owned()];
    for (name, value) in first {
        if value.get(NODE).is_some() {
            before += &format!(" MATCH ({name} {{{NODE}: row_.{name}.{NODE}}})");
            carried.push(name.clone());
        } else if value.get(RELATION).is_some() {
            before += &format!(" MATCH ()-[{name} {{{RELATION}: row_.{name}.{RELATION}}}]->()");
            carried.push(name.clone());
        } else {
            carried.push(format!("row_.{name} AS {name}"));
        }
    }
    before += &format!(" WITH {}", carried.join(", "));
    let text = if first.is_empty() { text.to_owned() } else { format!("{before} {text}") };
    let mut params = Params::new();
    params.insert("rows".to_owned(), rows.iter().cloned().map(Json::Object).collect());
    let limits = Limits { rows: 1 << 20, ..Limits::default() };
    let answer = snapshot.query(&text, &params, &limits);
    let answer = answer.map_err(|error| format!("set-up: {error}"))?;
    let row = |values: Vec<Json>| {
        let named = answer.columns.iter().cloned().zip(values.into_iter().map(reference));
        named.filter(|(name, _)| name != "row_").collect()
    };
    Ok(answer.rows.into_iter().map(row).collect())
}

/// A node or relation as its number.
fn reference(value: Json) -> Json {
    match value["_kind"].as_str() {
        Some("node") => json!({NODE: value["properties"][NODE]}),
        Some("relation") => json!({RELATION: value["properties"][RELATION]}),
        _ => match value {
            Json::Array(items) => items.into_iter().map(reference).collect(),
            other => other,
        },
    }
}

fn delete(graph: &mut Graph, name: &str, rows: &[Row]) -> Result<()> {
    for row in rows {
        let number = row.get(name).and_then(|value| value[RELATION].as_u64());
        let number = number.ok_or("set-up: only relations are deleted")?;
        graph.relations.retain(|relation| relation.number != number);
    }
    Ok(())
}

/// Creates one path for every row and names what it made.
fn create(graph: &mut Graph, pattern: &str, rows: &mut [Row]) -> Result<()> {
    let (start, mut rest) = bracketed(pattern)?;
    let mut at = create_node(graph, start, rows)?;
    while !rest.trim().is_empty() {
        let text = rest.trim_start();
        let (backward, text) = text.strip_prefix('<').map_or((false, text), |text| (true, text));
        let text = text.trim_start().strip_prefix('-').ok_or("set-up: a relation")?;
        let (inner, text) = bracketed(text.trim_start())?;
        let text = text.trim_start().strip_prefix('-').ok_or("set-up: a relation")?;
        let text = text.strip_prefix('>').unwrap_or(text);
        let (node, after) = bracketed(text.trim_start())?;
        let next = create_node(graph, node, rows)?;
        let ends = if backward { (&next[..], &at[..]) } else { (&at[..], &next[..]) };
        create_relation(graph, inner, ends, rows)?;
        at = next;
        rest = after;
    }
    Ok(())
}

/// The content of the bracket that the text starts with, and what follows it.
fn bracketed(text: &str) -> Result<(&str, &str)> {
    let mut open = 0_usize;
    for (at, c) in outside_of_strings(text) {
        match c {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => {
                open = open.saturating_sub(1);
                if open == 0 {
                    return Ok((&text[1..at], &text[at + 1..]));
                }
            }
            _ if open == 0 => break,
            _ => {}
        }
    }
    Err(format!("set-up: `{text}` is no pattern"))
}

/// Variable, labels, and the property map of every row.
type Entity = (String, Vec<String>, Vec<Row>);

fn entity(graph: &Graph, text: &str, rows: &[Row]) -> Result<Entity> {
    let (head, properties) = match text.find('{') {
        Some(at) => (&text[..at], &text[at..]),
        None => (text, ""),
    };
    let mut names = head.split(':').map(|name| name.trim().trim_matches('`').to_owned());
    let variable = names.next().unwrap_or_default();
    let properties = if properties.is_empty() {
        vec![Row::new(); rows.len()]
    } else {
        let maps = read(graph, rows, &format!("RETURN {properties} AS properties"))?;
        let only = |row: &Row| row["properties"].as_object().cloned().unwrap_or_default();
        let each: Vec<Row> = maps.iter().map(only).collect();
        if each.len() != rows.len() {
            return Err("set-up: properties of every row".to_owned());
        }
        each
    };
    Ok((variable, names.collect(), properties))
}

/// The node of every row, found by its variable or new.
fn create_node(graph: &mut Graph, text: &str, rows: &mut [Row]) -> Result<Vec<usize>> {
    let known = rows.first().and_then(|row| row.get(text.trim())).is_some();
    if known {
        let number = |row: &Row| usize::try_from(row[text.trim()][NODE].as_u64()?).ok();
        let numbers: Option<Vec<usize>> = rows.iter().map(number).collect();
        return numbers.ok_or_else(|| format!("set-up: `{text}` is no node"));
    }
    let (variable, labels, properties) = entity(graph, text, rows)?;
    let mut nodes = Vec::new();
    for (row, properties) in rows.iter_mut().zip(properties) {
        let node = graph.node(labels.clone(), properties);
        if !variable.is_empty() {
            row.insert(variable.clone(), json!({NODE: node}));
        }
        nodes.push(node);
    }
    Ok(nodes)
}

fn create_relation(
    graph: &mut Graph,
    text: &str,
    (from, to): (&[usize], &[usize]),
    rows: &mut [Row],
) -> Result<()> {
    let (variable, types, properties) = entity(graph, text, rows)?;
    let [name] = types.as_slice() else { return Err("set-up: one relation type".to_owned()) };
    for (index, properties) in properties.into_iter().enumerate() {
        let number = graph.relation(from[index], name, to[index], properties);
        if !variable.is_empty() {
            rows[index].insert(variable.clone(), json!({RELATION: number}));
        }
    }
    Ok(())
}

/// A value written as an expression.
pub(crate) fn value(text: &str) -> Result<Json> {
    let empty = SnapshotBuilder::new().finish();
    let answer = empty.query(&format!("RETURN {text}"), &Params::new(), &Limits::default());
    let answer = answer.map_err(|error| format!("set-up: {error}"))?;
    Ok(answer.rows.into_iter().flatten().next().unwrap_or_default())
}
