import { Tooltip } from "@fluentui/react-components";
import { Link } from "react-router";

import { assetPath, useLinks } from "../app/url";
import { shortId } from "../lib/format";
import { kindLabel, PROVIDER_LABEL } from "../lib/vocabulary";
import { kindColor, kindIcon } from "./kind-icons";
import css from "./asset.module.css";

/** The icon of a kind or category; of several with `|` between them, that of the first. */
export function KindIcon({ kind: kinds }: { kind: string }) {
  const kind = kinds.replace(/\|.*$/, "");
  const Icon = kindIcon(kind);
  return <Icon className={css.icon} style={{ color: kindColor(kind) }} aria-hidden="true" />;
}

/** An icon with a name, cut where space ends; the whole name on hover. */
export function AssetName({ kind, name }: { kind: string; name: string }) {
  return (
    <span className={css.name} title={name}>
      <KindIcon kind={kind} />
      <span className={css.text}>{name}</span>
    </span>
  );
}

/** A link to an asset's own page, by its id. */
export function AssetLink({ id, kind, name }: { id: string; kind?: string; name?: string }) {
  const to = useLinks();
  return (
    <Tooltip content={<span className={css.id}>{id}</span>} relationship="description">
      <Link to={to(assetPath(id))} className={css.name}>
        {kind !== undefined && <KindIcon kind={kind} />}
        <span className={css.text}>{name ?? shortId(id)}</span>
      </Link>
    </Tooltip>
  );
}

export const Kind = ({ kind }: { kind: string }) => <span className={css.quiet}>{kindLabel(kind)}</span>;

export function Provider({ provider }: { provider: string }) {
  return <span className={css.provider} data-provider={provider}><i aria-hidden="true" />{PROVIDER_LABEL[provider] ?? provider}</span>;
}
