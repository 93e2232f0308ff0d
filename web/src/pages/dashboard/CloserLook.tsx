import type { ReactNode } from "react";
import { Link } from "react-router";

import type { Dashboard, NamedFigure } from "../../api/types";
import { useLinks } from "../../app/url";
import { humanize } from "../../lib/format";
import { kindPlural } from "../../lib/vocabulary";
import { KindIcon } from "../../ui/Asset";
import { DatabaseRegular, SparkleRegular } from "../../ui/icons";
import css from "./dashboard.module.css";
import { FigureLink } from "./FigureLink";
import { Sparkline } from "./Sparkline";
import { Quiet, SeverityLine } from "./TopIssues";

function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return <section className={css.part}><div className={css.partHead}><h3>{title}</h3>{aside}</div>{children}</section>;
}

function Questions({ figures }: { figures: readonly NamedFigure[] }) {
  return <ul className={css.rows}>{figures.map(({ name, title, figure }) => <li key={name}><span>{title}</span><FigureLink figure={figure} label={title} /></li>)}</ul>;
}

function Bars({ figures, title = (figure: NamedFigure) => figure.title, icon }: {
  figures: readonly NamedFigure[]; title?: (figure: NamedFigure) => string; icon?: (figure: NamedFigure) => ReactNode;
}) {
  const most = Math.max(1, ...figures.map(({ figure }) => figure.value));
  return (
    <ul className={css.bars}>
      {figures.map((one) => (
        <li key={one.name}>
          {icon?.(one)}<span className={css.barLabel} title={title(one)}>{title(one)}</span>
          <span className={css.track} aria-hidden="true"><span style={{ width: `${(100 * one.figure.value) / most}%` }} /></span>
          <FigureLink figure={one.figure} label={title(one)} />
        </li>
      ))}
    </ul>
  );
}

const sum = (figures: readonly NamedFigure[]) => figures.reduce((total, { figure }) => total + figure.value, 0);

export function DataLook({ data }: { data: Dashboard["data"] }) {
  const to = useLinks();
  return (
    <section className={css.look} aria-labelledby="data-look">
      <h2 id="data-look"><DatabaseRegular aria-hidden="true" />Data closer look</h2>
      <Part title="Sensitive information found" aside={<Link to={to("/inventory", { finding: "sensitive_data" })}>See the assets</Link>}>
        {data.sensitive_types.length === 0 ? <p className={css.none}>No sensitive information types found so far.</p>
          : <Bars figures={data.sensitive_types.slice(0, 8)} title={(one) => humanize(one.title)} />}
      </Part>
      <Part title="Data threat protection">{sum(data.alerts) === 0 ? <Quiet text="No open alerts on data resources" /> : <SeverityLine figures={data.alerts} />}</Part>
      <Part title="Questions about data"><Questions figures={data.queries} /></Part>
      <Part title="Data resources that the internet reaches"><Tiles figures={data.internet_exposed} /></Part>
    </section>
  );
}

export function AiLook({ ai, trends }: { ai: Dashboard["ai"]; trends: Dashboard["trends"] }) {
  const prompts = [["Inspected", ai.prompts_scanned, "prompts_scanned"], ["Suspicious", ai.prompts_flagged, "prompts_flagged"], ["Blocked", ai.prompts_blocked, "prompts_blocked"]] as const;
  const grounding: NamedFigure[] = [
    { name: "storage", title: "Storage", figure: ai.exposed_grounding.storage }, { name: "search", title: "Search and vector indexes", figure: ai.exposed_grounding.search },
  ];
  return (
    <section className={css.look} aria-labelledby="ai-look">
      <h2 id="ai-look"><SparkleRegular aria-hidden="true" />AI closer look</h2>
      <Part title="AI resources found">
        {ai.resources.length === 0 ? <p className={css.none}>No AI resources found so far.</p>
          : <Bars figures={[...ai.resources].sort((a, b) => b.figure.value - a.figure.value).slice(0, 8)} title={(one) => kindPlural(one.name)} icon={(one) => <KindIcon kind={one.name} />} />}
      </Part>
      <Part title="AI threat protection" aside={<SeverityLine figures={ai.alerts} />}>
        <ul className={css.tiles}>
          {prompts.map(([label, figure, name]) => (
            <li key={name}><FigureLink figure={figure} label={label} className={css.big} /><span>{label}</span><Sparkline points={trends.filter((trend) => trend.name === name)} /></li>
          ))}
        </ul>
      </Part>
      <Part title="Questions about AI"><Questions figures={ai.queries} /></Part>
      <Part title="Exposed resources that answers are grounded on"><Tiles figures={grounding} /></Part>
    </section>
  );
}

function Tiles({ figures }: { figures: readonly NamedFigure[] }) {
  return (
    <ul className={css.tiles}>
      {figures.map(({ name, title, figure }) => <li key={name}><FigureLink figure={figure} label={title} className={css.big} /><span>{title}</span></li>)}
    </ul>
  );
}
