import type { GraphSchema } from "../../api/types";
import { categoryOf, isCategory } from "../../lib/vocabulary";

export type Connection = { relation: string; direction: "out" | "in"; other: string; count: number };

const BASIC = ["id", "name", "provider", "environment", "region", "native_type", "max_severity", "sensitive_types"];

/** What assets of a kind (or category) are connected to in the graph as it is, most frequent first. */
export function connectionsOf(schema: GraphSchema | undefined, kind: string): Connection[] {
  const kinds = kind.split("|");
  const is = (one: string) => kinds.some((wanted) => one === wanted || (isCategory(wanted) && categoryOf(one) === wanted));
  const found = new Map<string, Connection>();
  const add = (relation: string, direction: "out" | "in", other: string, count: number) => {
    const key = `${relation} ${direction} ${other}`;
    found.set(key, { relation, direction, other, count: (found.get(key)?.count ?? 0) + count });
  };
  for (const { type, connections } of schema?.relations ?? []) {
    for (const { source, target, count } of connections) {
      if (is(source)) add(type, "out", target, count);
      if (is(target)) add(type, "in", source, count);
    }
  }
  return [...found.values()].sort((a, b) => b.count - a.count || a.relation.localeCompare(b.relation));
}

export function propertiesOf(schema: GraphSchema | undefined, kind: string): string[] {
  const kinds = kind.split("|");
  const own = schema?.labels.filter(({ label }) => kinds.includes(label)).flatMap(({ properties }) => properties) ?? [];
  return [...new Set([...BASIC, ...own])].filter((name) => !["findings", "finding_ids", "occurrences", "tags"].includes(name)).sort();
}
