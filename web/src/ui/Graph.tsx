import { Button, Tooltip } from "@fluentui/react-components";
import { lazy, Suspense, useMemo, useState } from "react";

import { type Drawing, grouped, nodeName } from "../lib/graph";
import { plural } from "../lib/format";
import { kindLabel, kindOfLabels, kindPlural } from "../lib/vocabulary";
import { AssetName } from "./Asset";
import css from "./graph.module.css";
import { ListRegular, ShareIosRegular } from "./icons";

const Canvas = lazy(() => import("./GraphCanvas"));

export type GraphProps = {
  drawing: Drawing;
  /** `layered` for paths and results, `around` for a neighbourhood. */
  layout: "layered" | "around";
  root?: string;
  selected?: string | null;
  onSelect?: (id: string) => void;
  label: string;
};

/** A graph as a picture, or as a list of what it says. */
export function Graph({ drawing, layout, root, selected = null, onSelect, label }: GraphProps) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [list, setList] = useState(false);
  const shown = useMemo(
    () => grouped(drawing, new Set([root, selected].filter((id) => id !== undefined && id !== null)), opened),
    [drawing, root, selected, opened],
  );
  const select = (id: string) => {
    if (shown.groups.some((group) => group.id === id)) setOpened(new Set([...opened, id]));
    else onSelect?.(id);
  };
  const groupName = new Map(shown.groups.map((group) => [group.id, `${group.members.length} ${kindPlural(group.kind).toLowerCase()}`]));
  const names = new Map(shown.nodes.map((node) => [node.id, groupName.get(node.id) ?? nodeName(node)]));
  return (
    <div className={css.frame}>
      <div className={css.tools}>
        <Tooltip content={list ? "Show as graph" : "Show as list"} relationship="label">
          <Button size="small" appearance="subtle" icon={list ? <ShareIosRegular /> : <ListRegular />} onClick={() => setList(!list)} />
        </Tooltip>
      </div>
      {list ? (
        <div className={css.list}>
          <h4>{plural(shown.nodes.length, "node")}</h4>
          <ul>
            {shown.nodes.map((node) => {
              const kind = kindOfLabels(node.labels);
              return (
                <li key={node.id}>
                  <button type="button" onClick={() => select(node.id)} aria-current={node.id === selected}>
                    <AssetName kind={kind} name={names.get(node.id) ?? ""} /><small>{kindLabel(kind)}</small>
                  </button>
                </li>
              );
            })}
          </ul>
          <h4>{plural(shown.relations.length, "relation")}</h4>
          <ul>
            {shown.relations.map(({ source, type, target }) => (
              <li key={`${source} ${type} ${target}`} className={css.relation}>{names.get(source)} <code>{type}</code> {names.get(target)}</li>
            ))}
          </ul>
        </div>
      ) : (
        <Suspense fallback={null}>
          <Canvas shown={shown} names={names} layout={layout} selected={selected} onSelect={select} label={label} {...(root === undefined ? {} : { root })} />
        </Suspense>
      )}
    </div>
  );
}
