import { Button, Tab, TabList } from "@fluentui/react-components";
import { useCallback, useMemo, useState } from "react";

import type { Cell, QueryResult } from "../../api/types";
import { useRelationsAmong } from "../../api/queries";
import { useUrlState } from "../../app/url";
import { download, toCsv } from "../../lib/csv";
import { formatElapsed, plural } from "../../lib/format";
import { type Drawing, drawingOf, isNode, isPath, isRelation, join, nodeName } from "../../lib/graph";
import { kindOfLabels } from "../../lib/vocabulary";
import { AssetName } from "../../ui/Asset";
import { AssetDetails, PropertyValue } from "../../ui/AssetDetails";
import { type Column, DataTable, formatSort, parseSort } from "../../ui/DataTable";
import { Graph } from "../../ui/Graph";
import { ArrowDownloadRegular, SearchRegular } from "../../ui/icons";
import { Facts, Panel, Section } from "../../ui/Panel";
import { SplitView } from "../../ui/SplitView";
import { Empty } from "../../ui/States";
import css from "./explorer.module.css";

type Row = { index: number; cells: Cell[] };
/** Rows drawn at once in the graph of the whole answer. */
const DRAWN = 300;

/** The answer as table or graph; a row opens beside it with its own small graph. */
export function Results({ result, busy }: { result: QueryResult; busy: boolean }) {
  const [read, write] = useUrlState();
  const rows = useMemo(() => result.rows.map((cells, index) => ({ index, cells })), [result]);
  const columns = useMemo(() => columnsOf(result), [result]);
  const everything = useMemo(() => drawingOf(result.rows.slice(0, DRAWN).flat()), [result]);
  const drawn = useConnected(everything, read("view") === "graph");
  const graph = read("view") === "graph" && everything.nodes.length > 0;
  const opened = read("row") === "" ? undefined : rows[Number(read("row"))];
  const node = read("node");
  const close = useCallback(() => write({ row: null, node: null }), [write]);
  const [tab, setTab] = useState("findings");
  const panel = opened ? <RowDetails key={opened.index} row={opened} columns={result.columns} onClose={close} />
    : node ? <AssetDetails key={node} id={node} tab={tab} onTab={setTab} onClose={close} /> : null;
  return (
    <>
      <div className={css.stats} aria-busy={busy}>
        <TabList size="small" selectedValue={graph ? "graph" : "table"} onTabSelect={(_, { value }) => write({ view: value === "graph" ? "graph" : null, row: null })}>
          <Tab value="table">Table</Tab><Tab value="graph" disabled={everything.nodes.length === 0}>Graph</Tab>
        </TabList>
        <span className="num">{plural(result.stats.rows, "row")} in {formatElapsed(result.stats.elapsed_us)}{result.stats.truncated ? ", cut at the limit" : ""}</span>
        <Button size="small" appearance="subtle" icon={<ArrowDownloadRegular />} disabled={rows.length === 0}
          onClick={() => download("query.csv", toCsv(result.columns, result.rows.map((cells) => cells.map(cellText))))}>CSV</Button>
      </div>
      <SplitView label="Result" panel={panel}>
        {rows.length === 0 ? (
          <Empty icon={SearchRegular} title="No match">The query is fine, and nothing in the estate fits it. Take a condition away, or look in another kind.</Empty>
        ) : graph ? (
          <Graph drawing={drawn} layout="layered" label="The answer" selected={node || null} onSelect={(id) => write({ node: id, row: null })} />
        ) : (
          <DataTable label="Results" columns={columns} rows={rows} rowKey={(row) => String(row.index)} selected={read("row") || null}
            onOpen={(row) => write({ row: String(row.index), node: null })} sort={parseSort(read("sort"))} onSort={(sort) => write({ sort: formatSort(sort) })} footer={null} />
        )}
      </SplitView>
    </>
  );
}

/** A drawing with the relations between its nodes, which a query need not return. */
function useConnected(drawing: Drawing, wanted: boolean): Drawing {
  const ids = useMemo(() => (wanted ? drawing.nodes.map(({ id }) => id).sort() : []), [drawing, wanted]);
  const { data } = useRelationsAmong(ids);
  return useMemo(() => (data ? join([drawing, { nodes: [], relations: data }]) : drawing), [drawing, data]);
}

function columnsOf(result: QueryResult): Column<Row>[] {
  return result.columns.map((header, at) => ({
    id: `${at}`, header, width: "minmax(170px, 1fr)",
    value: ({ cells }) => {
      const cell = cells[at] ?? null;
      return typeof cell === "number" ? cell : cellText(cell);
    },
    cell: ({ cells }) => <CellView cell={cells[at] ?? null} />,
  }));
}

function CellView({ cell }: { cell: Cell }) {
  if (isNode(cell)) return <AssetName kind={kindOfLabels(cell.labels)} name={nodeName(cell)} />;
  return <span className={css.cell} title={cellText(cell)}>{cellText(cell)}</span>;
}

/** A cell as one line of text. */
export function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (isNode(cell)) return nodeName(cell);
  if (isRelation(cell)) return cell.type;
  if (isPath(cell)) return cell.nodes.map(nodeName).join(" → ");
  if (Array.isArray(cell)) return cell.map(cellText).join(", ");
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

function RowDetails({ row, columns, onClose }: { row: Row; columns: readonly string[]; onClose: () => void }) {
  const [read, write] = useUrlState();
  const [tab, setTab] = useState("findings");
  const own = useMemo(() => drawingOf(row.cells), [row]);
  const drawing = useConnected(own, true);
  const node = read("node") || (drawing.nodes[0]?.id ?? "");
  if (drawing.nodes.length === 0) {
    return (
      <Panel title={`Row ${row.index + 1}`} onClose={onClose}>
        <Section title="Values"><Facts facts={columns.map((column, at) => [column, <PropertyValue key={column} value={(row.cells[at] ?? null)} />])} /></Section>
      </Panel>
    );
  }
  return (
    <div className={css.row}>
      {drawing.nodes.length > 1 && (
        <div className={css.rowGraph}>
          <Graph drawing={drawing} layout="layered" selected={node} label="The result's own graph" onSelect={(id) => write({ node: id })} />
        </div>
      )}
      <div className={css.rowNode}><AssetDetails key={node} id={node} tab={tab} onTab={setTab} onClose={onClose} /></div>
    </div>
  );
}
