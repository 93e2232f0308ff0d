import type { Provider } from "./types";

/** A number, with the query whose rows it counts or the page that lists them. */
export type Figure = { value: number; query?: string; link?: string };
export type NamedFigure = { name: string; title: string; figure: Figure };

export type Estate = {
  provider: Provider; storage: Figure; managed_databases: Figure; hosted_databases: Figure; ai_services: Figure;
};

export type Dashboard = {
  overview: {
    estate: Estate[];
    protection: { full: Figure; partial: Figure; none: Figure; resources_by_plan: NamedFigure[]; resources: Figure };
    attention: { recommendations: Figure; alerts: Figure; attack_paths: Figure };
  };
  top_issues: {
    alerts_by_severity: NamedFigure[]; alerts_by_tactic: NamedFigure[]; recommendations: NamedFigure[]; attack_paths: NamedFigure[];
  };
  data: { sensitive_types: NamedFigure[]; alerts: NamedFigure[]; queries: NamedFigure[]; internet_exposed: NamedFigure[] };
  ai: {
    resources: NamedFigure[]; prompts_scanned: Figure; prompts_flagged: Figure; prompts_blocked: Figure; alerts: NamedFigure[];
    queries: NamedFigure[]; exposed_grounding: { storage: Figure; search: Figure };
  };
  trends: { name: string; day: string; value: number }[];
};
