import { Button } from "@fluentui/react-components";

import type { Asset } from "../../api/types";
import { queryPath } from "../../app/url";
import { literal } from "../../lib/cypher/built";
import { plural } from "../../lib/format";
import { ActionLink } from "../../ui/ActionLink";
import { Copy } from "../../ui/Copy";
import { ArrowDownloadRegular } from "../../ui/icons";
import css from "./inventory.module.css";

/** Most assets that a query in an address can name. */
const NAMED = 40;

/** The query that shows some assets and what leads away from them. */
export const queryOf = (assets: readonly Asset[]): string =>
  `MATCH (asset)\nWHERE asset.id IN [${assets.slice(0, NAMED).map(({ id }) => literal(id)).join(", ")}]\nRETURN asset`;

/** What can be done with the marked assets. */
export function Selection({ assets, onClear, onCsv }: { assets: readonly Asset[]; onClear: () => void; onCsv: () => void }) {
  return (
    <div className={css.selection} role="group" aria-label="Marked assets">
      <strong className="num">{plural(assets.length, "asset")} marked</strong>
      <Button size="small" icon={<ArrowDownloadRegular />} onClick={onCsv}>CSV of these</Button>
      <Copy text={assets.map(({ id }) => id).join("\n")} label="Copy the ids" />
      {assets.length <= NAMED && <ActionLink to={`${queryPath(queryOf(assets))}&view=graph`}>Show in the explorer</ActionLink>}
      <Button size="small" appearance="subtle" onClick={onClear}>Clear</Button>
    </div>
  );
}
