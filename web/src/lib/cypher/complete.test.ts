import { expect, it } from "vitest";

import type { GraphSchema } from "../../api/types";
import { complete } from "./complete";

const schema = {
  labels: [
    { label: "Model", category: "AI", count: 4, properties: ["publisher", "standing"] },
    { label: "Agent", category: "AI", count: 2, properties: ["instructions"] },
  ],
  relations: [{ type: "USES", count: 3, connections: [] }, { type: "DEPLOYS", count: 1, connections: [] }],
} as GraphSchema;

/** The hints where `^` stands. */
const at = (marked: string) => {
  const position = marked.indexOf("^");
  return complete(marked.replace("^", ""), position, schema);
};
const labels = (marked: string) => at(marked)?.options.map(({ label }) => label) ?? [];

it.each([
  ["MATCH (m:^", ["Model", "Agent"]],
  ["MATCH (m:Model|A^", ["Model", "Agent"]],
  ["MATCH (:^", ["Model", "Agent"]],
  ["MATCH (a)-[:^", ["USES", "DEPLOYS"]],
  ["MATCH (a)-[r:USES|^", ["USES", "DEPLOYS"]],
])("offers labels and types at %s", (text, expected) => {
  expect(labels(text)).toEqual(expected);
});

it("offers the properties of what a variable is, wherever it is named", () => {
  expect(labels("MATCH (m:Model) WHERE m.^")).toEqual(expect.arrayContaining(["name", "publisher", "standing"]));
  expect(labels("MATCH (m:Model) WHERE m.^")).not.toContain("instructions");
  expect(labels("MATCH (x:AI) RETURN x.^")).toEqual(expect.arrayContaining(["publisher", "instructions"]));
  expect(labels("MATCH (m:Model {^")).toContain("publisher");
  expect(at("MATCH (m:Model {pub^")?.options.find(({ label }) => label === "publisher")?.apply).toBe("publisher: ");
});

it("offers values where they are known, and nothing within other text", () => {
  expect(labels("MATCH (m:Model) WHERE m.standing = '^")).toEqual(["used", "configured", "mentioned"]);
  expect(labels("MATCH (m:Model {provider: '^")).toContain("azure");
  expect(labels("MATCH (m:Model) WHERE '^")).toContain("exposed_to_internet");
  expect(at("MATCH (m:Model) WHERE m.name = 'Mod^")).toBeNull();
});

it("offers names in use, keywords and functions elsewhere", () => {
  expect(labels("MATCH (model:Model) RET^")).toEqual(expect.arrayContaining(["model", "RETURN", "count"]));
  expect(at("MATCH (m:Model) R^")?.sure).toBe(false);
  expect(at("MATCH (m:Model) RE^")).toMatchObject({ from: 16, sure: true });
  expect(labels("MATCH (m:Model) // (zed:^\n RETURN m")).not.toContain("zed");
});
