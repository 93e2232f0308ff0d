import { describe, expect, it } from "vitest";

import type { GraphNode, GraphRelation } from "../api/types";
import { distancesFrom, drawingOf, grouped, join } from "./graph";

const node = (id: string, kind = "Library", environment = "a"): GraphNode =>
  ({ _kind: "node", id, labels: [kind], properties: { name: id, environment } });
const edge = (source: string, target: string): GraphRelation =>
  ({ _kind: "relation", type: "DEPENDS_ON", source, target, properties: {} });

describe("drawings", () => {
  it("hold each node and relation once and no loose ends", () => {
    const drawing = drawingOf([
      node("a"), [node("b"), 1, "text", null],
      { _kind: "path", nodes: [node("a"), node("c")], relations: [edge("a", "c")] },
      edge("a", "c"), edge("a", "nowhere"),
    ]);
    expect(drawing.nodes.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(drawing.relations).toEqual([edge("a", "c")]);
  });

  it("are left alone while they can be read", () => {
    const drawing = join([{ nodes: [node("a"), node("b")], relations: [edge("a", "b")] }]);
    expect(grouped(drawing, new Set(), 60)).toEqual({ ...drawing, groups: [] });
  });

  it("know how far nodes are from the root", () => {
    const distances = distancesFrom("b", [edge("a", "b"), edge("b", "c"), edge("c", "d"), edge("x", "y")]);
    expect([...distances]).toEqual([["b", 0], ["a", 1], ["c", 1], ["d", 2]]);
  });

  it("put many of a kind together, keep what must stay, and open on demand", () => {
    const libraries = Array.from({ length: 65 }, (_, index) => node(`l${index}`));
    const drawing = {
      nodes: [node("root", "Repository"), ...libraries, node("m1", "Model"), node("m2", "Model")],
      relations: [...libraries.map(({ id }) => edge("root", id)), edge("root", "m1")],
    };
    const closed = grouped(drawing, new Set(["root", "l3"]), 60);
    expect(closed.groups).toEqual([{ id: "group:Library:a", kind: "Library", members: libraries.filter(({ id }) => id !== "l3").map(({ id }) => id) }]);
    expect(closed.nodes.map(({ id }) => id)).toEqual(["root", "l3", "m1", "m2", "group:Library:a"]);
    expect(closed.relations).toHaveLength(3);
    expect(grouped(drawing, new Set(["root", "m1", ...libraries.map(({ id }) => id)]), 60).nodes).toHaveLength(drawing.nodes.length);
    expect(grouped(drawing, new Set(["root"]), 3).groups.map(({ kind }) => kind)).toEqual(["Library", "Model"]);
    const spread = { nodes: [...["a", "b", "c", "d"].map((environment) => node(`m-${environment}`, "Model", environment)), node("x", "Agent"), node("y", "Tool")], relations: [] };
    expect(grouped(spread, new Set(), 3).groups.map(({ kind, members }) => [kind, members.length])).toEqual([["Model", 4]]);
    expect(grouped(spread, new Set(), 1).groups.map(({ kind, members }) => [kind, members.length])).toEqual([["AI", 6]]);
  });
});
