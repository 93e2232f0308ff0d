import { Button } from "@fluentui/react-components";
import { Link } from "react-router";

import { useHistory } from "../api/queries";
import { SEVERITIES, type AssetChange, type FieldChange, type Json, type Severity as Level } from "../api/types";
import { assetPath, useLinks } from "../app/url";
import { humanize, plural, shortId } from "../lib/format";
import { relationPhraseOfOne } from "../lib/vocabulary";
import css from "./asset-history.module.css";
import { AddCircleRegular, ArrowSyncRegular, EditRegular, SubtractCircleRegular } from "./icons";
import { Severity } from "./Severity";
import { Loading } from "./States";
import { Time } from "./Time";

const KINDS = {
  appeared: { label: "Appeared", icon: AddCircleRegular }, changed: { label: "Changed", icon: EditRegular },
  disappeared: { label: "Disappeared", icon: SubtractCircleRegular }, returned: { label: "Came back", icon: ArrowSyncRegular },
} as const;

/** What scans saw happen to an asset, newest first. */
export function AssetHistory({ id }: { id: string }) {
  const query = useHistory(id);
  return (
    <Loading query={query} what="The history could not be read">
      {({ pages }) => (
        <div className={css.history}>
          <ol>{pages.flatMap(({ items }) => items).map((change) => <Change key={change.id} change={change} />)}</ol>
          {query.hasNextPage && <Button size="small" disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>Show older changes</Button>}
        </div>
      )}
    </Loading>
  );
}

function Change({ change }: { change: AssetChange }) {
  const { label, icon: Icon } = KINDS[change.kind];
  return (
    <li data-kind={change.kind}>
      <span className={css.icon}><Icon aria-hidden="true" /></span>
      <div className={css.head}><strong>{label}</strong><Time at={change.time} /></div>
      <div className={css.source} title={change.source}>in the scan of {change.source}</div>
      {change.fields.length > 0 && <ul>{change.fields.map((field, index) => <li key={index}><Field field={field} /></li>)}</ul>}
      {change.more > 0 && <p className={css.source}>and {plural(change.more, "more change")}</p>}
    </li>
  );
}

const thing = (value: Json): Record<string, Json> | null => (typeof value === "object" && value !== null && !Array.isArray(value) ? value : null);
const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");

function Field({ field }: { field: FieldChange }) {
  const to = useLinks();
  const now = thing(field.after);
  const value = now ?? thing(field.before);
  if (field.field === "findings" && value) {
    const severity = SEVERITIES.find((level): level is Level => level === text(value.severity));
    return <><span className={css.verb}>{now ? "New finding" : "Finding gone"}</span>{text(value.title)}{severity && <Severity level={severity} plain />}</>;
  }
  if (field.field === "relations" && value) {
    const phrase = relationPhraseOfOne(text(value.kind), "out").replace(/^is /, "");
    return <><span className={css.verb}>{now ? `Now ${phrase}` : `No longer ${phrase}`}</span><Link to={to(assetPath(text(value.target)))} title={text(value.target)}>{shortId(text(value.target))}</Link></>;
  }
  const name = field.field.replace(/^(properties|tags)\./, "");
  const label = `${field.field.startsWith("tags.") ? "Tag " : ""}${humanize(name)}`;
  if (field.omitted) return <><span className={css.name}>{label}</span><em>changed; too long to keep</em></>;
  return (
    <>
      <span className={css.name}>{label}</span>
      <span className={css.values}><Value value={field.before} label="before" /><span aria-hidden="true">→</span><Value value={field.after} label="after" /></span>
    </>
  );
}

/** A value as one text; lists of places by their number. */
function Value({ value, label }: { value: Json; label: string }) {
  const shown = value === null ? "nothing"
    : Array.isArray(value) ? (value.some((item) => typeof item === "object") ? plural(value.length, "entry", "entries") : value.map(String).join(", "))
    : typeof value === "object" ? JSON.stringify(value)
    : typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
  const masked = shown.startsWith("masked:");
  return <span className={css.value} data-none={value === null} title={masked ? "A credential: only its fingerprint is kept" : undefined}><span className="sr-only">{label} </span>{masked ? `•••• ${shown.slice(7, 15)}` : shown}</span>;
}
