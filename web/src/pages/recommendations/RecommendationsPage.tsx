import { Button } from "@fluentui/react-components";
import { useCallback, useMemo, useState } from "react";
import { useEnvironments, useRecommendations } from "../../api/queries";
import { type Recommendation, SEVERITIES } from "../../api/types";
import { useScope, useUrlState } from "../../app/url";
import { download, toCsv } from "../../lib/csv";
import { humanize, plural, shortId } from "../../lib/format";
import { RISK_FACTOR_LABEL, STATUS_LABEL } from "../../lib/vocabulary";
import { ActionLink } from "../../ui/ActionLink";
import { AssetLink } from "../../ui/Asset";
import { chosen, ClearFilters, FilterChip, SearchFilter } from "../../ui/Filters";
import { ArrowDownloadRegular, CheckmarkCircleFilled, ChevronDownRegular, ChevronRightRegular, ShieldErrorRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { RiskLevel, Severity, SeverityCounts } from "../../ui/Severity";
import { SplitView } from "../../ui/SplitView";
import { Empty, Loading } from "../../ui/States";
import { StatusText } from "../../ui/Status";
import { groupByRule, type RuleGroup } from "./group";
import { RecommendationDetails } from "./RecommendationDetails";
import css from "./recommendations.module.css";

const FILTERS = ["q", "risk", "status", "factor", "rule"];
const keyOf = (item: Recommendation) => `${item.rule}@${item.asset}`;
/** Assets listed under a rule before the reader asks for the rest. */
const FIRST = 25;

export default function RecommendationsPage() {
  const scope = useScope();
  const [read, write] = useUrlState();
  const query = useRecommendations(scope);
  const { data: environments = [] } = useEnvironments();
  const [text, risk, rule, factor] = [read("q").toLowerCase(), chosen(read("risk")), read("rule"), chosen(read("factor"))];
  const status = chosen(read("status") || "unhealthy");
  const items = useMemo(() => query.data?.items ?? [], [query.data]);
  const shown = useMemo(
    () => items.filter((item) =>
      status.includes(item.status) && (risk.length === 0 || risk.includes(item.risk_level)) && (rule === "" || item.rule === rule)
      && (factor.length === 0 || item.risk_factors.some((one) => factor.includes(one)))
      && `${item.title} ${item.rule} ${item.asset} ${item.reason}`.toLowerCase().includes(text)),
    [items, status.join(), risk.join(), factor.join(), rule, text], // eslint-disable-line react-hooks/exhaustive-deps -- lists by their text
  );
  const groups = useMemo(() => groupByRule(shown, items), [shown, items]);
  const open = read("open");
  const opened = items.find((item) => keyOf(item) === open);
  const close = useCallback(() => write({ open: null }), [write]);

  return (
    <Page
      title="Recommendations"
      hint={query.data ? `${plural(shown.length, "result")} of ${plural(groups.length, "rule")}` : undefined}
      bar={
        <>
          <SearchFilter placeholder="Find by rule, asset or reason" />
          <FilterChip name="risk" label="Risk" options={SEVERITIES.map((value) => ({ value, label: humanize(value) }))} />
          <FilterChip name="factor" label="Raised by" options={Object.entries(RISK_FACTOR_LABEL).map(([value, label]) => ({ value, label }))} />
          <FilterChip name="status" label="Status" options={["unhealthy", "healthy", "exempt", "not_applicable"].map((value) => ({ value, label: STATUS_LABEL[value] ?? value }))} />
          <ClearFilters names={FILTERS} />
        </>
      }
      actions={
        <Button size="small" icon={<ArrowDownloadRegular />} disabled={shown.length === 0} onClick={() =>
          download("recommendations.csv", toCsv(
            ["Rule", "Title", "Severity", "Risk level", "Risk factors", "Status", "Asset", "Environment", "Reason", "Remediation", "Frameworks"],
            shown.map((item) => [item.rule, item.title, item.severity, item.risk_level, item.risk_factors.join("; "), item.status, item.asset, item.environment, item.reason, item.remediation, item.frameworks.join("; ")]),
          ))}>
          CSV
        </Button>
      }
    >
      <SplitView label="Recommendation" panel={opened ? <RecommendationDetails item={opened} environments={environments} onClose={close} /> : null}>
        <Loading query={query} what="The recommendations could not be read" rows={12}>
          {() => groups.length === 0 ? (
            items.length === 0 ? (
              <Empty icon={ShieldErrorRegular} title="Nothing to recommend yet" action={<><ActionLink primary to="/scans?new=1">Start a scan</ActionLink><ActionLink to="/settings/environments">Turn on a plan</ActionLink></>}>
                Rules run over what scans found, in every environment where the posture plan is on.
              </Empty>
            ) : (
              <Empty icon={CheckmarkCircleFilled} title="No result fits these filters" action={<Button onClick={() => write(Object.fromEntries(FILTERS.map((name) => [name, null])))}>Clear filters</Button>} />
            )
          ) : (
            <div className={css.groups}>
              {groups.map((group) => (
                <Group key={group.rule} group={group} open={open} startOpen={rule !== "" || groups.length <= 2 || group.items.some((item) => keyOf(item) === open)}
                  onOpen={(item) => write({ open: keyOf(item) })} />
              ))}
            </div>
          )}
        </Loading>
      </SplitView>
    </Page>
  );
}

function Group({ group, open, startOpen, onOpen }: {
  group: RuleGroup; open: string; startOpen: boolean; onOpen: (item: Recommendation) => void;
}) {
  const [expanded, setExpanded] = useState(startOpen);
  const [all, setAll] = useState(false);
  const id = `rule-${group.rule}`;
  const items = all ? group.items : group.items.slice(0, FIRST);
  return (
    <section className={css.group}>
      <button type="button" className={css.groupHead} aria-expanded={expanded} aria-controls={id} onClick={() => setExpanded(!expanded)}>
        {expanded ? <ChevronDownRegular /> : <ChevronRightRegular />}
        <Severity level={group.worst} />
        <span className={css.groupTitle}><strong>{group.title}</strong><code>{group.rule}</code></span>
        <SeverityCounts counts={group.risks} />
        <span className={css.share} title={`${plural(group.unhealthy, "asset")} of ${group.total} fail this rule`}>
          <span className={css.track}><span style={{ width: `${(100 * group.unhealthy) / Math.max(1, group.total)}%` }} /></span>
          <span className="num">{group.unhealthy} of {group.total}</span>
        </span>
      </button>
      {expanded && (
        <ul id={id} className={css.items}>
          {items.map((item) => (
            <li key={item.asset} className={css.item} data-open={keyOf(item) === open}>
              <button type="button" className={css.cover} aria-label={`Open ${group.title} for ${shortId(item.asset)}`} onClick={() => onOpen(item)} />
              <span className={css.risk}><RiskLevel level={item.risk_level} factors={item.risk_factors} base={item.severity} /></span>
              <span className={css.asset}><AssetLink id={item.asset} /></span>
              <span className={css.reason} title={item.reason}>{item.reason}</span>
              <StatusText status={item.status} />
            </li>
          ))}
          {group.items.length > items.length && (
            <li className={css.more}><Button size="small" appearance="subtle" onClick={() => setAll(true)}>Show {plural(group.items.length - items.length, "more asset")}</Button></li>
          )}
        </ul>
      )}
    </section>
  );
}
