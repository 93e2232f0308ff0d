/** A query as a rule file: what it finds becomes what is unhealthy. */
import type { Severity } from "../../api/types";
import { type Built, toCypher } from "./built";
import { type ExampleGraph, examplesOf } from "./examples";

export type RuleDraft = { id: string; title: string; severity: Severity; reason: string; remediation: string };

/** An id as rules have it: `area.what_is_wrong`. */
export const isRuleId = (id: string): boolean => /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/.test(id);

/** `Agents without guardrail` → `custom.agents_without_guardrail`. */
export function ruleIdOf(title: string): string {
  const words = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "");
  return `custom.${words || "rule"}`;
}

/** The asset a rule is about, the query for all of them, and the one for those that are unhealthy. */
export function ruleQueries(query: string, built: Built | null): { variable: string; appliesTo: string; unhealthy: string } {
  if (built) {
    const text = toCypher(built);
    const variable = /^MATCH \((\w+):/.exec(text)?.[1] ?? "asset";
    return {
      variable, appliesTo: `MATCH (${variable}:${built.kind}) RETURN ${variable}`,
      unhealthy: text.replace(/\nRETURN [\s\S]*$/, `\nRETURN DISTINCT ${variable}`),
    };
  }
  const root = /\(\s*([A-Za-z_]\w*)\s*:\s*([\w|]+)/.exec(query);
  const variable = root?.[1] ?? "asset";
  const simple = !/\b(UNION|WITH|UNWIND)\b/i.test(query);
  return {
    variable, appliesTo: `MATCH (${variable}:${root?.[2] ?? "AI"}) RETURN ${variable}`,
    unhealthy: simple ? query.trim().replace(/\n?\s*\bRETURN\b[\s\S]*$/i, `\nRETURN DISTINCT ${variable}`) : query.trim(),
  };
}

const block = (text: string): string => `|\n${text.trim().split("\n").map((line) => `  ${line}`.trimEnd()).join("\n")}`;
/** A text that YAML takes as it is, whatever it holds. */
const quoted = (text: string): string => JSON.stringify(text);

/** The rule as YAML, ready for `picket rules check`. */
export function ruleYaml(draft: RuleDraft, query: string, built: Built | null): string {
  const { variable, appliesTo, unhealthy } = ruleQueries(query, built);
  return [
    `id: ${draft.id}`,
    `title: ${quoted(draft.title)}`,
    `severity: ${draft.severity}`,
    `description: ${quoted(draft.title)}`,
    `applies_to: ${block(appliesTo)}`,
    `unhealthy: ${block(unhealthy)}`,
    `reason: ${quoted(draft.reason || `{{${variable}.name}}: ${draft.title}`)}`,
    `remediation: ${block(draft.remediation || "Say here what to do.")}`,
    "references: []",
    "frameworks: {}",
    ...examples(built),
    "",
  ].join("\n");
}

/** Every rule proves that it can fire and can stay silent; where the chips do not tell how, its author does. */
function examples(built: Built | null): string[] {
  const made = built && examplesOf(built);
  if (!made) return ["# Fill in a small graph that the rule fires on and one that it stays silent on.", "examples:", "  unhealthy: []", "  healthy: []"];
  const graph = ({ nodes, relations }: ExampleGraph) => [
    `    - nodes: ${JSON.stringify(nodes)}`, ...(relations.length > 0 ? [`      relations: ${JSON.stringify(relations)}`] : []),
  ];
  return ["examples:", "  unhealthy:", ...graph(made.unhealthy), "  healthy:", ...graph(made.healthy)];
}
