import type { FluentIcon } from "@fluentui/react-icons";

import type { EntityKind } from "../api/types";
import * as icon from "./icons";

/** What people call an entity, and its icon. */
export const ENTITIES: Record<EntityKind, { label: string; icon: FluentIcon }> = {
  user: { label: "User", icon: icon.PersonRegular }, ip: { label: "IP address", icon: icon.LocationRippleRegular },
  application: { label: "Application", icon: icon.WindowAppsRegular }, asset: { label: "Asset", icon: icon.CubeRegular },
  url: { label: "URL", icon: icon.LinkRegular }, session: { label: "Session", icon: icon.ChatRegular },
  user_agent: { label: "User agent", icon: icon.DesktopRegular }, credential: { label: "Credential", icon: icon.FingerprintRegular },
  document: { label: "Document", icon: icon.DocumentRegular }, tool: { label: "Tool", icon: icon.WrenchRegular },
};
