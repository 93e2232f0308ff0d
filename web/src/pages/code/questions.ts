/** The questions behind the overview of code. Each number is the rows of its query, and opens it in the explorer. */
import { literal } from "../../lib/cypher/built";

/** Environments that the answers are limited to; none for all. */
export type Scope = readonly string[];

export const STANDINGS = ["used", "configured", "mentioned"] as const;
export type Standing = (typeof STANDINGS)[number];

/** `AND` what limits a variable to the scope. */
const within = (variable: string, scope: Scope): string =>
  scope.length === 0 ? "" : `\n  AND ${variable}.environment IN [${scope.map(literal).join(", ")}]`;

/** Every repository. */
export const repositories = (scope: Scope): string =>
  `MATCH (r:Repository)\nWHERE r.id IS NOT NULL${within("r", scope)}\nRETURN r AS repository\nORDER BY r.name`;

/** Models and deployments that code names, with how and where. */
export const models = (scope: Scope, standing?: Standing): string => [
  "MATCH (r:Repository)-[:CONTAINS|USES]->(m:Model|ModelDeployment)",
  `WHERE m.standing ${standing === undefined ? "IS NOT NULL" : `= ${literal(standing)}`}${within("r", scope)}`,
  "RETURN m AS model, m.standing AS standing, collect(DISTINCT r.name) AS repositories, size(m.occurrences) AS places",
  "ORDER BY model.name",
].join("\n");

/** Libraries with a role in AI. */
export const libraries = (scope: Scope, role?: string): string => [
  "MATCH (r:Repository)-[:DEPENDS_ON]->(l:Library)",
  `WHERE l.role ${role === undefined ? "IS NOT NULL" : `= ${literal(role)}`}${within("r", scope)}`,
  "RETURN l AS library, l.role AS role, collect(DISTINCT r.name) AS repositories",
  "ORDER BY library.name",
].join("\n");

/** What of a kind repositories contain. */
export const contained = (kind: string, scope: Scope): string =>
  `MATCH (r:Repository)-[:CONTAINS]->(a:${kind})\nWHERE r.id IS NOT NULL${within("r", scope)}\nRETURN a AS asset, collect(DISTINCT r.name) AS repositories\nORDER BY asset.name`;

/** SDKs and models in use without a deployment that anyone declared. */
export const shadow = (scope: Scope): string => [
  "MATCH (r:Repository)-[:USES]->(m:Model)",
  `WHERE m.standing = 'used' AND NOT EXISTS { (:ModelDeployment)-[:DEPLOYS]->(m) }${within("r", scope)}`,
  "RETURN r AS repository, m AS uses, 'no deployment of this model is declared' AS why",
  "UNION",
  "MATCH (r:Repository)-[:DEPENDS_ON]->(l:Library)",
  `WHERE l.role = 'model-sdk' AND NOT EXISTS { (r)-[:USES|CONTAINS]->(:ModelDeployment|AiService) }${within("r", scope)}`,
  "RETURN r AS repository, l AS uses, 'the repository declares no AI service' AS why",
].join("\n");

/** What in code has a finding that is critical or high. */
export const risky = (scope: Scope): string => [
  "MATCH (a:SourceFile|ModelFile|Library|ContainerImage|Notebook|Agent|Tool|McpServer|Prompt)",
  `WHERE a.max_severity IN ['critical', 'high']${within("a", scope)}`,
  "RETURN a AS asset, a.max_severity AS severity, a.findings AS findings",
  "ORDER BY severity, asset.name",
].join("\n");

/** What agents are made of, in the order it is shown. */
export const PARTS = ["Agent", "Tool", "Prompt", "McpServer", "VectorIndex", "Dataset", "KnowledgeBase", "ModelFile"] as const;

/** Roles of libraries as people read them. */
export const ROLE_LABEL: Record<string, string> = {
  "model-sdk": "Model SDKs", orchestration: "Orchestration", "agent-framework": "Agent frameworks", "vector-db": "Vector databases", "inference-server": "Inference servers",
  training: "Training", evaluation: "Evaluation", guardrail: "Guardrails", observability: "Observability", mcp: "Model Context Protocol",
};
