import { useNavigate } from "react-router";

import { useIncidents } from "../../api/queries";
import { type Incident, INCIDENT_STATUSES, SEVERITIES } from "../../api/types";
import { useLinks, useScope, useUrlState } from "../../app/url";
import { humanize, plural } from "../../lib/format";
import { STATUS_LABEL } from "../../lib/vocabulary";
import { ActionLink } from "../../ui/ActionLink";
import { type Column, DataTable, formatSort, parseSort } from "../../ui/DataTable";
import { chosen, ClearFilters, FilterChip, SearchFilter } from "../../ui/Filters";
import { TargetRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { Severity, severityRank } from "../../ui/Severity";
import { Empty, Loading } from "../../ui/States";
import { StatusText } from "../../ui/Status";
import { Time } from "../../ui/Time";
import { KillChain } from "./KillChain";
import css from "./incidents.module.css";

const FILTERS = ["q", "severity", "status"];

export default function IncidentsPage() {
  const scope = useScope();
  const to = useLinks();
  const navigate = useNavigate();
  const [read, write] = useUrlState();
  const query = useIncidents(scope);
  const incidents = query.data?.items ?? [];
  const [severity, status] = [chosen(read("severity")), chosen(read("status"))];
  const text = read("q").toLowerCase();
  const shown = incidents.filter((incident) =>
    (severity.length === 0 || severity.includes(incident.severity)) && (status.length === 0 || status.includes(incident.status))
    && [incident.display_name, incident.description, incident.id, ...incident.entities.map(({ value }) => value)].join(" ").toLowerCase().includes(text));
  return (
    <Page
      title="Incidents"
      hint={query.data ? plural(shown.length, "incident") : undefined}
      bar={
        <>
          <SearchFilter placeholder="Find by text, entity or id" />
          <FilterChip name="severity" label="Severity" options={SEVERITIES.map((value) => ({ value, label: humanize(value) }))} />
          <FilterChip name="status" label="Status" options={INCIDENT_STATUSES.map((value) => ({ value, label: STATUS_LABEL[value] ?? value }))} />
          <ClearFilters names={FILTERS} />
        </>
      }
    >
      <Loading query={query} what="The incidents could not be read">
        {() => shown.length === 0 ? (
          <Empty icon={TargetRegular} title={incidents.length === 0 ? "No incidents" : "No incident fits these filters"} action={<ActionLink primary to="/alerts">See the alerts</ActionLink>}>
            {incidents.length === 0 ? "Alerts that share who, what and when are joined to one incident with its story." : "Clear a filter to see more."}
          </Empty>
        ) : (
          <DataTable label="Incidents" columns={COLUMNS} rows={shown} rowKey={(row) => row.id} rowHeight={58}
            onOpen={(row) => void navigate(to(`/incidents/${row.id}`))} sort={parseSort(read("sort") || "-updated")} onSort={(sort) => write({ sort: formatSort(sort) })}
            footer={<span className="num">{plural(shown.length, "incident")}</span>} />
        )}
      </Loading>
    </Page>
  );
}

const COLUMNS: Column<Incident>[] = [
  { id: "severity", header: "Severity", width: "118px", value: (row) => -severityRank(row.severity), cell: (row) => <Severity level={row.severity} /> },
  {
    id: "name", header: "Incident", width: "minmax(230px, 3fr)", value: (row) => row.display_name,
    cell: (row) => <span className={css.name}><span title={row.display_name}>{row.display_name}</span><small>{row.description}</small></span>,
  },
  { id: "chain", header: "Kill chain", width: "minmax(176px, 1fr)", value: (row) => row.story.length, cell: (row) => <KillChain story={row.story} /> },
  { id: "alerts", header: "Alerts", width: "68px", align: "end", value: (row) => row.alerts.length },
  { id: "blast", header: "Reaches", width: "minmax(90px, 0.6fr)", align: "end", value: (row) => row.blast_radius.assets.length, cell: (row) => <>{plural(row.blast_radius.assets.length, "asset")}</> },
  { id: "status", header: "Status", width: "minmax(110px, 0.7fr)", value: (row) => STATUS_LABEL[row.status] ?? row.status, cell: (row) => <StatusText status={row.status} /> },
  { id: "owner", header: "Owner", width: "minmax(80px, 0.7fr)", value: (row) => row.assigned_to },
  { id: "updated", header: "Last change", width: "minmax(118px, 0.8fr)", value: (row) => row.last_update_date_time, cell: (row) => <Time at={row.last_update_date_time} /> },
];
