//! Runs a scenario.

use picket_graph::{Limits, Params, QueryError};
use picket_model::QueryResult;

use crate::{
    gherkin::{Scenario, Step},
    graph::Graph,
    setup,
    value::Spelling,
};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    /// With the reason, which is the same for many scenarios.
    Unsupported(&'static str),
}

pub(crate) fn run(scenario: &Scenario) -> Outcome {
    if let Some(reason) = scenario.steps.iter().find_map(unsupported) {
        return Outcome::Unsupported(reason);
    }
    let mut world = World::default();
    for step in &scenario.steps {
        match world.step(step) {
            Ok(()) => {}
            Err(outcome) => return outcome,
        }
    }
    Outcome::Passed
}

#[derive(Default)]
struct World {
    graph: Graph,
    params: Params,
    query: String,
    answer: Option<Result<QueryResult, QueryError>>,
    /// The query is wrong before anything is run.
    refused: bool,
}

fn failed<T>(message: impl Into<String>) -> Result<T, Outcome> {
    Err(Outcome::Failed(message.into()))
}

impl World {
    fn step(&mut self, step: &Step) -> Result<(), Outcome> {
        let text = step.text.trim_end_matches(':');
        match text {
            "any graph" | "an empty graph" => {}
            "the binary-tree-1 graph" => self.graph = Graph::binary_tree("X"),
            "the binary-tree-2 graph" => self.graph = Graph::binary_tree("Y"),
            "having executed" => {
                setup::execute(&mut self.graph, &step.block).or_else(failed)?;
            }
            "parameters are" => {
                for row in &step.table {
                    if let [name, value] = row.as_slice() {
                        let value = setup::value(value).or_else(failed)?;
                        self.params.insert(name.clone(), value);
                    }
                }
            }
            "executing query" | "executing control query" => self.execute(&step.block)?,
            "no side effects" => {}
            "the result should be empty" => self.expect(&[], false, Spelling::default())?,
            "the result should be, in any order" => {
                self.expect(&step.table, false, Spelling::default())?;
            }
            "the result should be, in order" => {
                self.expect(&step.table, true, Spelling::default())?;
            }
            "the result should be (ignoring element order for lists)" => {
                self.expect(&step.table, false, Spelling { sorted_lists: true })?;
            }
            "the result should be, in order (ignoring element order for lists)" => {
                self.expect(&step.table, true, Spelling { sorted_lists: true })?;
            }
            _ => match text.split_once(" should be raised at ") {
                Some((_, when)) => self.expect_error(when)?,
                None => return failed(format!("a step that is not known: {text}")),
            },
        }
        Ok(())
    }

    fn execute(&mut self, text: &str) -> Result<(), Outcome> {
        let snapshot = self.graph.snapshot();
        self.refused = snapshot.explain(text, &self.params).is_err();
        self.answer = Some(snapshot.query(text, &self.params, &Limits::default()));
        text.clone_into(&mut self.query);
        Ok(())
    }

    /// Rows beneath a line of column names; columns may stand in another order.
    fn expect(
        &self,
        table: &[Vec<String>],
        ordered: bool,
        spelling: Spelling,
    ) -> Result<(), Outcome> {
        let answer = match &self.answer {
            Some(Ok(answer)) => answer,
            Some(Err(error)) => return failed(format!("{error}\n{}", self.query)),
            None => return failed("no query was executed"),
        };
        let Some((names, rows)) = table.split_first() else {
            return if answer.rows.is_empty() {
                Ok(())
            } else {
                failed("rows where none should be")
            };
        };
        let mut sorted: (Vec<&String>, Vec<&String>) =
            (names.iter().collect(), answer.columns.iter().collect());
        sorted.0.sort();
        sorted.1.sort();
        if sorted.0 != sorted.1 {
            return failed(format!("columns {:?}, expected {names:?}", answer.columns));
        }
        let places: Vec<usize> = names
            .iter()
            .filter_map(|name| answer.columns.iter().position(|column| column == name))
            .collect();
        let mut expected = Vec::new();
        for row in rows {
            let cells: Option<Vec<String>> =
                row.iter().map(|cell| spelling.expected(cell)).collect();
            let Some(cells) = cells else { return failed(format!("cannot read {row:?}")) };
            expected.push(cells.join(" | "));
        }
        let spelled = |row: &Vec<serde_json::Value>| {
            let cells: Vec<String> =
                places.iter().map(|place| spelling.answered(&row[*place])).collect();
            cells.join(" | ")
        };
        let mut answered: Vec<String> = answer.rows.iter().map(spelled).collect();
        if !ordered {
            expected.sort();
            answered.sort();
        }
        if answered == expected {
            return Ok(());
        }
        failed(format!(
            "{}\n  expected:\n    {}\n  answered:\n    {}",
            self.query,
            expected.join("\n    "),
            answered.join("\n    ")
        ))
    }

    /// What is wrong in the text must be refused before it runs. Which of the detail codes it is, is not compared: errors
    /// say in words what is wrong.
    fn expect_error(&self, when: &str) -> Result<(), Outcome> {
        match &self.answer {
            Some(Err(QueryError::Invalid { .. })) => Ok(()),
            Some(Err(error)) if !when.starts_with("compile") => {
                let _ = error;
                Ok(())
            }
            Some(Err(error)) => failed(format!("{error}\n{}", self.query)),
            Some(Ok(_)) if when.starts_with("runtime") => Err(Outcome::Unsupported(RUNTIME)),
            Some(Ok(_)) => failed(format!("no error ({when})\n{}", self.query)),
            None => failed("no query was executed"),
        }
    }
}

const WRITE: &str = "the query writes: the graph is read-only";
const CALL: &str = "CALL: there are no procedures";
const TEMPORAL: &str = "temporal types: times are texts in ISO 8601";
const RUNTIME: &str = "an error about a value met on the way: odd values give null";

/// Why what the step asks for is not there.
fn unsupported(step: &Step) -> Option<&'static str> {
    if step.text.starts_with("there exists a procedure") {
        return Some(CALL);
    }
    if has_temporal(&step.block) {
        return Some(TEMPORAL);
    }
    let words = words(&step.block);
    let has = |list: &[&str]| {
        words.iter().any(|word| list.iter().any(|one| one.eq_ignore_ascii_case(word)))
    };
    match step.text.trim_end_matches(':') {
        "executing query" if has(&["CALL"]) => Some(CALL),
        "executing query" if has(WRITING) => Some(WRITE),
        _ => None,
    }
}

const WRITING: &[&str] = &["CREATE", "MERGE", "SET", "DELETE", "REMOVE", "FOREACH"];

/// The words outside of strings and quoted names that are no property.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    let mut after_dot = false;
    while let Some(first) = rest.chars().next() {
        if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            if !after_dot {
                words.push(&rest[..end]);
            }
            rest = &rest[end..];
            after_dot = false;
            continue;
        }
        after_dot = [".", ":"].iter().any(|before| rest.starts_with(before));
        rest = &rest[first.len_utf8()..];
        if ['\'', '"', '`'].contains(&first) {
            let mut escaped = false;
            let end = rest.find(|c| {
                let ends = c == first && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            rest = end.map_or("", |end| &rest[end + 1..]);
        }
    }
    words
}

fn has_temporal(text: &str) -> bool {
    ["date", "time", "datetime", "localtime", "localdatetime", "duration"].iter().any(|function| {
        text.match_indices(function).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + function.len()..].chars().next();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
                && matches!(after, Some('(' | '.'))
        })
    })
}
