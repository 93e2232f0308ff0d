import { Tab, TabList } from "@fluentui/react-components";
import { useCallback } from "react";

import type { BomPart } from "../../api/queries";
import { useBom } from "../../api/queries";
import { useUrlState } from "../../app/url";
import { plural } from "../../lib/format";
import { ActionLink } from "../../ui/ActionLink";
import { AssetDetails } from "../../ui/AssetDetails";
import { type Column, DataTable, formatSort, parseSort } from "../../ui/DataTable";
import { SearchFilter } from "../../ui/Filters";
import { DocumentBulletListRegular } from "../../ui/icons";
import { SplitView } from "../../ui/SplitView";
import { Empty, Loading } from "../../ui/States";
import { type BomRow, readBom, SECTIONS } from "./bom";
import css from "./bom.module.css";
import { BomCards } from "./BomCards";
import { BomRowDetails } from "./BomRowDetails";

/** One bill, section by section, as a table or as cards. */
export function BomList({ part }: { part: BomPart }) {
  const query = useBom(part, "cyclonedx-1.6");
  return (
    <Loading query={query} what="The bill of materials could not be made">
      {(document) => <Sections sections={readBom(document)} past={part.at !== ""} />}
    </Loading>
  );
}

function Sections({ sections, past }: { sections: ReturnType<typeof readBom>; past: boolean }) {
  const [read, write] = useUrlState();
  const section = SECTIONS.find(({ id }) => id === read("section")) ?? SECTIONS[0];
  const words = read("q").toLowerCase();
  const all = sections[section.id];
  const rows = all.filter((row) => `${row.name} ${row.publisher} ${row.version} ${row.purl}`.toLowerCase().includes(words));
  const columns = COLUMNS.filter((column) => (section.columns as readonly string[]).includes(column.id) && all.some((row) => column.value(row)));
  const opened = all.find(({ ref }) => ref === read("component"));
  const close = useCallback(() => write({ component: null, asset: null }), [write]);
  const cards = read("view") === "cards";
  const open = (row: BomRow) => write({ component: row.ref, asset: null });
  if (SECTIONS.every(({ id }) => sections[id].length === 0)) {
    return past ? (
      <Empty icon={DocumentBulletListRegular} title="Nothing was known then">No scan had seen AI here at this moment. Choose a later one.</Empty>
    ) : (
      <Empty icon={DocumentBulletListRegular} title="Nothing to list yet" action={<ActionLink primary to="/scans?new=1">Start a scan</ActionLink>}>
        Models, datasets, prompts, services and libraries appear as scans find them.
      </Empty>
    );
  }
  return (
    <div className={css.diff}>
      <div className={css.sections}>
        <TabList size="small" selectedValue={section.id} onTabSelect={(_, { value }) => write({ section: String(value), component: null, sort: null })}>
          {SECTIONS.map(({ id, label }) => <Tab key={id} value={id}>{label}<span className={css.count}>{sections[id].length}</span></Tab>)}
        </TabList>
        <SearchFilter placeholder="Find a component" />
        <TabList size="small" selectedValue={cards ? "cards" : "table"} onTabSelect={(_, { value }) => write({ view: value === "cards" ? "cards" : null })}>
          <Tab value="table">Table</Tab><Tab value="cards">Cards</Tab>
        </TabList>
      </div>
      <SplitView label="Component" panel={
        read("asset") ? <AssetDetails key={read("asset")} id={read("asset")} tab={read("tab") || "overview"} onTab={(tab) => write({ tab })} onClose={close} />
          : opened ? <BomRowDetails key={opened.ref} row={opened} onAsset={(asset) => write({ asset })} onClose={close} /> : null
      }>
        {rows.length === 0 ? (
          <Empty icon={DocumentBulletListRegular} title={all.length === 0 ? `No ${section.label.toLowerCase()} in this bill` : "No component has this name"} />
        ) : cards ? (
          <BomCards label={section.label} rows={rows} selected={opened?.ref ?? null} onOpen={open} />
        ) : (
          <DataTable label={section.label} columns={columns} rows={rows} rowKey={(row) => row.ref}
            selected={opened?.ref ?? null} onOpen={open} sort={parseSort(read("sort"))} onSort={(sort) => write({ sort: formatSort(sort) })}
            footer={<span className="num">{plural(rows.length, "component")}</span>} />
        )}
      </SplitView>
    </div>
  );
}

const COLUMNS: Column<BomRow>[] = [
  { id: "name", header: "Name", width: "minmax(220px, 2.4fr)", value: (row) => row.name, cell: (row) => <strong className={css.name} title={row.name}>{row.name}</strong> },
  { id: "publisher", header: "Publisher", width: "minmax(130px, 1.2fr)", value: (row) => row.publisher },
  { id: "version", header: "Version", width: "minmax(110px, 1fr)", value: (row) => row.version },
  { id: "standing", header: "Standing", width: "minmax(110px, 0.8fr)", value: (row) => row.standing, cell: (row) => row.standing && <span className={css.standing} data-standing={row.standing}>{row.standing}</span> },
  { id: "occurrences", header: "Places", width: "90px", align: "end", value: (row) => row.occurrences.length },
  { id: "licenses", header: "Licences", width: "minmax(120px, 1fr)", value: (row) => row.licenses.join(", ") },
  { id: "endpoints", header: "Endpoints", width: "minmax(200px, 2fr)", value: (row) => row.endpoints.join(", ") },
  { id: "purl", header: "Package URL", width: "minmax(200px, 1.6fr)", value: (row) => row.purl },
];
