import { Button } from "@fluentui/react-components";
import { useCallback, useMemo } from "react";
import { useAlerts, useSampleAlerts } from "../../api/queries";
import { type Alert, ALERT_STATUSES, SEVERITIES } from "../../api/types";
import { useScope, useUrlState } from "../../app/url";
import { download, toCsv } from "../../lib/csv";
import { formatCount, humanize, plural } from "../../lib/format";
import { STATUS_LABEL } from "../../lib/vocabulary";
import { ActionLink } from "../../ui/ActionLink";
import { type Column, DataTable, formatSort, parseSort } from "../../ui/DataTable";
import { chosen, ClearFilters, FilterChip, SearchFilter } from "../../ui/Filters";
import { AlertRegular, ArrowDownloadRegular, BeakerRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { Severity, severityRank } from "../../ui/Severity";
import { SplitView } from "../../ui/SplitView";
import { Empty, Failure, Loading } from "../../ui/States";
import { StatusText } from "../../ui/Status";
import { Time } from "../../ui/Time";
import { AlertDetails } from "./AlertDetails";
import css from "./alerts.module.css";

const FILTERS = ["q", "severity", "status", "tactic", "type"];

export default function AlertsPage() {
  const scope = useScope();
  const [read, write] = useUrlState();
  const query = useAlerts(scope);
  const sample = useSampleAlerts();
  const alerts = useMemo(() => query.data?.items ?? [], [query.data]);
  const [severity, status, tactic, type] = ["severity", "status", "tactic", "type"].map((name) => chosen(read(name))) as [string[], string[], string[], string[]];
  const text = read("q").toLowerCase();
  const shown = alerts.filter((alert) =>
    (severity.length === 0 || severity.includes(alert.severity)) && (status.length === 0 || status.includes(alert.status))
    && (tactic.length === 0 || alert.tactics.some((one) => tactic.includes(one))) && (type.length === 0 || type.includes(alert.alert_type))
    && searchText(alert).includes(text));
  const opened = alerts.find(({ id }) => id === read("alert"));
  const close = useCallback(() => write({ alert: null }), [write]);
  const tactics = [...new Set(alerts.flatMap((alert) => alert.tactics))].sort();
  const types = [...new Set(alerts.map((alert) => alert.alert_type))].sort();
  const open = alerts.filter((alert) => alert.status === "active" || alert.status === "in_progress").length;

  return (
    <Page
      title="Alerts"
      hint={query.data ? `${plural(shown.length, "alert")}, ${formatCount(open)} open` : undefined}
      bar={
        <>
          <SearchFilter placeholder="Find by text, entity or id" />
          <FilterChip name="severity" label="Severity" options={SEVERITIES.map((value) => ({ value, label: humanize(value) }))} />
          <FilterChip name="status" label="Status" options={ALERT_STATUSES.map((value) => ({ value, label: STATUS_LABEL[value] ?? value }))} />
          <FilterChip name="tactic" label="Tactic" options={tactics.map((value) => ({ value, label: value }))} />
          <FilterChip name="type" label="Type" options={types.map((value) => ({ value, label: value }))} />
          <ClearFilters names={FILTERS} />
        </>
      }
      actions={
        <>
          <Button size="small" icon={<BeakerRegular />} disabled={sample.isPending} onClick={() => sample.mutate(scope)}>Sample alerts</Button>
          <Button size="small" icon={<ArrowDownloadRegular />} disabled={shown.length === 0} onClick={() =>
            download("alerts.csv", toCsv([...COLUMNS.map(({ header }) => header), "Description", "Id"], shown.map((alert) => [...COLUMNS.map(csvValue(alert)), alert.description, alert.id])))}>
            CSV
          </Button>
        </>
      }
    >
      <SplitView label="Alert" panel={opened ? <AlertDetails key={opened.id} alert={opened} onClose={close} /> : null}>
        {sample.error && <Failure what="The sample alerts could not be made" error={sample.error} />}
        <Loading query={query} what="The alerts could not be read" rows={12}>
          {() => shown.length === 0 ? (
            alerts.length === 0 ? (
              <Empty icon={AlertRegular} title="No alerts"
                action={<><Button appearance="primary" disabled={sample.isPending} onClick={() => sample.mutate(scope)}>Make sample alerts</Button><ActionLink to="/settings/environments">Check the AI workloads plan</ActionLink></>}>
                Alerts appear when prompts and responses pass the gateway, or when traffic is ingested from logs. Sample alerts show what they look like and go wherever real ones go.
              </Empty>
            ) : (
              <Empty icon={AlertRegular} title="No alert fits these filters" action={<Button onClick={() => write(Object.fromEntries(FILTERS.map((name) => [name, null])))}>Clear filters</Button>} />
            )
          ) : (
            <DataTable label="Alerts" columns={COLUMNS} rows={shown} rowKey={(row) => row.id} selected={read("alert")} rowHeight={46}
              onOpen={(row) => write({ alert: row.id })} sort={parseSort(read("sort") || "-time")} onSort={(sort) => write({ sort: formatSort(sort) })}
              footer={<span className="num">{plural(shown.length, "alert")}{query.data?.next ? ` of ${formatCount(query.data.total)}` : ""}</span>} />
          )}
        </Loading>
      </SplitView>
    </Page>
  );
}

const searchText = (alert: Alert): string =>
  [alert.alert_display_name, alert.alert_type, alert.description, alert.compromised_entity, alert.id, ...alert.entities.map(({ value }) => value)].join(" ").toLowerCase();

const csvValue = (alert: Alert) => (column: Column<Alert>) => (column.id === "severity" ? alert.severity : column.value(alert));

const COLUMNS: Column<Alert>[] = [
  { id: "severity", header: "Severity", width: "118px", value: (row) => -severityRank(row.severity), cell: (row) => <Severity level={row.severity} /> },
  {
    id: "name", header: "Alert", width: "minmax(280px, 3fr)", value: (row) => row.alert_display_name,
    cell: (row) => (
      <span className={css.name}>
        <span title={row.alert_display_name}>{row.alert_display_name}</span>
        <small>{row.is_sample && <span className={css.sample}>Sample</span>}{row.alert_type}{row.count > 1 ? ` · ${formatCount(row.count)} events` : ""}</small>
      </span>
    ),
  },
  { id: "entity", header: "Affected", width: "minmax(140px, 1.3fr)", value: (row) => row.compromised_entity },
  { id: "tactic", header: "Tactics", width: "minmax(130px, 1.1fr)", value: (row) => row.tactics.join(", ") },
  { id: "status", header: "Status", width: "minmax(110px, 0.7fr)", value: (row) => STATUS_LABEL[row.status] ?? row.status, cell: (row) => <StatusText status={row.status} /> },
  { id: "time", header: "Last activity", width: "minmax(120px, 0.8fr)", value: (row) => row.end_time_utc, cell: (row) => <Time at={row.end_time_utc} /> },
];
