import { Button, Tab, TabList } from "@fluentui/react-components";
import { useCallback, useMemo, useState } from "react";

import { allRows, useRelationsAmong } from "../../api/queries";
import type { Cell, Properties, QueryResult } from "../../api/types";
import { useUrlState } from "../../app/url";
import { download, toCsv } from "../../lib/csv";
import { formatElapsed, plural } from "../../lib/format";
import { cellText, type Drawing, drawingOf, isNode, isPath, join, nodeName } from "../../lib/graph";
import { kindOfLabels } from "../../lib/vocabulary";
import { AssetName } from "../../ui/Asset";
import { AssetDetails, PropertyValue } from "../../ui/AssetDetails";
import { type Column, DataTable, formatSort, parseSort } from "../../ui/DataTable";
import { ArrowDownloadRegular, SearchRegular } from "../../ui/icons";
import { Facts, Panel, Section } from "../../ui/Panel";
import { SplitView } from "../../ui/SplitView";
import { Empty } from "../../ui/States";
import { ExpandableGraph } from "./ExpandableGraph";
import css from "./explorer.module.css";
import { Paths, pathsOf } from "./Paths";
import { Plan } from "./Plan";

type Row = { index: number; cells: Cell[] };
/** Rows drawn at once in the graph of the whole answer. */
const DRAWN = 300;

type View = "table" | "graph" | "paths" | "plan";

/** The answer as table, graph or paths, and how it was found; a row opens beside it with its own small graph. */
export function Results({ query, params, result, busy }: { query: string; params: Properties; result: QueryResult; busy: boolean }) {
  const [read, write] = useUrlState();
  const rows = useMemo(() => result.rows.map((cells, index) => ({ index, cells })), [result]);
  const columns = useMemo(() => columnsOf(result), [result]);
  const everything = useMemo(() => drawingOf(result.rows.slice(0, DRAWN).flat()), [result]);
  const paths = useMemo(() => pathsOf(result.rows.slice(0, DRAWN).flat()).length, [result]);
  const can: Record<View, boolean> = { table: true, graph: everything.nodes.length > 0, paths: paths > 0, plan: true };
  const asked = (["table", "graph", "paths", "plan"] as const).find((view) => view === read("view"));
  const view: View = asked && can[asked] ? asked : paths > 0 && isPath(result.rows[0]?.[0] ?? null) ? "paths" : "table";
  const drawn = useConnected(everything, view === "graph");
  const opened = read("row") === "" ? undefined : rows[Number(read("row"))];
  const node = read("node");
  const close = useCallback(() => write({ row: null, node: null }), [write]);
  const [tab, setTab] = useState("findings");
  const panel = opened ? <RowDetails key={opened.index} row={opened} columns={result.columns} onClose={close} />
    : node ? <AssetDetails key={node} id={node} tab={tab} onTab={setTab} onClose={close} /> : null;
  const select = (id: string) => write({ node: id, row: null });
  return (
    <>
      <div className={css.stats} aria-busy={busy}>
        <TabList size="small" selectedValue={view} onTabSelect={(_, { value }) => write({ view: String(value), row: null })}>
          <Tab value="table">Table</Tab><Tab value="graph" disabled={!can.graph}>Graph</Tab>
          {can.paths && <Tab value="paths">Paths</Tab>}<Tab value="plan">Plan</Tab>
        </TabList>
        <span className="num">{plural(result.stats.rows, "row")} in {formatElapsed(result.stats.elapsed_us)}{result.stats.truncated ? ", cut at the limit" : ""}</span>
        <Csv query={query} params={params} result={result} />
      </div>
      <SplitView label="Result" panel={panel}>
        {view === "plan" ? <Plan query={query} params={params} elapsed={result.stats.elapsed_us} />
          : rows.length === 0 ? (
            <Empty icon={SearchRegular} title="No match">The query is fine, and nothing in the estate fits it. Take a condition away, or look in another kind.</Empty>
          ) : view === "graph" ? (
            <ExpandableGraph drawing={drawn} label="The answer" selected={node || null} onSelect={select} />
          ) : view === "paths" ? (
            <Paths result={result} selected={node || null} onSelect={select} />
          ) : (
            <DataTable label="Results" columns={columns} rows={rows} rowKey={(row) => String(row.index)} selected={read("row") || null}
              onOpen={(row) => write({ row: String(row.index), node: null })} sort={parseSort(read("sort"))} onSort={(sort) => write({ sort: formatSort(sort) })} footer={null} />
          )}
      </SplitView>
    </>
  );
}

/** Saves the whole answer, also the rows that were cut here. */
function Csv({ query, params, result }: { query: string; params: Properties; result: QueryResult }) {
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const save = async () => {
    setState("busy");
    try {
      const whole = result.stats.truncated ? await allRows(query, params) : result;
      download("query.csv", toCsv(whole.columns, whole.rows.map((cells) => cells.map(cellText))));
      setState("idle");
    } catch {
      setState("failed");
    }
  };
  return (
    <Button size="small" appearance="subtle" icon={<ArrowDownloadRegular />} disabled={result.rows.length === 0 || state === "busy"} onClick={() => void save()}>
      {state === "busy" ? "Reading…" : state === "failed" ? "CSV failed; try again" : "CSV"}
    </Button>
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
          <ExpandableGraph drawing={drawing} selected={node} label="The result's own graph" onSelect={(id) => write({ node: id })} />
        </div>
      )}
      <div className={css.rowNode}><AssetDetails key={node} id={node} tab={tab} onTab={setTab} onClose={onClose} /></div>
    </div>
  );
}
