import { Button, Tooltip } from "@fluentui/react-components";
import { lazy, Suspense, useMemo, useRef, useState } from "react";

import { type Drawing, grouped, nodeName } from "../lib/graph";
import { inSentence, plural } from "../lib/format";
import { kindLabel, kindOfLabels, kindPlural } from "../lib/vocabulary";
import { AssetName } from "./Asset";
import css from "./graph.module.css";
import type { Zoom } from "./GraphCanvas";
import { AddRegular, FlowRegular, ListRegular, SubtractRegular, ZoomFitRegular } from "./icons";

const Canvas = lazy(() => import("./GraphCanvas"));

export type GraphProps = {
  drawing: Drawing;
  /** `layered` for paths and results, `around` for a neighbourhood. */
  layout: "layered" | "around";
  root?: string;
  selected?: string | null;
  onSelect?: (id: string) => void;
  label: string;
  /** Nodes drawn before those of a kind are put together. */
  most?: number;
};

/** A graph as a picture, or as a list of what it says. */
export function Graph({ drawing, layout, root, selected = null, onSelect, label, most = layout === "around" ? 18 : 40 }: GraphProps) {
  const [opened, setOpened] = useState<readonly string[]>([]);
  const [list, setList] = useState(false);
  const shown = useMemo(
    () => grouped(drawing, new Set([root, selected, ...opened].filter((id) => id !== undefined && id !== null)), most),
    [drawing, root, selected, opened, most],
  );
  const select = (id: string) => {
    const group = shown.groups.find((candidate) => candidate.id === id);
    if (group) setOpened([...opened, ...group.members]);
    else onSelect?.(id);
  };
  const groupName = new Map(shown.groups.map((group) => [group.id, `${group.members.length} ${inSentence(kindPlural(group.kind))}`]));
  const zoom = useRef<Zoom>(null);
  const names = new Map(shown.nodes.map((node) => [node.id, groupName.get(node.id) ?? nodeName(node)]));
  return (
    <div className={css.frame}>
      <div className={css.tools}>
        {!list && (
          <>
            <Tooltip content="Zoom in" relationship="label"><Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => zoom.current?.(1.3)} /></Tooltip>
            <Tooltip content="Zoom out" relationship="label"><Button size="small" appearance="subtle" icon={<SubtractRegular />} onClick={() => zoom.current?.(1 / 1.3)} /></Tooltip>
            <Tooltip content="Show all" relationship="label"><Button size="small" appearance="subtle" icon={<ZoomFitRegular />} onClick={() => zoom.current?.(0)} /></Tooltip>
          </>
        )}
        <Tooltip content={list ? "Show as graph" : "Show as list"} relationship="label">
          <Button size="small" appearance="subtle" icon={list ? <FlowRegular /> : <ListRegular />} onClick={() => setList(!list)} />
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
          <Canvas zoom={zoom} shown={shown} names={names} layout={layout} selected={selected} onSelect={select} label={label} {...(root === undefined ? {} : { root })} />
        </Suspense>
      )}
    </div>
  );
}
