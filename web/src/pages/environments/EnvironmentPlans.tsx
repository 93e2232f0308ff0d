import { Switch } from "@fluentui/react-components";

import { useChangePlans, usePlans } from "../../api/queries";
import type { Coverage, Environment, PlanSetting } from "../../api/types";
import { humanize } from "../../lib/format";
import { Provider } from "../../ui/Asset";
import { CheckmarkCircleFilled, CircleRegular, ServerRegular } from "../../ui/icons";
import { Facts, Panel, Section } from "../../ui/Panel";
import { Failure, Loading } from "../../ui/States";
import { Time } from "../../ui/Time";
import css from "./environments.module.css";
import { COVERAGE_LABEL, EXTENSION, PLAN_LABEL, PLAN_TEXT } from "./plans";

/** The plans of an environment: switches, inheritance, options, and what is missing for full coverage. */
export function EnvironmentPlans({ environment, environments, coverage, onClose }: {
  environment: Environment; environments: readonly Environment[]; coverage: Coverage | undefined; onClose: () => void;
}) {
  const query = usePlans(environment.id);
  const change = useChangePlans();
  const below = environments.some(({ parent }) => parent === environment.id);
  const nameOf = (id: string) => environments.find((one) => one.id === id)?.name ?? id;
  const set = (setting: PlanSetting, patch: Partial<Pick<PlanSetting, "state" | "extensions">>) => {
    const { plan, state, extensions } = { ...setting, ...patch };
    change.mutate({ environment: environment.id, plans: [{ plan, state, extensions }] });
  };
  return (
    <Panel icon={<ServerRegular />} title={environment.name} onClose={onClose} subtitle={<><span>{humanize(environment.kind)}</span><Provider provider={environment.provider} /></>}>
      {change.error && <Failure what="The plan was not changed" error={change.error} />}
      <Loading query={query} what="The plans could not be read">
        {(plans) => plans.map((setting) => (
          <section key={setting.plan} className={css.plan} aria-label={PLAN_LABEL[setting.plan]}>
            <div className={css.planHead}>
              <div>
                <h3>{PLAN_LABEL[setting.plan]}</h3>
                <p>{PLAN_TEXT[setting.plan]}</p>
                {setting.inherited_from && <p className={css.inherited}>{setting.state === "on" ? "On" : "Off"} by inheritance from {nameOf(setting.inherited_from)}. A change here is set on this environment{below ? " and what is below it" : ""}.</p>}
              </div>
              <Switch checked={setting.state === "on"} disabled={change.isPending} aria-label={PLAN_LABEL[setting.plan]}
                onChange={(_, { checked }) => set(setting, { state: checked ? "on" : "off" })} />
            </div>
            <ul className={css.extensions}>
              {Object.entries(setting.extensions).map(([name, on]) => (
                <li key={name}>
                  <div><strong>{EXTENSION[name]?.label ?? humanize(name)}</strong><p>{EXTENSION[name]?.text}</p></div>
                  <Switch checked={on} disabled={change.isPending || setting.state === "off"} aria-label={EXTENSION[name]?.label ?? name}
                    onChange={(_, { checked }) => set(setting, { extensions: { ...setting.extensions, [name]: checked } })} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </Loading>
      {coverage && (
        <Section title="Supporting steps for full coverage" aside={<span className={css.level} data-level={coverage.level}>{COVERAGE_LABEL[coverage.level]}</span>}>
          <ul className={css.steps}>
            {coverage.steps.map((step) => (
              <li key={step.id} data-done={step.done}>
                {step.done ? <CheckmarkCircleFilled aria-label="Done" /> : <CircleRegular aria-label="To do" />}
                <div><strong>{step.title}</strong>{!step.done && <p>{step.action}</p>}</div>
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="About">
        <Facts facts={[
          ["Id", <code key="id">{environment.id}</code>], ["Above it", environment.parent && nameOf(environment.parent)],
          ["Last scan", <Time key="scan" at={environment.last_scanned} />],
        ]} />
      </Section>
    </Panel>
  );
}
