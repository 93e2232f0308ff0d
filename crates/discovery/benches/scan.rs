//! How long a scan of a repository takes: files a second, with and without the search for sensitive information.

use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use picket_discovery::{PathOptions, scan_path};

const FILES: usize = 300;

/// A module of the kind that applications consist of: some plain code, a client, an agent with a tool.
const MODULE: &str = r#"
import os
from dataclasses import dataclass
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent

DEFAULT_MODEL = "gpt-4.1-mini"

@dataclass
class Options:
    model: str = os.getenv("CHAT_MODEL", DEFAULT_MODEL)
    temperature: float = 0.2
    retries: int = 3

@tool
def look_up(order: str) -> str:
    """Looks an order up."""
    for row in rows(order):
        if row["id"] == order and row["state"] in ("open", "paid"):
            return f"{row['id']}: {row['state']}"
    return "not found"

def rows(order):
    return [{"id": f"{order}-{number}", "state": "open"} for number in range(10)]

def build(options: Options):
    llm = ChatOpenAI(model=options.model, temperature=options.temperature)
    return create_react_agent(llm, tools=[look_up], prompt="You help customers with their orders.")
"#;

fn write_repository(folder: &Path) {
    for number in 0..FILES {
        let text = format!("{MODULE}\n{}", MODULE.replace("look_up", &format!("look_up_{number}")));
        assert!(std::fs::write(folder.join(format!("module_{number}.py")), text).is_ok());
    }
}

fn scan(c: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir() else { return };
    write_repository(folder.path());
    let paths = [folder.path().to_owned()];
    let mut group = c.benchmark_group("scan");
    group.throughput(Throughput::Elements(FILES as u64)).sample_size(10);
    for (name, sensitive) in [("code", false), ("code and sensitive data", true)] {
        let options = PathOptions { sensitive, ..PathOptions::default() };
        group.bench_function(name, |b| b.iter(|| scan_path(&paths, &options, &())));
    }
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
