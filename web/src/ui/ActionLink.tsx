import type { ReactNode } from "react";
import { Link } from "react-router";

import { type Patch, useLinks } from "../app/url";
import css from "./action-link.module.css";

/** A link that asks to be followed: looks like a button, and opens in a new tab like a link. */
export function ActionLink({ to, params, primary = false, children }: { to: string; params?: Patch; primary?: boolean; children: ReactNode }) {
  const link = useLinks();
  return <Link to={link(to, params)} className={css.link} data-primary={primary}>{children}</Link>;
}
