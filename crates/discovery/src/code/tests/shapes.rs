//! Shapes in which applications write models, tools and prompts down.

use super::{models, scan, summary};

fn lines_of(files: &[(&str, &str)], kind: &str) -> Vec<String> {
    let found = summary(&scan(files));
    found.lines().filter(|line| line.starts_with(kind)).map(str::to_owned).collect()
}

#[test]
fn what_a_returned_setting_falls_back_to_is_used() {
    let configuration = r#"
import { Annotation } from "@langchain/langgraph";
export function ensure(given) {
  return {
    model: given.model ?? "claude-3-7-sonnet-latest",
    queryModel: given.queryModel || "anthropic/claude-3-5-haiku-latest",
  };
}
"#;
    let found = models(&[("src/configuration.ts", configuration)]).join("\n");
    for model in ["claude-3-7-sonnet-latest", "claude-3-5-haiku-latest"] {
        assert!(found.contains(&format!("{model} used")), "{found}");
    }
}

#[test]
fn the_form_of_a_graphs_settings_is_no_tool() {
    let graph = r#"
import { StateGraph } from "@langchain/langgraph";
import { Settings } from "./settings.js";
import { State } from "./state.js";
const builder = new StateGraph(State, Settings).addEdge("__start__", "ask");
"#;
    let files = [("src/graph.ts", graph)];
    assert_eq!(lines_of(&files, "Agent ").len(), 1);
    assert_eq!(lines_of(&files, "Tool "), Vec::<String>::new());
}

#[test]
fn agents_are_tools_of_other_agents() {
    let code = r#"
from agents import Agent

writer = Agent(name="Writer", instructions="You write letters for customers.")
chief = Agent(
    name="Chief",
    instructions="You hand letters to the writer.",
    tools=[writer.as_tool(tool_name="write_letter", tool_description="Writes a letter")],
)
"#;
    let found = summary(&scan(&[("app.py", code)]));
    assert!(found.contains("Tool write_letter"), "{found}");
    assert!(found.contains("AiService OpenAI API"), "{found}");
}

#[test]
fn an_agent_with_a_model_of_its_own_reaches_no_service_of_its_framework() {
    let code = r#"
from agents import Agent
from local import Model

agent = Agent(name="Clerk", model=Model("tiny"), instructions="You file letters.")
"#;
    assert_eq!(lines_of(&[("app.py", code)], "AiService "), Vec::<String>::new());
}

#[test]
fn functions_described_for_a_model_are_tools() {
    let code = r#"
class Function:
    @classmethod
    def openai_schema(cls):
        return {
            "type": "function",
            "function": {"name": "run_command", "description": "Runs a command", "parameters": {}},
        }
"#;
    assert_eq!(lines_of(&[("functions/run.py", code)], "Tool run_command").len(), 1);
    let handed_over = r#"
from openai import OpenAI
TOOLS = [{"type": "function", "function": {"name": "look_up", "parameters": {}}}]
OpenAI().chat.completions.create(model="gpt-4.1", messages=[], tools=TOOLS)
"#;
    assert_eq!(lines_of(&[("app.py", handed_over)], "Tool ").len(), 1);
}

#[test]
fn prompts_stand_in_roles_wrappers_and_files() {
    let code = r#"
import openai
from own import Prompt

CLERK_ROLE = "You are a clerk of the shipping office. Answer in one sentence."
ADMIN_ROLE = "administrator of the system"

def mend(log):
    prompt = Prompt(f"The program failed with {log}. Please change it so that it works.")
    question = f"Do you approve {log}?"
    prompt = f"Do you approve this call: {log} (y/n): "
    return prompt
"#;
    let files = [
        ("own.py", ""),
        ("app.py", code),
        ("preprompts/clarify", "Ask one question about what the customer wants to have built."),
        ("preprompts/LICENSE", "Whoever gets a copy of this may use it in every way they like."),
        ("assets/notes.txt", "Call the customer back on Monday about the invoice of last week."),
    ];
    let found = lines_of(&files, "Prompt ");
    let names: Vec<&str> = found.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(names, ["CLERK_ROLE", "prompt", "clarify"]);
}
