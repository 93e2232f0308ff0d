import { useCallback, useMemo } from "react";
import { useCoverage, useEnvironments } from "../../api/queries";
import type { Coverage, Plan } from "../../api/types";
import { useScope, useUrlState } from "../../app/url";
import { type EnvironmentRow, treeRows } from "../../lib/environments";
import { humanize, plural } from "../../lib/format";
import { ActionLink } from "../../ui/ActionLink";
import { Provider } from "../../ui/Asset";
import { chosen, ClearFilters, FilterChip } from "../../ui/Filters";
import { type Column, DataTable } from "../../ui/DataTable";
import { ServerRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { SplitView } from "../../ui/SplitView";
import { Empty, Loading } from "../../ui/States";
import { Time } from "../../ui/Time";
import { EnvironmentPlans } from "./EnvironmentPlans";
import css from "./environments.module.css";
import { COVERAGE_LABEL, PLAN_LABEL } from "./plans";

export default function EnvironmentsPage() {
  const scope = useScope();
  const [read, write] = useUrlState();
  const query = useEnvironments();
  const { data: coverage } = useCoverage();
  const environments = useMemo(() => query.data ?? [], [query.data]);
  const byId = useMemo(() => new Map((coverage ?? []).map((one) => [one.environment, one])), [coverage]);
  const level = read("level");
  const rows = useMemo(
    () => within(treeRows(environments), scope).filter(({ id }) => level === "" || chosen(level).includes(byId.get(id)?.level ?? "")),
    [environments, scope, level, byId],
  );
  const columns = useMemo(() => columnsFor(byId), [byId]);
  const opened = environments.find(({ id }) => id === read("environment"));
  const close = useCallback(() => write({ environment: null }), [write]);
  const partial = [...byId.values()].filter(({ level }) => level !== "full").length;
  return (
    <Page title="Environments" hint={query.data ? `${plural(rows.length, "environment")}${partial > 0 ? `, ${partial} not fully covered` : ""}` : undefined}
      bar={<><FilterChip name="level" label="Coverage" options={Object.entries(COVERAGE_LABEL).map(([value, label]) => ({ value, label }))} /><ClearFilters names={["level"]} /></>}>
      <SplitView label="Environment" panel={opened ? <EnvironmentPlans key={opened.id} environment={opened} environments={environments} coverage={byId.get(opened.id)} onClose={close} /> : null}>
        <Loading query={query} what="The environments could not be read">
          {() => rows.length === 0 && environments.length > 0 ? (
            <Empty icon={ServerRegular} title="No environment has this coverage" />
          ) : rows.length === 0 ? (
            <Empty icon={ServerRegular} title="No environment is connected" action={<ActionLink primary to="/scans?new=1">Start a scan</ActionLink>}>
              A scan of a cloud account, a cluster, a repository or a folder connects its environment. Plans are then switched on here and inherited downwards.
            </Empty>
          ) : (
            <DataTable label="Environments" columns={columns} rows={rows} rowKey={(row) => row.id} selected={opened?.id ?? null} rowHeight={44}
              onOpen={(row) => write({ environment: row.id })} footer={<span className="num">{plural(rows.length, "environment")}</span>} />
          )}
        </Loading>
      </SplitView>
    </Page>
  );
}

/** The rows of one environment and of what is below it. */
function within(rows: EnvironmentRow[], scope: string): EnvironmentRow[] {
  const start = rows.findIndex(({ id }) => id === scope);
  if (start < 0) return rows;
  const depth = rows[start]?.depth ?? 0;
  const end = rows.findIndex((row, index) => index > start && row.depth <= depth);
  return rows.slice(start, end < 0 ? undefined : end);
}

function columnsFor(coverage: ReadonlyMap<string, Coverage>): Column<EnvironmentRow>[] {
  const plan = (id: Plan): Column<EnvironmentRow> => ({
    id, header: PLAN_LABEL[id], width: "minmax(120px, 1fr)", value: (row) => coverage.get(row.id)?.plans.find((one) => one.plan === id)?.state ?? null,
    cell: (row) => {
      const setting = coverage.get(row.id)?.plans.find((one) => one.plan === id);
      if (!setting) return <span className={css.quiet}>—</span>;
      return <span className={css.state} data-state={setting.state}><i aria-hidden="true" />{setting.state === "on" ? "On" : "Off"}{setting.inherited_from && <small>inherited</small>}</span>;
    },
  });
  return [
    {
      id: "name", header: "Environment", width: "minmax(220px, 2.4fr)", value: (row) => row.name,
      cell: (row) => <span className={css.name} style={{ paddingLeft: row.depth * 20 }} title={row.id}>{row.depth > 0 && <span className={css.branch} aria-hidden="true" />}<span>{row.name}</span></span>,
    },
    { id: "kind", header: "Level", width: "minmax(104px, 0.8fr)", value: (row) => humanize(row.kind) },
    { id: "provider", header: "Provider", width: "minmax(110px, 0.9fr)", value: (row) => row.provider, cell: (row) => <Provider provider={row.provider} /> },
    plan("cspm"), plan("ai-workloads"),
    {
      id: "coverage", header: "Coverage", width: "minmax(150px, 1fr)", value: (row) => coverage.get(row.id)?.level ?? null,
      cell: (row) => {
        const one = coverage.get(row.id);
        if (!one) return <span className={css.quiet}>—</span>;
        const done = one.steps.filter((step) => step.done).length;
        return <span className={css.level} data-level={one.level}>{COVERAGE_LABEL[one.level]} <small>{done} of {one.steps.length} steps</small></span>;
      },
    },
    { id: "scanned", header: "Last scan", width: "minmax(124px, 0.8fr)", value: (row) => row.last_scanned, cell: (row) => <Time at={row.last_scanned} /> },
  ];
}
