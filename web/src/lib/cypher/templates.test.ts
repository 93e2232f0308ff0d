import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

import { toCypher } from "./built";
import { readCypher } from "./parse";

const FOLDER = resolve("../rules/templates");

/** Each template's query: the block after `query: |`. */
const templates = readdirSync(FOLDER).flatMap((file) =>
  readFileSync(join(FOLDER, file), "utf8").split(/^---$/m).flatMap((text): [string, string][] => {
    const id = /^id: (.+)$/m.exec(text)?.[1];
    const query = /^query: \|\n((?: {2}.*\n?|\n)+)/m.exec(text)?.[1];
    return id && query ? [[id, query.replaceAll(/^ {2}/gm, "")]] : [];
  }),
);

it("finds the templates", () => {
  expect(templates.length).toBeGreaterThan(15);
});

it.each(templates)("%s reads back as it was, or says what chips cannot show", (_, query) => {
  const { built, beyond } = readCypher(query);
  if (built === null) {
    expect(beyond).not.toBe("");
    expect(beyond).not.toContain("unfinished");
  } else {
    expect(readCypher(toCypher(built)).built).toEqual(built);
  }
});

it("shows some templates as chips, and names what the others say beyond", () => {
  const readings = templates.map(([id, query]) => [id, readCypher(query)] as const);
  expect(readings.find(([id]) => id === "agents-without-guardrail")?.[1].built).toMatchObject({
    kind: "Agent|ModelDeployment", conditions: [{ relation: "PROTECTED_BY", absent: true, kind: "Guardrail" }],
  });
  expect(readings.find(([id]) => id === "ai-workloads-and-models")?.[1].beyond).toContain("UNION");
});
