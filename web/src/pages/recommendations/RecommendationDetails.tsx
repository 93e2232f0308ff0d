import { Link } from "react-router";

import type { Environment, Recommendation } from "../../api/types";
import { assetPath, useLinks } from "../../app/url";
import { humanize, plural, shortId } from "../../lib/format";
import { RISK_FACTOR_LABEL } from "../../lib/vocabulary";
import { ShieldErrorRegular } from "../../ui/icons";
import { Facts, Panel, Section } from "../../ui/Panel";
import { Severity } from "../../ui/Severity";
import { StatusText } from "../../ui/Status";
import { Time } from "../../ui/Time";
import css from "./recommendations.module.css";

/** One rule's result for one asset: why, and what to do. */
export function RecommendationDetails({ item, environments, onClose }: {
  item: Recommendation; environments: readonly Environment[]; onClose: () => void;
}) {
  const to = useLinks();
  return (
    <Panel
      icon={<ShieldErrorRegular />} title={item.title} onClose={onClose}
      subtitle={<><Severity level={item.risk_level} /><StatusText status={item.status} /></>}
    >
      <Section title="Why">
        <p className={css.text}>{item.reason}</p>
      </Section>
      <Section title="What to do">
        <p className={css.text}>{item.remediation}</p>
      </Section>
      <Section title="Risk">
        <p className={css.text}>The rule alone is {item.severity}.{item.risk_factors.length > 0 ? " Here the risk is raised, since:" : " Nothing in the asset's surroundings raises it."}</p>
        {item.risk_factors.length > 0 && <ul className={css.factors}>{item.risk_factors.map((factor) => <li key={factor}>{RISK_FACTOR_LABEL[factor] ?? humanize(factor)}</li>)}</ul>}
      </Section>
      <Section title="About">
        <Facts facts={[
          ["Asset", <Link key="asset" to={to(assetPath(item.asset))}>{shortId(item.asset)}</Link>],
          ["Environment", environments.find(({ id }) => id === item.environment)?.name ?? item.environment],
          ["Attack paths", item.attack_paths > 0 ? <Link key="paths" to={to("/attack-paths", { q: item.asset })}>{plural(item.attack_paths, "attack path")}</Link> : "None"],
          ["Rule", <code key="rule">{item.rule}</code>],
          ["Owner", item.owner], ["Due", item.due && <Time key="due" at={item.due} exact />],
        ]} />
      </Section>
      {item.frameworks.length > 0 && (
        <Section title="Frameworks">
          <ul className={css.frameworks}>{item.frameworks.map((control) => <li key={control}>{control}</li>)}</ul>
        </Section>
      )}
    </Panel>
  );
}
