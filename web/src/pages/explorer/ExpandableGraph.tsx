import { Button } from "@fluentui/react-components";
import { useMemo, useState } from "react";

import { neighboursOf, useNeighbourCounts } from "../../api/queries";
import { formatCount, inSentence } from "../../lib/format";
import { type Drawing, join, nodeName } from "../../lib/graph";
import { kindLabel, kindPlural, relationPhraseOfOne } from "../../lib/vocabulary";
import { KindIcon } from "../../ui/Asset";
import { Graph } from "../../ui/Graph";
import { Failure } from "../../ui/States";
import css from "./explorer.module.css";

/** Nodes drawn before those of a kind are put together. */
const READABLE = 60;

/** What is drawn around a node: its neighbours by one relation and kind. */
export type Neighbours = { relation: string; direction: "out" | "in"; kind: string; count: number };
const keyOf = (node: string, { relation, direction, kind }: Neighbours) => `${node}\n${relation}\n${direction}\n${kind}`;

/** A graph in which the selected node shows what else it is connected to, and grows in place. */
export function ExpandableGraph({ drawing, selected, onSelect, label }: {
  drawing: Drawing; selected: string | null; onSelect: (id: string) => void; label: string;
}) {
  const [expanded, setExpanded] = useState<ReadonlyMap<string, Drawing>>(new Map());
  const [error, setError] = useState<Error | null>(null);
  const whole = useMemo(() => join([drawing, ...expanded.values()]), [drawing, expanded]);
  const node = whole.nodes.find(({ id }) => id === selected);
  const toggle = async (id: string, neighbours: Neighbours) => {
    const key = keyOf(id, neighbours);
    const next = new Map(expanded);
    setError(null);
    if (!next.delete(key)) {
      try {
        next.set(key, await neighboursOf(id, neighbours));
      } catch (problem) {
        setError(problem instanceof Error ? problem : new Error(String(problem)));
        return;
      }
    }
    setExpanded(next);
  };
  return (
    <div className={css.expandable}>
      <Graph drawing={whole} layout="layered" label={label} selected={selected} onSelect={onSelect} most={READABLE} />
      {error && <Failure what="The neighbours could not be read" error={error} />}
      {node && <Expand key={node.id} id={node.id} name={nodeName(node)} isOpen={(one) => expanded.has(keyOf(node.id, one))} onToggle={(one) => void toggle(node.id, one)} />}
    </div>
  );
}

function Expand({ id, name, isOpen, onToggle }: { id: string; name: string; isOpen: (one: Neighbours) => boolean; onToggle: (one: Neighbours) => void }) {
  const { data } = useNeighbourCounts(id);
  return (
    <div className={css.expand} role="group" aria-label={`Expand ${name}`}>
      <span className={css.expandName} title={name}>{name}</span>
      {data?.length === 0 && <span className={css.note}>is connected to nothing else</span>}
      {data?.map((one) => (
        <Button key={keyOf(id, one)} size="small" appearance={isOpen(one) ? "primary" : "secondary"} icon={<KindIcon kind={one.kind} />} aria-pressed={isOpen(one)} onClick={() => onToggle(one)}>
          {relationPhraseOfOne(one.relation, one.direction)} {formatCount(one.count)} {inSentence(one.count === 1 ? kindLabel(one.kind) : kindPlural(one.kind))}
        </Button>
      ))}
    </div>
  );
}
