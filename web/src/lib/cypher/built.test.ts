import { describe, expect, it } from "vitest";

import { type Built, toCypher } from "./built";
import { fromCypher } from "./parse";

const exposedModels: Built = {
  kind: "Model",
  limit: 50,
  conditions: [
    { type: "property", property: "provider", operator: "=", value: "aws" },
    {
      type: "relation", relation: "DEPLOYS", direction: "in", absent: false, kind: "ModelDeployment",
      conditions: [
        { type: "relation", relation: "PROTECTED_BY", direction: "out", absent: true, kind: "Guardrail", conditions: [] },
        { type: "property", property: "findings", operator: "HAS", value: "exposed_to_internet" },
      ],
    },
  ],
};

describe("the builder's query", () => {
  it("is written as openCypher", () => {
    expect(toCypher(exposedModels)).toBe(
      [
        "MATCH (model:Model)<-[:DEPLOYS]-(modelDeployment:ModelDeployment)",
        "WHERE model.provider = 'aws'",
        "  AND NOT EXISTS { (modelDeployment)-[:PROTECTED_BY]->(:Guardrail) }",
        "  AND 'exposed_to_internet' IN modelDeployment.findings",
        "RETURN model, modelDeployment",
        "LIMIT 50",
      ].join("\n"),
    );
  });

  it("reads back as the same chips", () => {
    expect(fromCypher(toCypher(exposedModels))).toEqual(exposedModels);
  });

  it("keeps several relations, repeated kinds and odd property names apart", () => {
    const built: Built = {
      kind: "Agent",
      limit: 200,
      conditions: [
        { type: "property", property: "model-id", operator: "CONTAINS", value: "it's \\ here" },
        { type: "relation", relation: "CALLS", direction: "out", absent: false, kind: "Agent", conditions: [] },
        { type: "relation", relation: "HAS_TOOL", direction: "out", absent: false, kind: "Tool", conditions: [
          { type: "property", property: "enabled", operator: "=", value: true },
        ] },
      ],
    };
    expect(toCypher(built)).toContain("(agent:Agent)-[:CALLS]->(agent2:Agent),\n      (agent)-[:HAS_TOOL]->(tool:Tool)");
    expect(fromCypher(toCypher(built))).toEqual(built);
  });

  it("reads chains, inline properties and any variable names", () => {
    expect(fromCypher("match (a:Agent {provider: 'aws'})-[:USES]->(d:ModelDeployment)-[:DEPLOYS]->(m:Model) return a, d, m limit 5")).toEqual({
      kind: "Agent", limit: 5,
      conditions: [
        { type: "property", property: "provider", operator: "=", value: "aws" },
        { type: "relation", relation: "USES", direction: "out", absent: false, kind: "ModelDeployment", conditions: [
          { type: "relation", relation: "DEPLOYS", direction: "out", absent: false, kind: "Model", conditions: [] },
        ] },
      ],
    });
  });

  it.each([
    "MATCH (a:Agent) RETURN count(a)",
    "MATCH (a:Agent)-[:USES*]->(m:Model) RETURN a",
    "MATCH (a:Agent)-[r:USES]->(m:Model) RETURN a",
    "MATCH (a:Agent) RETURN a.name AS name",
    "MATCH (a:Agent) WHERE a.x = 1 OR a.y = 2 RETURN a",
    "MATCH (a)-[:USES]->(m:Model) RETURN a",
    "MATCH (a:Agent), (b:Model) RETURN a, b",
    "MATCH (a:Agent) OPTIONAL MATCH (a)-[:USES]->(m) RETURN a, m",
    "RETURN 1",
    "MATCH (a:Agent RETURN a",
    "",
  ])("leaves %j to the editor", (query) => {
    expect(fromCypher(query)).toBeNull();
  });
});
