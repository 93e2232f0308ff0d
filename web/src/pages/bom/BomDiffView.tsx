import { Tab, TabList } from "@fluentui/react-components";
import { useMemo } from "react";

import { type BomPart, useBomDiff } from "../../api/queries";
import type { BomDiff, BomFieldChange, BomItem } from "../../api/types";
import { useUrlState } from "../../app/url";
import { formatCount, humanize, plural, shortId } from "../../lib/format";
import { kindLabel } from "../../lib/vocabulary";
import { AssetName } from "../../ui/Asset";
import { type Column, DataTable, formatSort, parseSort } from "../../ui/DataTable";
import { CheckmarkCircleRegular } from "../../ui/icons";
import { Panel, Section } from "../../ui/Panel";
import { SplitView } from "../../ui/SplitView";
import { Empty, Loading } from "../../ui/States";
import css from "./bom.module.css";

type Change = "added" | "removed" | "changed";
export type DiffRow = { key: string; change: Change; item: BomItem; fields: readonly BomFieldChange[] };

/** Components and services of a comparison as rows: added, removed, changed. */
export function diffRows({ components, services }: Pick<BomDiff, "components" | "services">): DiffRow[] {
  return [components, services].flatMap(({ added, removed, changed }) => [
    ...added.map((item): DiffRow => ({ key: `added ${item.ref} ${item.name}`, change: "added", item, fields: [] })),
    ...removed.map((item): DiffRow => ({ key: `removed ${item.ref} ${item.name}`, change: "removed", item, fields: [] })),
    ...changed.map((item): DiffRow => ({ key: `changed ${item.ref} ${item.name}`, change: "changed", item, fields: item.fields })),
  ]);
}

const LABEL: Record<Change, string> = { added: "Added", removed: "Removed", changed: "Changed" };
const SIGN: Record<Change, string> = { added: "+", removed: "−", changed: "~" };
const kindOf = (item: BomItem): string => item.asset_kind ?? "";

/** What differs between two bills. */
export function BomDiffView({ older, newer }: { older: BomPart; newer: BomPart }) {
  const query = useBomDiff(older, newer);
  return <Loading query={query} what="The bills could not be compared">{(diff) => <Diff diff={diff} />}</Loading>;
}

function Diff({ diff }: { diff: BomDiff }) {
  const [read, write] = useUrlState();
  const rows = useMemo(() => diffRows(diff), [diff]);
  const edges = useMemo(() => [
    ...diff.dependencies.added.map((edge) => ({ ...edge, change: "added" as const })), ...diff.dependencies.removed.map((edge) => ({ ...edge, change: "removed" as const })),
  ], [diff]);
  const only = (["added", "removed", "changed"] as const).find((change) => change === read("change"));
  const dependencies = read("change") === "dependencies";
  const opened = rows.find(({ key }) => key === read("component"));
  const count = (change: Change) => formatCount(rows.filter((row) => row.change === change).length);
  if (rows.length === 0 && edges.length === 0) {
    return <Empty icon={CheckmarkCircleRegular} title="No difference">Both bills list the same components, services and dependencies.</Empty>;
  }
  return (
    <div className={css.diff}>
      <TabList size="small" className={css.diffTabs ?? ""} selectedValue={dependencies ? "dependencies" : (only ?? "all")} onTabSelect={(_, { value }) => write({ change: value === "all" ? null : String(value), component: null })}>
        <Tab value="all">All<span className={css.count}>{formatCount(rows.length)}</span></Tab>
        {(["added", "removed", "changed"] as const).map((change) => <Tab key={change} value={change}>{LABEL[change]}<span className={css.count}>{count(change)}</span></Tab>)}
        <Tab value="dependencies">Dependencies<span className={css.count}>{formatCount(edges.length)}</span></Tab>
      </TabList>
      <SplitView label="Change" panel={opened ? <ChangeDetails row={opened} onClose={() => write({ component: null })} /> : null}>
        {dependencies ? (
          <DataTable label="Dependencies" columns={EDGES} rows={edges} rowKey={(edge) => `${edge.change} ${edge.source} ${edge.relation} ${edge.target}`}
            sort={parseSort(read("sort"))} onSort={(sort) => write({ sort: formatSort(sort) })} />
        ) : (
          <DataTable label="Differences" columns={COLUMNS} rows={only ? rows.filter(({ change }) => change === only) : rows} rowKey={({ key }) => key} selected={opened?.key ?? null}
            onOpen={({ key }) => write({ component: key })} sort={parseSort(read("sort"))} onSort={(sort) => write({ sort: formatSort(sort) })}
            footer={<span className="num">{plural(rows.length, "difference")}</span>} />
        )}
      </SplitView>
    </div>
  );
}

function Sign({ change }: { change: Change }) {
  return <span className={css.sign} data-change={change}><b aria-hidden="true">{SIGN[change]}</b>{LABEL[change]}</span>;
}

const COLUMNS: Column<DiffRow>[] = [
  { id: "change", header: "Change", width: "112px", value: ({ change }) => LABEL[change], cell: ({ change }) => <Sign change={change} /> },
  { id: "name", header: "Name", width: "minmax(220px, 2fr)", value: ({ item }) => item.name, cell: ({ item }) => <AssetName kind={kindOf(item)} name={item.name} /> },
  { id: "kind", header: "Kind", width: "minmax(130px, 1fr)", value: ({ item }) => (kindOf(item) ? kindLabel(kindOf(item)) : humanize(item.type)) },
  { id: "version", header: "Version", width: "minmax(110px, 0.8fr)", value: ({ item }) => item.version ?? null },
  { id: "fields", header: "What changed", width: "minmax(240px, 2.4fr)", value: ({ fields }) => fields.map(({ field }) => fieldLabel(field)).join(", ") },
];

const EDGES: Column<{ change: "added" | "removed"; source: string; relation: string; target: string }>[] = [
  { id: "change", header: "Change", width: "112px", value: ({ change }) => LABEL[change], cell: ({ change }) => <Sign change={change} /> },
  { id: "source", header: "From", width: "minmax(220px, 1fr)", value: ({ source }) => source, cell: ({ source }) => <span className={css.name} title={source}>{shortId(source)}</span> },
  { id: "relation", header: "How", width: "130px", value: ({ relation }) => (relation === "dependsOn" ? "depends on" : relation) },
  { id: "target", header: "To", width: "minmax(220px, 1fr)", value: ({ target }) => target, cell: ({ target }) => <span className={css.name} title={target}>{shortId(target)}</span> },
];

/** `properties.picket:standing` → `Standing`. */
const fieldLabel = (field: string): string => humanize(field.replace(/^properties\.(picket:)?/, "").replaceAll(/[.:]/g, " "));

function ChangeDetails({ row, onClose }: { row: DiffRow; onClose: () => void }) {
  return (
    <Panel title={row.item.name} subtitle={<Sign change={row.change} />} onClose={onClose}>
      {row.fields.length === 0 ? (
        <Section title={row.change === "added" ? "Only in the newer bill" : "Only in the older bill"}><code className={css.ref}>{row.item.ref}</code></Section>
      ) : (
        <Section title={plural(row.fields.length, "field")}>
          <ul className={css.fields}>
            {row.fields.map(({ field, old, new: now }) => (
              <li key={field}>
                <strong>{fieldLabel(field)}</strong>
                {old !== undefined && old !== null && <div data-side="old"><span className="sr-only">before: </span>{old}</div>}
                {now !== undefined && now !== null && <div data-side="new"><span className="sr-only">now: </span>{now}</div>}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Panel>
  );
}
