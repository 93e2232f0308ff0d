/**
 * The JSON of Picket's API. Shapes come from `schema.d.ts`, which `npm run generate` writes from the server's OpenAPI
 * document; only what OpenAPI cannot say (open JSON, pairs of numbers, tags) is said here.
 */
import type { components } from "./schema";

type Schemas = components["schemas"];
/** The server writes every field, also those that a request may leave out; `Said` replaces what the schema cannot say. */
type Shape<Name extends keyof Schemas, Said = unknown> = Omit<Required<Schemas[Name]>, keyof Said> & Said;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Properties = Record<string, Json>;
export type Page<T> = { items: T[]; next: string | null; total: number };

export type Severity = Schemas["Severity"];
export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low", "informational"];
export type Provider = Schemas["Provider"];
export const PROVIDERS: readonly Provider[] = ["azure", "aws", "gcp", "kubernetes", "code", "saas"];

export type Finding = Shape<"Finding", { evidence: Json }>;
export type Plan = Schemas["Plan"];
export type PlanState = Schemas["PlanState"];
export type PlanSetting = Shape<"PlanSetting", { extensions: Record<string, boolean> }>;
export type Asset = Shape<"Asset", {
  tags: Properties; properties: Properties; findings: Finding[];
  /** Left out where no plan is in force. */
  plans?: PlanSetting[];
}>;
/** One thing that is no longer what it was; `findings` and `relations` have objects as values. */
export type FieldChange = Shape<"FieldChange", { before: Json; after: Json }>;
export type AssetChange = Shape<"AssetChange", { fields: FieldChange[] }>;
export type Relation = Shape<"Relation", { properties: Properties }>;
/** Stands in the open properties of models found in code. */
export type Occurrence = { path: string; line: number; column: number; symbol: string; standing: "used" | "configured" | "mentioned" };

export type GraphNode = Shape<"GraphNode", { _kind: "node"; properties: Properties }>;
export type GraphRelation = Shape<"GraphRelation", { _kind: "relation"; properties: Properties }>;
export type GraphPath = { _kind: "path"; nodes: GraphNode[]; relations: GraphRelation[] };
export type Neighbourhood = { nodes: GraphNode[]; relations: GraphRelation[]; truncated: boolean };
export type Cell = Json | GraphNode | GraphRelation | GraphPath | Cell[];
export type QueryResult = Shape<"QueryResult", { rows: Cell[][] }>;
export type Template = Shape<"Template", { params: Properties }>;
export type GraphSchema = Schemas["Schema"];

export type Environment = Shape<"Environment">;
export type Coverage = Shape<"Coverage", { level: "full" | "partial" | "none"; plans: PlanSetting[] }>;

export type RiskFactor = Schemas["RiskFactor"];
export type Recommendation = Shape<"Recommendation">;
export type AttackPath = Shape<"AttackPath", {
  path: GraphPath; mitre: Shape<"Mitre">; remediation: Shape<"PathRemediation">;
}>;

export type Channel = Schemas["Channel"];
export type ThreatCategory = Schemas["ThreatCategory"];
type Pair = [start: number, end: number];
export type Detection = Omit<Schemas["Detection"], "span"> & { span: Pair };
export type Verdict = Shape<"Verdict", { detections: Detection[] }>;
export type Sensitivity = Schemas["Sensitivity"];
/** What the shield read in place of a part of a text. */
export type View = Omit<Schemas["View"], "span"> & { span: Pair };
export type RuleInfo = Shape<"RuleInfo">;
/** A verdict with what it rests on. */
export type Explained = Verdict & { sensitivity: Sensitivity; views: View[]; rules: Record<string, RuleInfo> };
/** One text of one channel; the server also takes whole conversations. */
export type ShieldInput = { id: string; text: string; channel: Channel };

export type EntityKind = Schemas["EntityKind"];
export type Entity = Schemas["Entity"];
export type Evidence = Shape<"Evidence", { highlight: Pair | null }>;
export type AlertStatus = Schemas["AlertStatus"];
export const ALERT_STATUSES: readonly AlertStatus[] = ["active", "in_progress", "resolved", "dismissed"];
export type Alert = Shape<"Alert", { extended_properties: Properties; evidence: Evidence[] }>;

export type IncidentStatus = Schemas["IncidentStatus"];
/** `redirected` is not set by hand: it follows from merging. */
export const INCIDENT_STATUSES: readonly IncidentStatus[] = ["active", "in_progress", "resolved"];
export type StoryStep = Schemas["StoryStep"];
export type BlastRadius = Shape<"BlastRadius", { assets: Asset[]; relations: Relation[] }>;
export type Incident = Shape<"Incident", { blast_radius: BlastRadius }>;

export type Decision = Schemas["Decision"];
/** One call to a model, without its text. */
export type Interaction = Shape<"Interaction", {
  user: Shape<"UserContext">; usage: Shape<"Usage">; prompt_verdict: Verdict; response_verdict: Verdict;
}>;

export type Scan = Shape<"Scan", { counts: Shape<"ScanCounts"> }>;
export type ScanProgress = { done: number; total: number; subject: string };

export type Status = Shape<"Status">;
export type Dashboard = Shape<"Dashboard">;
export type Figure = Schemas["Figure"];
export type NamedFigure = Schemas["NamedFigure"];
export type Estate = Schemas["Estate"];
export type BomSpec = "cyclonedx-1.6" | "cyclonedx-1.7" | "spdx-3.0";
export type BomDiff = Schemas["BomDiff"];
export type BomItem = Schemas["BomItem"];
export type BomFieldChange = Schemas["BomFieldChange"];

export type SuppressionRule = Omit<Schemas["SuppressionRule"], "all_of"> & { all_of: { field: string; op: Schemas["Operator"]; value: Json }[] };
export type Simulation = Schemas["Simulation"];
