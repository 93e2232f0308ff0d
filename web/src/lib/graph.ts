/** Graphs for the eye: joined without doubles, and grouped where there are too many nodes to read. */
import type { Asset, Cell, GraphNode, GraphRelation, Json, Relation } from "../api/types";
import { shortId } from "./format";
import { categoryOf, kindOfLabels } from "./vocabulary";

export type Drawing = { nodes: GraphNode[]; relations: GraphRelation[] };
/** A node that stands for many of one kind in one environment. */
export type Group = { id: string; kind: string; members: string[] };

export function nodeName(node: GraphNode): string {
  const name = node.properties.name;
  return typeof name === "string" && name !== "" ? name : shortId(node.id);
}

export function assetNode(asset: Asset): GraphNode {
  return {
    _kind: "node", id: asset.id, labels: [asset.kind, categoryOf(asset.kind) ?? ""],
    properties: { ...asset.properties, name: asset.name, provider: asset.provider, environment: asset.environment },
  };
}

export const relationEdge = ({ source, kind, target, properties }: Relation): GraphRelation =>
  ({ _kind: "relation", type: kind, source, target, properties });

const is = (cell: Cell, kind: string): boolean =>
  typeof cell === "object" && cell !== null && !Array.isArray(cell) && (cell as { _kind?: unknown })._kind === kind;

export const isNode = (cell: Cell): cell is GraphNode => is(cell, "node");
export const isRelation = (cell: Cell): cell is GraphRelation => is(cell, "relation");
export const isPath = (cell: Cell): cell is { _kind: "path"; nodes: GraphNode[]; relations: GraphRelation[] } => is(cell, "path");

/** A cell as one line of text. */
export function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (isNode(cell)) return nodeName(cell);
  if (isRelation(cell)) return cell.type;
  if (isPath(cell)) return cell.nodes.map(nodeName).join(" → ");
  if (Array.isArray(cell)) return cell.map(cellText).join(", ");
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

/** Everything drawable in some cells of a query's result. */
export function drawingOf(cells: readonly Cell[]): Drawing {
  const nodes: GraphNode[] = [];
  const relations: GraphRelation[] = [];
  const visit = (cell: Cell): void => {
    if (isNode(cell)) nodes.push(cell);
    else if (isRelation(cell)) relations.push(cell);
    else if (isPath(cell)) {
      nodes.push(...cell.nodes);
      relations.push(...cell.relations);
    } else if (Array.isArray(cell)) cell.forEach(visit);
  };
  cells.forEach(visit);
  return join([{ nodes, relations }]);
}

/** Joins drawings; each node and relation stands once, and no relation hangs loose. */
export function join(drawings: readonly Drawing[]): Drawing {
  const nodes = new Map(drawings.flatMap((drawing) => drawing.nodes).map((node) => [node.id, node]));
  const relations = new Map(
    drawings.flatMap((drawing) => drawing.relations)
      .filter((relation) => nodes.has(relation.source) && nodes.has(relation.target))
      .map((relation) => [`${relation.source}\n${relation.type}\n${relation.target}`, relation]),
  );
  return { nodes: [...nodes.values()], relations: [...relations.values()] };
}

/** Steps from `root` to each node that relations connect with it, whichever way they point. */
export function distancesFrom(root: string | undefined, relations: readonly GraphRelation[]): Map<string, number> {
  const neighbours = new Map<string, string[]>();
  for (const { source, target } of relations) {
    neighbours.set(source, [...(neighbours.get(source) ?? []), target]);
    neighbours.set(target, [...(neighbours.get(target) ?? []), source]);
  }
  const distances = new Map<string, number>();
  let ring = root === undefined ? [] : [root];
  for (let distance = 0; ring.length > 0; distance += 1) {
    for (const id of ring) distances.set(id, distance);
    ring = [...new Set(ring.flatMap((id) => neighbours.get(id) ?? []))].filter((id) => !distances.has(id));
  }
  return distances;
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

/** What nodes can be put together by, finest first. */
const WAYS: readonly ((node: GraphNode) => [label: string, within: string])[] = [
  (node) => [kindOfLabels(node.labels), textOf(node.properties.environment)],
  (node) => [kindOfLabels(node.labels), ""],
  (node) => [categoryOf(kindOfLabels(node.labels)) ?? "", ""],
];

/** Puts nodes together, in the finest way and the largest groups first, until at most `most` are left to read. */
export function grouped(drawing: Drawing, keep: ReadonlySet<string>, most: number): Drawing & { groups: Group[] } {
  let groups: Group[] = [];
  for (const way of WAYS) {
    groups = groupsOf(drawing.nodes.filter(({ id }) => !keep.has(id)), way, drawing.nodes.length - most);
    if (drawing.nodes.length - saved(groups) <= most) break;
  }
  const groupOf = new Map(groups.flatMap((group) => group.members.map((member) => [member, group.id])));
  const at = (id: string) => groupOf.get(id) ?? id;
  const stand = groups.map((group): GraphNode => ({ _kind: "node", id: group.id, labels: [group.kind], properties: {} }));
  const relations = drawing.relations.map((relation) => ({ ...relation, source: at(relation.source), target: at(relation.target) }))
    .filter((relation) => relation.source !== relation.target);
  return { ...join([{ nodes: [...drawing.nodes.filter(({ id }) => !groupOf.has(id)), ...stand], relations }]), groups };
}

/** How many nodes fewer there are with these groups. */
const saved = (groups: readonly Group[]): number => groups.reduce((sum, { members }) => sum + members.length - 1, 0);

function groupsOf(nodes: readonly GraphNode[], way: (typeof WAYS)[number], tooMany: number): Group[] {
  const found = new Map<string, Group>();
  for (const node of nodes) {
    const [kind, within] = way(node);
    const id = `group:${kind}:${within}`;
    const group = found.get(id) ?? { id, kind, members: [] };
    group.members.push(node.id);
    found.set(id, group);
  }
  const candidates = [...found.values()].filter(({ members }) => members.length > 1)
    .sort((a, b) => b.members.length - a.members.length);
  const groups: Group[] = [];
  for (const group of candidates) {
    if (saved(groups) >= tooMany) break;
    groups.push(group);
  }
  return groups;
}
