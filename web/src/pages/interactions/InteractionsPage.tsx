import { useCallback, useMemo } from "react";
import { Link } from "react-router";

import { useInteractions } from "../../api/queries";
import type { Decision, Interaction, ThreatCategory } from "../../api/types";
import { assetPath, useLinks, useUrlState } from "../../app/url";
import { formatCount, formatElapsed, humanize, plural, shortId } from "../../lib/format";
import { THREAT_LABEL } from "../../lib/vocabulary";
import { ActionLink } from "../../ui/ActionLink";
import { type Column, DataTable } from "../../ui/DataTable";
import { chosen, ClearFilters, FilterChip, SearchFilter } from "../../ui/Filters";
import { ChatRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { Facts, Panel, Section } from "../../ui/Panel";
import { SplitView } from "../../ui/SplitView";
import { Empty, Loading } from "../../ui/States";
import { Time } from "../../ui/Time";
import css from "./interactions.module.css";

const DECISIONS: Record<Decision, string> = {
  allowed: "Allowed", blocked_prompt: "Prompt blocked", blocked_response: "Response blocked", uninspected: "Not inspected",
};

export default function InteractionsPage() {
  const [read, write] = useUrlState();
  const query = useInteractions();
  const all = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total ?? 0;
  const [decision, seen, verdict] = [chosen(read("decision")), chosen(read("seen")), chosen(read("verdict"))];
  const text = read("q").toLowerCase();
  const rows = all.filter((one) =>
    (decision.length === 0 || decision.some((wanted) => one.outcome.decision === wanted || one.outcome.decision.startsWith(`${wanted}_`)))
    && (verdict.length === 0 || verdict.includes(one.prompt_verdict.verdict) || verdict.includes(one.response_verdict.verdict)) && (seen.length === 0 || categories(one).some((category) => seen.includes(category)))
    && [one.id, one.upstream, one.model, one.deployment, one.user.application_name, one.user.end_user_id, one.user.source_ip, one.client_ip, one.user_agent].join(" ").toLowerCase().includes(text));
  const opened = all.find(({ id }) => id === read("interaction"));
  const close = useCallback(() => write({ interaction: null }), [write]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  return (
    <Page title="AI interactions" hint={query.data ? plural(total, "call") : undefined}
      bar={
        <>
          <SearchFilter placeholder="Find by user, address, model or id" />
          <FilterChip name="verdict" label="Verdict" options={["malicious", "suspicious", "clean"].map((value) => ({ value, label: humanize(value) }))} />
          <FilterChip name="decision" label="Decision" options={[...Object.entries(DECISIONS), ["blocked", "Blocked"] as const].map(([value, label]) => ({ value, label }))} />
          <FilterChip name="seen" label="Seen" options={Object.entries(THREAT_LABEL).map(([value, label]) => ({ value, label }))} />
          <ClearFilters names={["q", "verdict", "decision", "seen"]} />
        </>
      }>
      <SplitView label="Interaction" panel={opened ? <Details key={opened.id} one={opened} onClose={close} /> : null}>
        <Loading query={query} what="The interactions could not be read">
          {() => all.length === 0 ? (
            <Empty icon={ChatRegular} title="No traffic yet" action={<ActionLink primary to="/playground">Try the shield in the playground</ActionLink>}>
              Point a client's base URL at the gateway, or ingest logs: each call to a model is listed here, without its text.
            </Empty>
          ) : (
            <DataTable label="AI interactions" columns={COLUMNS} rows={rows} rowKey={(row) => row.id} selected={opened?.id ?? null} onEnd={more} onOpen={(row) => write({ interaction: row.id })}
              footer={<span className="num">{plural(rows.length, "call")}{all.length < total ? ` among the newest ${formatCount(all.length)} of ${formatCount(total)}` : ""}</span>} />
          )}
        </Loading>
      </SplitView>
    </Page>
  );
}

const categories = (one: Interaction): ThreatCategory[] => [...new Set([...one.prompt_verdict.categories, ...one.response_verdict.categories])];
const seenText = (one: Interaction): string => categories(one).map((category) => THREAT_LABEL[category] ?? humanize(category)).join(", ");

const COLUMNS: Column<Interaction>[] = [
  { id: "time", header: "Time", width: "minmax(120px, 0.9fr)", value: (row) => row.time, cell: (row) => <Time at={row.time} /> },
  { id: "decision", header: "Decision", width: "minmax(140px, 1fr)", value: (row) => DECISIONS[row.outcome.decision], cell: (row) => <span className={css.decision} data-decision={row.outcome.decision}>{DECISIONS[row.outcome.decision]}</span> },
  { id: "seen", header: "Seen", width: "minmax(160px, 1.6fr)", value: seenText },
  { id: "model", header: "Model", width: "minmax(130px, 1.1fr)", value: (row) => row.model ?? row.deployment },
  { id: "upstream", header: "Upstream", width: "minmax(130px, 1fr)", value: (row) => row.upstream },
  { id: "user", header: "User", width: "minmax(130px, 1.1fr)", value: (row) => row.user.end_user_id },
  { id: "ip", header: "Address", width: "minmax(120px, 0.9fr)", value: (row) => row.user.source_ip ?? row.client_ip },
  { id: "tokens", header: "Tokens", width: "90px", align: "end", value: (row) => formatCount(row.usage.input_tokens + row.usage.output_tokens) },
  { id: "latency", header: "Took", width: "90px", align: "end", value: (row) => formatElapsed(row.outcome.latency_us) },
];

function Details({ one, onClose }: { one: Interaction; onClose: () => void }) {
  const to = useLinks();
  return (
    <Panel icon={<ChatRegular />} title={`${one.model ?? one.deployment ?? one.operation} at ${one.upstream}`} onClose={onClose} subtitle={<><span>{DECISIONS[one.outcome.decision]}</span><Time at={one.time} /></>}>
      {(["prompt_verdict", "response_verdict"] as const).map((part) => one[part].detections.length > 0 && (
        <Section key={part} title={part === "prompt_verdict" ? "Seen in the prompt" : "Seen in the response"}>
          <ul className={css.detections}>
            {one[part].detections.map((detection, index) => (
              <li key={index}><strong>{THREAT_LABEL[detection.category]}</strong><code>{detection.rule}</code><span className="num">{detection.score.toFixed(2)}</span></li>
            ))}
          </ul>
        </Section>
      ))}
      <Section title="Call">
        <Facts facts={[
          ["Asset", one.asset && <Link key="asset" to={to(assetPath(one.asset))}>{shortId(one.asset)}</Link>],
          ["Operation", humanize(one.operation)], ["Protocol", one.protocol], ["Deployment", one.deployment], ["Model", one.model],
          ["Streaming", one.streaming ? "Yes" : "No"], ["Tools", one.tools.join(", ")], ["Status", one.outcome.status],
          ["Took", formatElapsed(one.outcome.latency_us)], ["Tokens in", formatCount(one.usage.input_tokens)], ["Tokens out", formatCount(one.usage.output_tokens)],
        ]} />
      </Section>
      <Section title="Caller">
        <Facts facts={[
          ["Application", one.user.application_name], ["User", one.user.end_user_id], ["Address", one.user.source_ip ?? one.client_ip],
          ["Session", one.user.session_id], ["User agent", one.user_agent], ["Authentication", humanize(one.authentication)],
        ]} />
      </Section>
      <Section title="Record"><Facts facts={[["Time", <Time key="time" at={one.time} exact />], ["Id", <code key="id">{one.id}</code>]]} /></Section>
    </Panel>
  );
}
