import { expect, it } from "vitest";

import { readBom } from "./bom";

it("reads components and services of CycloneDX into sections", () => {
  const sections = readBom({
    bomFormat: "CycloneDX",
    components: [
      {
        type: "machine-learning-model", "bom-ref": "m", name: "gpt-4o", publisher: "OpenAI",
        properties: [{ name: "picket:standing", value: "used" }],
        evidence: { occurrences: [{ location: "app/llm.py", line: 27, symbol: "OpenAI(model=)" }] },
      },
      { type: "library", "bom-ref": "l", name: "sdk", group: "@scope", version: "1.2", purl: "pkg:npm/%40scope/sdk@1.2", licenses: [{ license: { id: "MIT" } }, { expression: "Apache-2.0 OR MIT" }] },
      { type: "data", name: "faq.jsonl", data: [{ type: "dataset" }] },
      { type: "data", name: "support", properties: [{ name: "picket:kind", value: "Prompt" }] },
      { type: "container", name: "vllm" }, "not a component", null,
    ],
    services: [{ "bom-ref": "s", name: "contoso-openai", provider: { name: "Azure" }, endpoints: ["https://contoso.openai.azure.com"] }],
  });
  expect(Object.fromEntries(Object.entries(sections).map(([id, rows]) => [id, rows.map(({ name }) => name)]))).toEqual({
    models: ["gpt-4o"], libraries: ["@scope/sdk"], datasets: ["faq.jsonl"], prompts: ["support"], services: ["contoso-openai"], other: ["vllm"],
  });
  expect(sections.models[0]).toMatchObject({ publisher: "OpenAI", standing: "used", occurrences: [{ path: "app/llm.py", line: 27, symbol: "OpenAI(model=)" }] });
  expect(sections.libraries[0]?.licenses).toEqual(["MIT", "Apache-2.0 OR MIT"]);
  expect(sections.services[0]).toMatchObject({ publisher: "Azure", endpoints: ["https://contoso.openai.azure.com"] });
});

it("takes an empty or foreign document as empty", () => {
  expect(Object.values(readBom({})).flat()).toEqual([]);
  expect(Object.values(readBom({ components: "x", services: 3 })).flat()).toEqual([]);
});
