/** The words of the model as people read them. */

export const CATEGORIES = ["AI", "Data", "Compute", "Identity", "Network", "Code", "Organisation"] as const;
export type Category = (typeof CATEGORIES)[number];

export const CATEGORY_LABEL: Record<Category, string> = {
  AI: "AI and ML", Data: "Data", Compute: "Compute", Identity: "Identity", Network: "Network",
  Code: "Code and artifacts", Organisation: "Organisation",
};

/** Asset kinds by category: `[kind, one, many]`. */
const KINDS: Record<Category, [kind: string, one: string, many: string][]> = {
  AI: [
    ["AiService", "AI service", "AI services"], ["AiProject", "AI project", "AI projects"],
    ["ModelDeployment", "Model deployment", "Model deployments"], ["Model", "AI model", "AI models"],
    ["Agent", "AI agent", "AI agents"], ["Tool", "Tool", "Tools"], ["McpServer", "MCP server", "MCP servers"],
    ["KnowledgeBase", "Knowledge base", "Knowledge bases"], ["VectorIndex", "Vector index", "Vector indexes"],
    ["Guardrail", "Guardrail", "Guardrails"], ["Prompt", "Prompt", "Prompts"], ["Dataset", "Dataset", "Datasets"],
    ["TrainingJob", "Training job", "Training jobs"], ["Notebook", "Notebook", "Notebooks"],
    ["Pipeline", "Pipeline", "Pipelines"],
  ],
  Data: [
    ["ObjectStore", "Object store", "Object stores"], ["Database", "Database", "Databases"], ["Table", "Table", "Tables"],
    ["FileShare", "File share", "File shares"], ["SearchIndex", "Search index", "Search indexes"],
    ["Cache", "Cache", "Caches"], ["Queue", "Queue", "Queues"],
  ],
  Compute: [
    ["VirtualMachine", "Virtual machine", "Virtual machines"], ["Container", "Container", "Containers"],
    ["Workload", "Workload", "Workloads"], ["Function", "Function", "Functions"], ["WebApp", "Web app", "Web apps"],
    ["Cluster", "Cluster", "Clusters"],
  ],
  Identity: [
    ["User", "User", "Users"], ["Group", "Group", "Groups"],
    ["ServiceIdentity", "Service identity", "Service identities"], ["Role", "Role", "Roles"], ["Key", "Key", "Keys"],
  ],
  Network: [
    ["Internet", "Internet", "Internet"], ["PublicIp", "Public IP", "Public IPs"],
    ["LoadBalancer", "Load balancer", "Load balancers"], ["Gateway", "Gateway", "Gateways"],
    ["Network", "Network", "Networks"], ["Subnet", "Subnet", "Subnets"],
    ["FirewallRules", "Firewall rules", "Firewall rules"], ["PrivateEndpoint", "Private endpoint", "Private endpoints"],
  ],
  Code: [
    ["Repository", "Repository", "Repositories"], ["SourceFile", "Source file", "Source files"],
    ["Library", "Library", "Libraries"], ["ContainerImage", "Container image", "Container images"],
    ["ModelFile", "Model file", "Model files"], ["Secret", "Secret", "Secrets"],
  ],
  Organisation: [
    ["Tenant", "Tenant", "Tenants"], ["ManagementGroup", "Management group", "Management groups"],
    ["Environment", "Environment", "Environments"], ["ResourceGroup", "Resource group", "Resource groups"],
  ],
};

const byKind = new Map(
  CATEGORIES.flatMap((category) => KINDS[category].map(([kind, one, many]) => [kind, { category, one, many }] as const)),
);

export const ALL_KINDS: readonly string[] = [...byKind.keys()];
export const kindsOf = (category: Category): string[] => KINDS[category].map(([kind]) => kind);
export const categoryOf = (kind: string): Category | undefined => byKind.get(kind)?.category;
export const isCategory = (label: string): label is Category => (CATEGORIES as readonly string[]).includes(label);

/** Several kinds or relation types with `|` between them, each by itself. */
const either = (names: string, say: (name: string, at: number) => string): string => names.split("|").map(say).join(" or ");
const lower = (label: string, at: number): string => (at > 0 && /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label);

/** `ModelDeployment` → `Model deployment`; a category is its own name. */
export function kindLabel(kind: string): string {
  return byKind.get(kind)?.one ?? (isCategory(kind) ? `${CATEGORY_LABEL[kind]} asset` : kind);
}

export function kindPlural(kind: string): string {
  if (kind.includes("|")) return either(kind, (one, at) => lower(kindPlural(one), at));
  return byKind.get(kind)?.many ?? (isCategory(kind) ? `${CATEGORY_LABEL[kind]} assets` : kind);
}

/** The kind among a node's labels, which also hold its category; `Network` is the name of both. */
export function kindOfLabels(labels: readonly string[]): string {
  const kinds = labels.filter((label) => byKind.has(label));
  return kinds.find((kind) => !isCategory(kind)) ?? kinds[0] ?? labels[0] ?? "";
}

/** How a relation reads from its source and from its target: `[source … target, target … source]`. */
const RELATIONS: Record<string, [out: string, back: string]> = {
  CONTAINS: ["contain", "are contained in"],
  DEPLOYS: ["deploy", "are deployed by"],
  USES: ["use", "are used by"],
  GROUNDED_ON: ["are grounded on", "ground"],
  TRAINED_ON: ["are trained on", "train"],
  STORES: ["keep data in", "keep data of"],
  DERIVED_FROM: ["are derived from", "are the base of"],
  RUNS_AS: ["run as", "are the identity of"],
  CAN_ACCESS: ["can access", "can be accessed by"],
  MEMBER_OF: ["are members of", "have the members"],
  ROUTES_TO: ["route traffic to", "are reached from"],
  PROTECTED_BY: ["are protected by", "protect"],
  HAS_TOOL: ["have the tool", "are a tool of"],
  CALLS: ["call", "are called by"],
  BUILT_FROM: ["are built from", "are the source of"],
  DEPENDS_ON: ["depend on", "are a dependency of"],
  RUNS: ["run", "are run by"],
  HAS_SECRET: ["hold the secret", "are held by"],
  LOGS_TO: ["log to", "receive the logs of"],
  ENCRYPTED_WITH: ["are encrypted with", "encrypt"],
  DEFINED_IN: ["are defined in", "define"],
  ATTACHED_TO: ["are attached to", "have attached"],
};

export const ALL_RELATIONS: readonly string[] = Object.keys(RELATIONS);

export function relationPhrase(relation: string, direction: "out" | "in"): string {
  if (relation.includes("|")) return either(relation, (one) => relationPhrase(one, direction));
  const phrases = RELATIONS[relation];
  if (!phrases) return relation.toLowerCase().replaceAll("_", " ");
  return direction === "out" ? phrases[0] : phrases[1];
}

/** The same of one thing: `route traffic to` → `routes traffic to`, `are used by` → `is used by`. */
export function relationPhraseOfOne(relation: string, direction: "out" | "in"): string {
  const [verb = "", ...rest] = relationPhrase(relation, direction).split(" ");
  const one = { are: "is", have: "has", can: "can" }[verb] ?? `${verb}s`;
  return [one, ...rest].join(" ");
}

export const PROVIDER_LABEL: Record<string, string> = {
  azure: "Azure", aws: "AWS", gcp: "Google Cloud", kubernetes: "Kubernetes", code: "Code", saas: "Model providers",
};

export const FINDING_LABEL: Record<string, string> = {
  exposed_to_internet: "Exposed to the internet", public_access: "Allows public access",
  sensitive_data: "Contains sensitive data", vulnerability: "Has vulnerabilities",
  malicious_content: "Malicious content", unsafe_content: "Unsafe content", secret: "Secret in clear",
  model_metadata: "Model metadata", misconfiguration: "Misconfiguration", agent_risk: "Agent risk",
};

export const RISK_FACTOR_LABEL: Record<string, string> = {
  internet_exposure: "The internet reaches the asset",
  data_sensitivity: "The asset holds or reaches sensitive data",
  lateral_movement: "Other assets can be taken over from it",
  attack_path: "The asset is on an attack path",
  active_threat: "The asset has an open alert",
};

export const THREAT_LABEL: Record<string, string> = {
  jailbreak: "Jailbreak", prompt_injection: "Prompt injection", prompt_extraction: "Prompt extraction",
  hidden_text: "Hidden text", encoding_evasion: "Encoding evasion", credential_exposure: "Credential exposure",
  sensitive_data: "Sensitive data", malicious_url: "Malicious URL", data_poisoning: "Data poisoning",
  tool_abuse: "Tool abuse", reconnaissance: "Reconnaissance", system_prompt_leak: "System prompt leak",
};

export const STATUS_LABEL: Record<string, string> = {
  active: "Active", in_progress: "In progress", resolved: "Resolved", dismissed: "Dismissed", redirected: "Merged",
  healthy: "Healthy", unhealthy: "Unhealthy", not_applicable: "Not applicable", exempt: "Exempt",
  running: "Running", succeeded: "Succeeded", partial: "Partial", failed: "Failed", interrupted: "Interrupted",
};
