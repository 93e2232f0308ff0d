import { Button, Spinner } from "@fluentui/react-components";
import { useCallback, useMemo, useState } from "react";

import { allAssets, useAssets, useEnvironments } from "../../api/queries";
import { PROVIDERS, type Asset } from "../../api/types";
import { useScope, useUrlState } from "../../app/url";
import { download, toCsv } from "../../lib/csv";
import { formatCount, plural } from "../../lib/format";
import { CATEGORIES, CATEGORY_LABEL, FINDING_LABEL, kindPlural, kindsOf, PROVIDER_LABEL } from "../../lib/vocabulary";
import { ActionLink } from "../../ui/ActionLink";
import { AssetDetails } from "../../ui/AssetDetails";
import { type Column, DataTable, formatSort, parseSort } from "../../ui/DataTable";
import { chosen, ClearFilters, FilterChip, SearchFilter } from "../../ui/Filters";
import { AppsRegular, ArrowDownloadRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { SplitView } from "../../ui/SplitView";
import { Empty, Loading } from "../../ui/States";
import { ColumnPicker } from "./ColumnPicker";
import { baseColumns, columnsOf, DEFAULT_COLUMNS } from "./columns";
import { SavedViews } from "./SavedViews";
import { Selection } from "./Selection";

const FILTERS = ["q", "category", "kind", "provider", "finding", "gone"];
/** What a saved view holds. */
const VIEW = [...FILTERS, "sort", "columns"];
const NONE: ReadonlySet<string> = new Set();

export default function InventoryPage() {
  const scope = useScope();
  const [read, write] = useUrlState();
  const { data: environments = [] } = useEnvironments();
  const filter = {
    q: read("q"), kind: read("kind"), provider: read("provider"), category: read("category"), finding: read("finding"), gone: read("gone"), sort: read("sort"),
  };
  const query = useAssets(scope, filter);
  const base = useMemo(() => baseColumns(environments), [environments]);
  const wanted = read("columns");
  const ids = useMemo(() => (wanted === "" ? DEFAULT_COLUMNS : chosen(wanted)), [wanted]);
  const shown = useMemo(() => columnsOf(ids, base), [ids, base]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const opened = read("asset");
  const close = useCallback(() => write({ asset: null }), [write]);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total ?? 0;
  const [marked, setMarked] = useState<ReadonlySet<string>>(NONE);
  const selection = useMemo(() => rows.filter(({ id }) => marked.has(id)), [rows, marked]);
  const filtered = FILTERS.some((name) => read(name) !== "");
  const chosenCategories = CATEGORIES.filter((category) => chosen(filter.category).includes(category));
  const kinds = (chosenCategories.length > 0 ? chosenCategories : CATEGORIES).flatMap(kindsOf);
  const chosenKinds = useMemo(() => chosen(filter.kind), [filter.kind]);

  return (
    <Page
      title="Inventory"
      hint={query.data ? plural(total, "asset") : undefined}
      bar={
        <>
          <SearchFilter placeholder="Find by name, id or type" />
          <FilterChip name="category" label="Category" options={CATEGORIES.map((value) => ({ value, label: CATEGORY_LABEL[value] }))} />
          <FilterChip name="kind" label="Kind" options={kinds.map((value) => ({ value, label: kindPlural(value) }))} />
          <FilterChip name="provider" label="Provider" options={PROVIDERS.map((value) => ({ value, label: PROVIDER_LABEL[value] ?? value }))} />
          <FilterChip name="finding" label="Findings" options={Object.entries(FINDING_LABEL).map(([value, label]) => ({ value, label }))} />
          <FilterChip name="gone" label="Gone" single options={[{ value: "true", label: "shown too" }]} />
          <ClearFilters names={FILTERS} />
        </>
      }
      actions={
        <>
          <SavedViews page="inventory" names={VIEW} />
          <ColumnPicker base={base} chosen={ids} kinds={chosenKinds} onChange={(columns) => write({ columns: columns.join(",") === DEFAULT_COLUMNS.join(",") ? null : columns.join(",") })} />
          <Download disabled={rows.length === 0} columns={shown} read={rows} complete={!hasNextPage} everything={async () => (await allAssets(scope, filter)).items} />
        </>
      }
    >
      <SplitView label="Asset" panel={opened ? <AssetDetails key={opened} id={opened} tab={read("tab") || "overview"} onTab={(tab) => write({ tab })} onClose={close} /> : null}>
        <Loading query={query} what="The inventory could not be read" rows={14}>
          {() => rows.length === 0 ? (
            filtered ? (
              <Empty title="No asset fits these filters" action={<Button onClick={() => write(Object.fromEntries(FILTERS.map((name) => [name, null])))}>Clear filters</Button>}>
                Widen the search, or look in another scope.
              </Empty>
            ) : (
              <Empty icon={AppsRegular} title="Nothing found yet" action={<ActionLink primary to="/scans?new=1">Start a scan</ActionLink>}>
                Scan a folder, a repository or a cloud account: AI services, models, agents and their data appear here.
              </Empty>
            )
          ) : (
            <DataTable
              label="Assets" columns={shown} rows={rows} rowKey={(row) => row.id} selected={opened} onEnd={more} sorted
              onOpen={(row) => write({ asset: row.id })} sort={parseSort(read("sort"))} onSort={(sort) => write({ sort: formatSort(sort) })}
              marked={marked} onMark={setMarked}
              footer={selection.length > 0 ? (
                <Selection assets={selection} onClear={() => setMarked(NONE)} onCsv={() => saveCsv(shown, selection)} />
              ) : (
                <>
                  <span className="num">{rows.length < total ? `${formatCount(rows.length)} of ${plural(total, "asset")} read` : plural(total, "asset")}</span>
                  {isFetchingNextPage && <Spinner size="extra-tiny" label="Reading more" />}
                </>
              )}
            />
          )}
        </Loading>
      </SplitView>
    </Page>
  );
}

function saveCsv(columns: readonly Column<Asset>[], rows: readonly Asset[]): void {
  download("assets.csv", toCsv([...columns.map(({ header }) => header), "Id"], rows.map((row) => [...columns.map((column) => column.value(row)), row.id])));
}

/** Saves every asset that fits as CSV, also those that were not read yet. */
function Download({ columns, read, complete, everything, disabled }: {
  columns: readonly Column<Asset>[]; read: readonly Asset[]; complete: boolean; everything: () => Promise<Asset[]>; disabled: boolean;
}) {
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const save = async () => {
    setState("busy");
    try {
      saveCsv(columns, complete ? read : await everything());
      setState("idle");
    } catch {
      setState("failed");
    }
  };
  return (
    <Button size="small" icon={<ArrowDownloadRegular />} disabled={disabled || state === "busy"} onClick={() => void save()}>
      {state === "busy" ? "Reading…" : state === "failed" ? "CSV failed; try again" : "CSV"}
    </Button>
  );
}
