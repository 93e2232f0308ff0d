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

/** Puts nodes of one kind and environment together, largest groups first, until at most `most` are left to read. */
export function grouped(drawing: Drawing, keep: ReadonlySet<string>, opened: ReadonlySet<string>, most: number): Drawing & { groups: Group[] } {
  const members = new Map<string, GraphNode[]>();
  for (const node of drawing.nodes) {
    if (keep.has(node.id)) continue;
    const key = `group:${kindOfLabels(node.labels)}:${textOf(node.properties.environment)}`;
    members.set(key, [...(members.get(key) ?? []), node]);
  }
  const candidates = [...members].filter(([id, nodes]) => nodes.length > 1 && !opened.has(id)).sort(([, a], [, b]) => b.length - a.length);
  const groupOf = new Map<string, string>();
  const groups: Group[] = [];
  let left = drawing.nodes.length;
  for (const [id, nodes] of candidates) {
    if (left <= most) break;
    left -= nodes.length - 1;
    groups.push({ id, kind: kindOfLabels(nodes[0]?.labels ?? []), members: nodes.map((node) => node.id) });
    for (const node of nodes) groupOf.set(node.id, id);
  }
  if (groups.length === 0) return { ...drawing, groups };
  const at = (id: string) => groupOf.get(id) ?? id;
  const nodes = drawing.nodes.filter((node) => !groupOf.has(node.id));
  const stand = groups.map((group): GraphNode => ({ _kind: "node", id: group.id, labels: [group.kind], properties: {} }));
  const relations = drawing.relations.map((relation) => ({ ...relation, source: at(relation.source), target: at(relation.target) }))
    .filter((relation) => relation.source !== relation.target);
  return { ...join([{ nodes: [...nodes, ...stand], relations }]), groups };
}
