// The inventory and the overview of code: views that are kept, assets that are marked, what happened to an asset.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { api, launch, open } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test("a view is saved under a name, comes back, and can be sent as a link", async () => {
  const { page, problems, close } = await open(browser, "/inventory?kind=Model&sort=-name");
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("textbox", { name: "Name for this view" }).fill("Models, last first");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.waitForURL((url) => !url.search.includes("kind"));
  await page.getByRole("button", { name: "Saved filters" }).click();
  await page.getByRole("button", { name: "Models, last first", exact: true }).click();
  await page.waitForURL(/kind=Model/);
  assert.match(page.url(), /sort=-name/);
  await page.reload();
  await page.getByRole("button", { name: "Models, last first" }).waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test("any property can be a column, and the server sorts by it", async () => {
  const { items } = await api("assets?kind=Model&sort=-properties.publisher&limit=1");
  const { page, problems, close } = await open(browser, "/inventory?kind=Model");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("textbox", { name: "Find a column" }).or(page.getByRole("searchbox", { name: "Find a column" })).fill("publisher");
  await page.getByRole("checkbox", { name: "Publisher" }).click();
  await page.waitForURL(/columns=.*properties\.publisher/);
  await page.keyboard.press("Escape");
  const grid = page.getByRole("grid", { name: "Assets" });
  await grid.getByRole("columnheader", { name: "Publisher" }).getByRole("button").click();
  await page.waitForURL(/sort=properties.publisher/);
  await grid.getByRole("columnheader", { name: "Publisher" }).getByRole("button").click();
  await page.waitForURL(/sort=-properties.publisher/);
  await grid.getByRole("row").nth(1).getByText(items[0].name).first().waitFor();
  assert.deepEqual(problems, []);
  await close();
});

test("assets are marked with the keyboard, and only those become CSV", async () => {
  const { items } = await api("assets?limit=3");
  const { page, problems, close } = await open(browser, "/inventory");
  const grid = page.getByRole("grid", { name: "Assets" });
  await grid.getByRole("row").nth(3).waitFor();
  await grid.focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await page.getByText("3 assets marked").waitFor();
  assert.equal(await page.getByRole("complementary", { name: "Asset" }).count(), 0, "marking opens nothing");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV of these" }).click()]);
  const lines = (await readFile(await download.path(), "utf8")).trimEnd().split("\r\n");
  assert.equal(lines.length, 4);
  for (const [at, { id }] of items.entries()) assert.ok(lines[at + 1].includes(id), lines[at + 1]);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await page.getByText("3 assets marked").waitFor({ state: "detached" });
  assert.deepEqual(problems, []);
  await close();
});

test("an asset tells its history", async () => {
  const { items: [asset] } = await api("assets?kind=ModelDeployment&limit=1");
  const { page, problems, close } = await open(browser, `/inventory?asset=${encodeURIComponent(asset.id)}`);
  const panel = page.getByRole("complementary", { name: "Asset" });
  await panel.getByRole("tab", { name: "History" }).click();
  await panel.getByText("Appeared", { exact: true }).waitFor();
  await panel.getByText(/in the scan of/).first().waitFor();
  assert.match(page.url(), /tab=history/);
  assert.deepEqual(problems, []);
  await close();
});

test("code: each number opens the query whose rows it counts", async () => {
  const { page, problems, close } = await open(browser, "/code");
  const used = page.getByRole("link", { name: /^Models used: / });
  await used.waitFor();
  const count = await used.innerText();
  assert.ok(Number(count) > 0, count);
  await page.getByRole("heading", { name: "Shadow AI" }).waitFor();
  await used.click();
  await page.getByRole("heading", { level: 1, name: "Cloud security explorer" }).waitFor();
  await page.getByText(new RegExp(`^${count} rows? in `)).waitFor();
  assert.deepEqual(problems, []);
  await close();
});
