import { Button } from "@fluentui/react-components";

import { plural } from "../../lib/format";
import { KindIcon } from "../../ui/Asset";
import { Copy } from "../../ui/Copy";
import { Facts, Panel, Section } from "../../ui/Panel";
import type { BomRow } from "./bom";
import css from "./bom.module.css";

/** One component: what it is, its model card or data or service, where it is used, and its asset. */
export function BomRowDetails({ row, onAsset, onClose }: { row: BomRow; onAsset: (id: string) => void; onClose: () => void }) {
  return (
    <Panel icon={<KindIcon kind={row.kind} />} title={row.name} onClose={onClose}
      subtitle={<>{row.publisher && <span>{row.publisher}</span>}{row.standing && <span className={css.standing} data-standing={row.standing}>{row.standing}</span>}</>}>
      {row.description && <Section title="About"><p className={css.text}>{row.description}</p></Section>}
      <Section title="Component" aside={row.asset && <Button size="small" appearance="subtle" onClick={() => onAsset(row.asset)}>Open the asset</Button>}>
        <Facts facts={[["Version", row.version], ["Licences", row.licenses.join(", ")], ["Reference", <code key="ref">{row.ref}</code>]]} />
      </Section>
      {row.groups.map(({ title, facts }, index) => (
        <Section key={`${title} ${index}`} title={title}><Facts facts={facts.map(([name, value]) => [name, <span key={name} className={css.lines}>{value}</span>])} /></Section>
      ))}
      {row.occurrences.length > 0 && (
        <Section title={`Where (${plural(row.occurrences.length, "place")})`}>
          <ul className={css.places}>
            {row.occurrences.map((place, index) => {
              const at = place.line === null ? place.path : `${place.path}:${place.line}`;
              return <li key={index}><div><code>{at}</code>{place.symbol && <small>{place.symbol}</small>}</div><Copy text={at} label="Copy the place" /></li>;
            })}
          </ul>
        </Section>
      )}
      {row.properties.length > 0 && <Section title="Properties"><Facts facts={row.properties} /></Section>}
    </Panel>
  );
}
