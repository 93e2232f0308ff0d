import type { Environment } from "../api/types";

export type EnvironmentRow = Environment & { depth: number; children: number };

/** The tree as rows, parents before children, by name; a parent that is not known counts as none. */
export function treeRows(environments: readonly Environment[]): EnvironmentRow[] {
  const known = new Set(environments.map(({ id }) => id));
  const children = new Map<string, Environment[]>();
  for (const environment of environments) {
    const parent = environment.parent !== null && known.has(environment.parent) && environment.parent !== environment.id ? environment.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), environment]);
  }
  const rows: EnvironmentRow[] = [];
  const seen = new Set<string>();
  const visit = (parent: string, depth: number) => {
    for (const environment of (children.get(parent) ?? []).sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }))) {
      if (seen.has(environment.id)) continue;
      seen.add(environment.id);
      rows.push({ ...environment, depth, children: children.get(environment.id)?.length ?? 0 });
      visit(environment.id, depth + 1);
    }
  };
  visit("", 0);
  return rows;
}

/** An environment and all below it, by id. */
export function below(id: string, environments: readonly Environment[]): string[] {
  const found = new Set([id]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const { id: own, parent } of environments) if (parent !== null && found.has(parent)) found.add(own);
  }
  return [...found];
}
