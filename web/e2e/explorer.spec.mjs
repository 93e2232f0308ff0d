// The explorer beyond the first question: completion, growing a graph, paths, plans, rules, history.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { launch, open } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const explorer = (query, more = "") => `/explorer?query=${encodeURIComponent(query)}${more}`;

test("completion offers labels, relations and properties, and the keyboard takes them", async () => {
  const { page, problems, close } = await open(browser, "/explorer");
  const editor = page.getByRole("textbox", { name: "openCypher query" });
  await editor.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("MATCH (m:ModelDep");
  await page.getByRole("option", { name: /ModelDeployment/ }).waitFor();
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
  await page.keyboard.type(") WHERE m.prov");
  await page.getByRole("option", { name: /^provider/ }).waitFor();
  // The editor takes no key for a completion that only just came up.
  await page.waitForTimeout(200);
  await page.keyboard.press("Tab");
  await page.keyboard.type(" = 'azure' RETURN m");
  assert.match(await editor.innerText(), /MATCH \(m:ModelDeployment\) WHERE m\.provider = 'azure' RETURN m/);
  await page.keyboard.press("Control+Enter");
  await page.getByText(/rows? in /).waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test("a query that chips cannot show says why, and its text stays", async () => {
  const query = "MATCH (m:Model) RETURN m UNION MATCH (m:Agent) RETURN m";
  const { page, close } = await open(browser, explorer(query));
  await page.getByText(/says more than chips can show: “UNION”/).waitFor();
  assert.equal(await page.getByRole("textbox", { name: "openCypher query" }).innerText(), query);
  await close();
});

test("a node grows in place by one relation, and shrinks again", async () => {
  const { page, problems, close } = await open(browser, explorer("MATCH (w:WebApp) RETURN w", "&view=graph"));
  await page.getByRole("button", { name: "Show as list" }).click();
  await page.getByRole("heading", { name: "1 node" }).waitFor();
  await page.locator("main").getByRole("listitem").first().getByRole("button").click();
  const grow = page.getByRole("button", { name: /uses \d+ model deployments?/ });
  await grow.click();
  await page.getByRole("heading", { name: "3 nodes" }).waitFor();
  assert.equal(await grow.getAttribute("aria-pressed"), "true");
  await grow.click();
  await page.getByRole("heading", { name: "1 node" }).waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test("paths read from left to right, and a step opens its asset", async () => {
  const { page, problems, close } = await open(browser, explorer("MATCH p = (:Internet)-[:ROUTES_TO]->(w:WebApp)-[:USES]->(:AiService) RETURN p"));
  const path = page.getByRole("list", { name: "Path of 3 nodes" }).first();
  await path.waitFor();
  assert.match((await path.innerText()).replaceAll("\n", " "), /Internet.*ROUTES_TO.*Web app.*USES.*AI service/);
  await path.getByRole("button").nth(1).click();
  await page.getByRole("complementary", { name: "Result" }).getByText("Web app").first().waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test("the plan and the time are shown", async () => {
  const { page, problems, close } = await open(browser, explorer("MATCH (a:Agent)-[:USES]->(m:Model) RETURN a, m"));
  await page.getByRole("tab", { name: "Plan" }).click();
  await page.getByText(/Answered in/).waitFor();
  await page.getByText(/about .* rows/).first().waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test("a query becomes a rule file", async () => {
  const { page, problems, close } = await open(browser, explorer("MATCH (a:Agent)\nWHERE NOT EXISTS { (a)-[:PROTECTED_BY]->(:Guardrail) }\nRETURN a"));
  await page.getByRole("button", { name: "Save as rule" }).click();
  const dialog = page.getByRole("dialog", { name: "Save as rule" });
  assert.ok(await dialog.getByRole("button", { name: "Download" }).isDisabled());
  await dialog.getByRole("textbox", { name: /What should be so/ }).fill("Agents need a guardrail");
  const [download] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: "Download" }).click()]);
  assert.equal(download.suggestedFilename(), "custom.agents_need_a_guardrail.yaml");
  const yaml = await readFile(await download.path(), "utf8");
  assert.match(yaml, /unhealthy: \|\n {2}MATCH \(agent:Agent\)\n {2}WHERE NOT EXISTS/);
  assert.match(yaml, /healthy:\n {4}- nodes: \[\{"id":"agent1"/);
  assert.deepEqual(problems, []);
  await close();
});

test("queries that were answered stand in the history", async () => {
  const { page, problems, close } = await open(browser, explorer("MATCH (p:Prompt) RETURN p"));
  await page.getByText(/rows? in /).waitFor();
  await page.getByRole("button", { name: "Templates" }).click();
  await page.getByRole("button", { name: "History" }).click();
  await page.getByRole("button", { name: /MATCH \(p:Prompt\) RETURN p/ }).click();
  await page.waitForURL(/Prompt/);
  assert.deepEqual(problems, []);
  await close();
});
