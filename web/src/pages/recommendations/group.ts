import { type Recommendation, SEVERITIES, type Severity } from "../../api/types";

export type RuleGroup = {
  rule: string; title: string; worst: Severity; items: Recommendation[];
  /** Of the results shown, how many at each risk level. */
  risks: Partial<Record<Severity, number>>;
  /** Of all assets that the rule applies to. */
  unhealthy: number; total: number;
};

const rank = (level: Severity) => SEVERITIES.indexOf(level);

/** Puts results under their rules, worst rules first; the shares count all results, shown or not. */
export function groupByRule(shown: readonly Recommendation[], all: readonly Recommendation[]): RuleGroup[] {
  const totals = new Map<string, { unhealthy: number; total: number }>();
  for (const item of all) {
    const counts = totals.get(item.rule) ?? { unhealthy: 0, total: 0 };
    counts.total += 1;
    if (item.status === "unhealthy") counts.unhealthy += 1;
    totals.set(item.rule, counts);
  }
  const groups = new Map<string, RuleGroup>();
  for (const item of shown) {
    const counts = totals.get(item.rule) ?? { unhealthy: 0, total: 0 };
    const group = groups.get(item.rule)
      ?? { rule: item.rule, title: item.title, worst: item.risk_level, items: [], risks: {}, ...counts };
    group.items.push(item);
    group.risks[item.risk_level] = (group.risks[item.risk_level] ?? 0) + 1;
    if (rank(item.risk_level) < rank(group.worst)) group.worst = item.risk_level;
    groups.set(item.rule, group);
  }
  const ordered = [...groups.values()];
  for (const group of ordered) group.items.sort((a, b) => rank(a.risk_level) - rank(b.risk_level) || a.asset.localeCompare(b.asset));
  return ordered.sort((a, b) => rank(a.worst) - rank(b.worst) || b.items.length - a.items.length || a.rule.localeCompare(b.rule));
}
