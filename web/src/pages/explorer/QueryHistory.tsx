import { Button, Popover, PopoverSurface, PopoverTrigger } from "@fluentui/react-components";
import { useState } from "react";

import { plural } from "../../lib/format";
import { readKept, useKept, writeKept } from "../../lib/kept";
import { TimelineRegular } from "../../ui/icons";
import { Time } from "../../ui/Time";
import css from "./explorer.module.css";

/** A query that was answered. */
export type Past = { query: string; at: string; rows: number };

const KEY = "picket.queries";
const KEPT = 50;
const isPast = (item: unknown): item is Past =>
  typeof item === "object" && item !== null && typeof (item as Past).query === "string" && typeof (item as Past).at === "string" && typeof (item as Past).rows === "number";

/** Keeps that a query was answered; the same query stands once, at its last time. */
export function remember(query: string, rows: number): void {
  const others = readKept(KEY, isPast).filter((past) => past.query !== query);
  writeKept(KEY, [{ query, at: new Date().toISOString(), rows }, ...others].slice(0, KEPT));
}

/** The last queries of this browser, newest first. */
export function QueryHistory({ onPick }: { onPick: (query: string) => void }) {
  const [past, keep] = useKept(KEY, isPast);
  const [open, setOpen] = useState(false);
  return (
    <Popover trapFocus open={open} onOpenChange={(_, data) => setOpen(data.open)} positioning="below-end">
      <PopoverTrigger disableButtonEnhancement><Button size="small" icon={<TimelineRegular />}>History</Button></PopoverTrigger>
      <PopoverSurface className={css.history ?? ""} aria-label="Query history">
        {past.length === 0 ? <p className={css.note}>Queries that were answered appear here. They stay in this browser.</p> : (
          <>
            <ul>
              {past.map(({ query, at, rows }) => (
                <li key={query}>
                  <button type="button" onClick={() => { setOpen(false); onPick(query); }}>
                    <code>{query}</code><small><Time at={at} /> · {plural(rows, "row")}</small>
                  </button>
                </li>
              ))}
            </ul>
            <Button size="small" appearance="subtle" onClick={() => keep([])}>Clear the history</Button>
          </>
        )}
      </PopoverSurface>
    </Popover>
  );
}
