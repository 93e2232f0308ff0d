import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger, Tab, TabList } from "@fluentui/react-components";
import { useCallback, useMemo } from "react";
import { bomAddress, useBom } from "../../api/queries";
import type { BomSpec } from "../../api/types";
import { useScope, useUrlState } from "../../app/url";
import { plural } from "../../lib/format";
import { ActionLink } from "../../ui/ActionLink";
import { AssetDetails } from "../../ui/AssetDetails";
import { type Column, DataTable, formatSort, parseSort } from "../../ui/DataTable";
import { ArrowDownloadRegular, ChevronDownRegular, DocumentBulletListRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { SplitView } from "../../ui/SplitView";
import { Empty, Loading } from "../../ui/States";
import { SearchFilter } from "../../ui/Filters";
import { readBom, type BomRow, SECTIONS } from "./bom";
import { BomRowDetails } from "./BomRowDetails";
import css from "./bom.module.css";

const SPECS: readonly BomSpec[] = ["cyclonedx-1.6", "cyclonedx-1.7"];

export default function BomPage() {
  const scope = useScope();
  const [read, write] = useUrlState();
  const query = useBom(scope, "cyclonedx-1.6");
  const sections = useMemo(() => (query.data ? readBom(query.data) : null), [query.data]);
  const section = SECTIONS.find(({ id }) => id === read("section")) ?? SECTIONS[0];
  const text = read("q").toLowerCase();
  const all = sections?.[section.id] ?? [];
  const rows = all.filter((row) => `${row.name} ${row.publisher} ${row.version} ${row.purl}`.toLowerCase().includes(text));
  const columns = COLUMNS.filter((column) => (section.columns as readonly string[]).includes(column.id) && all.some((row) => column.value(row)));
  const opened = all.find(({ ref }) => ref === read("component"));
  const close = useCallback(() => write({ component: null, asset: null }), [write]);
  const empty = sections !== null && SECTIONS.every(({ id }) => sections[id].length === 0);
  return (
    <Page
      title="AI BOM"
      hint={sections ? plural(Object.values(sections).reduce((sum, rows) => sum + rows.length, 0), "component") : undefined}
      actions={
        <Menu>
          <MenuTrigger disableButtonEnhancement><Button size="small" appearance="primary" icon={<ArrowDownloadRegular />} disabled={!sections || empty}>Download<ChevronDownRegular /></Button></MenuTrigger>
          <MenuPopover>
            <MenuList>{SPECS.map((spec) => <MenuItem key={spec} onClick={() => save(bomAddress(scope, spec), `ai-bom.${spec}.json`)}>{spec.replace("cyclonedx-", "CycloneDX ")} JSON</MenuItem>)}</MenuList>
          </MenuPopover>
        </Menu>
      }
      bar={
        <>
          <TabList size="small" selectedValue={section.id} onTabSelect={(_, { value }) => write({ section: String(value), component: null, sort: null })}>
            {SECTIONS.map(({ id, label }) => <Tab key={id} value={id}>{label}<span className={css.count}>{sections?.[id].length ?? ""}</span></Tab>)}
          </TabList>
          <SearchFilter placeholder="Find a component" />
        </>
      }
    >
      <SplitView label="Component" panel={
        read("asset") ? <AssetDetails key={read("asset")} id={read("asset")} tab={read("tab") || "overview"} onTab={(tab) => write({ tab })} onClose={close} />
          : opened ? <BomRowDetails key={opened.ref} row={opened} onAsset={(asset) => write({ asset })} onClose={close} /> : null
      }>
        <Loading query={query} what="The bill of materials could not be made">
          {() => empty ? (
            <Empty icon={DocumentBulletListRegular} title="Nothing to list yet" action={<ActionLink primary to="/scans?new=1">Start a scan</ActionLink>}>
              Models, datasets, prompts, services and libraries appear as scans find them.
            </Empty>
          ) : rows.length === 0 ? (
            <Empty icon={DocumentBulletListRegular} title={all.length === 0 ? `No ${section.label.toLowerCase()} in this scope` : "No component has this name"} />
          ) : (
            <DataTable label={section.label} columns={columns} rows={rows} rowKey={(row) => row.ref}
              selected={opened?.ref ?? null} onOpen={(row) => write({ component: row.ref, asset: null })}
              sort={parseSort(read("sort"))} onSort={(sort) => write({ sort: formatSort(sort) })}
              footer={<span className="num">{plural(rows.length, "component")}</span>} />
          )}
        </Loading>
      </SplitView>
    </Page>
  );
}

/** Saves what the server answers under a name. */
function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
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
