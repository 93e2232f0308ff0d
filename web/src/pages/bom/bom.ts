/** Reads a CycloneDX document as rows to look at. The download is the document itself. */
import type { Json } from "../../api/types";
import { type FactGroup, factsOf, isThing, text, type Thing, things } from "./facts";

export type BomPlace = { path: string; line: number | null; symbol: string };
export type BomRow = {
  ref: string; name: string; publisher: string; version: string; description: string; purl: string; standing: string;
  licenses: string[]; endpoints: string[]; occurrences: BomPlace[]; properties: [name: string, value: string][]; asset: string;
  kind: string; groups: FactGroup[];
};

const BASE = ["name", "publisher"];
export const SECTIONS = [
  { id: "models", label: "Models", columns: [...BASE, "version", "standing", "occurrences", "licenses"] },
  { id: "datasets", label: "Datasets", columns: [...BASE, "version", "occurrences"] },
  { id: "prompts", label: "Prompts", columns: ["name", "version", "occurrences"] },
  { id: "services", label: "Services", columns: [...BASE, "endpoints"] },
  { id: "libraries", label: "Libraries", columns: ["name", "version", "standing", "occurrences", "licenses", "purl"] },
  { id: "other", label: "Other", columns: [...BASE, "version", "occurrences"] },
] as const;
export type SectionId = (typeof SECTIONS)[number]["id"];

const nameOf = (value: Json | undefined): string => (isThing(value) ? text(value.name) : text(value));

/** The sections of a CycloneDX 1.6 or 1.7 document; what has an unknown shape is left out of the rows. */
export function readBom(document: Record<string, Json>): Record<SectionId, BomRow[]> {
  const sections: Record<SectionId, BomRow[]> = { models: [], datasets: [], prompts: [], services: [], libraries: [], other: [] };
  for (const component of things(document.components)) sections[sectionOf(component)].push(row(component));
  for (const service of things(document.services)) sections.services.push(row(service));
  return sections;
}

function sectionOf(component: Thing): SectionId {
  switch (text(component.type)) {
    case "machine-learning-model": return "models";
    case "library": case "framework": return "libraries";
    case "data": return things(component.data).some(({ type }) => text(type) === "dataset") ? "datasets" : isPrompt(component) ? "prompts" : "datasets";
    default: return isPrompt(component) ? "prompts" : "other";
  }
}

const isLibrary = (thing: Thing): boolean => ["library", "framework"].includes(text(thing.type));

/** What an asset of this type of component is called, where the document does not say. */
const kindOf = (thing: Thing): string =>
  ({ "machine-learning-model": "Model", library: "Library", framework: "Library", data: "Dataset", container: "ContainerImage" })[text(thing.type)] ?? (thing.endpoints === undefined ? "SourceFile" : "AiService");

const isPrompt = (component: Thing): boolean =>
  propertiesOf(component).some(([name, value]) => /(^|:)kind$/.test(name) && value === "Prompt");

const propertiesOf = (thing: Thing): [string, string][] => things(thing.properties).map(({ name, value }) => [text(name), text(value)]);

function row(thing: Thing): BomRow {
  const properties = propertiesOf(thing);
  const property = (ending: string) => properties.find(([name]) => name === ending || name.endsWith(`:${ending}`))?.[1] ?? "";
  const evidence = isThing(thing.evidence) ? thing.evidence : {};
  return {
    ref: text(thing["bom-ref"]) || text(thing.name),
    // The group is part of a library's name; of a model or service it says who makes it.
    name: isLibrary(thing) ? [text(thing.group), text(thing.name)].filter(Boolean).join("/") : text(thing.name),
    publisher: text(thing.publisher) || nameOf(thing.supplier) || nameOf(thing.manufacturer) || nameOf(thing.provider) || (isLibrary(thing) ? "" : text(thing.group)),
    version: text(thing.version),
    description: text(thing.description),
    purl: text(thing.purl),
    standing: property("standing"),
    licenses: things(thing.licenses).map((license) => text(license.expression) || (isThing(license.license) ? text(license.license.id) || text(license.license.name) : "")).filter(Boolean),
    endpoints: Array.isArray(thing.endpoints) ? thing.endpoints.map(text) : [],
    occurrences: things(evidence.occurrences).map((place) => ({
      path: text(place.location), line: typeof place.line === "number" ? place.line : null, symbol: text(place.symbol) || text(place.additionalContext),
    })),
    properties,
    asset: property("asset") || property("id") || text(thing["bom-ref"]),
    kind: property("kind") || kindOf(thing),
    groups: factsOf(thing),
  };
}
