//! kill -9 in the middle: what was acknowledged is there after the restart.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::{Place, eventually};
use serde_json::Value;

#[test]
fn an_interrupted_scan_is_shown_as_such_and_earlier_results_stay() {
    let place = Place::new();
    place.write(
        "one/app.py",
        "import openai\nopenai.OpenAI().responses.create(model=\"gpt-4.1\", input=\"hi\")\n",
    );
    assert_eq!(place.run(&["scan", "one"]).code, 0);
    // Enough to read that the second scan is still at it when it is killed.
    for number in 0..3_000 {
        let lines: String = (0..60).map(|line| format!("x{line} = client.chat.completions.create(model=\"m-{number}-{line}\", messages=[])\n")).collect();
        place.write(
            &format!("many/f{number}.py"),
            format!("from openai import OpenAI\nclient = OpenAI()\n{lines}"),
        );
    }
    let mut scan = place.start(&["scan", "many"]);
    eventually("the scan's record", || {
        let scans = scans(&place);
        scans.iter().any(|scan| scan["state"] == "running").then_some(())
    });
    scan.kill();
    let scans = scans(&place);
    let states: Vec<&str> = scans.iter().filter_map(|scan| scan["state"].as_str()).collect();
    assert_eq!(states, ["interrupted", "succeeded"], "newest first");
    let models = place.run(&["assets", "--kind", "Model", "--format", "json"]).json();
    assert_eq!(
        models.as_array().unwrap().len(),
        1,
        "the first scan's result is there, the second's is not half there"
    );
}

/// The scans' records, as the store has them; opening it is what tells interrupted from running.
fn scans(place: &Place) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite:{}", place.path().join("picket.db").display());
        let store = picket_store::Store::open(&url).await.unwrap();
        let scans = store.scans().await.unwrap();
        scans.iter().map(|scan| serde_json::to_value(scan).unwrap()).collect()
    })
}
