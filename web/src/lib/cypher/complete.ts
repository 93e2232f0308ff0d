/** What can come next in a query: labels, relation types, properties, values, functions, keywords and names in use. */
import type { GraphSchema } from "../../api/types";
import { ALL_KINDS, ALL_RELATIONS, CATEGORIES, FINDING_LABEL, isCategory, kindLabel, kindsOf, PROVIDER_LABEL } from "../vocabulary";

export type Hint = { label: string; detail?: string; info?: string; apply?: string; kind: "label" | "relation" | "property" | "value" | "function" | "keyword" | "variable" };
export type Hints = { from: number; options: Hint[]; /** Whether what was typed asks for them by itself. */ sure: boolean };

const KEYWORDS = [
  "MATCH", "OPTIONAL MATCH", "WHERE", "RETURN", "DISTINCT", "WITH", "UNWIND", "UNION", "ORDER BY", "ASC", "DESC", "SKIP", "LIMIT", "AND", "OR", "XOR", "NOT", "IN", "AS",
  "STARTS WITH", "ENDS WITH", "CONTAINS", "IS NULL", "IS NOT NULL", "EXISTS { }", "CASE", "WHEN", "THEN", "ELSE", "END", "true", "false", "null", "shortestPath()",
];
const FUNCTIONS: Record<string, string> = {
  count: "how many", collect: "all as a list", min: "the least", max: "the most", sum: "the total", avg: "the mean", size: "length of a list or text", coalesce: "the first that is there",
  labels: "kind and category", type: "type of a relation", keys: "names of properties", properties: "all properties", nodes: "nodes of a path", relationships: "relations of a path",
  length: "steps of a path", startNode: "where a relation begins", endNode: "where a relation ends", head: "first of a list", last: "last of a list", tail: "all but the first",
  range: "numbers from, to", reverse: "backwards", toLower: "in small letters", toUpper: "in capitals", toString: "as text", toInteger: "as a whole number", toFloat: "as a number",
  toBoolean: "as true or false", trim: "without blanks around", replace: "text, what, by what", split: "text into a list", substring: "part of a text", abs: "without sign", ceil: "rounded up",
  floor: "rounded down", round: "to the nearest", id: "the id",
};
const EVERY = ["id", "name", "kind", "provider", "environment", "region", "native_type", "findings", "max_severity", "sensitive_types", "tags"];

/** Hints for the place where `position` is in `text`. */
export function complete(text: string, position: number, schema: GraphSchema | undefined): Hints | null {
  const before = text.slice(0, position);
  const quote = openQuote(before);
  if (quote !== null) return valueHints(before, quote);
  const word = /\w*$/.exec(before)?.[0] ?? "";
  const from = position - word.length;
  const head = withoutStrings(before.slice(0, from));
  if (/\[\s*\w*\s*:\s*(?:\w+\s*\|\s*:?\s*)*$/.test(head)) return { from, options: relationHints(schema), sure: true };
  if (/\(\s*\w*\s*:\s*(?:\w+\s*[|:&]\s*)*$/.test(head)) return { from, options: labelHints(schema), sure: true };
  const member = /(\w+)\.$/.exec(head);
  if (member?.[1] !== undefined && !/^\d/.test(member[1])) return { from, options: propertyHints(schema, labelsOf(text, member[1])), sure: true };
  const map = /\(\s*\w*\s*(?::\s*([\w|]+)\s*)?\{\s*(?:\w+\s*:\s*[^{}]*,\s*)?$/.exec(head);
  if (map) return { from, options: propertyHints(schema, map[1]?.split("|") ?? []).map((hint) => ({ ...hint, apply: `${hint.label}: ` })), sure: true };
  const variables = [...new Set([...withoutStrings(text).matchAll(/[([]\s*([A-Za-z_]\w*)\s*[:){\]]/g)].map((match) => match[1] ?? ""))]
    .filter((name) => name !== "" && name !== word && !(name in FUNCTIONS));
  const options: Hint[] = [
    ...variables.map((label): Hint => ({ label, detail: labelsOf(text, label).join(" or "), kind: "variable" })),
    ...KEYWORDS.map((label): Hint => ({ label, kind: "keyword", ...(label === "EXISTS { }" ? { apply: "EXISTS { (" } : label === "shortestPath()" ? { apply: "shortestPath(" } : {}) })),
    ...Object.entries(FUNCTIONS).map(([label, detail]): Hint => ({ label, detail, apply: `${label}(`, kind: "function" })),
  ];
  return { from, options, sure: word.length > 1 };
}

/** Where a string begins that is still open, or null. */
function openQuote(before: string): number | null {
  let open: number | null = null;
  for (let at = 0; at < before.length; at += 1) {
    const character = before[at];
    if (open === null) {
      if (character === "/" && before[at + 1] === "/") {
        const end = before.indexOf("\n", at);
        if (end < 0) return null;
        at = end;
      } else if (character === "'" || character === '"') open = at;
    } else if (character === "\\") at += 1;
    else if (character === before[open]) open = null;
  }
  return open;
}

/** The text with what is in strings and comments left blank, so that its shape can be looked at. */
const withoutStrings = (text: string): string =>
  text.replaceAll(/'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|\/\/[^\n]*/g, (match) => " ".repeat(match.length));

/** The labels that a variable is given somewhere in the query. */
function labelsOf(text: string, variable: string): string[] {
  const found = new RegExp(`\\(\\s*${variable}\\s*:\\s*([\\w|]+)`).exec(withoutStrings(text));
  return found?.[1]?.split("|") ?? [];
}

function labelHints(schema: GraphSchema | undefined): Hint[] {
  const used = schema?.labels.map(({ label, count }): Hint => ({ label, detail: String(count), info: kindLabel(label), kind: "label" }));
  return used?.length ? used : [...new Set([...CATEGORIES, ...ALL_KINDS])].map((label): Hint => ({ label, info: kindLabel(label), kind: "label" }));
}

function relationHints(schema: GraphSchema | undefined): Hint[] {
  const used = schema?.relations.map(({ type, count }): Hint => ({ label: type, detail: String(count), kind: "relation" }));
  return used?.length ? used : ALL_RELATIONS.map((label): Hint => ({ label, kind: "relation" }));
}

/** Properties that assets with these labels have; with none, all that any has. */
function propertyHints(schema: GraphSchema | undefined, labels: readonly string[]): Hint[] {
  const kinds = new Set(labels.flatMap((label) => (isCategory(label) ? [label, ...kindsOf(label)] : [label])));
  const own = (schema?.labels ?? []).filter(({ label }) => kinds.size === 0 || kinds.has(label)).flatMap(({ properties }) => properties);
  return [...new Set([...EVERY, ...own.sort()])].map((label) => ({ label, kind: "property", ...(EVERY.includes(label) ? {} : { detail: labels.join(" or ") }) }));
}

/** Values of a property whose values are known, after its comparison; kinds of findings before `IN x.findings`. */
function valueHints(before: string, quote: number): Hints | null {
  const head = before.slice(0, quote);
  const property = /(?:\.|[{,]\s*)(\w+)\s*(?:=|<>|:|IN\s*\[)\s*(?:'[^']*'\s*,\s*)*$/i.exec(head)?.[1];
  const values: Record<string, string[]> = {
    provider: Object.keys(PROVIDER_LABEL), kind: [...ALL_KINDS], standing: ["used", "configured", "mentioned"], max_severity: ["critical", "high", "medium", "low", "informational"],
  };
  const known = property === undefined
    ? (/(?:\bWHERE|\bAND|\bOR|\bNOT|\()\s*$/i.test(head) ? Object.keys(FINDING_LABEL) : undefined)
    : values[property];
  if (!known) return null;
  return {
    from: quote + 1, sure: true,
    options: known.map((label) => ({ label, kind: "value", ...(FINDING_LABEL[label] ? { detail: FINDING_LABEL[label] } : {}) })),
  };
}
