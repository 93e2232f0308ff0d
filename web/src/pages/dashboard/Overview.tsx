import type { Dashboard, Estate, Figure } from "../../api/types";
import { formatCount, plural } from "../../lib/format";
import { Provider } from "../../ui/Asset";
import { AlertRegular, FlowRegular, ShieldErrorRegular } from "../../ui/icons";
import { Card } from "../../ui/Page";
import css from "./dashboard.module.css";
import { FigureLink } from "./FigureLink";
import { Sparkline } from "./Sparkline";

const KINDS = [
  ["ai_services", "AI services"], ["storage", "Storage"], ["managed_databases", "Managed databases"], ["hosted_databases", "Hosted databases"],
] as const;

/** Data and AI resources by provider and kind. */
export function EstateCard({ estate }: { estate: readonly Estate[] }) {
  const largest = Math.max(1, ...estate.flatMap((one) => KINDS.map(([kind]) => one[kind].value)));
  return (
    <Card title="Estate" className={css.estate}>
      <table className={css.table}>
        <thead><tr><th scope="col">Provider</th>{KINDS.map(([kind, label]) => <th key={kind} scope="col">{label}</th>)}</tr></thead>
        <tbody>
          {estate.map((one) => (
            <tr key={one.provider}>
              <th scope="row"><Provider provider={one.provider} /></th>
              {KINDS.map(([kind, label]) => (
                <td key={kind}>
                  <FigureLink figure={one[kind]} label={label} />
                  <span className={css.bar} aria-hidden="true"><span style={{ width: `${(100 * one[kind].value) / largest}%` }} data-provider={one.provider} /></span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

const LEVELS = [["full", "Fully protected"], ["partial", "Partially protected"], ["none", "Not protected"]] as const;

/** How well environments are covered, and how many resources each plan reaches. */
export function ProtectionCard({ protection }: { protection: Dashboard["overview"]["protection"] }) {
  const total = LEVELS.reduce((sum, [level]) => sum + protection[level].value, 0);
  return (
    <Card title="Protection" aside={<span className={css.quiet}>{plural(total, "environment")}</span>}>
      <div className={css.stack} role="img" aria-label={LEVELS.map(([level, label]) => `${label}: ${protection[level].value}`).join(", ")}>
        {LEVELS.map(([level]) => protection[level].value > 0 && <span key={level} data-level={level} style={{ flexGrow: protection[level].value }} />)}
      </div>
      <ul className={css.legend}>
        {LEVELS.map(([level, label]) => <li key={level} data-level={level}><i aria-hidden="true" /><span>{label}</span><FigureLink figure={protection[level]} label={label} /></li>)}
      </ul>
      <ul className={css.plans}>
        {protection.resources_by_plan.map(({ name, title, figure }) => (
          <li key={name}>
            <span>{title}</span>
            <span className={css.track} aria-hidden="true"><span style={{ width: `${(100 * figure.value) / Math.max(1, protection.resources.value)}%` }} /></span>
            <span className={css.share}><FigureLink figure={figure} label={`Resources with ${title}`} /><small>of {formatCount(protection.resources.value)}</small></span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const ATTENTION = [
  ["recommendations", "on high or critical recommendations", ShieldErrorRegular],
  ["alerts", "with open alerts", AlertRegular],
  ["attack_paths", "on attack paths", FlowRegular],
] as const;

/** How many data and AI resources need somebody. */
export function Attention({ attention, trends }: { attention: Dashboard["overview"]["attention"]; trends: Dashboard["trends"] }) {
  return (
    <Card title="Needs attention" aside={<span className={css.quiet}>Data and AI resources</span>}>
      <ul className={css.attention}>
        {ATTENTION.map(([name, label, Icon]) => {
          const figure: Figure = attention[name];
          return (
            <li key={name} data-zero={figure.value === 0}>
              <Icon aria-hidden="true" />
              <FigureLink figure={figure} label={label} className={css.big} />
              <span>{label}</span>
              <Sparkline points={trends.filter((trend) => trend.name === name)} />
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
