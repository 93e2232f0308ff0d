import { Tooltip } from "@fluentui/react-components";

import { SEVERITIES, type RiskFactor, type Severity as Level } from "../api/types";
import { humanize } from "../lib/format";
import { RISK_FACTOR_LABEL } from "../lib/vocabulary";
import css from "./severity.module.css";

/** Orders worst first. */
export const severityRank = (level: Level): number => SEVERITIES.indexOf(level);

/** Bars that rise with the severity, so that it reads without colour. */
function Bars({ level }: { level: Level }) {
  const filled = SEVERITIES.length - 1 - severityRank(level);
  return (
    <svg className={css.bars} viewBox="0 0 14 12" aria-hidden="true">
      {[0, 1, 2, 3].map((bar) => (
        <rect key={bar} x={bar * 3.6} y={9 - bar * 3} width="2.6" height={3 + bar * 3} rx="0.8" opacity={bar < filled ? 1 : 0.25} />
      ))}
    </svg>
  );
}

/** A severity: colour, bars and word. */
export function Severity({ level, plain = false }: { level: Level; plain?: boolean }) {
  return (
    <span className={plain ? css.plain : css.badge} data-level={level}>
      <Bars level={level} />
      {humanize(level)}
    </span>
  );
}

/** A risk level that says on hover what raised it. */
export function RiskLevel({ level, factors, base }: { level: Level; factors: RiskFactor[]; base: Level }) {
  const explanation = (
    <div className={css.factors}>
      <div>The rule alone is {base}.</div>
      {factors.length > 0 ? (
        <ul>{factors.map((factor) => <li key={factor}>{RISK_FACTOR_LABEL[factor] ?? humanize(factor)}</li>)}</ul>
      ) : (
        <div>Nothing in the asset's surroundings raises it.</div>
      )}
    </div>
  );
  return (
    <Tooltip content={explanation} relationship="description" withArrow>
      <span className={css.risk}><Severity level={level} />{factors.length > 0 && <span className={css.plus}>+{factors.length}</span>}</span>
    </Tooltip>
  );
}

/** How many of each severity, worst first, as one line of numbers. */
export function SeverityCounts({ counts }: { counts: Partial<Record<Level, number>> }) {
  const present = SEVERITIES.filter((level) => (counts[level] ?? 0) > 0);
  if (present.length === 0) return null;
  return (
    <span className={css.counts}>
      {present.map((level) => (
        <span key={level} className={css.plain} data-level={level} title={`${counts[level] ?? 0} ${level}`}>
          <Bars level={level} />
          <span className="num">{counts[level]}</span>
          <span className="sr-only">{level}</span>
        </span>
      ))}
    </span>
  );
}
