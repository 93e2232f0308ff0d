import type { Cell, GraphPath, QueryResult } from "../../api/types";
import { formatCount, plural } from "../../lib/format";
import { isPath, nodeName } from "../../lib/graph";
import { kindLabel, kindOfLabels } from "../../lib/vocabulary";
import { KindIcon } from "../../ui/Asset";
import { ArrowLeftRegular, ArrowRightRegular } from "../../ui/icons";
import css from "./explorer.module.css";

/** Paths shown at once. */
const SHOWN = 200;

/** Every path among some cells. */
export function pathsOf(cells: readonly Cell[]): GraphPath[] {
  return cells.flatMap((cell) => (isPath(cell) ? [cell] : Array.isArray(cell) ? pathsOf(cell) : []));
}

/** The paths of an answer, each from left to right. */
export function Paths({ result, selected, onSelect }: { result: QueryResult; selected: string | null; onSelect: (id: string) => void }) {
  const paths = result.rows.flatMap((cells, row) => pathsOf(cells).map((path) => ({ row, path })));
  return (
    <div className={css.paths}>
      <ol>
        {paths.slice(0, SHOWN).map(({ row, path }, index) => (
          <li key={index}>
            <span className={css.pathRow}>{formatCount(row + 1)}</span>
            <ol className={css.path} aria-label={`Path of ${plural(path.nodes.length, "node")}`}>
              {path.nodes.map((node, at) => {
                const kind = kindOfLabels(node.labels);
                const relation = path.relations[at];
                const forward = relation?.source === node.id;
                return (
                  <li key={at}>
                    <button type="button" aria-current={node.id === selected} title={`${kindLabel(kind)} ${nodeName(node)}`} onClick={() => onSelect(node.id)}>
                      <KindIcon kind={kind} /><span><strong>{nodeName(node)}</strong><small>{kindLabel(kind)}</small></span>
                    </button>
                    {relation && <span className={css.step}><code>{relation.type}</code>{forward ? <ArrowRightRegular aria-label="to" /> : <ArrowLeftRegular aria-label="from" />}</span>}
                  </li>
                );
              })}
            </ol>
          </li>
        ))}
      </ol>
      {paths.length > SHOWN && <p className={css.note}>{plural(paths.length - SHOWN, "more path")}: the table and the CSV have all of them.</p>}
    </div>
  );
}
