import { keepPreviousData, queryOptions, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { all, get, send, url } from "./client";
import type {
  Alert, AlertStatus, Asset, AssetChange, AttackPath, BomDiff, BomSpec, Coverage, Dashboard, Environment, Explained, GraphSchema, Incident, Interaction, IncidentStatus, Json,
  Neighbourhood, Page, Plan, PlanSetting, PlanState, Properties, QueryResult, Recommendation, Scan, ShieldInput, Simulation, Status, SuppressionRule, Template,
} from "./types";

import { cellText, type Drawing, drawingOf, isRelation } from "../lib/graph";

const id = encodeURIComponent;

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => get<Status>("status", {}, signal),
  refetchInterval: 30_000,
});

export const environmentsQuery = queryOptions({
  queryKey: ["environments"],
  queryFn: async ({ signal }) => (await all<Environment>("environments", {}, signal)).items,
  staleTime: 60_000,
});

export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: async ({ signal }) => {
    const answer = await get<{ items: Template[] }>("explorer/templates", {}, signal);
    return answer.items;
  },
  staleTime: Infinity,
});

export const schemaQuery = queryOptions({
  queryKey: ["schema"],
  queryFn: ({ signal }) => get<GraphSchema>("explorer/schema", {}, signal),
  staleTime: 300_000,
});

export const useStatus = () => useQuery(statusQuery);
export const useEnvironments = () => useQuery(environmentsQuery);
export const useTemplates = () => useQuery(templatesQuery);
export const useGraphSchema = () => useQuery(schemaQuery);

export const useDashboard = (environment: string) =>
  useQuery({
    queryKey: ["dashboard", environment],
    queryFn: ({ signal }) => get<Dashboard>("dashboard", { environment }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });

export type AssetFilter = { q?: string; kind?: string; provider?: string; category?: string; finding?: string; gone?: string; sort?: string };
/** Assets read at a time: more than a screen holds, few enough to come at once. */
const ASSETS = 200;

export const useAssets = (environment: string, filter: AssetFilter) =>
  useInfiniteQuery({
    queryKey: ["assets", environment, filter],
    queryFn: ({ signal, pageParam }) =>
      get<Page<Asset>>("assets", { limit: ASSETS, environment, ...filter, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });

/** Every asset that fits, for a download. */
export const allAssets = (environment: string, filter: AssetFilter) =>
  all<Asset>("assets", { limit: 5000, environment, ...filter }, undefined, 200_000);

export const useHistory = (asset: string) =>
  useInfiniteQuery({
    queryKey: ["history", asset],
    queryFn: ({ signal, pageParam }) => get<Page<AssetChange>>(`assets/${id(asset)}/history`, { limit: 50, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

export const useAssetRecommendations = (asset: string) =>
  useQuery({
    queryKey: ["recommendations", "of", asset],
    queryFn: async ({ signal }) => (await all<Recommendation>("recommendations", { asset }, signal)).items,
  });

export const useAsset = (asset: string | null) =>
  useQuery({
    queryKey: ["asset", asset],
    queryFn: ({ signal }) => get<Asset>(`assets/${id(asset ?? "")}`, {}, signal),
    enabled: asset !== null && asset !== "",
  });

export const useNeighbourhood = (asset: string | null) =>
  useQuery({
    queryKey: ["relations", asset],
    queryFn: ({ signal }) => get<Neighbourhood>(`assets/${id(asset ?? "")}/relations`, {}, signal),
    enabled: asset !== null && asset !== "",
  });

export const useRecommendations = (environment: string) =>
  useQuery({
    queryKey: ["recommendations", environment],
    queryFn: ({ signal }) => all<Recommendation>("recommendations", { environment, status: "all" }, signal),
    placeholderData: keepPreviousData,
  });

export const useAttackPaths = (environment: string) =>
  useQuery({
    queryKey: ["attack-paths", environment],
    queryFn: ({ signal }) => all<AttackPath>("attack-paths", { environment }, signal),
    placeholderData: keepPreviousData,
  });

export const useAlerts = (environment: string) =>
  useQuery({
    queryKey: ["alerts", environment],
    queryFn: ({ signal }) => all<Alert>("alerts", { environment }, signal),
    placeholderData: keepPreviousData,
  });

export const useIncidents = (environment: string) =>
  useQuery({
    queryKey: ["incidents", environment],
    queryFn: ({ signal }) => all<Incident>("incidents", { environment }, signal),
    placeholderData: keepPreviousData,
  });

export const useIncident = (incident: string) =>
  useQuery({
    queryKey: ["incidents", "one", incident],
    queryFn: ({ signal }) => get<Incident>(`incidents/${id(incident)}`, {}, signal),
  });

export const useInteractions = () =>
  useInfiniteQuery({
    queryKey: ["interactions"],
    queryFn: ({ signal, pageParam }) => get<Page<Interaction>>("interactions", { limit: 500, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });

export const useScans = () =>
  useQuery({
    queryKey: ["scans"],
    queryFn: async ({ signal }) => (await all<Scan>("scans", {}, signal, 500)).items,
    refetchInterval: (query) => (query.state.data?.some((scan) => scan.state === "running") ? 3000 : 30_000),
  });

export const useCoverage = () =>
  useQuery({
    queryKey: ["coverage"],
    queryFn: ({ signal }) => get<Coverage[]>("coverage", {}, signal),
  });

/** Of what a bill of materials is: an environment and below or all, an asset and around it, a moment or now. */
export type BomPart = { environment: string; asset: string; at: string };

export const useBom = (part: BomPart, spec: BomSpec, enabled = true) =>
  useQuery({
    queryKey: ["bom", part, spec],
    queryFn: ({ signal }) => get<Record<string, Json>>("bom", { ...part, spec }, signal),
    placeholderData: keepPreviousData,
    enabled,
  });

export const bomAddress = (part: BomPart, spec: BomSpec) => url("bom", { ...part, spec });

export const useBomDiff = (older: BomPart, newer: BomPart, enabled = true) =>
  useQuery({
    queryKey: ["bom", "diff", older, newer],
    queryFn: ({ signal }) => get<BomDiff>("bom/diff", { ...newer, before_environment: older.environment, before_asset: older.asset, before_at: older.at }, signal),
    placeholderData: keepPreviousData,
    enabled,
  });

/** Assets whose name, id or type has the words, to pick one. */
export const useAssetSearch = (words: string, category: string) =>
  useQuery({
    queryKey: ["assets", "search", words, category],
    queryFn: async ({ signal }) => (await get<Page<Asset>>("assets", { q: words, category, limit: 12, sort: "name" }, signal)).items,
    placeholderData: keepPreviousData,
  });

export const useGraphQuery = (query: string | null, params: Properties = {}) =>
  useQuery({
    queryKey: ["query", query, params],
    queryFn: ({ signal }) => send<QueryResult>("POST", "explorer/query", { query, params, limit: 1000 }, signal),
    enabled: query !== null && query !== "",
    retry: false,
  });

/** How the graph would answer a query. */
export const usePlan = (query: string, params: Properties = {}) =>
  useQuery({
    queryKey: ["plan", query, params],
    queryFn: ({ signal }) => send<{ plan: string }>("POST", "explorer/explain", { query, params }, signal),
    retry: false,
  });

/** Every row of a query, for a download. */
export const allRows = (query: string, params: Properties) =>
  send<QueryResult>("POST", "explorer/query", { query, params, limit: 100_000 });

type NeighbourCount = { relation: string; direction: "out" | "in"; kind: string; count: number };

/** What a node is connected to, by relation and kind, most first. */
export const useNeighbourCounts = (node: string) =>
  useQuery({
    queryKey: ["query", "neighbours", node],
    queryFn: async ({ signal }): Promise<NeighbourCount[]> => {
      const ask = async (direction: "out" | "in") => {
        const pattern = direction === "out" ? "(a)-[r]->(b)" : "(a)<-[r]-(b)";
        const query = `MATCH ${pattern} WHERE a.id = $id RETURN type(r) AS relation, b.kind AS kind, count(DISTINCT b) AS count ORDER BY count DESC`;
        const { rows } = await send<QueryResult>("POST", "explorer/query", { query, params: { id: node } }, signal);
        return rows.map(([relation = "", kind = "", count = 0]): NeighbourCount => ({ relation: cellText(relation), direction, kind: cellText(kind), count: Number(cellText(count)) }));
      };
      return (await Promise.all([ask("out"), ask("in")])).flat();
    },
    staleTime: 60_000,
  });

/** A node with its neighbours by one relation and kind, as a drawing. */
export async function neighboursOf(node: string, { relation, direction, kind }: NeighbourCount): Promise<Drawing> {
  const arrow = direction === "out" ? `-[r:${relation}]->` : `<-[r:${relation}]-`;
  const query = `MATCH (a)${arrow}(b) WHERE a.id = $id AND b.kind = $kind RETURN a, r, b`;
  const { rows } = await send<QueryResult>("POST", "explorer/query", { query, params: { id: node, kind }, limit: 500 });
  return drawingOf(rows.flat());
}

/** The relations between nodes that a query returned without them. */
export const useRelationsAmong = (ids: readonly string[]) =>
  useQuery({
    queryKey: ["query", "among", ids],
    queryFn: async ({ signal }) => {
      const query = "MATCH (a)-[r]->(b) WHERE a.id IN $ids AND b.id IN $ids RETURN DISTINCT r";
      const answer = await send<QueryResult>("POST", "explorer/query", { query, params: { ids }, limit: 5000 }, signal);
      return answer.rows.flat().filter(isRelation);
    },
    enabled: ids.length > 1,
    retry: false,
    staleTime: 60_000,
  });

/** Verdicts in order of the texts, each with what it rests on. */
export const explain = (input: ShieldInput[], signal?: AbortSignal) =>
  send<Explained[]>("POST", "shield/analyze?explain=true", input, signal);

/** Keeps a suppression rule, or only tries it on the alerts so far. */
export const suppress = (rule: SuppressionRule, simulate: boolean) =>
  send<Simulation>("PUT", `suppression-rules/${id(rule.name)}${simulate ? "?simulate=true" : ""}`, rule);

/** A change after which the named queries are read again. */
function useChange<In, Out>(change: (input: In) => Promise<Out>, stale: string[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => Promise.all(stale.map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

export const useChangeAlert = () =>
  useChange(
    ({ alert, ...patch }: { alert: string; status?: AlertStatus; assigned_to?: string | null }) =>
      send<Alert>("PATCH", `alerts/${id(alert)}`, patch),
    ["alerts", "incidents", "status"],
  );

export const useSampleAlerts = () =>
  useChange((environment: string) => send("POST", "alerts/sample", environment ? { environment } : {}), ["alerts", "incidents", "status"]);

export type IncidentPatch = {
  incident: string; status?: IncidentStatus; assigned_to?: string | null; classification?: string | null; comment?: string;
};
export const useChangeIncident = () =>
  useChange(
    ({ incident, ...patch }: IncidentPatch) => send<Incident>("PATCH", `incidents/${id(incident)}`, patch),
    ["incidents", "status"],
  );

export type PlanChange = { plan: Plan; state: PlanState; extensions: Record<string, boolean> };
export const useChangePlans = () =>
  useChange(
    ({ environment, plans }: { environment: string; plans: PlanChange[] }) =>
      send<PlanSetting[]>("PUT", `environments/${id(environment)}/plans`, { plans }),
    ["coverage", "plans", "dashboard"],
  );

export const usePlans = (environment: string | null) =>
  useQuery({
    queryKey: ["plans", environment],
    queryFn: ({ signal }) => get<PlanSetting[]>(`environments/${id(environment ?? "")}/plans`, {}, signal),
    enabled: environment !== null,
  });

export const useStartScan = () =>
  useChange((body: { source: string; environment?: string }) => send<Scan>("POST", "scans", body), ["scans", "status"]);
