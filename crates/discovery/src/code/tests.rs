//! Whole files in, assets and relations out.

use picket_model::{Inventory, Provider};

use crate::{PathOptions, scan_path};

mod shapes;

/// Scans a folder with these files as environment `app`.
pub(super) fn scan(files: &[(&str, &str)]) -> Inventory {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let options = PathOptions { environment: Some("app".to_owned()), ..PathOptions::default() };
    scan_path(&[folder.path().to_owned()], &options, &())
}

/// One line an asset, then one line a relation that is more than containment.
pub(super) fn summary(inventory: &Inventory) -> String {
    let mut lines: Vec<String> = Vec::new();
    for asset in &inventory.assets {
        let mut line = format!("{} {}", asset.kind, asset.name);
        if asset.provider != Provider::Code {
            line += &format!(" [{}]", asset.provider);
        }
        if let Some(standing) = asset.properties.get("standing") {
            line += &format!(" {}", standing.as_str().unwrap());
        }
        for place in asset
            .properties
            .get("occurrences")
            .and_then(|places| places.as_array())
            .into_iter()
            .flatten()
        {
            line += &format!(
                "\n    {}:{}:{} {} {}",
                place["path"].as_str().unwrap(),
                place["line"],
                place["column"],
                place["symbol"].as_str().unwrap(),
                place["standing"].as_str().unwrap()
            );
        }
        for finding in &asset.findings {
            line += &format!("\n    ! {} {}", finding.severity, finding.id);
        }
        lines.push(line);
    }
    let short = |id: &picket_model::AssetId| id.as_str().replace("repo://app#", "#");
    for relation in &inventory.relations {
        let kind = relation.kind.as_str();
        if !matches!(kind, "CONTAINS" | "DEFINED_IN") {
            lines.push(format!("{} {kind} {}", short(&relation.source), short(&relation.target)));
        }
    }
    for diagnostic in &inventory.diagnostics {
        lines.push(format!("diagnostic {} {}", diagnostic.status, diagnostic.subject));
    }
    lines.join("\n")
}

/// Names of the models with their standing.
pub(super) fn models(files: &[(&str, &str)]) -> Vec<String> {
    let inventory = scan(files);
    let mut models: Vec<String> = inventory
        .assets
        .iter()
        .filter(|asset| matches!(asset.kind.as_str(), "Model" | "ModelDeployment"))
        .map(|asset| format!("{} {}", asset.name, asset.properties["standing"].as_str().unwrap()))
        .collect();
    models.sort();
    models
}

#[test]
fn models_are_followed_through_names_and_defaults() {
    let code = r#"
import os, argparse
from dataclasses import dataclass, field
from openai import OpenAI
from pydantic import Field
from pydantic_settings import BaseSettings

CHAT = "gpt-4.1"
UNREACHED_MODEL = "gpt-3.5-turbo"
LIMITS = {"gpt-4o": 128000, "claude-3-opus-20240229": 200000, "o3-mini": 200000}

class Settings(BaseSettings):
    summarization_model: str = Field(default="openai:gpt-4.1-mini")
    embedding_model: str = "text-embedding-3-large"

@dataclass
class Options:
    judge_model: str = field(default="acme-judge-7b")

def ask(question: str, model: str = os.getenv("CHAT_MODEL", "gpt-4.1-nano")):
    client = OpenAI()
    return client.chat.completions.create(model=CHAT, messages=[{"role": "user", "content": question}])

def other(question, model):
    if model == "gpt-4-turbo":
        return None

other("hello", "mistral-large-latest")
parser = argparse.ArgumentParser()
parser.add_argument("--model", default="claude-sonnet-4-20250514")
config = {"model": "gemini-2.5-pro"}
"#;
    assert_eq!(
        models(&[("app.py", code)]),
        [
            "acme-judge-7b used",
            "claude-3-opus-20240229 mentioned",
            "claude-sonnet-4-20250514 used",
            "gemini-2.5-pro used",
            "gpt-3.5-turbo mentioned",
            "gpt-4-turbo mentioned",
            "gpt-4.1 used",
            "gpt-4.1-mini used",
            "gpt-4.1-nano used",
            "gpt-4o mentioned",
            "mistral-large-latest used",
            "o3-mini mentioned",
            "text-embedding-3-large used",
        ]
    );
}

#[test]
fn what_is_no_model_id_is_no_model() {
    let code = r#"
from langchain_openai import ChatOpenAI
from myapp.models import Car
from typing import Optional

class Config:
    model: Optional[str] = None
    model_path: str = "./weights/model.bin"
    model_name: str = "your-model-name"

Car(model="Civic Type R")
ChatOpenAI(model=args.model)
ChatOpenAI(model=f"{provider}-latest")
ChatOpenAI(model="The model that you want to use")
ChatOpenAI(model=str)
field = ForeignKey(model="app.User")
MODEL_TEMPLATES = ["str", "Optional", "BaseChatModel"]
"#;
    assert_eq!(models(&[("app.py", code)]), Vec::<String>::new());
}

#[test]
fn constants_that_other_files_read_are_used() {
    let config = "DEFAULT_MODEL = 'gpt-4.1'\nOTHER_MODEL = 'gpt-4o'\n";
    let app = "from openai import OpenAI\nfrom .config import DEFAULT_MODEL\nOpenAI().responses.create(model=DEFAULT_MODEL)\n";
    assert_eq!(
        models(&[("config.py", config), ("app.py", app)]),
        ["gpt-4.1 used", "gpt-4o mentioned"]
    );
}

#[test]
fn tests_documents_and_settings_have_their_standing() {
    let call = "from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o')\n";
    assert_eq!(models(&[("tests/test_app.py", call)]), ["gpt-4o mentioned"]);
    assert_eq!(
        models(&[(".env.example", "OPENAI_MODEL=gpt-4o-mini\n")]),
        ["gpt-4o-mini configured"]
    );
    assert_eq!(
        models(&[("config.yaml", "llm:\n  model: claude-sonnet-4-5\n  name: x\n")]),
        ["claude-sonnet-4-5 configured"]
    );
}

#[test]
fn azure_deployments_are_no_models() {
    let code = r#"
from openai import AzureOpenAI
from langchain_openai import AzureChatOpenAI
client = AzureOpenAI(azure_endpoint="https://contoso.openai.azure.com", api_version="2024-10-21")
client.chat.completions.create(model="chat-prod", messages=[])
llm = AzureChatOpenAI(azure_deployment="gpt-4o", model="gpt-4o")
"#;
    let inventory = scan(&[("app.py", code)]);
    insta::assert_snapshot!(summary(&inventory));
}

#[test]
fn a_python_agent_with_its_tools_and_store() {
    let code = r#"
import subprocess
import chromadb
from langchain_chroma import Chroma
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langgraph.prebuilt import create_react_agent

SYSTEM_PROMPT = "You help the customers of Contoso with their orders. Be brief."
store = Chroma(collection_name="orders", embedding_function=OpenAIEmbeddings(model="text-embedding-3-small"), persist_directory="./db")
llm = ChatOpenAI(model="gpt-4.1", temperature=0)

@tool
def search_orders(question: str) -> str:
    """Finds orders by meaning."""
    return store.similarity_search(question)

@tool
def run_command(command: str) -> str:
    """Runs a command on the server."""
    return subprocess.run(command, shell=True, capture_output=True).stdout

def plain(text: str) -> str:
    """Turns text around."""
    return text[::-1]

agent = create_react_agent(llm, tools=[search_orders, run_command, plain], prompt=SYSTEM_PROMPT)
"#;
    insta::assert_snapshot!(summary(&scan(&[("agent.py", code)])));
}

#[test]
fn agents_of_other_frameworks() {
    let crew = r#"
from crewai import Agent, Crew, LLM
from crewai_tools import SerperDevTool
llm = LLM(model="anthropic/claude-sonnet-4-20250514")
researcher = Agent(role="Researcher", goal="Find facts about orders", backstory="You have read everything there is.", tools=[SerperDevTool()], llm=llm)
writer = Agent(role="Writer", goal="Write it down", llm="openai/gpt-4o")
crew = Crew(agents=[researcher, writer])
"#;
    let openai_agents = r#"
from agents import Agent, function_tool, Runner, WebSearchTool
@function_tool(needs_approval=True)
def refund(order: str) -> str:
    "Pays an order back."
    return eval(order)
refunds = Agent(name="Refunds", instructions="You pay orders back when the customer asks politely.", tools=[refund], model="gpt-4.1")
triage = Agent(name="Triage", handoffs=[refunds], tools=[WebSearchTool()])
"#;
    let pydantic = r#"
from pydantic_ai import Agent
agent = Agent("openai:gpt-4o", system_prompt="You roll dice for the players of a game.")
@agent.tool_plain
def roll() -> int:
    """Rolls the dice."""
    return 4
"#;
    insta::assert_snapshot!(summary(&scan(&[
        ("crew.py", crew),
        ("handoff.py", openai_agents),
        ("dice.py", pydantic)
    ])));
}

#[test]
fn typescript_with_the_ai_sdk_and_langchain() {
    let code = r#"
import { openai, createOpenAI } from '@ai-sdk/openai';
import { generateText, tool } from 'ai';
import { ChatAnthropic } from '@langchain/anthropic';
import { QdrantVectorStore } from '@langchain/qdrant';
import OpenAI from 'openai';
import { z } from 'zod';

const MODEL = process.env.CHAT_MODEL ?? 'gpt-4o-mini';
const local = createOpenAI({ baseURL: 'http://localhost:11434/v1' });

export async function answer(question: string, { model = 'gpt-4.1' } = {}) {
  const { text } = await generateText({
    model: openai('gpt-4o'),
    system: 'You answer questions about the weather and nothing else.',
    tools: { weather: tool({ description: 'The weather of a city', parameters: z.object({}), execute: async () => 'sun' }) },
    prompt: question,
  });
  const claude = new ChatAnthropic({ model: 'claude-3-5-haiku-latest' });
  const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });
  await client.chat.completions.create({ model: MODEL, messages: [{ role: 'system', content: 'You are a poet of the sea and the sky.' }] });
  const store = await QdrantVectorStore.fromExistingCollection(embeddings, { url: 'https://x.cloud.qdrant.io:6333', collectionName: 'weather' });
  return local('llama3.1');
}
"#;
    insta::assert_snapshot!(summary(&scan(&[("src/answer.ts", code)])));
}

#[test]
fn bedrock_and_hugging_face() {
    let code = r#"
import boto3
from transformers import AutoModelForCausalLM, pipeline
from sentence_transformers import SentenceTransformer
from datasets import load_dataset
from trl import SFTTrainer

runtime = boto3.client("bedrock-runtime", region_name="eu-west-1")
runtime.invoke_model(modelId="anthropic.claude-3-haiku-20240307-v1:0", body=body)
model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-7B-Instruct", trust_remote_code=True)
classify = pipeline("text-classification", model="contoso/tickets")
embed = SentenceTransformer("all-MiniLM-L6-v2")
data = load_dataset("imdb")
trainer = SFTTrainer(model=model, train_dataset=data)
"#;
    insta::assert_snapshot!(summary(&scan(&[("train.py", code)])));
}

#[test]
fn code_that_runs_what_it_loads_or_hears() {
    let code = r#"
import pickle, torch
from openai import OpenAI
from langchain_community.vectorstores import FAISS
client = OpenAI()
weights = torch.load("model.pt")
safe = torch.load("model.pt", weights_only=True)
model = pickle.load(open("model.pkl", "rb"))
index = FAISS.load_local("index", embeddings, allow_dangerous_deserialization=True)
answer = client.responses.create(model="gpt-4o", input="write code")
exec(answer.output_text)
"#;
    insta::assert_snapshot!(summary(&scan(&[("run.py", code)])));
}

#[test]
fn notebooks_map_lines_to_cells() {
    let notebook = r##"{
 "cells": [
  {"cell_type": "markdown", "source": ["# gpt-4o is great"]},
  {
   "cell_type": "code",
   "source": [
    "!pip install openai\n",
    "from openai import OpenAI\n",
    "client = OpenAI()"
   ]
  },
  {
   "cell_type": "code",
   "source": [
    "client.responses.create(model=\"gpt-4.1\", input=\"hi\")"
   ]
  }
 ],
 "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4, "nbformat_minor": 5
}"##;
    let inventory = scan(&[("demo.ipynb", notebook)]);
    let model = inventory.assets.iter().find(|asset| asset.name == "gpt-4.1").unwrap();
    let place = &model.properties["occurrences"][0];
    assert_eq!(place["line"], 15);
    assert_eq!(place["symbol"], "cell 3: create(model=)");
    assert!(inventory.assets.iter().any(|asset| asset.kind.as_str() == "Notebook"));
    assert!(!inventory.assets.iter().any(|asset| asset.name == "gpt-4o"));
}

#[test]
fn mcp_servers_written_and_configured() {
    let server = r#"
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("orders")
@mcp.tool()
def cancel_order(number: int) -> str:
    """Cancels an order."""
    return "done"
mcp.run(transport="sse")
"#;
    let config = r#"{
  "mcpServers": {
    "files": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/data"]},
    "remote": {"url": "http://mcp.example.com/sse?key=abc", "headers": {"Authorization": "Bearer x"}},
    "aws": {"command": "uvx", "args": ["aws-mcp@1.0.0"], "env": {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPL3", "AWS_REGION": "eu-west-1"}}
  }
}"#;
    let inventory = scan(&[("server.py", server), (".mcp.json", config)]);
    insta::assert_snapshot!(summary(&inventory));
    let servers: Vec<_> =
        inventory.assets.iter().filter(|asset| asset.kind.as_str() == "McpServer").collect();
    let properties: Vec<_> = servers
        .iter()
        .map(|asset| {
            let mut properties = asset.properties.clone();
            properties.remove("occurrences");
            properties
        })
        .collect();
    insta::assert_json_snapshot!("mcp_properties", properties);
    assert!(!serde_json::to_string(&inventory).unwrap().contains("AKIAIOSFODNN7EXAMPL3"));
}

#[test]
fn libraries_by_role_and_the_rest_by_count() {
    let inventory = scan(&[
        ("requirements.txt", "openai==1.40.0\nchromadb\nrequests>=2\n"),
        ("web/package.json", r#"{"dependencies": {"ai": "^4.0.0", "react": "19.0.0"}}"#),
        (
            "web/package-lock.json",
            r#"{"packages": {"node_modules/ai": {"version": "4.1.2"}, "node_modules/react": {"version": "19.0.0"}}}"#,
        ),
    ]);
    let libraries: Vec<_> = inventory
        .assets
        .iter()
        .filter(|asset| asset.kind.as_str() == "Library")
        .map(|asset| (asset.id.to_string(), asset.properties.clone()))
        .collect();
    insta::assert_json_snapshot!("libraries", libraries);
    let repository = &inventory.assets[0];
    assert_eq!(repository.properties["libraries"], serde_json::json!({"npm": 2, "pypi": 3}));
}

#[test]
fn secrets_and_sensitive_data_are_found_and_masked() {
    let inventory = scan(&[
        ("app.py", "import openai\nKEY = 'AKIAIOSFODNN7EXAMPL3'\n"),
        ("data/customers.csv", "name,card\nJane,4111 1111 1111 1111\nJoe,5555 5555 5555 4444\n"),
    ]);
    insta::assert_snapshot!(summary(&inventory));
    let text = serde_json::to_string(&inventory).unwrap();
    assert!(!text.contains("AKIAIOSFODNN7EXAMPL3") && !text.contains("4111 1111"));
}

#[test]
fn bad_input_is_named_and_the_rest_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::write(root.join("bad.py"), b"x = '\xff\xfe'\n").unwrap();
    std::fs::write(
        root.join("deep.py"),
        format!("prompt = {}1{}\n", "(".repeat(5000), ")".repeat(5000)),
    )
    .unwrap();
    std::fs::write(root.join("broken.ipynb"), "{\"cells\": [").unwrap();
    std::fs::write(root.join("deep.ipynb"), "[".repeat(100_000)).unwrap();
    std::fs::write(root.join("package-lock.json"), "{\"packages\": {\"node_modules/ai\": {")
        .unwrap();
    std::fs::write(
        root.join("half.py"),
        "from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o'\ndef (",
    )
    .unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(root, root.join("loop")).unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all", root.join("gone")).unwrap();
    }
    let options = PathOptions { environment: Some("app".to_owned()), ..PathOptions::default() };
    let inventory = scan_path(&[root.to_owned()], &options, &());
    insta::assert_snapshot!(summary(&inventory));
}

#[test]
fn a_path_that_is_not_there_is_a_diagnostic() {
    let inventory = scan_path(&["/nowhere/at/all".into()], &PathOptions::default(), &());
    assert!(inventory.assets.is_empty());
    assert_eq!(inventory.diagnostics.len(), 1);
}

#[test]
fn the_result_does_not_depend_on_threads() {
    let files: Vec<(String, String)> = (0..40)
        .map(|number| (format!("f{number}.py"), format!("from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o')\nx = {number}\n")))
        .collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(summary(&scan(&files)), summary(&scan(&files)));
}

#[test]
fn prompts_are_found_where_they_are_made() {
    let code = r#"
from textwrap import dedent
from openai import OpenAI

def build_review_prompt(text):
    return f"Review the following text and name its faults: {text}"

class Reviews:
    def messages(self, text):
        return [{"role": "system", "content": "You review what others have written."}, {"role": "user", "content": text}]

SYSTEM_PROMPT = dedent("""
    You are a careful reviewer of contracts.
""").strip()
SYSTEM_PROMPT += "Never give legal advice to anybody."
PAGE_TEMPLATE = "<html><body>{content} of the page</body></html>"
prompt = "Tell me a joke about cats."
user_prompt = "Count how many of the comments in the data set of last week are negative, please."
"#;
    let settings = "[review_prompt]\nsystem = \"\"\"You review pull requests.\nBe brief.\"\"\"\nurl = \"https://example.com/some/long/address/of/a/page\"\n";
    let cases = "- inputs:\n    prompt: I want to see the logs from yesterday or from last year\n";
    let mut prompts: Vec<String> =
        scan(&[("app.py", code), ("prompts.toml", settings), ("cases.yaml", cases)])
            .assets
            .iter()
            .filter(|asset| asset.kind.as_str() == "Prompt")
            .map(|asset| asset.properties["preview"].as_str().unwrap().to_owned())
            .collect();
    prompts.sort();
    assert_eq!(
        prompts,
        [
            "Never give legal advice to anybody.",
            "Review the following text and name its faults: {text}",
            "You are a careful reviewer of contracts.",
            "You review pull requests. Be brief.",
            "You review what others have written.",
        ]
    );
}

#[test]
fn agents_and_tools_of_the_repository_itself() {
    let code = r#"
from llama_index.core.tools import FunctionTool
from app.base import ContextTool, WorkerAgent
from fastmcp import FastMCP

class SearchTool(ContextTool):
    pass

def find(query): ...

class Notes(FastMCP):
    def __init__(self, name: str = "notes"):
        super().__init__(name=name)
        self.tool(find, name="notes-find")

writer = WorkerAgent(name="writer", system_prompt="You write short reports on what was found.", tools=[SearchTool()])
plain = WorkerAgent(retries=3)
"#;
    let inventory = scan(&[("team.py", code)]);
    let mut found: Vec<String> = inventory
        .assets
        .iter()
        .filter(|asset| matches!(asset.kind.as_str(), "Agent" | "Tool" | "McpServer"))
        .map(|asset| format!("{} {}", asset.kind.as_str(), asset.name))
        .collect();
    found.sort();
    assert_eq!(found, ["Agent writer", "McpServer notes", "Tool SearchTool", "Tool notes-find"]);
}

#[test]
fn models_of_lists_documents_and_settings() {
    let code = "from openai import OpenAI\nREASONING_MODELS = [\"o1\", \"o3-mini\"]\nVERSIONS = [\"granite3.1\"]\nALIASES = {\"small\": \"gpt-4.1-nano\"}\nmodel = ALIASES[name or \"small\"]\nOpenAI().responses.create(model=model)\n";
    let toml = "model_turbo = \"gpt-4o\"\nfallback_models = [\"gpt-4o-mini\"]\n";
    let readme = "Works with `claude-haiku-4-5`.\n";
    assert_eq!(
        models(&[("app.py", code), ("configuration.toml", toml), ("README.md", readme)]),
        [
            "claude-haiku-4-5 mentioned",
            "gpt-4.1-nano used",
            "gpt-4o configured",
            "gpt-4o-mini configured",
            "o1 mentioned",
            "o3-mini mentioned",
        ]
    );
}

#[test]
fn a_local_module_is_no_library() {
    let inventory = scan(&[
        ("app.py", "from agents import Desk\nimport openai\n"),
        ("agents/__init__.py", "class Desk: ...\n"),
    ]);
    let libraries: Vec<&str> = inventory
        .assets
        .iter()
        .filter(|asset| asset.kind.as_str() == "Library")
        .map(|asset| asset.name.as_str())
        .collect();
    assert_eq!(libraries, ["openai"]);
}

#[test]
fn huge_deep_and_foreign_files_are_named_and_the_rest_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let good = "from openai import OpenAI\nOpenAI().responses.create(model=\"gpt-4.1\")\n";
    std::fs::write(root.join("app.py"), good).unwrap();
    // One line of a gibibyte, which takes no room on the disk.
    for name in ["line.py", "line.ipynb", "package-lock.json", "line.csv", "line.yaml"] {
        std::fs::File::create(root.join(name)).unwrap().set_len(1 << 30).unwrap();
    }
    std::fs::write(root.join("mcp.json"), "{\"mcpServers\":".repeat(50_000)).unwrap();
    std::fs::write(
        root.join("cut.ipynb"),
        "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"impo",
    )
    .unwrap();
    std::fs::write(root.join("latin.py"), b"# caf\xe9\nimport openai\n").unwrap();
    std::fs::write(root.join("latin.yaml"), b"model: caf\xe9\n").unwrap();
    std::fs::write(root.join("zeros.py"), vec![0_u8; 4096]).unwrap();
    let inventory = crate::scan_path(&[root.to_owned()], &crate::PathOptions::default(), &());
    assert!(inventory.assets.iter().any(|asset| asset.id.as_str() == "model://openai/gpt-4.1"));
    let named: Vec<&str> =
        inventory.diagnostics.iter().map(|diagnostic| diagnostic.subject.as_str()).collect();
    for name in [
        "line.py",
        "line.ipynb",
        "package-lock.json",
        "mcp.json",
        "cut.ipynb",
        "latin.py",
        "latin.yaml",
    ] {
        assert!(named.contains(&name), "{name} is not named: {named:?}");
    }
}

#[test]
fn a_chain_of_assignments_binds_every_name_and_costs_no_more_than_its_length() {
    let names: Vec<String> = (0..100).map(|number| format!("name_{number}")).collect();
    let chain = format!("{} = MODEL = \"gpt-4.1\"", names.join(" = "));
    let code =
        format!("from openai import OpenAI\n{chain}\nOpenAI().responses.create(model=name_99)\n");
    assert_eq!(models(&[("app.py", &code)]), ["gpt-4.1 used"]);
}
