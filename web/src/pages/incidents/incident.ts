import type { Alert, Entity, EntityKind, GraphNode, GraphRelation, Incident } from "../../api/types";
import { assetNode, type Drawing, join, relationEdge } from "../../lib/graph";
import { shortId } from "../../lib/format";

/** Entities that act or carry the attack, as they are drawn beside the assets. */
const DRAWN: Partial<Record<EntityKind, string>> = { user: "User", ip: "PublicIp", application: "WebApp", credential: "Key", document: "SourceFile", tool: "Tool" };

const entityId = (entity: Entity) => `entity:${entity.type}:${entity.value}`;

/** The attackers' side, what they attacked, and what that leads to. */
export function incidentDrawing(incident: Incident, alerts: readonly Alert[]): Drawing {
  const attacked = [...new Set(alerts.flatMap((alert) => alert.resource_identifiers.map(({ id }) => id)))];
  const assets = incident.blast_radius.assets.map(assetNode);
  const known = new Set(assets.map(({ id }) => id));
  const targets = attacked.filter((id) => !known.has(id))
    .map((id): GraphNode => ({ _kind: "node", id, labels: ["AiService"], properties: { name: shortId(id) } }));
  const actors = incident.entities.filter(({ type }) => DRAWN[type] !== undefined);
  const entities = actors.map((entity): GraphNode =>
    ({ _kind: "node", id: entityId(entity), labels: [DRAWN[entity.type] ?? "User"], properties: { name: entity.value } }));
  const edges = actors.flatMap((entity) => {
    const seen = alerts.filter((alert) => alert.entities.some(({ type, value }) => type === entity.type && value === entity.value));
    const ends = [...new Set(seen.flatMap((alert) => alert.resource_identifiers.map(({ id }) => id)))];
    return (ends.length > 0 ? ends : attacked.slice(0, 1)).map((target): GraphRelation =>
      ({ _kind: "relation", type: "SEEN_AT", source: entityId(entity), target, properties: {} }));
  });
  return join([{ nodes: [...entities, ...targets, ...assets], relations: [...edges, ...incident.blast_radius.relations.map(relationEdge)] }]);
}

/** The steps that the incident's open alerts ask for, worst alerts first, each once. */
export function openSteps(alerts: readonly Alert[]): string[] {
  const rank = { critical: 0, high: 1, medium: 2, low: 3, informational: 4 };
  const open = alerts.filter(({ status }) => status === "active" || status === "in_progress");
  return [...new Set(open.sort((a, b) => rank[a.severity] - rank[b.severity]).flatMap((alert) => alert.remediation_steps))];
}
