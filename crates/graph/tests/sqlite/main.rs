//! The same questions of the same graphs to this engine and to SQLite: equal answers.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod data;
mod question;
mod random;

use data::Data;
use picket_graph::{Limits, Params, Snapshot};
use question::Question;
use random::Random;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

const QUESTIONS: usize = 2_000;
/// Questions asked of one graph.
const OF_EACH: usize = 5;

fn answered(snapshot: &Snapshot, question: &Question) -> Vec<String> {
    let limits = Limits { rows: 1 << 20, ..Limits::default() };
    let answer = snapshot.query(&question.cypher, &Params::new(), &limits);
    let answer = answer.unwrap_or_else(|error| panic!("{error}\n{}", question.cypher));
    let by_name = |name: &str| answer.columns.iter().position(|column| column == name).unwrap();
    let mut names = answer.columns.clone();
    // As SQLite was asked for them: keys, then aggregates.
    names.sort_by_key(|name| (name.starts_with('a'), name.clone()));
    let row = |row: &Vec<serde_json::Value>| {
        let values: serde_json::Value =
            names.iter().map(|name| row[by_name(name)].clone()).collect();
        values.to_string()
    };
    answer.rows.iter().map(row).collect()
}

async fn expected(sqlite: &mut SqliteConnection, question: &Question) -> Vec<String> {
    let sql = AssertSqlSafe(question.sql.clone());
    let rows = sqlx::query_scalar::<_, String>(sql).fetch_all(sqlite).await;
    rows.unwrap_or_else(|error| panic!("{error}\n{}", question.sql))
}

#[test]
fn equal_answers() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut random = Random(1);
    let (mut rows, mut empty) = (0, 0);
    runtime.block_on(async {
        let mut sqlite = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql(data::SCHEMA).execute(&mut sqlite).await.unwrap();
        for _ in 0..QUESTIONS / OF_EACH {
            let data = Data::new(&mut random);
            let snapshot = data.snapshot();
            sqlx::raw_sql(AssertSqlSafe(data.sql())).execute(&mut sqlite).await.unwrap();
            for _ in 0..OF_EACH {
                let question = Question::new(&mut random);
                let mut answered = answered(&snapshot, &question);
                let mut expected = expected(&mut sqlite, &question).await;
                if !question.ordered {
                    answered.sort();
                    expected.sort();
                }
                assert_eq!(answered, expected, "{}\n{}\n{data:#?}", question.cypher, question.sql);
                rows += answered.len();
                empty += usize::from(answered.is_empty());
            }
        }
    });
    // Questions that nothing answers would prove nothing.
    assert!(rows > 5 * QUESTIONS && empty < QUESTIONS / 2, "{rows} rows, {empty} empty answers");
}
