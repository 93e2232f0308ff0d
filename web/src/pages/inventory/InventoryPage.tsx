import { Button, Menu, MenuItemCheckbox, MenuList, MenuPopover, MenuTrigger, Spinner } from "@fluentui/react-components";
import { useCallback, useMemo } from "react";
import { useAssets, useEnvironments } from "../../api/queries";
import { PROVIDERS, type Asset, type Environment } from "../../api/types";
import { useScope, useUrlState } from "../../app/url";
import { download, toCsv } from "../../lib/csv";
import { formatCount, plural } from "../../lib/format";
import { CATEGORIES, CATEGORY_LABEL, FINDING_LABEL, kindLabel, kindPlural, kindsOf, PROVIDER_LABEL } from "../../lib/vocabulary";
import { ActionLink } from "../../ui/ActionLink";
import { AssetName, Kind, Provider } from "../../ui/Asset";
import { AssetDetails } from "../../ui/AssetDetails";
import { type Column, DataTable, formatSort, parseSort } from "../../ui/DataTable";
import { ClearFilters, FilterChip, SearchFilter, chosen } from "../../ui/Filters";
import { AppsRegular, ArrowDownloadRegular, ColumnTripleRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { Severity, SeverityCounts, severityRank } from "../../ui/Severity";
import { SplitView } from "../../ui/SplitView";
import { Empty, Loading } from "../../ui/States";
import { Time } from "../../ui/Time";

const FILTERS = ["q", "category", "kind", "provider", "finding"];
const DEFAULT_HIDDEN = "type,first_seen";

export default function InventoryPage() {
  const scope = useScope();
  const [read, write] = useUrlState();
  const { data: environments = [] } = useEnvironments();
  const filter = { q: read("q"), kind: read("kind"), provider: read("provider"), category: read("category"), finding: read("finding") };
  const query = useAssets(scope, filter);
  const columns = useMemo(() => columnsFor(environments), [environments]);
  const hidden = chosen(read("hide") || DEFAULT_HIDDEN);
  const shown = columns.filter(({ id }) => !hidden.includes(id));
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const opened = read("asset");
  const close = useCallback(() => write({ asset: null }), [write]);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total ?? 0;
  const filtered = FILTERS.some((name) => read(name) !== "");
  const chosenCategories = CATEGORIES.filter((category) => chosen(filter.category).includes(category));
  const kinds = (chosenCategories.length > 0 ? chosenCategories : CATEGORIES).flatMap(kindsOf);

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
          <ClearFilters names={FILTERS} />
        </>
      }
      actions={
        <>
          <Menu checkedValues={{ shown: shown.map(({ id }) => id) }} onCheckedValueChange={(_, { checkedItems }) =>
            write({ hide: columns.map(({ id }) => id).filter((id) => !checkedItems.includes(id)).join(",") || "none" })}>
            <MenuTrigger disableButtonEnhancement><Button size="small" icon={<ColumnTripleRegular />}>Columns</Button></MenuTrigger>
            <MenuPopover>
              <MenuList>
                {columns.map(({ id, header }) => <MenuItemCheckbox key={id} name="shown" value={id} disabled={id === "name"}>{header}</MenuItemCheckbox>)}
              </MenuList>
            </MenuPopover>
          </Menu>
          <Button size="small" icon={<ArrowDownloadRegular />} disabled={rows.length === 0} onClick={() =>
            download("assets.csv", toCsv([...columns.map(({ header }) => header), "Id"], rows.map((row) => [...columns.map((column) => column.value(row)), row.id])))}>
            CSV
          </Button>
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
              label="Assets" columns={shown} rows={rows} rowKey={(row) => row.id} selected={opened} onEnd={more}
              onOpen={(row) => write({ asset: row.id })} sort={parseSort(read("sort"))} onSort={(sort) => write({ sort: formatSort(sort) })}
              footer={
                <>
                  <span className="num">{rows.length < total ? `${formatCount(rows.length)} of ${plural(total, "asset")} read` : plural(total, "asset")}</span>
                  {isFetchingNextPage && <Spinner size="extra-tiny" label="Reading more" />}
                </>
              }
            />
          )}
        </Loading>
      </SplitView>
    </Page>
  );
}

function columnsFor(environments: readonly Environment[]): Column<Asset>[] {
  const names = new Map(environments.map(({ id, name }) => [id, name]));
  return [
    { id: "name", header: "Name", width: "minmax(200px, 3fr)", value: (row) => row.name, cell: (row) => <AssetName kind={row.kind} name={row.name} /> },
    { id: "kind", header: "Kind", width: "minmax(124px, 1.1fr)", value: (row) => kindLabel(row.kind), cell: (row) => <Kind kind={row.kind} /> },
    { id: "provider", header: "Provider", width: "minmax(128px, 1fr)", value: (row) => PROVIDER_LABEL[row.provider] ?? row.provider, cell: (row) => <Provider provider={row.provider} /> },
    { id: "environment", header: "Environment", width: "minmax(116px, 1.2fr)", value: (row) => names.get(row.environment) ?? row.environment },
    { id: "type", header: "Type", width: "minmax(180px, 1.4fr)", value: (row) => row.native_type },
    { id: "region", header: "Region", width: "minmax(96px, 0.8fr)", value: (row) => row.region },
    {
      id: "findings", header: "Findings", width: "minmax(100px, 0.8fr)", value: (row) => row.findings.length,
      cell: (row) => <FindingCounts asset={row} />,
    },
    {
      id: "severity", header: "Worst", width: "minmax(128px, 0.8fr)", value: (row) => (row.findings.length === 0 ? null : -worst(row)),
      cell: (row) => (row.findings.length === 0 ? null : <Severity level={row.findings.reduce((a, b) => (severityRank(b.severity) < severityRank(a.severity) ? b : a)).severity} />),
    },
    { id: "first_seen", header: "First seen", width: "minmax(120px, 0.8fr)", value: (row) => row.first_seen, cell: (row) => <Time at={row.first_seen} /> },
    { id: "last_seen", header: "Last seen", width: "minmax(116px, 0.8fr)", value: (row) => row.last_seen, cell: (row) => <Time at={row.last_seen} /> },
  ];
}

const worst = (asset: Asset): number => Math.min(...asset.findings.map(({ severity }) => severityRank(severity)));

function FindingCounts({ asset }: { asset: Asset }) {
  const counts: Record<string, number> = {};
  for (const { severity } of asset.findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return <SeverityCounts counts={counts} />;
}
