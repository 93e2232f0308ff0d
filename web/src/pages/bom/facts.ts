/** What a component or service says of itself, as facts under headings: model card, data, service, origin. */
import type { Json } from "../../api/types";
import { humanize } from "../../lib/format";

export type Thing = Record<string, Json>;
export type FactGroup = { title: string; facts: [name: string, value: string][] };

export const isThing = (value: Json | undefined): value is Thing => typeof value === "object" && value !== null && !Array.isArray(value);
export const things = (value: Json | undefined): Thing[] => (Array.isArray(value) ? value.filter(isThing) : []);
export const text = (value: Json | undefined): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");

const yes = (value: Json | undefined): string => (value === true ? "Yes" : value === false ? "No" : "");
const part = (value: Json | undefined): Thing => (isThing(value) ? value : {});
const list = (values: readonly string[]): string => values.filter(Boolean).join(", ");
const known = (title: string, facts: [string, string][]): FactGroup[] => {
  const said = facts.filter(([, value]) => value !== "");
  return said.length > 0 ? [{ title, facts: said }] : [];
};

/** A reference as people read it: the last speaking part of a long one. */
const named = (thing: Thing): string => text(thing.name) || text(thing.ref) || text(thing.description);

export function factsOf(thing: Thing): FactGroup[] {
  return [...modelCard(part(thing.modelCard)), ...things(thing.data).flatMap(data), ...service(thing), ...origin(thing)];
}

function modelCard(card: Thing): FactGroup[] {
  const parameters = part(card.modelParameters);
  const considerations = part(card.considerations);
  const texts = (value: Json | undefined) => (Array.isArray(value) ? list(value.map((item) => (isThing(item) ? named(item) : text(item)))) : "");
  const metrics = things(part(card.quantitativeAnalysis).performanceMetrics).map((metric) => `${text(metric.type)} ${text(metric.value)}`.trim());
  return [
    ...known("Model card", [
      ["Task", text(parameters.task)], ["Approach", text(part(parameters.approach).type)], ["Architecture family", text(parameters.architectureFamily)],
      ["Architecture", text(parameters.modelArchitecture)], ["Takes", list(things(parameters.inputs).map(({ format }) => text(format)))],
      ["Gives", list(things(parameters.outputs).map(({ format }) => text(format)))], ["Trained on", list(things(parameters.datasets).map(named))], ["Measured", list(metrics)],
    ]),
    ...known("To consider", [
      ["Users", texts(considerations.users)], ["Use cases", texts(considerations.useCases)], ["Limits", texts(considerations.technicalLimitations)],
      ["Trade-offs", texts(considerations.performanceTradeoffs)], ["Risks", texts(considerations.ethicalConsiderations)],
    ]),
  ];
}

function data(thing: Thing): FactGroup[] {
  // A service's data flows have a direction, a component's data a type.
  const flow = text(thing.flow);
  const owners = things(part(thing.governance).owners).map((owner) => text(part(owner.organization).name) || text(part(owner.contact).name));
  const sensitive = Array.isArray(thing.sensitiveData) ? list(thing.sensitiveData.map(text)) : text(thing.sensitiveData);
  return known(flow === "" ? "Data" : `Data flow: ${text(thing.name) || "data"}`, [
    ["Type", flow === "" ? humanize(text(thing.type)) : ""], ["Direction", humanize(flow)], ["Classification", humanize(text(thing.classification))], ["Sensitive", sensitive],
    ["Where", text(part(part(thing.contents).url).url) || text(part(thing.contents).url)], ["Owners", list(owners)], ["Description", text(thing.description)],
    ["Goes to", Array.isArray(thing.destination) ? list(thing.destination.map(text)) : ""],
  ]);
}

const service = (thing: Thing): FactGroup[] => known("Service", [
  ["Endpoints", Array.isArray(thing.endpoints) ? thing.endpoints.map(text).join("\n") : ""], ["Asks who calls", yes(thing.authenticated)],
  ["Crosses a trust boundary", yes(thing["x-trust-boundary"])],
]);

const origin = (thing: Thing): FactGroup[] => known("Origin", [
  ["Derived from", list(things(part(thing.pedigree).ancestors).map(named))], ["Package URL", text(thing.purl)],
  ...things(thing.hashes).map(({ alg, content }): [string, string] => [text(alg), text(content)]),
  ...things(thing.externalReferences).map(({ type, url }): [string, string] => [humanize(text(type)), text(url)]),
]);
