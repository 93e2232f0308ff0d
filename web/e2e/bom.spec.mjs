// The AI BOM: of a part, of a moment, and what differs between two.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { api, launch, open } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("components are cards with their model card and places, and open in the panel", async () => {
  const { page, problems, close } = await open(browser, "/bom");
  await page.getByRole("tab", { name: "Cards" }).click();
  const cards = page.getByRole("list", { name: "Models" });
  const card = cards.getByRole("button").filter({ hasText: "Task" }).filter({ hasText: /:\d+/ }).first();
  await card.click();
  const panel = page.getByRole("complementary", { name: "Component" });
  await panel.getByRole("heading", { name: "Model card" }).waitFor();
  await panel.getByRole("heading", { name: /^Where \(/ }).waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test("a bill can be of one asset, and of a moment before anything was known", async () => {
  const { items: [agent] } = await api("assets?kind=Agent&sort=name&limit=1");
  const { page, problems, close } = await open(browser, "/bom");
  await page.getByRole("button", { name: /^Asset of the bill/ }).click();
  await page.getByRole("textbox", { name: "Find an asset" }).or(page.getByRole("searchbox", { name: "Find an asset" })).fill(agent.name);
  await page.getByRole("dialog", { name: "Asset of the bill" }).or(page.getByRole("group", { name: "Asset of the bill" })).getByText(agent.name).first().click();
  await page.waitForURL(/of=/);
  await page.getByRole("tab", { name: /^Models/ }).waitFor();
  const { page: past, close: closePast } = await open(browser, "/bom?at=2001-01-01T00%3A00%3A00Z");
  await past.getByText("Nothing was known then").waitFor();
  await closePast();
  assert.deepEqual(problems, []);
  await close();
});

test("two moments are compared: what was added stands with its sign and opens", async () => {
  const { page, problems, close } = await open(browser, "/bom");
  await page.getByRole("switch", { name: "Compare" }).click();
  await page.getByText("Choose two bills").waitFor();
  await page.goto(`${page.url()}&before_at=2001-01-01T00%3A00%3A00Z`);
  const grid = page.getByRole("grid", { name: "Differences" });
  await grid.getByText("Added").first().waitFor();
  await page.getByRole("tab", { name: /^Removed\s*0/ }).waitFor();
  await grid.getByRole("row").nth(1).click();
  await page.getByRole("complementary", { name: "Change" }).getByText("Only in the newer bill").waitFor();
  await page.getByRole("tab", { name: /^Dependencies/ }).click();
  await page.getByRole("grid", { name: "Dependencies" }).getByText("depends on").first().waitFor();
  assert.deepEqual(problems, []);
  await close();
});
