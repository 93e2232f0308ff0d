import { Button } from "@fluentui/react-components";
import { useCallback, useMemo } from "react";
import { useAttackPaths } from "../../api/queries";
import { type AttackPath, type GraphNode, SEVERITIES } from "../../api/types";
import { useScope, useUrlState } from "../../app/url";
import { humanize, plural, shortId } from "../../lib/format";
import { nodeName } from "../../lib/graph";
import { kindOfLabels } from "../../lib/vocabulary";
import { ActionLink } from "../../ui/ActionLink";
import { AssetName } from "../../ui/Asset";
import { chosen, ClearFilters, FilterChip, SearchFilter } from "../../ui/Filters";
import { FlowRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { Severity, severityRank } from "../../ui/Severity";
import { Empty, Loading } from "../../ui/States";
import css from "./attack-paths.module.css";
import { PathDetails } from "./PathDetails";

const FILTERS = ["q", "risk", "rule", "choke"];

export default function AttackPathsPage() {
  const scope = useScope();
  const [read, write] = useUrlState();
  const query = useAttackPaths(scope);
  const paths = useMemo(() => query.data?.items ?? [], [query.data]);
  const [risk, rule, choke] = [chosen(read("risk")), chosen(read("rule")), read("choke")];
  const text = read("q").toLowerCase();
  const shown = paths
    .filter((path) => (risk.length === 0 || risk.includes(path.risk_level)) && (rule.length === 0 || rule.includes(path.rule))
      && (choke === "" || path.choke_points.includes(choke)) && searchText(path).includes(text))
    .sort((a, b) => severityRank(a.risk_level) - severityRank(b.risk_level));
  const opened = shown.find(({ id }) => id === read("path")) ?? shown[0];
  const chokes = chokePoints(paths);
  const name = useCallback((id: string) => names(paths).get(id) ?? shortId(id), [paths]);

  return (
    <Page
      title="Attack paths"
      hint={query.data ? plural(shown.length, "path") : undefined}
      bar={
        <>
          <SearchFilter placeholder="Find by title or asset" />
          <FilterChip name="risk" label="Risk" options={SEVERITIES.map((value) => ({ value, label: humanize(value) }))} />
          <FilterChip name="rule" label="Scenario" options={[...new Set(paths.map((path) => path.rule))].map((value) => ({ value, label: humanize(value.replaceAll(".", " ")), count: paths.filter((path) => path.rule === value).length }))} />
          <FilterChip name="choke" label="Choke point" single options={chokes.map(([id, count]) => ({ value: id, label: name(id), count }))} />
          <ClearFilters names={FILTERS} />
        </>
      }
    >
      <Loading query={query} what="The attack paths could not be read" rows={10}>
        {() => opened === undefined ? (
          paths.length === 0 ? (
            <Empty icon={FlowRegular} title="No attack path" action={<ActionLink primary to="/scans">See what was scanned</ActionLink>}>
              No chain of relations leads from an entry point to something of value. Paths appear here as scans find more.
            </Empty>
          ) : (
            <Empty icon={FlowRegular} title="No path fits these filters" action={<Button onClick={() => write(Object.fromEntries(FILTERS.map((filter) => [filter, null])))}>Clear filters</Button>} />
          )
        ) : (
          <div className={css.split}>
            <ul className={css.list} aria-label="Attack paths">
              {shown.map((path) => (
                <li key={path.id}>
                  <button type="button" className={css.entry} aria-current={path.id === opened.id} onClick={() => write({ path: path.id })}>
                    <span className={css.entryHead}><Severity level={path.risk_level} /><span className={css.steps}>{plural(path.path.relations.length, "step")}</span></span>
                    <strong>{path.title}</strong>
                    <span className={css.ends}><End node={path.path.nodes[0]} /> <span aria-hidden="true">→</span><span className="sr-only">to</span> <End node={path.path.nodes.at(-1)} /></span>
                  </button>
                </li>
              ))}
            </ul>
            <PathDetails key={opened.id} path={opened} />
          </div>
        )}
      </Loading>
    </Page>
  );
}

function End({ node }: { node: GraphNode | undefined }) {
  return node ? <AssetName kind={kindOfLabels(node.labels)} name={nodeName(node)} /> : null;
}

const searchText = (path: AttackPath): string =>
  `${path.title} ${path.rule} ${path.path.nodes.map((node) => `${nodeName(node)} ${node.id}`).join(" ")}`.toLowerCase();

const names = (paths: readonly AttackPath[]): Map<string, string> =>
  new Map(paths.flatMap(({ path }) => path.nodes).map((node) => [node.id, nodeName(node)]));

/** Choke points with the number of paths through each, most first. */
function chokePoints(paths: readonly AttackPath[]): [id: string, count: number][] {
  const counts = new Map<string, number>();
  for (const id of paths.flatMap((path) => path.choke_points)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
