import { plural } from "../../lib/format";
import { KindIcon } from "../../ui/Asset";
import type { BomRow } from "./bom";
import css from "./bom.module.css";

/** Cards shown at once; the table has them all. */
const SHOWN = 200;
/** Places named on a card. */
const PLACES = 2;

/** Components as cards: what each is, where it stands, what its model card or service says. */
export function BomCards({ rows, selected, onOpen, label }: { rows: readonly BomRow[]; selected: string | null; onOpen: (row: BomRow) => void; label: string }) {
  return (
    <div className={css.cards}>
      <ul aria-label={label}>
        {rows.slice(0, SHOWN).map((row) => (
          <li key={row.ref}>
            <button type="button" aria-current={row.ref === selected} onClick={() => onOpen(row)}>
              <span className={css.cardHead}><KindIcon kind={row.kind} /><strong title={row.name}>{row.name}</strong>{row.standing && <em className={css.standing} data-standing={row.standing}>{row.standing}</em>}</span>
              {[row.publisher, row.version, row.licenses.join(", ")].some(Boolean) && <small>{[row.publisher, row.version, row.licenses.join(", ")].filter(Boolean).join(" · ")}</small>}
              {row.description && <span className={css.cardText}>{row.description}</span>}
              {row.groups.slice(0, 3).map(({ title, facts }) => (
                <span key={title} className={css.cardFacts}>
                  {facts.slice(0, 4).map(([name, value]) => <span key={name}><b>{name}</b> {value}</span>)}
                </span>
              ))}
              {row.occurrences.length > 0 && (
                <span className={css.cardPlaces}>
                  {row.occurrences.slice(0, PLACES).map((place, index) => <code key={index}>{place.line === null ? place.path : `${place.path}:${place.line}`}</code>)}
                  {row.occurrences.length > PLACES && <span>and {plural(row.occurrences.length - PLACES, "more place")}</span>}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {rows.length > SHOWN && <p className={css.note}>{plural(rows.length - SHOWN, "more component")}: the table has all of them.</p>}
    </div>
  );
}
