import { Dropdown, Input, Option } from "@fluentui/react-components";
import { useState } from "react";
import { Link } from "react-router";

import { useChangeAlert, useRecommendations } from "../../api/queries";
import { type Alert, ALERT_STATUSES } from "../../api/types";
import { assetPath, useLinks, useScope } from "../../app/url";
import { formatDuration, humanize, plural, shortId } from "../../lib/format";
import { STATUS_LABEL } from "../../lib/vocabulary";
import { PropertyList } from "../../ui/AssetDetails";
import { AlertRegular } from "../../ui/icons";
import { Facts, Panel, Section } from "../../ui/Panel";
import { Severity } from "../../ui/Severity";
import { Failure } from "../../ui/States";
import { StatusText } from "../../ui/Status";
import { EntityCards, EvidenceList, Ids } from "../../ui/Threat";
import { Time } from "../../ui/Time";
import css from "./alerts.module.css";
import { SuppressSimilar } from "./SuppressSimilar";

/** One alert: what was seen, the proof, and what to do. */
export function AlertDetails({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const [tab, setTab] = useState("details");
  const to = useLinks();
  return (
    <Panel
      icon={<AlertRegular />} title={alert.alert_display_name} onClose={onClose} tab={tab} onTab={setTab}
      subtitle={<><Severity level={alert.severity} /><StatusText status={alert.status} />{alert.is_sample && <span className={css.sample}>Sample</span>}<Time at={alert.end_time_utc} /></>}
      tabs={[{ id: "details", label: "Alert details" }, { id: "action", label: "Take action" }]}
    >
      {tab === "details" ? (
        <>
          <Section title="What was seen">
            <p className={css.sentence}>{alert.description}</p>
            {alert.incident_id && <p className={css.incident}>Part of an <Link to={to(`/incidents/${alert.incident_id}`)}>incident</Link>.</p>}
          </Section>
          {alert.evidence.length > 0 && <Section title="Evidence"><EvidenceList evidence={alert.evidence} /></Section>}
          {alert.entities.length > 0 && <Section title="Who and what"><EntityCards entities={alert.entities} /></Section>}
          <Section title="Facts">
            <Facts facts={[
              ["Affected", alert.compromised_entity],
              ["Resource", alert.resource_identifiers.length > 0 && alert.resource_identifiers.map(({ id }) => <div key={id}><Link to={to(assetPath(id))} title={id}>{shortId(id)}</Link></div>)],
              ["First event", <Time key="start" at={alert.start_time_utc} exact />],
              ["Last event", <Time key="end" at={alert.end_time_utc} exact />],
              ["Events", `${plural(alert.count, "event")}${alert.count > 1 ? ` in ${formatDuration(alert.start_time_utc, alert.end_time_utc)}` : ""}`],
              ["Intent", humanize(alert.intent)], ["Tactics", alert.tactics.join(", ")],
              ["Techniques", ids(alert.techniques)], ["ATLAS", ids(alert.atlas)], ["OWASP", ids(alert.owasp)],
              ["Alert type", <code key="type">{alert.alert_type}</code>],
              ["Defender type", alert.defender_alert_type !== alert.alert_type && alert.defender_alert_type && <code key="defender">{alert.defender_alert_type}</code>],
              ["Id", <code key="id">{alert.id}</code>],
            ]} />
          </Section>
          {Object.keys(alert.extended_properties).length > 0 && <Section title="More"><PropertyList properties={alert.extended_properties} /></Section>}
        </>
      ) : <TakeAction alert={alert} />}
    </Panel>
  );
}

const ids = (values: readonly string[]) => (values.length > 0 ? <Ids ids={values} /> : null);

function TakeAction({ alert }: { alert: Alert }) {
  const to = useLinks();
  const change = useChangeAlert();
  const [owner, setOwner] = useState(alert.assigned_to ?? "");
  const resources = alert.resource_identifiers.map(({ id }) => id);
  const { data } = useRecommendations(useScope());
  const prevent = (data?.items ?? []).filter((item) => item.status === "unhealthy" && resources.includes(item.asset));
  const assign = () => {
    if (owner !== (alert.assigned_to ?? "")) change.mutate({ alert: alert.id, assigned_to: owner || null });
  };
  return (
    <>
      <Section title="Handle the alert">
        <div className={css.handle}>
          <label htmlFor="alert-status">Status</label>
          <Dropdown id="alert-status" size="small" value={STATUS_LABEL[alert.status] ?? alert.status} selectedOptions={[alert.status]} disabled={change.isPending}
            onOptionSelect={(_, { optionValue }) => {
              const status = ALERT_STATUSES.find((known) => known === optionValue);
              if (status && status !== alert.status) change.mutate({ alert: alert.id, status });
            }}>
            {ALERT_STATUSES.map((status) => <Option key={status} value={status}>{STATUS_LABEL[status] ?? status}</Option>)}
          </Dropdown>
          <label htmlFor="alert-owner">Owner</label>
          <Input id="alert-owner" size="small" placeholder="Nobody yet" value={owner} onChange={(_, { value }) => setOwner(value)} onBlur={assign}
            onKeyDown={(event) => { if (event.key === "Enter") assign(); }} />
        </div>
        {change.error && <Failure what="The alert was not changed" error={change.error} />}
      </Section>
      <Section title="Mitigate the threat">
        {alert.remediation_steps.length === 0 ? <p className={css.quiet}>This alert names no steps.</p>
          : <ol className={css.steps}>{alert.remediation_steps.map((step) => <li key={step}>{step}</li>)}</ol>}
      </Section>
      {resources.length > 0 && (
        <Section title="Inspect the resource">
          <ul className={css.links}>
            {resources.map((id) => (
              <li key={id}><Link to={to(assetPath(id))}>{shortId(id)}</Link> · <Link to={to(assetPath(id), { tab: "relations" })}>relations</Link> · <Link to={to("/attack-paths", { q: id })}>attack paths</Link></li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="Prevent future attacks">
        {prevent.length === 0 ? <p className={css.quiet}>No open recommendation names this resource.</p> : (
          <ul className={css.links}>
            {prevent.map((item) => <li key={item.rule}><Severity level={item.risk_level} plain /> <Link to={to("/recommendations", { open: `${item.rule}@${item.asset}` })}>{item.title}</Link></li>)}
          </ul>
        )}
      </Section>
      <Section title="Suppress similar alerts"><SuppressSimilar alert={alert} /></Section>
    </>
  );
}
