/** The JSON of Picket's API, as the server writes it. Times are RFC 3339 UTC. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Properties = Record<string, Json>;

export const SEVERITIES = ["critical", "high", "medium", "low", "informational"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const PROVIDERS = ["azure", "aws", "gcp", "kubernetes", "code", "saas"] as const;
export type Provider = (typeof PROVIDERS)[number];

export type FindingKind =
  | "exposed_to_internet" | "public_access" | "sensitive_data" | "vulnerability" | "malicious_content"
  | "unsafe_content" | "secret" | "model_metadata" | "misconfiguration" | "agent_risk";

export type Page<T> = { items: T[]; next: string | null; total: number };

export type Finding = {
  id: string; kind: FindingKind; severity: Severity; title: string; detail: string; evidence: Json; first_seen: string;
};

export type Asset = {
  id: string; kind: string; name: string; provider: Provider; environment: string; region: string | null;
  native_type: string; tags: Properties; properties: Properties; findings: Finding[];
  first_seen: string; last_seen: string; gone_at: string | null; plans?: PlanSetting[];
};

export type Standing = "used" | "configured" | "mentioned";
export type Occurrence = { path: string; line: number; column: number; symbol: string; standing: Standing };

export type Relation = { source: string; kind: string; target: string; properties: Properties };

export type GraphNode = { _kind: "node"; id: string; labels: string[]; properties: Properties };
export type GraphRelation = { _kind: "relation"; type: string; source: string; target: string; properties: Properties };
export type GraphPath = { _kind: "path"; nodes: GraphNode[]; relations: GraphRelation[] };
export type Neighbourhood = { nodes: GraphNode[]; relations: GraphRelation[]; truncated: boolean };
export type Cell = Json | GraphNode | GraphRelation | GraphPath | Cell[];
export type QueryResult = {
  columns: string[]; rows: Cell[][]; stats: { rows: number; elapsed_us: number; truncated: boolean };
};
export type Template = {
  id: string; title: string; description: string; query: string; category: string; params: Properties;
};
export type GraphSchema = {
  /** Categories, then kinds, with the properties that some of their assets have. */
  labels: { label: string; category: string; count: number; properties: string[] }[];
  relations: { type: string; count: number; connections: { source: string; target: string; count: number }[] }[];
};

export type EnvironmentKind = "organisation" | "group" | "subscription" | "account" | "project" | "cluster" | "repository";
export type Environment = {
  id: string; name: string; kind: EnvironmentKind; provider: Provider; parent: string | null; last_scanned: string | null;
};

export type Plan = "cspm" | "ai-workloads";
export type PlanState = "on" | "off";
export type PlanSetting = {
  plan: Plan; state: PlanState; inherited_from: string | null; extensions: Record<string, boolean>;
};
export type CoverageStep = { id: string; title: string; done: boolean; action: string };
export type Coverage = {
  environment: string; level: "full" | "partial" | "none"; plans: PlanSetting[]; steps: CoverageStep[];
};

export type RiskFactor = "internet_exposure" | "data_sensitivity" | "lateral_movement" | "attack_path" | "active_threat";
export type RecommendationStatus = "healthy" | "unhealthy" | "not_applicable" | "exempt";
export type Recommendation = {
  rule: string; title: string; severity: Severity; risk_level: Severity; risk_factors: RiskFactor[];
  status: RecommendationStatus; asset: string; environment: string; reason: string; remediation: string;
  frameworks: string[]; attack_paths: number; owner: string | null; due: string | null;
};

export type Mitre = { tactics: string[]; techniques: string[] };
export type AttackPath = {
  id: string; rule: string; title: string; risk_level: Severity; entry: string; target: string; path: GraphPath;
  choke_points: string[]; mitre: Mitre; remediation: { breaks: string[]; reduces: string[] };
};

export type Channel = "user" | "system" | "document" | "tool" | "response";
export const THREAT_CATEGORIES = [
  "jailbreak", "prompt_injection", "prompt_extraction", "hidden_text", "encoding_evasion", "credential_exposure",
  "sensitive_data", "malicious_url", "data_poisoning", "tool_abuse", "reconnaissance", "system_prompt_leak",
] as const;
export type ThreatCategory = (typeof THREAT_CATEGORIES)[number];
export type Detection = {
  category: ThreatCategory; rule: string; score: number; span: [number, number]; channel: Channel; message: number;
  technique?: string | null;
};
export type Verdict = {
  id: string; verdict: "clean" | "suspicious" | "malicious"; score: number; categories: ThreatCategory[];
  detections: Detection[]; elapsed_us: number;
};
export type ShieldInput =
  | { id: string; text: string; channel: Channel }
  | { id: string; messages: { role: string; content: string }[]; documents: string[] };

export type EntityKind =
  | "user" | "ip" | "application" | "asset" | "url" | "session" | "user_agent" | "credential" | "document" | "tool";
export type Entity = { type: EntityKind; value: string };
export type Evidence = {
  channel: Channel; category: ThreatCategory; rule: string; segment: string | null; highlight: [number, number] | null;
  masked: string[];
};

export const ALERT_STATUSES = ["active", "in_progress", "resolved", "dismissed"] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];
export type Alert = {
  id: string; alert_type: string; defender_alert_type: string | null; alert_display_name: string; description: string;
  severity: Severity; status: AlertStatus; intent: string; tactics: string[]; techniques: string[]; atlas: string[];
  owasp: string[]; start_time_utc: string; end_time_utc: string; time_generated_utc: string; entities: Entity[];
  resource_identifiers: { type: string; id: string }[]; environment: string | null; compromised_entity: string | null;
  extended_properties: Properties; remediation_steps: string[]; correlation_key: string; incident_id: string | null;
  evidence: Evidence[]; count: number; is_sample: boolean; assigned_to: string | null;
};

export const INCIDENT_STATUSES = ["active", "in_progress", "resolved"] as const;
export type IncidentStatus = (typeof INCIDENT_STATUSES)[number] | "redirected";
export type StoryStep = { time: string; intent: string; tactic: string; summary: string; alert: string };
export type BlastRadius = { assets: Asset[]; relations: Relation[]; sensitive: number; truncated: boolean };
export type Incident = {
  id: string; display_name: string; description: string; severity: Severity; status: IncidentStatus;
  assigned_to: string | null; classification: string | null; determination: string | null; created_date_time: string;
  last_update_date_time: string; redirect_incident_id: string | null; custom_tags: string[]; comments: string[];
  alerts: string[]; entities: Entity[]; story: StoryStep[]; blast_radius: BlastRadius;
};

export type ScanState = "running" | "succeeded" | "partial" | "failed" | "interrupted";
export type Diagnostic = { status: string; subject: string; message: string };
export type Scan = {
  id: string; source: string; state: ScanState; started: string; finished: string | null;
  counts: { assets: number; relations: number; findings: number; gone: number; diagnostics: number };
  diagnostics: Diagnostic[]; error: string | null;
};
export type ScanProgress = { done: number; total: number; subject: string };

export type Status = {
  version: string; sample: boolean; last_scan: string | null;
  counts: { recommendations: number; attack_paths: number; alerts: number; incidents: number };
};

export type BomSpec = "cyclonedx-1.6" | "cyclonedx-1.7";

export type Decision = "allowed" | "blocked_prompt" | "blocked_response" | "uninspected";
/** One call to a model, without its text. */
export type Interaction = {
  id: string; time: string; upstream: string; asset: string | null; environment: string | null; protocol: string;
  operation: string; model: string | null; deployment: string | null; streaming: boolean;
  user: { application_name: string | null; end_user_id: string | null; source_ip: string | null; session_id: string | null };
  client_ip: string | null; user_agent: string | null; authentication: string; tools: string[];
  usage: { input_tokens: number; output_tokens: number };
  outcome: { decision: Decision; status: number; latency_us: number };
  prompt_verdict: Verdict; response_verdict: Verdict;
};
