// Text can be read in both themes: WCAG 2 level AA.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open } from "./browser.mjs";
import { lowContrast } from "./contrast.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const query = (text) => `/explorer?query=${encodeURIComponent(text)}`;
const PAGES = [
  ["/inventory?kind=Model,SourceFile&sort=-severity", "Provider"], ["/code", "Shadow AI"], ["/bom", "Publisher"], ["/bom?view=cards", "Task"],
  ["/bom?compare=1&before_at=2001-01-01T00%3A00%3A00Z", "Added"], ["/explorer", "AI workloads and models in use"],
  [`${query("MATCH p = (:Internet)-[:ROUTES_TO]->(w:WebApp)-[:USES]->(:AiService) RETURN p")}`, "Web app"],
  [`${query("MATCH (w:WebApp) RETURN w")}&view=plan`, "Answered in"], [`${query("MATCH (w:WebApp) RETURN w")}&row=0`, "Findings"],
];

for (const colorScheme of ["light", "dark"]) {
  test(`text has enough contrast, ${colorScheme}`, async () => {
    const low = [];
    for (const [path, text] of PAGES) {
      // A colour on its way to another one is neither.
      const { page, close } = await open(browser, path, { colorScheme, viewport: { width: 1920, height: 1080 }, reducedMotion: "reduce" });
      await page.getByText(text).first().waitFor();
      await page.waitForLoadState("networkidle");
      low.push(...(await page.evaluate(lowContrast)).map((one) => `${path}: ${one}`));
      await close();
    }
    assert.deepEqual(low, []);
  });
}
