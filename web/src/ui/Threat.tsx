import { Link } from "react-router";

import type { Entity, Evidence } from "../api/types";
import { assetPath, useLinks } from "../app/url";
import { humanize, inSentence, shortId } from "../lib/format";
import { THREAT_LABEL } from "../lib/vocabulary";
import { Copy } from "./Copy";
import { ENTITIES } from "./entity";
import { LockShieldRegular } from "./icons";
import { Marked } from "./Marked";
import css from "./threat.module.css";

/** Who and what an alert or incident is about. */
export function EntityCards({ entities }: { entities: readonly Entity[] }) {
  const to = useLinks();
  return (
    <ul className={css.entities}>
      {entities.map(({ type, value }) => {
        const { label, icon: Icon } = ENTITIES[type];
        return (
          <li key={`${type} ${value}`}>
            <Icon aria-hidden="true" />
            <div><small>{label}</small>{type === "asset" ? <Link to={to(assetPath(value))} title={value}>{shortId(value)}</Link> : <span>{value}</span>}</div>
            <Copy text={value} label={`Copy the ${inSentence(label)}`} />
          </li>
        );
      })}
    </ul>
  );
}

const WHERE = { user: "In the user's prompt", system: "In the instructions", document: "In a document", tool: "In a tool's result", response: "In the response" };

/** Suspicious segments, masked and highlighted. */
export function EvidenceList({ evidence }: { evidence: readonly Evidence[] }) {
  return (
    <ul className={css.evidence}>
      {evidence.map((item, index) => (
        <li key={index}>
          <div className={css.where}><strong>{THREAT_LABEL[item.category] ?? humanize(item.category)}</strong><span>{WHERE[item.channel]}</span><code>{item.rule}</code></div>
          {item.segment === null ? (
            <p className={css.off}><LockShieldRegular aria-hidden="true" />The text is not kept: the extension <em>suspicious prompt evidence</em> is off for this environment.</p>
          ) : (
            <blockquote className={css.segment}>
              <Marked text={item.segment} marks={item.highlight ? [{ span: item.highlight, tone: item.category, label: `${THREAT_LABEL[item.category] ?? item.category} · ${item.rule}` }] : []} />
            </blockquote>
          )}
          {item.masked.length > 0 && <p className={css.masked}>Masked before it was kept: {item.masked.map((name) => humanize(name.split(".").at(-1) ?? name)).join(", ")}.</p>}
        </li>
      ))}
    </ul>
  );
}

/** Framework ids, each a small label. */
export function Ids({ ids }: { ids: readonly string[] }) {
  return <span className={css.ids}>{ids.map((id) => <code key={id}>{id}</code>)}</span>;
}
