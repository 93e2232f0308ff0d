import type { FluentIcon } from "@fluentui/react-icons";

import type { Status } from "../api/types";
import {
  AlertRegular, AppsRegular, BeakerRegular, ChatRegular, CodeRegular, DocumentBulletListRegular, FlowRegular, HomeRegular, ScanRegular,
  SearchRegular, ServerRegular, ShieldErrorRegular, TargetRegular,
} from "../ui/icons";

export type PageLink = { path: string; title: string; icon: FluentIcon; count?: keyof Status["counts"]; section: "" | "Settings" };

/** The pages, as the navigation and the palette list them. */
export const PAGES: readonly PageLink[] = [
  { path: "/", title: "Data & AI security", icon: HomeRegular, section: "" },
  { path: "/inventory", title: "Inventory", icon: AppsRegular, section: "" },
  { path: "/explorer", title: "Explorer", icon: SearchRegular, section: "" },
  { path: "/recommendations", title: "Recommendations", icon: ShieldErrorRegular, count: "recommendations", section: "" },
  { path: "/attack-paths", title: "Attack paths", icon: FlowRegular, count: "attack_paths", section: "" },
  { path: "/alerts", title: "Alerts", icon: AlertRegular, count: "alerts", section: "" },
  { path: "/incidents", title: "Incidents", icon: TargetRegular, count: "incidents", section: "" },
  { path: "/interactions", title: "AI interactions", icon: ChatRegular, section: "" },
  { path: "/code", title: "Code", icon: CodeRegular, section: "" },
  { path: "/bom", title: "AI BOM", icon: DocumentBulletListRegular, section: "" },
  { path: "/playground", title: "Playground", icon: BeakerRegular, section: "" },
  { path: "/scans", title: "Scans", icon: ScanRegular, section: "Settings" },
  { path: "/settings/environments", title: "Environments", icon: ServerRegular, section: "Settings" },
];
