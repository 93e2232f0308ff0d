//! A question in both languages.

use crate::random::Random;

#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) cypher: String,
    /// Gives each row as a JSON array.
    pub(crate) sql: String,
    pub(crate) ordered: bool,
}

/// A pattern and what it is in SQL, variables `n0`, `n1`, … and `r1`, ….
#[derive(Debug, Default)]
struct Pattern {
    cypher: String,
    from: String,
    conditions: Vec<String>,
    /// Names of the single relations and of all steps.
    single: Vec<String>,
    steps: Vec<String>,
    nodes: usize,
}

impl Question {
    pub(crate) fn new(random: &mut Random) -> Self {
        if random.one_in(12) {
            return union(random);
        }
        let length = *random.pick(&[0, 1, 1, 2, 3]);
        let pattern = pattern(random, length);
        let mut names: Vec<String> = (0..pattern.nodes).map(|node| format!("n{node}")).collect();
        let mut cypher = format!("MATCH {}", pattern.cypher);
        let mut conditions = pattern.conditions.clone();
        if random.one_in(3) {
            let (text, sql) = condition(random, &names, &pattern.single, 2);
            cypher += &format!(" WHERE {text}");
            conditions.push(sql);
        }
        let mut from = pattern.from.clone();
        if random.one_in(3) {
            let (text, sql) = optional(random, random_name(&names, random.0));
            cypher += &text;
            from += &sql;
            names.push("o".to_owned());
        }
        let rest = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        projected(random, &cypher, &format!("FROM {from}{rest}"), &names)
    }
}

fn random_name(names: &[String], seed: u64) -> &str {
    &names[usize::try_from(seed >> 40).unwrap_or(0) % names.len()]
}

fn label(random: &mut Random, node: &str) -> (String, Option<String>) {
    match random.below(9) {
        0 => (":A".to_owned(), Some(format!("{node}.a = 1"))),
        1 => (":B".to_owned(), Some(format!("{node}.b = 1"))),
        2 if random.one_in(2) => {
            (":A:B".to_owned(), Some(format!("{node}.a = 1 AND {node}.b = 1")))
        }
        3 if random.one_in(2) => {
            (":A|B".to_owned(), Some(format!("({node}.a = 1 OR {node}.b = 1)")))
        }
        _ => (String::new(), None),
    }
}

/// `(n0:A)-[r1:R]->(n1)…`; no relation is taken twice.
fn pattern(random: &mut Random, length: usize) -> Pattern {
    let mut pattern = Pattern { nodes: length + 1, ..Pattern::default() };
    let (text, sql) = label(random, "n0");
    pattern.conditions.extend(sql);
    pattern.cypher = format!("(n0{text})");
    pattern.from = "node n0".to_owned();
    for step in 1..=length {
        let (before, node, name) =
            (format!("n{}", step - 1), format!("n{step}"), format!("r{step}"));
        let (relation, table, single) = relation(random, &name);
        let (label, sql) = label(random, &node);
        pattern.conditions.extend(sql);
        pattern.cypher += &format!("{relation}({node}{label})");
        pattern.from += &format!(
            " JOIN {table} {name} ON {name}.f = {before}.id JOIN node {node} ON {node}.id = {name}.t"
        );
        for other in &pattern.steps {
            pattern.conditions.push(format!(
                "NOT EXISTS (SELECT 1 FROM edge x WHERE instr({other}.used, '/' || x.id || '/') > 0 \
                 AND instr({name}.used, '/' || x.id || '/') > 0)"
            ));
        }
        if single {
            pattern.single.push(name.clone());
        }
        pattern.steps.push(name);
    }
    pattern
}

/// A relation in Cypher, its table with `f`, `t` and `used`, and whether it is a single one.
fn relation(random: &mut Random, name: &str) -> (String, String, bool) {
    let (left, right, hops) =
        *random.pick(&[("-", "->", "hop_out"), ("<-", "-", "hop_in"), ("-", "-", "hop_both")]);
    let (types, filter) = *random.pick(&[
        ("", "1"),
        (":R", "h.type = 'R'"),
        (":S", "h.type = 'S'"),
        (":R|S", "h.type IN ('R', 'S')"),
    ]);
    if !random.one_in(3) {
        let table = format!(
            "(SELECT f, t, w, type, '/' || id || '/' AS used FROM {hops} h WHERE {filter})"
        );
        return (format!("{left}[{name}{types}]{right}"), table, true);
    }
    let min = random.below(3);
    let max = min + random.below(3);
    let table = format!(
        "(WITH RECURSIVE walk(f, t, length, used) AS (
            SELECT id, id, 0, '/' FROM node
            UNION ALL SELECT walk.f, h.t, walk.length + 1, walk.used || h.id || '/'
            FROM walk JOIN {hops} h ON h.f = walk.t
            WHERE {filter} AND walk.length < {max} AND instr(walk.used, '/' || h.id || '/') = 0)
          SELECT f, t, used FROM walk WHERE length >= {min})"
    );
    (format!("{left}[{types}*{min}..{max}]{right}"), table, false)
}

/// A condition on nodes and single relations.
fn condition(
    random: &mut Random,
    nodes: &[String],
    relations: &[String],
    depth: usize,
) -> (String, String) {
    if depth > 0 && random.one_in(2) {
        let (a, a_sql) = condition(random, nodes, relations, depth - 1);
        let (b, b_sql) = condition(random, nodes, relations, depth - 1);
        return match random.below(4) {
            0 => (format!("NOT ({a})"), format!("NOT ({a_sql})")),
            1 => (format!("({a} OR {b})"), format!("({a_sql} OR {b_sql})")),
            _ => (format!("({a} AND {b})"), format!("({a_sql} AND {b_sql})")),
        };
    }
    let node = random.pick(nodes).clone();
    let number = random.below(4);
    let same = |text: String| (text.clone(), text);
    match random.below(9) {
        0 => same(format!("{node}.n IS NULL")),
        1 => same(format!("{node}.n IN [{number}, null]"))
            .map_sql(|sql| sql.replace('[', "(").replace(']', ")")),
        2 => (format!("{node}.s STARTS WITH 'x'"), format!("substr({node}.s, 1, 1) = 'x'")),
        3 => (format!("{node}.s CONTAINS 'y'"), format!("instr({node}.s, 'y') > 0")),
        4 => same(format!("{node}.n + 1 > {}.n * 2", random.pick(nodes))),
        5 if !relations.is_empty() => same(format!("{}.w >= {number}", random.pick(relations))),
        6 => {
            let (relation, table, _) = relation(random, "x");
            let (label, sql) = label(random, "m");
            let sql = sql.unwrap_or_else(|| "1".to_owned());
            (
                format!("EXISTS {{ ({node}){relation}(m{label}) }}"),
                format!(
                    "EXISTS (SELECT 1 FROM {table} x JOIN node m ON m.id = x.t WHERE x.f = {node}.id AND {sql})"
                ),
            )
        }
        7 => (
            format!("size([({node})-->(m) WHERE m.n > 0 | m]) = {number}"),
            format!(
                "(SELECT count(*) FROM hop_out x JOIN node m ON m.id = x.t WHERE x.f = {node}.id AND m.n > 0) = {number}"
            ),
        ),
        _ => {
            let operator = *random.pick(&["=", "<>", "<", "<=", ">", ">="]);
            same(format!("{node}.n {operator} {number}"))
        }
    }
}

trait MapSql {
    fn map_sql(self, change: impl FnOnce(String) -> String) -> Self;
}

impl MapSql for (String, String) {
    fn map_sql(self, change: impl FnOnce(String) -> String) -> Self {
        (self.0, change(self.1))
    }
}

/// One relation that may be missing, from a node that is known to `o`.
fn optional(random: &mut Random, known: &str) -> (String, String) {
    let (relation, table, _) = relation(random, "y");
    let (label, sql) = label(random, "o");
    let (mut text, mut on) = (String::new(), format!("o.f = {known}.id"));
    if random.one_in(2) {
        let number = random.below(4);
        text = format!(" WHERE o.n > {number}");
        on += &format!(" AND o.n > {number}");
    }
    let sql = sql.map_or(String::new(), |sql| format!(" WHERE {sql}"));
    (
        format!(" OPTIONAL MATCH ({known}){relation}(o{label}){text}"),
        format!(
            " LEFT JOIN (SELECT y.f, o.* FROM {table} y JOIN node o ON o.id = y.t{sql}) o ON {on}"
        ),
    )
}

fn projected(random: &mut Random, cypher: &str, from: &str, names: &[String]) -> Question {
    let column =
        |random: &mut Random| format!("{}.{}", random.pick(names), random.pick(&["id", "n", "s"]));
    let columns: Vec<String> = (0..1 + random.below(3)).map(|_| column(random)).collect();
    let named = |prefix: &str, columns: &[String]| {
        let named = columns.iter().enumerate();
        named.map(|(at, column)| format!("{column} AS {prefix}{at}")).collect::<Vec<_>>().join(", ")
    };
    let keys: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
    match random.below(6) {
        0 | 1 => {
            let distinct = if random.one_in(2) { "DISTINCT " } else { "" };
            let select = named("c", &columns);
            rows(
                format!("{cypher} RETURN {distinct}{select}"),
                &format!("SELECT {distinct}{select} {from}"),
                &keys,
            )
        }
        2 | 3 => {
            let of = column(random);
            let number = format!("{}.n", random.pick(names));
            let aggregates = format!(
                "count(*) AS a0, count(DISTINCT {of}) AS a1, min({of}) AS a2, max({of}) AS a3"
            );
            // SQLite writes fewer digits.
            let average = format!("toInteger(avg({number}) * 1000) AS a4");
            let sql_average = format!("CAST(avg({number}) * 1000 AS INTEGER) AS a4");
            let groups = if random.one_in(4) { &columns[..0] } else { &columns[..] };
            let mut select: Vec<String> = Vec::new();
            if !groups.is_empty() {
                select.push(named("c", groups));
            }
            let mut keys = keys[..groups.len()].to_vec();
            keys.extend((0..6).map(|at| format!("a{at}")));
            let cypher_select =
                [select.clone(), vec![format!("{aggregates}, {average}, sum({number}) AS a5")]]
                    .concat();
            select.push(format!("{aggregates}, {sql_average}, coalesce(sum({number}), 0) AS a5"));
            let by = if groups.is_empty() {
                String::new()
            } else {
                format!(" GROUP BY {}", groups.join(", "))
            };
            let (with, having) = if random.one_in(3) {
                (
                    format!("WITH {} WHERE a0 > 1 RETURN *", cypher_select.join(", ")),
                    " HAVING count(*) > 1",
                )
            } else {
                (format!("RETURN {}", cypher_select.join(", ")), "")
            };
            rows(
                format!("{cypher} {with}"),
                &format!("SELECT {} {from}{by}{having}", select.join(", ")),
                &keys,
            )
        }
        _ => {
            // Every column is a key, so that the order is one, and nulls are largest.
            let descending = random.one_in(2);
            let (word, nulls) = if descending { ("DESC", "DESC") } else { ("ASC", "ASC") };
            let order: Vec<String> = keys.iter().map(|key| format!("{key} {word}")).collect();
            let sql_order: Vec<String> =
                keys.iter().map(|key| format!("({key} IS NULL) {nulls}, {key} {word}")).collect();
            let (skip, limit) = (random.below(3), random.below(5));
            let select = named("c", &columns);
            let mut question = rows(
                format!(
                    "{cypher} RETURN {select} ORDER BY {} SKIP {skip} LIMIT {limit}",
                    order.join(", ")
                ),
                &format!(
                    "SELECT {select} {from} ORDER BY {} LIMIT {limit} OFFSET {skip}",
                    sql_order.join(", ")
                ),
                &keys,
            );
            question.ordered = true;
            question
        }
    }
}

fn union(random: &mut Random) -> Question {
    let all = if random.one_in(2) { " ALL" } else { "" };
    let (mut cypher, mut sql) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let length = random.below(2);
        let pattern = pattern(random, length);
        let rest = if pattern.conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", pattern.conditions.join(" AND "))
        };
        cypher.push(format!("MATCH {} RETURN n0.n AS c0", pattern.cypher));
        sql.push(format!("SELECT n0.n AS c0 FROM {}{rest}", pattern.from));
    }
    rows(
        cypher.join(&format!(" UNION{all} ")),
        &sql.join(&format!(" UNION{all} ")),
        &["c0".to_owned()],
    )
}

fn rows(cypher: String, sql: &str, columns: &[String]) -> Question {
    let sql = format!("SELECT json_array({}) FROM ({sql})", columns.join(", "));
    Question { cypher, sql, ordered: false }
}
