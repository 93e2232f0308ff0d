import { Dialog, DialogSurface } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type ReactNode, useDeferredValue, useState } from "react";
import { type To, useNavigate } from "react-router";

import { get } from "../api/client";
import { useAlerts, useTemplates } from "../api/queries";
import type { Asset, Page } from "../api/types";
import { kindLabel } from "../lib/vocabulary";
import { KindIcon } from "../ui/Asset";
import { AlertRegular, BoardRegular, PlayRegular, SearchRegular } from "../ui/icons";
import { PAGES } from "./pages";
import css from "./palette.module.css";
import { assetPath, queryPath, useLinks, useScope } from "./url";

type Entry = { key: string; group: string; icon: ReactNode; text: string; note: string; to: To };

/** Ctrl K: jump to a page, asset, alert or template, or run a query. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const entries = useEntries(text);
  const current = Math.min(at, entries.length - 1);
  const go = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    void navigate(entry.to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((current + 1) % Math.max(1, entries.length));
    else if (event.key === "ArrowUp") setAt((current - 1 + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Enter") go(entries[current]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog open onOpenChange={(_, data) => { if (!data.open) onClose(); }}>
      <DialogSurface className={css.surface ?? ""} style={{ padding: 0 }} aria-label="Ask or jump to">
        <div className={css.field}>
          <SearchRegular aria-hidden="true" />
          <input
            autoFocus role="combobox" aria-expanded aria-controls="palette" aria-label="Ask or jump to" placeholder="A page, asset, alert or template; or MATCH … to run a query"
            aria-activedescendant={current >= 0 ? `palette-${current}` : undefined} value={text}
            onChange={(event) => { setText(event.target.value); setAt(0); }} onKeyDown={onKeyDown}
          />
        </div>
        <ul id="palette" role="listbox" className={css.list} aria-label="Results">
          {entries.map((entry, index) => (
            // The field keeps the focus and takes the keys, as ARIA's combobox pattern asks.
            <li
              key={entry.key} id={`palette-${index}`} role="option" aria-selected={index === current} className={css.entry}
              data-first={entries[index - 1]?.group !== entry.group ? entry.group : undefined}
              ref={(element) => { if (index === current) element?.scrollIntoView({ block: "nearest" }); }}
              onPointerMove={() => setAt(index)} onClick={() => go(entry)}
            >
              {entry.icon}<span>{entry.text}</span><small>{entry.note}</small>
            </li>
          ))}
          {entries.length === 0 && <li className={css.none}>Nothing has this name.</li>}
        </ul>
      </DialogSurface>
    </Dialog>
  );
}

function useEntries(text: string): Entry[] {
  const to = useLinks();
  const scope = useScope();
  const needle = useDeferredValue(text.trim());
  const { data: templates = [] } = useTemplates();
  const { data: alerts } = useAlerts(scope);
  const { data: assets } = useQuery({
    queryKey: ["assets", "palette", scope, needle],
    queryFn: ({ signal }) => get<Page<Asset>>("assets", { q: needle, environment: scope, limit: 8 }, signal),
    enabled: needle.length > 1 && !isQuery(needle),
    placeholderData: (previous) => previous,
  });
  if (isQuery(needle)) {
    return [{ key: "query", group: "Query", icon: <PlayRegular />, text: "Run this query", note: "Explorer", to: to(queryPath(needle)) }];
  }
  const fits = (name: string) => needle.toLowerCase().split(/\s+/).every((word) => name.toLowerCase().includes(word));
  const pages = PAGES.filter(({ title }) => fits(title)).map(({ path, title, icon: Icon }): Entry =>
    ({ key: path, group: "Pages", icon: <Icon />, text: title, note: "", to: to(path) }));
  const found = (needle.length > 1 ? (assets?.items ?? []) : []).map((asset): Entry =>
    ({ key: asset.id, group: "Assets", icon: <KindIcon kind={asset.kind} />, text: asset.name, note: kindLabel(asset.kind), to: to(assetPath(asset.id)) }));
  const questions = templates.filter(({ title, description }) => fits(`${title} ${description}`)).slice(0, 8).map((template): Entry =>
    ({ key: template.id, group: "Questions", icon: <BoardRegular />, text: template.title, note: "Template", to: to(queryPath(template.query)) }));
  const queue = needle === "" ? [] : (alerts?.items ?? []).filter((alert) => fits(`${alert.alert_display_name} ${alert.alert_type}`)).slice(0, 5)
    .map((alert): Entry => ({ key: alert.id, group: "Alerts", icon: <AlertRegular />, text: alert.alert_display_name, note: alert.severity, to: to("/alerts", { alert: alert.id }) }));
  return needle === "" ? [...pages, ...questions] : [...found, ...pages, ...queue, ...questions];
}

const isQuery = (text: string): boolean => /^(optional\s+)?match\s*\(/i.test(text);
