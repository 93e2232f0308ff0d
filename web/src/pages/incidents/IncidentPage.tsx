import { Button, Dropdown, Input, Option } from "@fluentui/react-components";
import { useMemo, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { useAlerts, useChangeIncident, useIncident } from "../../api/queries";
import { type Alert, type Incident, INCIDENT_STATUSES } from "../../api/types";
import { assetPath, useLinks } from "../../app/url";
import { formatDuration, humanize, plural } from "../../lib/format";
import { STATUS_LABEL } from "../../lib/vocabulary";
import type { Drawing } from "../../lib/graph";
import { Copy } from "../../ui/Copy";
import { Graph } from "../../ui/Graph";
import { Card, Page } from "../../ui/Page";
import { Severity } from "../../ui/Severity";
import { Failure, Loading } from "../../ui/States";
import { StatusText } from "../../ui/Status";
import { EntityCards, EvidenceList } from "../../ui/Threat";
import { Time } from "../../ui/Time";
import { incidentDrawing, openSteps } from "./incident";
import { KillChain } from "./KillChain";
import css from "./incidents.module.css";

export default function IncidentPage() {
  const { id = "" } = useParams();
  const query = useIncident(id);
  return (
    <Loading query={query} what="The incident could not be read" rows={12}>
      {(incident) => <IncidentView key={incident.id} incident={incident} />}
    </Loading>
  );
}

function IncidentView({ incident }: { incident: Incident }) {
  const to = useLinks();
  const navigate = useNavigate();
  // The incident's alerts, whatever the scope.
  const { data } = useAlerts("");
  const alerts = useMemo(() => (data?.items ?? []).filter((alert) => incident.alerts.includes(alert.id)), [data, incident.alerts]);
  const drawing = useMemo(() => incidentDrawing(incident, alerts), [incident, alerts]);
  const evidence = alerts.flatMap((alert) => alert.evidence.map((item) => ({ alert, item })));
  const attacked = alerts.flatMap((alert) => alert.resource_identifiers.map((resource) => resource.id))[0];
  return (
    <Page title={incident.display_name} hint="Incident" scroll>
      <div className={css.summary}>
        <Severity level={incident.severity} /><StatusText status={incident.status} />
        <span>Opened <Time at={incident.created_date_time} /></span>
        <span>{formatDuration(incident.created_date_time, incident.story.at(-1)?.time ?? incident.last_update_date_time)} from first to last step</span>
        <span>{plural(incident.alerts.length, "alert")}</span>
        <KillChain story={incident.story} />
        {incident.custom_tags.map((tag) => <span key={tag} className={css.tag}>{humanize(tag)}</span>)}
      </div>
      <p className={css.description}>{incident.description}</p>
      {incident.redirect_incident_id && <p className={css.description}>It was merged into <Link to={to(`/incidents/${incident.redirect_incident_id}`)}>another incident</Link>.</p>}
      <div className={css.columns}>
        <div className={css.column}>
          <Card title="Story">
            <ol className={css.story}>
              {incident.story.map((step, index) => (
                <li key={`${step.alert} ${index}`} data-intent={step.intent}>
                  <div className={css.when}><Time at={step.time} exact /></div>
                  <div className={css.step}>
                    <strong>{step.tactic || humanize(step.intent)}</strong>
                    <Link to={to("/alerts", { alert: step.alert })}>{step.summary}</Link>
                  </div>
                </li>
              ))}
            </ol>
          </Card>
          <Card title="Entities and blast radius" flush
            aside={<span className={css.quiet}>{plural(incident.blast_radius.assets.length, "asset")} within reach{incident.blast_radius.sensitive > 0 ? `, ${incident.blast_radius.sensitive} with sensitive data` : ""}{incident.blast_radius.truncated ? " (cut)" : ""}</span>}>
            <div className={css.graph} style={{ height: graphHeight(drawing) }}>
              <Graph drawing={drawing} layout="layered" most={24} label="Entities and blast radius" {...(attacked === undefined ? {} : { root: attacked })}
                onSelect={(node) => { if (!node.startsWith("entity:")) void navigate(to(assetPath(node))); }} />
            </div>
          </Card>
          <Card title="Evidence" aside={<span className={css.quiet}>Secrets are masked before anything is kept</span>}>
            {evidence.length === 0 ? <p className={css.quiet}>No text was kept for these alerts.</p> : <EvidenceList evidence={evidence.map(({ item }) => item)} />}
          </Card>
        </div>
        <div className={css.column}>
          <Handle incident={incident} />
          <Card title="Do now"><DoNow alerts={alerts} /></Card>
          <Card title="Who and what"><EntityCards entities={incident.entities} /></Card>
          <Activity incident={incident} />
        </div>
      </div>
    </Page>
  );
}

/** Room for the tallest column, which is that of the entities, at a size at which labels read. */
const graphHeight = ({ nodes }: Drawing): number =>
  Math.min(620, Math.max(300, 80 * nodes.filter(({ id }) => id.startsWith("entity:")).length + 60));

const CLASSIFICATIONS = ["true_positive", "false_positive", "informational_expected_activity"];

function Handle({ incident }: { incident: Incident }) {
  const change = useChangeIncident();
  const [owner, setOwner] = useState(incident.assigned_to ?? "");
  const assign = () => {
    if (owner !== (incident.assigned_to ?? "")) change.mutate({ incident: incident.id, assigned_to: owner || null });
  };
  return (
    <Card title="Handle">
      <div className={css.handle}>
        <label htmlFor="status">Status</label>
        <Dropdown id="status" size="small" value={STATUS_LABEL[incident.status] ?? ""} selectedOptions={[incident.status]} disabled={change.isPending || incident.status === "redirected"}
          onOptionSelect={(_, { optionValue }) => {
            const status = INCIDENT_STATUSES.find((known) => known === optionValue);
            if (status && status !== incident.status) change.mutate({ incident: incident.id, status });
          }}>
          {INCIDENT_STATUSES.map((status) => <Option key={status} value={status}>{STATUS_LABEL[status] ?? status}</Option>)}
        </Dropdown>
        <label htmlFor="classification">Class</label>
        <Dropdown id="classification" size="small" placeholder="Not classified" value={incident.classification ? humanize(incident.classification) : ""}
          selectedOptions={incident.classification ? [incident.classification] : []} disabled={change.isPending}
          onOptionSelect={(_, { optionValue }) => { if (optionValue) change.mutate({ incident: incident.id, classification: optionValue }); }}>
          {CLASSIFICATIONS.map((value) => <Option key={value} value={value}>{humanize(value)}</Option>)}
        </Dropdown>
        <label htmlFor="owner">Owner</label>
        <Input id="owner" size="small" placeholder="Nobody yet" value={owner} onChange={(_, { value }) => setOwner(value)} onBlur={assign}
          onKeyDown={(event) => { if (event.key === "Enter") assign(); }} />
      </div>
      {change.error && <Failure what="The incident was not changed" error={change.error} />}
    </Card>
  );
}

/** What an analyst can hold in mind at once. */
const FIRST_STEPS = 5;

function DoNow({ alerts }: { alerts: readonly Alert[] }) {
  const steps = openSteps(alerts);
  const [all, setAll] = useState(false);
  if (steps.length === 0) return <p className={css.quiet}>Its alerts name no steps.</p>;
  return (
    <>
      <ol className={css.steps}>
        {steps.slice(0, all ? undefined : FIRST_STEPS).map((step) => <li key={step}><span>{step}</span><Copy text={step} label="Copy the step" /></li>)}
      </ol>
      {steps.length > FIRST_STEPS && (
        <Button size="small" appearance="subtle" onClick={() => setAll(!all)}>{all ? "Show fewer" : `Show ${plural(steps.length - FIRST_STEPS, "more step")}`}</Button>
      )}
    </>
  );
}

function Activity({ incident }: { incident: Incident }) {
  const change = useChangeIncident();
  const [text, setText] = useState("");
  const add = () => change.mutate({ incident: incident.id, comment: text.trim() }, { onSuccess: () => setText("") });
  return (
    <Card title="Activity">
      <ul className={css.activity}>
        <li>Opened <Time at={incident.created_date_time} /></li>
        {incident.comments.map((comment, index) => <li key={index}>{comment}</li>)}
        <li>Last change <Time at={incident.last_update_date_time} /></li>
      </ul>
      <form className={css.comment} onSubmit={(event) => { event.preventDefault(); if (text.trim()) add(); }}>
        <Input size="small" className={css.grow ?? ""} placeholder="Add a remark" aria-label="Add a remark" value={text} onChange={(_, { value }) => setText(value)} />
        <Button size="small" type="submit" disabled={text.trim() === "" || change.isPending}>Add</Button>
      </form>
      {change.error && <Failure what="The remark was not added" error={change.error} />}
    </Card>
  );
}
