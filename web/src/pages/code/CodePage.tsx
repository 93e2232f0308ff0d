import { type ReactNode, useMemo } from "react";
import { Link } from "react-router";

import { useEnvironments, useGraphQuery } from "../../api/queries";
import { type Cell, SEVERITIES, type Severity as Level } from "../../api/types";
import { assetPath, queryPath, useLinks, useScope } from "../../app/url";
import { below } from "../../lib/environments";
import { formatCount, humanize, inSentence, plural } from "../../lib/format";
import { cellText, isNode, nodeName } from "../../lib/graph";
import { FINDING_LABEL, kindOfLabels, kindPlural } from "../../lib/vocabulary";
import { ActionLink } from "../../ui/ActionLink";
import { AssetName, KindIcon } from "../../ui/Asset";
import { CodeRegular } from "../../ui/icons";
import { Card, Page } from "../../ui/Page";
import { Severity } from "../../ui/Severity";
import { Empty, Failure, Loading, Skeleton } from "../../ui/States";
import css from "./code.module.css";
import { contained, libraries, models, PARTS, repositories, risky, ROLE_LABEL, type Scope, shadow, STANDINGS } from "./questions";

/** What repositories use of AI, what of it nobody declared, and what is risky. */
export default function CodePage() {
  const scope = useScope();
  const { data: environments } = useEnvironments();
  const ids = useMemo<Scope>(() => (scope === "" ? [] : below(scope, environments ?? [])), [scope, environments]);
  const found = useGraphQuery(repositories(ids));
  return (
    <Page title="Code" scroll hint={found.data ? plural(found.data.rows.length, "repository", "repositories") : undefined}>
      <Loading query={found} what="The repositories could not be read" rows={12}>
        {({ rows }) => rows.length === 0 ? (
          <Empty icon={CodeRegular} title="No code scanned yet" action={<ActionLink primary to="/scans?new=1">Scan a repository</ActionLink>}>
            Scan a folder or repository{scope === "" ? "" : ", or look in another scope"}: the models, frameworks, agents and prompts it uses appear here.
          </Empty>
        ) : (
          <div className={css.overview}>
            <div>
              <Models scope={ids} />
              <Shadow scope={ids} />
              <Risky scope={ids} />
            </div>
            <div>
              <Parts scope={ids} />
              <Frameworks scope={ids} />
              <Repositories query={repositories(ids)} rows={rows} />
            </div>
          </div>
        )}
      </Loading>
    </Page>
  );
}

/** A number that opens the query whose rows it counts. */
function Count({ query, value, label, more = false }: { query: string; value: number | undefined; label: string; more?: boolean | undefined }) {
  const to = useLinks();
  if (value === undefined) return <span className={css.number}>…</span>;
  return <Link className={css.number} data-zero={value === 0} to={to(queryPath(query))} aria-label={`${label}: ${formatCount(value)}${more ? " or more" : ""}`} title="Open the query that counts this">{formatCount(value)}{more ? "+" : ""}</Link>;
}

function Question({ query, title, none, className, children }: { query: string; title: string; none: string; className?: string | undefined; children: (rows: Cell[][]) => ReactNode }) {
  const answer = useGraphQuery(query);
  return (
    <Card title={title} className={className} aside={<Count query={query} value={answer.data?.rows.length} more={answer.data?.stats.truncated} label={title} />}>
      {answer.error ? <Failure what="This could not be counted" error={answer.error} retry={answer.refetch} />
        : !answer.data ? <Skeleton rows={4} />
        : answer.data.rows.length === 0 ? <p className={css.none}>{none}</p>
        : children(answer.data.rows)}
    </Card>
  );
}

/** Lines shown of a list; its number opens the rest. */
const LINES = 12;

function More({ query, count }: { query: string; count: number }) {
  const to = useLinks();
  return count > LINES ? <Link className={css.more} to={to(queryPath(query))}>{formatCount(count - LINES)} more</Link> : null;
}

function Asset({ cell }: { cell: Cell | undefined }) {
  const to = useLinks();
  if (cell === undefined || !isNode(cell)) return null;
  return <Link className={css.asset} to={to(assetPath(cell.id))}><AssetName kind={kindOfLabels(cell.labels)} name={nodeName(cell)} /></Link>;
}

const names = (cell: Cell | undefined): string => (Array.isArray(cell) ? cell.map(cellText).join(", ") : "");

function Models({ scope }: { scope: Scope }) {
  const query = models(scope);
  return (
    <Question query={query} title="Models in code" none="No model is named in code.">
      {(rows) => (
        <>
          <ul className={css.standings}>
            {STANDINGS.map((standing) => (
              <li key={standing} data-standing={standing}>
                <Count query={models(scope, standing)} value={rows.filter((row) => row[1] === standing).length} label={`Models ${standing}`} /><span>{standing}</span>
              </li>
            ))}
          </ul>
          <table className={css.table}>
            <thead><tr><th scope="col">Model</th><th scope="col">Standing</th><th scope="col">Repositories</th><th scope="col" data-end="true">Places</th></tr></thead>
            <tbody>
              {byStanding(rows).slice(0, LINES).map(([model, standing, where, places], index) => (
                <tr key={index}>
                  <th scope="row"><Asset cell={model} /></th><td><span className={css.standing} data-standing={cellText(standing ?? null)}>{cellText(standing ?? null)}</span></td>
                  <td className={css.cut} title={names(where)}>{names(where)}</td><td data-end="true" className="num">{typeof places === "number" ? formatCount(places) : ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <More query={query} count={rows.length} />
        </>
      )}
    </Question>
  );
}

/** What is used first, then what is configured, then what is only mentioned. */
const byStanding = (rows: readonly Cell[][]): Cell[][] =>
  [...rows].sort((a, b) => STANDINGS.findIndex((one) => one === a[1]) - STANDINGS.findIndex((one) => one === b[1]));

function Parts({ scope }: { scope: Scope }) {
  return (
    <Card title="What applications are made of">
      <ul className={css.parts}>{PARTS.map((kind) => <Part key={kind} kind={kind} query={contained(kind, scope)} />)}</ul>
    </Card>
  );
}

function Part({ kind, query }: { kind: string; query: string }) {
  const { data } = useGraphQuery(query);
  return <li><KindIcon kind={kind} /><span>{kindPlural(kind)}</span><Count query={query} value={data?.rows.length} more={data?.stats.truncated} label={kindPlural(kind)} /></li>;
}

function Shadow({ scope }: { scope: Scope }) {
  const query = shadow(scope);
  return (
    <Question query={query} title="Shadow AI" none="Every model and SDK in use has a deployment that someone declared.">
      {(rows) => (
        <>
          <p className={css.hint}>Used in code, and no scan found the deployment or service it belongs to.</p>
          <ul className={css.list}>
            {rows.slice(0, LINES).map(([repository, uses, why], index) => (
              <li key={index}><Asset cell={repository} /><span className={css.verb}>uses</span><Asset cell={uses} /><span className={css.why}>{cellText(why ?? null)}</span></li>
            ))}
          </ul>
          <More query={query} count={rows.length} />
        </>
      )}
    </Question>
  );
}

function Frameworks({ scope }: { scope: Scope }) {
  return (
    <Question query={libraries(scope)} title="Frameworks and SDKs by role" none="No AI library is among the dependencies.">
      {(rows) => {
        const roles = new Map<string, number>();
        for (const [, role] of rows) roles.set(cellText(role ?? null), (roles.get(cellText(role ?? null)) ?? 0) + 1);
        const most = Math.max(...roles.values());
        return (
          <ul className={css.bars}>
            {[...roles].sort((a, b) => b[1] - a[1]).map(([role, count]) => (
              <li key={role}>
                <span>{ROLE_LABEL[role] ?? humanize(role)}</span><span className={css.track} aria-hidden="true"><span style={{ width: `${(100 * count) / most}%` }} /></span>
                <Count query={libraries(scope, role)} value={count} label={ROLE_LABEL[role] ?? humanize(role)} />
              </li>
            ))}
          </ul>
        );
      }}
    </Question>
  );
}

function Risky({ scope }: { scope: Scope }) {
  const query = risky(scope);
  return (
    <Question query={query} title="Risky items" none="Nothing in code has a critical or high finding.">
      {(rows) => (
        <>
          <ul className={css.list}>
            {rows.slice(0, LINES).map(([asset, severity, findings], index) => {
              const level = SEVERITIES.find((one): one is Level => one === severity);
              const what = Array.isArray(findings) ? findings.map((finding) => FINDING_LABEL[cellText(finding)] ?? humanize(cellText(finding))) : [];
              return <li key={index}><Asset cell={asset} /><span className={css.why}>{what.map((one, at) => (at === 0 ? one : inSentence(one))).join(", ")}</span>{level && <Severity level={level} />}</li>;
            })}
          </ul>
          <More query={query} count={rows.length} />
        </>
      )}
    </Question>
  );
}

function Repositories({ query, rows }: { query: string; rows: readonly Cell[][] }) {
  return (
    <Card title="Repositories" aside={<Count query={query} value={rows.length} label="Repositories" />}>
      <ul className={css.list}>{rows.slice(0, LINES).map(([repository], index) => <li key={index}><Asset cell={repository} /></li>)}</ul>
      <More query={query} count={rows.length} />
    </Card>
  );
}
