// Every page loads over the running Picket, without an error in the console, light and dark, wide and narrow.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { api, launch, open } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const PAGES = [
  ["/", "Data & AI security", "AI closer look"],
  ["/inventory", "Inventory", "Provider"],
  ["/explorer", "Cloud security explorer", "AI workloads and models in use"],
  ["/recommendations", "Recommendations", null],
  ["/attack-paths", "Attack paths", "Each of these ends it"],
  ["/alerts", "Alerts", "Last activity"],
  ["/incidents", "Incidents", "Kill chain"],
  ["/interactions", "AI interactions", "Upstream"],
  ["/code", "Code", "Models in code"],
  ["/bom", "AI BOM", "Publisher"],
  ["/playground", "Playground", "Prompt"],
  ["/scans", "Scans", "Source"],
  ["/settings/environments", "Environments", "Coverage"],
];

for (const [path, title, text] of PAGES) {
  test(`${title} shows the sample estate`, async () => {
    const { page, problems, close } = await open(browser, path);
    assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), title);
    if (text !== null) await page.getByText(text, { exact: true }).first().waitFor();
    await page.waitForLoadState("load");
    assert.deepEqual(problems, []);
    await close();
  });
}

for (const [colorScheme, viewport] of [["dark", { width: 1920, height: 1080 }], ["light", { width: 1280, height: 720 }]]) {
  test(`nothing runs out of the page at ${viewport.width} px, ${colorScheme}`, async () => {
    for (const [path] of PAGES) {
      const { page, problems, close } = await open(browser, path, { colorScheme, viewport });
      await page.locator("main").getByText(/\w/).first().waitFor();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(overflow <= 0, `${path} is ${overflow} px too wide`);
      assert.deepEqual(problems, [], path);
      await close();
    }
  });
}

test("one asset and one incident have addresses of their own", async () => {
  const { items: [asset] } = await api("assets?limit=1&kind=ModelDeployment");
  const { items: [incident] } = await api("incidents?limit=1");
  for (const [path, title] of [[`/inventory/${encodeURIComponent(asset.id)}`, asset.name], [`/incidents/${incident.id}`, incident.display_name]]) {
    const { page, problems, close } = await open(browser, path);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    assert.deepEqual(problems, []);
    await close();
  }
});

test("an address that leads nowhere says so", async () => {
  const { page, close } = await open(browser, "/no-such-page");
  await page.getByText("There is no page at this address").waitFor();
  await close();
});
