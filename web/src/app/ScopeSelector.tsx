import { Input, Popover, PopoverSurface, PopoverTrigger } from "@fluentui/react-components";
import { useState } from "react";

import { useEnvironments } from "../api/queries";
import { treeRows } from "../lib/environments";
import { Provider } from "../ui/Asset";
import { CheckmarkRegular, ChevronDownRegular, CloudRegular } from "../ui/icons";
import css from "./scope.module.css";
import { useScope, useUrlState } from "./url";

/** Limits every page to one environment and what is below it. */
export function ScopeSelector() {
  const scope = useScope();
  const [, write] = useUrlState();
  const { data: environments = [] } = useEnvironments();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const needle = text.trim().toLowerCase();
  const rows = treeRows(environments).filter(({ name, id }) => `${name} ${id}`.toLowerCase().includes(needle));
  const name = scope === "" ? "All environments" : (environments.find(({ id }) => id === scope)?.name ?? scope);
  const choose = (id: string) => {
    write({ scope: id }, true);
    setOpen(false);
    setText("");
  };
  return (
    <Popover open={open} onOpenChange={(_, data) => setOpen(data.open)} positioning="below-start" trapFocus>
      <PopoverTrigger disableButtonEnhancement>
        <button type="button" className={css.trigger} data-set={scope !== ""} aria-label={`Scope: ${name}`}>
          <CloudRegular aria-hidden="true" /><span>{name}</span><ChevronDownRegular aria-hidden="true" />
        </button>
      </PopoverTrigger>
      <PopoverSurface className={css.surface ?? ""} aria-label="Scope">
        <Input size="small" className={css.search ?? ""} placeholder="Find an environment" aria-label="Find an environment" value={text} onChange={(_, data) => setText(data.value)} />
        <ul className={css.list}>
          {needle === "" && (
            <li><button type="button" aria-pressed={scope === ""} onClick={() => choose("")}><span>All environments</span>{scope === "" && <CheckmarkRegular />}</button></li>
          )}
          {rows.map((row) => (
            <li key={row.id}>
              <button type="button" aria-pressed={row.id === scope} title={row.id} style={{ paddingLeft: 10 + (needle === "" ? row.depth * 16 : 0) }} onClick={() => choose(row.id)}>
                <span>{row.name}</span><small><Provider provider={row.provider} /></small>{row.id === scope && <CheckmarkRegular />}
              </button>
            </li>
          ))}
          {rows.length === 0 && <li className={css.none}>{environments.length === 0 ? "No environment is connected yet." : "No environment has this name."}</li>}
        </ul>
      </PopoverSurface>
    </Popover>
  );
}
