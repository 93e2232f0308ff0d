import { useMemo } from "react";
import { useNavigate } from "react-router";

import type { Dashboard, NamedFigure } from "../../api/types";
import type { Severity as Level } from "../../api/types";
import { useLinks } from "../../app/url";
import { Chart } from "../../ui/Chart";
import type { ChartOption } from "../../ui/echarts";
import { CheckmarkCircleFilled } from "../../ui/icons";
import { Card } from "../../ui/Page";
import { Severity } from "../../ui/Severity";
import css from "./dashboard.module.css";
import { FigureLink } from "./FigureLink";

/** Open alerts, recommendations and attack paths, worst first. */
export function TopIssues({ issues }: { issues: Dashboard["top_issues"] }) {
  return (
    <div className={css.issues}>
      <Card title="Alerts by tactic" className={css.tactics}>
        {issues.alerts_by_tactic.length > 0 && <SeverityLine figures={issues.alerts_by_severity} />}
        {issues.alerts_by_tactic.length === 0 ? <Quiet text="No open alerts" /> : <Tactics figures={issues.alerts_by_tactic.slice(0, 8)} />}
      </Card>
      <Card title="Recommendations"><SeverityList figures={issues.recommendations} what="recommendations" /></Card>
      <Card title="Attack paths"><SeverityList figures={issues.attack_paths} what="attack paths" /></Card>
    </div>
  );
}

function Tactics({ figures }: { figures: readonly NamedFigure[] }) {
  const navigate = useNavigate();
  const to = useLinks();
  const option = useMemo((): ChartOption => ({
    grid: { left: 4, right: 34, top: 2, bottom: 2, containLabel: true },
    tooltip: { trigger: "item" },
    xAxis: { type: "value", show: false },
    yAxis: { type: "category", inverse: true, data: figures.map(({ title }) => title), axisLine: { show: false }, axisTick: { show: false }, axisLabel: { fontSize: 12, color: "var(--colorNeutralForeground2)" } },
    series: [{
      type: "bar", data: figures.map(({ figure }) => figure.value), barMaxWidth: 14, itemStyle: { color: "var(--colorCompoundBrandBackground)", borderRadius: [0, 3, 3, 0] },
      label: { show: true, position: "right", fontSize: 12, color: "var(--colorNeutralForeground1)" }, cursor: "pointer",
    }],
  }), [figures]);
  const text = `Open alerts by tactic: ${figures.map(({ title, figure }) => `${title} ${figure.value}`).join(", ")}`;
  const pick = (title: string) => {
    const link = figures.find((one) => one.title === title)?.figure.link;
    if (link) void navigate(to(link));
  };
  return (
    <>
      <Chart option={option} height={Math.max(96, figures.length * 25)} text={text} onPick={pick} />
      <ul className="sr-only">{figures.map(({ name, title, figure }) => <li key={name}>{title} <FigureLink figure={figure} label={`${title} alerts`} /></li>)}</ul>
    </>
  );
}

/** Each severity with its number, so that zeros show as calm. */
export function SeverityList({ figures, what }: { figures: readonly NamedFigure[]; what: string }) {
  if (figures.every(({ figure }) => figure.value === 0)) return <Quiet text={`No open ${what}`} />;
  return (
    <ul className={css.severities}>
      {figures.map(({ name, title, figure }) => (
        <li key={name} data-zero={figure.value === 0}><Severity level={name as Level} plain /><FigureLink figure={figure} label={`${title} ${what}`} /></li>
      ))}
    </ul>
  );
}

export function SeverityLine({ figures }: { figures: readonly NamedFigure[] }) {
  const present = figures.filter(({ figure }) => figure.value > 0);
  return (
    <span className={css.line}>
      {present.map(({ name, title, figure }) => <span key={name}><Severity level={name as Level} plain /><FigureLink figure={figure} label={`${title} alerts`} /></span>)}
    </span>
  );
}

export function Quiet({ text }: { text: string }) {
  return <p className={css.calm}><CheckmarkCircleFilled aria-hidden="true" />{text}</p>;
}
