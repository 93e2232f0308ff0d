import type { ReactNode } from "react";
import { Link } from "react-router";

import type { Figure } from "../../api/types";
import { queryPath, useLinks } from "../../app/url";
import { formatCompact, formatCount, inSentence } from "../../lib/format";
import css from "./dashboard.module.css";

/** A number that leads to what it counts: its query in the explorer, or its page. */
export function FigureLink({ figure, label, className, children }: { figure: Figure; label: string; className?: string | undefined; children?: ReactNode }) {
  const to = useLinks();
  const text = children ?? formatCompact(figure.value);
  const address = figure.query ? queryPath(figure.query) : figure.link;
  const style = [css.figure, className].filter(Boolean).join(" ");
  if (!address) return <span className={style}>{text}</span>;
  return (
    <Link className={style} to={to(address)} aria-label={`${label}: ${formatCount(figure.value)}`} title={!figure.query ? `Open ${inSentence(label)}` : "Open the query that counts this"} data-zero={figure.value === 0}>
      {text}
    </Link>
  );
}
