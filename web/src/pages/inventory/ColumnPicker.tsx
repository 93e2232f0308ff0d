import { Button, Checkbox, Popover, PopoverSurface, PopoverTrigger, SearchBox } from "@fluentui/react-components";
import { useMemo, useState } from "react";

import { useGraphSchema } from "../../api/queries";
import type { Asset } from "../../api/types";
import { humanize } from "../../lib/format";
import type { Column } from "../../ui/DataTable";
import { ColumnTripleRegular } from "../../ui/icons";
import { DEFAULT_COLUMNS, propertyColumn } from "./columns";
import css from "./inventory.module.css";

/** Properties offered before more has to be typed. */
const OFFERED = 60;

/** Which columns are shown: those of every asset, and any property of the kinds in view. */
export function ColumnPicker({ base, chosen, kinds, onChange }: {
  base: readonly Column<Asset>[]; chosen: readonly string[]; kinds: readonly string[]; onChange: (columns: readonly string[]) => void;
}) {
  const { data: schema } = useGraphSchema();
  const [text, setText] = useState("");
  const properties = useMemo(() => {
    const columns = new Set(base.map(({ id }) => id));
    const labels = schema?.labels.filter(({ label }) => kinds.length === 0 || kinds.includes(label)) ?? [];
    const names = new Set(labels.flatMap((label) => label.properties));
    return [...names].filter((name) => !columns.has(name) && !["id", "native_type", "occurrences"].includes(name)).sort();
  }, [schema, kinds, base]);
  const fits = (label: string) => label.toLowerCase().includes(text.trim().toLowerCase());
  const toggle = (id: string, on: boolean) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id));
  const found = properties.filter((name) => fits(humanize(name)) || fits(name));
  const offered = found.slice(0, OFFERED);
  return (
    <Popover trapFocus positioning="below-end">
      <PopoverTrigger disableButtonEnhancement><Button size="small" icon={<ColumnTripleRegular />}>Columns</Button></PopoverTrigger>
      <PopoverSurface className={css.columns ?? ""} aria-label="Columns">
        <SearchBox size="small" placeholder="Find a column" aria-label="Find a column" value={text} onChange={(_, data) => setText(data.value)} />
        <div className={css.choices}>
          {base.filter(({ header }) => fits(header)).map(({ id, header }) => (
            <Checkbox key={id} label={header} disabled={id === "name"} checked={chosen.includes(id)} onChange={(_, { checked }) => toggle(id, checked === true)} />
          ))}
          {offered.length > 0 && <h3>Properties{kinds.length > 0 ? " of the kinds chosen" : ""}</h3>}
          {offered.map((name) => (
            <Checkbox key={name} label={humanize(name)} checked={chosen.includes(propertyColumn(name))} onChange={(_, { checked }) => toggle(propertyColumn(name), checked === true)} />
          ))}
          {found.length > offered.length && <p className={css.note}>{found.length - offered.length} more: type to find them.</p>}
          {offered.length === 0 && text !== "" && <p className={css.note}>No property has this name.</p>}
        </div>
        <Button size="small" appearance="subtle" onClick={() => onChange(DEFAULT_COLUMNS)}>Back to the usual columns</Button>
      </PopoverSurface>
    </Popover>
  );
}
