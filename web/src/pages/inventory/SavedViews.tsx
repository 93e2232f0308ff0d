import { Button, Input, Popover, PopoverSurface, PopoverTrigger } from "@fluentui/react-components";
import { type SyntheticEvent, useState } from "react";
import { useSearchParams } from "react-router";

import { useUrlState } from "../../app/url";
import { useKept } from "../../lib/kept";
import { Copy } from "../../ui/Copy";
import { ChevronDownRegular, DeleteRegular, SaveRegular } from "../../ui/icons";
import css from "./inventory.module.css";

/** A named set of filters, sorting and columns: the part of the address that they stand in. */
export type SavedView = { name: string; search: string };

const isView = (item: unknown): item is SavedView =>
  typeof item === "object" && item !== null && typeof (item as SavedView).name === "string" && typeof (item as SavedView).search === "string";

/** The part of an address that a saved view holds. */
export function viewOf(params: URLSearchParams, names: readonly string[]): string {
  const kept = new URLSearchParams();
  for (const name of [...names].sort()) {
    const value = params.get(name);
    if (value) kept.set(name, value);
  }
  return kept.toString();
}

/** Saved filters: kept in this browser under a name, sent to others as a link. */
export function SavedViews({ page, names }: { page: string; names: readonly string[] }) {
  const [params] = useSearchParams();
  const [, write] = useUrlState();
  const [views, keep] = useKept(`picket.views.${page}`, isView);
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const current = viewOf(params, names);
  const shown = views.find(({ search }) => search === current);
  const apply = (search: string) => {
    const wanted = new URLSearchParams(search);
    write(Object.fromEntries(names.map((one) => [one, wanted.get(one)])), true);
    setOpen(false);
  };
  const save = (event: SyntheticEvent) => {
    event.preventDefault();
    const given = name.trim();
    if (given === "") return;
    keep([...views.filter((view) => view.name !== given), { name: given, search: current }].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })));
    setName("");
  };
  const link = (search: string) => `${window.location.origin}${window.location.pathname}${search ? `?${search}` : ""}`;
  return (
    <Popover trapFocus open={open} onOpenChange={(_, data) => setOpen(data.open)} positioning="below-start">
      <PopoverTrigger disableButtonEnhancement>
        <Button size="small" appearance="subtle" icon={<SaveRegular />}><span className={css.viewName}>{shown ? shown.name : "Saved filters"}</span><ChevronDownRegular className={css.chevron ?? ""} /></Button>
      </PopoverTrigger>
      <PopoverSurface className={css.views ?? ""} aria-label="Saved filters">
        {views.length === 0 && <p className={css.note}>Nothing saved yet. Set filters, sorting and columns, then give them a name.</p>}
        <ul>
          {views.map((view) => (
            <li key={view.name}>
              <button type="button" aria-current={view === shown} title={view.name} onClick={() => apply(view.search)}>{view.name}</button>
              <Copy text={link(view.search)} label={`Copy a link to ${view.name}`} />
              <Button size="small" appearance="subtle" icon={<DeleteRegular />} aria-label={`Delete ${view.name}`} onClick={() => keep(views.filter((one) => one !== view))} />
            </li>
          ))}
        </ul>
        <form onSubmit={save}>
          <Input size="small" aria-label="Name for this view" placeholder="Name for this view" value={name} maxLength={80} onChange={(_, { value }) => setName(value)} />
          <Button size="small" type="submit" appearance="primary" disabled={name.trim() === ""}>Save</Button>
        </form>
        <p className={css.note}>Kept in this browser; a copied link works for everyone.</p>
      </PopoverSurface>
    </Popover>
  );
}
