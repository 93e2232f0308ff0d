/** A query as the builder's sentence of chips shows it, and as openCypher text. */
import { isCategory } from "../vocabulary";

export type Operator = "=" | "<>" | "CONTAINS" | "STARTS WITH" | "ENDS WITH" | ">" | "<" | ">=" | "<=" | "HAS" | "IS NULL" | "IS NOT NULL";
export type Value = string | number | boolean;

export type PropertyCondition = { type: "property"; property: string; operator: Operator; value: Value };
export type RelationCondition = {
  type: "relation"; relation: string; direction: "out" | "in"; absent: boolean; kind: string; conditions: Condition[];
  /** Fewest and most steps, where it is not just one. */
  steps?: [number, number];
};
/** `HAS` asks whether a list property, such as the kinds of findings, holds the value; the value of `IS NULL` says nothing. */
export type Condition = PropertyCondition | RelationCondition;

/** Find assets of a kind or category (several with `|` between them, as are types of relations) for which all conditions hold. */
export type Built = { kind: string; conditions: Condition[]; limit: number };

export const DEFAULT_LIMIT = 200;

/** Whether an operator stands without a value. */
export const takesNoValue = (operator: Operator): boolean => operator === "IS NULL" || operator === "IS NOT NULL";

/** Writes a value as openCypher does. */
export const literal = (value: Value): string =>
  typeof value === "string" ? `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'` : String(value);

/** A property name, in backticks where it is not a plain word. */
export const propertyName = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll("`", "``")}\``);

/** Writes the query that the chips mean. */
export function toCypher(built: Built): string {
  const names = new Map<string, number>();
  const patterns: string[] = [];
  const where: string[] = [];
  const variables: string[] = [];

  const variableFor = (kind: string): string => {
    const base = isCategory(kind) || kind.includes("|") ? "asset" : kind.charAt(0).toLowerCase() + kind.slice(1);
    const count = (names.get(base) ?? 0) + 1;
    names.set(base, count);
    const name = count === 1 ? base : `${base}${count}`;
    variables.push(name);
    return name;
  };

  const visit = (variable: string, conditions: Condition[]): void => {
    for (const condition of conditions) {
      if (condition.type === "property") {
        where.push(propertyText(variable, condition));
      } else {
        const [left, right] = condition.direction === "out" ? ["-", "->"] : ["<-", "-"];
        const steps = condition.steps ? `*${condition.steps.join("..")}` : "";
        const arrow = `${left}[:${condition.relation}${steps}]${right}`;
        if (condition.absent) {
          where.push(`NOT EXISTS { (${variable})${arrow}(:${condition.kind}) }`);
        } else {
          const other = variableFor(condition.kind);
          patterns.push(`(${variable})${arrow}(${other}:${condition.kind})`);
          visit(other, condition.conditions);
        }
      }
    }
  };

  const root = variableFor(built.kind);
  visit(root, built.conditions);
  const head = `(${root}:${built.kind})`;
  // The first pattern introduces the root; later ones refer back to it.
  const first = patterns.findIndex((pattern) => pattern.startsWith(`(${root})`));
  if (first === 0) patterns[0] = head + (patterns[0] ?? "").slice(root.length + 2);
  else patterns.unshift(head);
  return [
    `MATCH ${patterns.join(",\n      ")}`,
    ...(where.length > 0 ? [`WHERE ${where.join("\n  AND ")}`] : []),
    `RETURN ${variables.join(", ")}`,
    `LIMIT ${built.limit}`,
  ].join("\n");
}

function propertyText(variable: string, condition: PropertyCondition): string {
  const property = `${variable}.${propertyName(condition.property)}`;
  if (takesNoValue(condition.operator)) return `${property} ${condition.operator}`;
  if (condition.operator === "HAS") return `${literal(condition.value)} IN ${property}`;
  return `${property} ${condition.operator} ${literal(condition.value)}`;
}
