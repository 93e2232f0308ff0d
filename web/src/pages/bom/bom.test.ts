import { expect, it } from "vitest";

import { readBom } from "./bom";
import { diffRows } from "./BomDiffView";
import { factsOf } from "./facts";
import { fromField, isSame, newerPart, olderPart, toField } from "./part";

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

it("says what a model card, data and a service say", () => {
  const titled = (thing: Record<string, unknown>) => Object.fromEntries(factsOf(thing as never).map(({ title, facts }) => [title, Object.fromEntries(facts)]));
  expect(titled({
    modelCard: {
      modelParameters: { task: "text-generation", approach: { type: "supervised" }, inputs: [{ format: "text" }], datasets: [{ ref: "data-1" }] },
      considerations: { users: ["staff"], ethicalConsiderations: [{ name: "bias" }] },
      quantitativeAnalysis: { performanceMetrics: [{ type: "accuracy", value: "0.9" }] },
    },
    hashes: [{ alg: "SHA-256", content: "00" }], pedigree: { ancestors: [{ name: "base" }] },
  })).toEqual({
    "Model card": { Task: "text-generation", Approach: "supervised", Takes: "text", "Trained on": "data-1", Measured: "accuracy 0.9" },
    "To consider": { Users: "staff", Risks: "bias" }, Origin: { "Derived from": "base", "SHA-256": "00" },
  });
  expect(titled({ endpoints: ["https://a", "https://b"], authenticated: false, "x-trust-boundary": true, data: [{ flow: "bi-directional", name: "prompts", classification: "secret" }] })).toEqual({
    "Data flow: prompts": { Direction: "Bi directional", Classification: "Secret" }, Service: { Endpoints: "https://a\nhttps://b", "Asks who calls": "No", "Crosses a trust boundary": "Yes" },
  });
  expect(factsOf({ modelCard: "not a card", data: [null, 3], endpoints: {} })).toEqual([]);
});

it("lists a comparison with each change once", () => {
  const item = (name: string) => ({ type: "library", name, ref: name });
  const rows = diffRows({
    components: { added: [item("a")], removed: [item("b")], changed: [{ ...item("c"), fields: [{ field: "version", old: "1", new: "2" }] }] },
    services: { added: [item("a")], removed: [], changed: [] },
  });
  expect(rows.map(({ change, item: { name }, fields }) => [change, name, fields.length])).toEqual([["added", "a", 0], ["removed", "b", 0], ["changed", "c", 1], ["added", "a", 0]]);
});

it("takes moments to and from a field, in UTC", () => {
  expect(toField("2026-03-01T10:20:30.123456Z")).toBe("2026-03-01T10:20:30");
  expect(fromField("2026-03-01T10:20:30")).toBe("2026-03-01T10:20:30Z");
  expect([toField("nonsense"), fromField("")]).toEqual(["", ""]);
});

it("compares with the same part unless told otherwise", () => {
  const read = (address: string) => (name: string) => new URLSearchParams(address).get(name) ?? "";
  expect(isSame(olderPart(read("scope=s&of=a")), newerPart(read("scope=s&of=a")))).toBe(true);
  expect(olderPart(read("scope=s&before_scope=all&before_at=t"))).toEqual({ environment: "", asset: "", at: "t" });
});
