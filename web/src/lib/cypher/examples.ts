/** Small graphs that a rule made of chips fires on and stays silent on. */
import { isCategory, kindsOf } from "../vocabulary";
import type { Built, Condition, PropertyCondition, RelationCondition, Value } from "./built";

type Node = { id: string; kind: string } & Record<string, unknown>;
export type ExampleGraph = { nodes: Node[]; relations: [source: string, kind: string, target: string][] };
export type Examples = { unhealthy: ExampleGraph; healthy: ExampleGraph };

const first = (names: string): string => names.split("|")[0] ?? names;

/** A kind that has the label: of a category, its first. */
function concrete(label: string): string {
  const kind = first(label);
  return (isCategory(kind) ? kindsOf(kind)[0] : undefined) ?? kind;
}

/** One graph that fits all conditions and one that misses one of them; null where none can be made of the chips alone. */
export function examplesOf(built: Built): Examples | null {
  const broken = [...built.conditions].sort((a, b) => Number(isAbsence(b)) - Number(isAbsence(a)))[0];
  if (broken === undefined || needsChain(built.conditions)) return null;
  return { unhealthy: graphOf(built, null), healthy: graphOf(built, broken) };
}

const isAbsence = (condition: Condition): boolean => condition.type === "relation" && condition.absent;

const needsChain = (conditions: readonly Condition[]): boolean =>
  conditions.some((condition) => condition.type === "relation" && ((condition.steps?.[0] ?? 1) > 1 || needsChain(condition.conditions)));

/** A graph that fits, except for the condition that is to be missed. */
function graphOf(built: Built, missed: Condition | null): ExampleGraph {
  const graph: ExampleGraph = { nodes: [], relations: [] };
  const add = (kind: string): Node => {
    const node: Node = { id: `${concrete(kind).toLowerCase()}${graph.nodes.length + 1}`, kind: concrete(kind) };
    graph.nodes.push(node);
    return node;
  };
  const connect = (node: Node, condition: RelationCondition): void => {
    const other = add(condition.kind);
    const relation = first(condition.relation);
    graph.relations.push(condition.direction === "out" ? [node.id, relation, other.id] : [other.id, relation, node.id]);
    if (!condition.absent) fill(other, condition.conditions);
  };
  const fill = (node: Node, conditions: readonly Condition[]): void => {
    for (const condition of conditions) {
      if (condition.type === "property") set(node, condition, condition !== missed);
      else if (condition.absent === (condition === missed)) connect(node, condition);
    }
  };
  fill(add(built.kind), built.conditions);
  return graph;
}

/** What a node of an example has beside its properties. */
const FIELDS = ["name", "provider", "environment", "region", "native_type", "findings"];

/** Gives a node a value that fits the condition, or one that does not; a value that is missing fits most. */
function set(node: Node, { property, operator, value }: PropertyCondition, fits: boolean): void {
  const wanted = valueFor(operator, value, fits);
  if (wanted === undefined) return;
  const place = FIELDS.includes(property) ? node : ((node.properties ??= {}) as Record<string, unknown>);
  const held = place[property];
  place[property] = operator === "HAS" ? [...(Array.isArray(held) ? (held as unknown[]) : []), wanted] : wanted;
}

function valueFor(operator: PropertyCondition["operator"], value: Value, fits: boolean): Value | undefined {
  const other = typeof value === "string" ? `not ${value}` : typeof value === "boolean" ? !value : value + 1;
  switch (operator) {
    case "IS NULL": return fits ? undefined : "something";
    case "IS NOT NULL": return fits ? "something" : undefined;
    case "<>": return fits ? other : value;
    case ">": case "<": return fits && typeof value === "number" ? value + (operator === ">" ? 1 : -1) : value;
    default: return fits ? value : undefined;
  }
}
