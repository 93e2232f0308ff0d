import { expect, it } from "vitest";

import { examplesOf } from "./examples";
import { readCypher } from "./parse";
import { isRuleId, ruleIdOf, ruleQueries, ruleYaml } from "./rule";

const draft = { id: "custom.x", title: 'Say "no": always', severity: "high" as const, reason: "", remediation: "Do\nit" };
const query = "MATCH (a:Agent|ModelDeployment {provider: 'aws'})-[:USES]->(m:Model)\nWHERE NOT EXISTS { (a)-[:PROTECTED_BY]->(:Guardrail) }\nRETURN a AS asset, m";

it("makes a rule of chips, with a graph for either way", () => {
  const { built } = readCypher(query);
  if (!built) throw new Error("the query reads back");
  expect(ruleQueries(query, built)).toEqual({
    variable: "asset", appliesTo: "MATCH (asset:Agent|ModelDeployment) RETURN asset",
    unhealthy: "MATCH (asset:Agent|ModelDeployment)-[:USES]->(model:Model)\nWHERE asset.provider = 'aws'\n  AND NOT EXISTS { (asset)-[:PROTECTED_BY]->(:Guardrail) }\nRETURN DISTINCT asset",
  });
  const examples = examplesOf(built);
  expect(examples?.unhealthy).toEqual({
    nodes: [{ id: "agent1", kind: "Agent", provider: "aws" }, { id: "model2", kind: "Model" }], relations: [["agent1", "USES", "model2"]],
  });
  expect(examples?.healthy.relations).toContainEqual(["agent1", "PROTECTED_BY", "guardrail2"]);
  const yaml = ruleYaml(draft, query, built);
  expect(yaml).toContain('title: "Say \\"no\\": always"');
  expect(yaml).toContain("remediation: |\n  Do\n  it\n");
  expect(yaml).toContain('      relations: [["agent1","USES","model2"]]');
});

it("misses a property where no relation is absent", () => {
  const { built } = readCypher("MATCH (s:ObjectStore) WHERE 'public_access' IN s.findings RETURN s");
  expect(built && examplesOf(built)).toEqual({
    unhealthy: { nodes: [{ id: "objectstore1", kind: "ObjectStore", findings: ["public_access"] }], relations: [] },
    healthy: { nodes: [{ id: "objectstore1", kind: "ObjectStore" }], relations: [] },
  });
});

it("gathers values of a list, and puts a node's own properties where examples have them", () => {
  const { built } = readCypher("MATCH (s:ObjectStore) WHERE 'a' IN s.findings AND 'b' IN s.findings AND s.size > 3 AND s.owner IS NULL RETURN s");
  expect(built && examplesOf(built)).toMatchObject({
    unhealthy: { nodes: [{ findings: ["a", "b"], properties: { size: 4 } }] }, healthy: { nodes: [{ findings: ["b"], properties: { size: 4 } }] },
  });
});

it("keeps a query that chips cannot show, and leaves its examples to the author", () => {
  const text = "MATCH (m:Model) WHERE m.a = 1 OR m.b = 2 RETURN m.name AS name";
  expect(ruleQueries(text, null)).toEqual({ variable: "m", appliesTo: "MATCH (m:Model) RETURN m", unhealthy: "MATCH (m:Model) WHERE m.a = 1 OR m.b = 2\nRETURN DISTINCT m" });
  expect(ruleYaml(draft, text, null)).toContain("Fill in a small graph");
});

it("makes ids of titles", () => {
  expect(ruleIdOf("Agents should not…  be OPEN")).toBe("custom.agents_should_not_be_open");
  expect(isRuleId(ruleIdOf("Öl"))).toBe(true);
  expect(isRuleId("nodots")).toBe(false);
});
