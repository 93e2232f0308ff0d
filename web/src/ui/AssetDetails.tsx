import { Button, Tooltip } from "@fluentui/react-components";
import { useMemo } from "react";
import { useNavigate } from "react-router";

import { useAsset, useAssetRecommendations, useEnvironments, useNeighbourhood } from "../api/queries";
import type { Asset, Finding, Json, Neighbourhood, Occurrence, Properties } from "../api/types";
import { assetPath, useLinks } from "../app/url";
import { humanize, plural } from "../lib/format";
import type { Drawing } from "../lib/graph";
import { FINDING_LABEL, kindLabel } from "../lib/vocabulary";
import { KindIcon, Provider } from "./Asset";
import { AssetHistory } from "./AssetHistory";
import { Copy } from "./Copy";
import css from "./asset-details.module.css";
import { Graph } from "./Graph";
import { OpenRegular } from "./icons";
import { Facts, Panel, Section } from "./Panel";
import { Severity, severityRank } from "./Severity";
import { Empty, Loading } from "./States";
import { Time } from "./Time";

type Props = { id: string; tab: string; onTab: (tab: string) => void; onClose?: () => void };

/** Everything known of one asset; the same wherever an asset opens. */
export function AssetDetails({ id, tab, onTab, onClose }: Props) {
  const query = useAsset(id);
  const to = useLinks();
  const navigate = useNavigate();
  return (
    <Loading query={query} what="The asset could not be read">
      {(asset) => {
        const occurrences = occurrencesOf(asset);
        const tabs = [
          { id: "overview", label: "Overview" },
          { id: "findings", label: "Findings", count: asset.findings.length },
          { id: "relations", label: "Relations" },
          ...(occurrences.length > 0 ? [{ id: "occurrences", label: "Occurrences", count: occurrences.length }] : []),
          { id: "recommendations", label: "Recommendations" },
          { id: "history", label: "History" },
        ];
        const shown = tabs.some((known) => known.id === tab) ? tab : "overview";
        return (
          <Panel
            icon={<KindIcon kind={asset.kind} />} title={asset.name} tabs={tabs} tab={shown} onTab={onTab}
            subtitle={<><span>{kindLabel(asset.kind)}</span><Provider provider={asset.provider} />{asset.gone_at && <span>Gone <Time at={asset.gone_at} /></span>}</>}
            {...(onClose ? {
              onClose,
              actions: (
                <Tooltip content="Open its own page" relationship="label">
                  <Button size="small" appearance="subtle" icon={<OpenRegular />} onClick={() => void navigate(to(assetPath(id)))} />
                </Tooltip>
              ),
            } : {})}
          >
            {shown === "overview" && <Overview asset={asset} />}
            {shown === "findings" && <Findings findings={asset.findings} />}
            {shown === "relations" && <Relations id={id} />}
            {shown === "occurrences" && <Occurrences occurrences={occurrences} />}
            {shown === "recommendations" && <AssetRecommendations id={id} />}
            {shown === "history" && <AssetHistory id={id} />}
          </Panel>
        );
      }}
    </Loading>
  );
}

function Overview({ asset }: { asset: Asset }) {
  const { data: environments = [] } = useEnvironments();
  const environment = environments.find(({ id }) => id === asset.environment)?.name ?? asset.environment;
  const properties = Object.entries(asset.properties).filter(([name]) => name !== "occurrences");
  return (
    <>
      {asset.findings.length > 0 && (
        <Section title="What stands out">
          <Findings findings={asset.findings.slice(0, 3)} compact />
        </Section>
      )}
      <Section title="About">
        <Facts facts={[
          ["Id", <span key="id" className={css.id}><code>{asset.id}</code><Copy text={asset.id} label="Copy the id" /></span>],
          ["Type", asset.native_type], ["Environment", environment], ["Region", asset.region],
          ["First seen", <Time key="first" at={asset.first_seen} />], ["Last seen", <Time key="last" at={asset.last_seen} />],
          ["Plans", (asset.plans ?? []).filter((plan) => plan.state === "on").map((plan) => plan.plan).join(", ") || null],
        ]} />
      </Section>
      {properties.length > 0 && <Section title="Properties"><PropertyList properties={asset.properties} /></Section>}
      {Object.keys(asset.tags).length > 0 && <Section title="Tags"><PropertyList properties={asset.tags} /></Section>}
    </>
  );
}

/** Open properties as names and values; whatever they hold is shown as text. */
export function PropertyList({ properties }: { properties: Properties }) {
  return <Facts facts={Object.entries(properties).filter(([name]) => name !== "occurrences").map(([name, value]) => [humanize(name), <PropertyValue key={name} value={value} />])} />;
}

export function PropertyValue({ value }: { value: Json }) {
  if (value === null) return <span className={css.none}>none</span>;
  if (typeof value === "boolean") return <>{value ? "Yes" : "No"}</>;
  if (typeof value !== "object") return <>{String(value)}</>;
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) return <>{value.join(", ")}</>;
  return <pre className={css.json}>{JSON.stringify(value, null, 2)}</pre>;
}

export function Findings({ findings, compact = false }: { findings: readonly Finding[]; compact?: boolean }) {
  if (findings.length === 0) return <Empty title="No findings">Nothing stands out about this asset. New scans look again.</Empty>;
  const ordered = [...findings].sort((a, b) => severityRank(a.severity) - severityRank(b.severity));
  return (
    <ul className={compact ? css.compact : css.findings}>
      {ordered.map((finding) => (
        <li key={finding.id} className={css.finding}>
          <div className={css.findingHead}><strong>{finding.title}</strong><Severity level={finding.severity} /></div>
          <div className={css.detail}>{finding.detail}</div>
          {!compact && (
            <>
              <div className={css.kind}>{FINDING_LABEL[finding.kind]} · <Time at={finding.first_seen} /></div>
              {finding.evidence !== null && typeof finding.evidence === "object" && !Array.isArray(finding.evidence)
                ? <div className={css.evidence}><PropertyList properties={finding.evidence} /></div>
                : finding.evidence !== null && <div className={css.evidence}><PropertyValue value={finding.evidence} /></div>}
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Relations({ id }: { id: string }) {
  const query = useNeighbourhood(id);
  const navigate = useNavigate();
  const to = useLinks();
  return (
    <Loading query={query} what="The relations could not be read">
      {(around) => around.nodes.length < 2 ? (
        <Empty title="No relations">No scan saw this asset connected to another.</Empty>
      ) : (
        <div className={css.relations}>
          <Graph drawing={starOf(around, id)} layout="around" root={id} label="Relations of the asset" onSelect={(node) => { if (node !== id) void navigate(to(assetPath(node), { tab: "relations" })); }} />
          <p className={css.note}>{plural(around.nodes.length - 1, "neighbour")}{around.truncated ? ", cut at the limit" : ""}. Select one to go there.</p>
        </div>
      )}
    </Loading>
  );
}

/** A small neighbourhood with all its relations; of a large one only those of the asset itself, which can still be read. */
const starOf = (around: Neighbourhood, id: string): Drawing =>
  around.nodes.length <= 12 ? around : { nodes: around.nodes, relations: around.relations.filter(({ source, target }) => source === id || target === id) };

export function occurrencesOf(asset: Asset): Occurrence[] {
  const found = asset.properties.occurrences;
  return Array.isArray(found) ? (found as unknown as Occurrence[]) : [];
}

function Occurrences({ occurrences }: { occurrences: Occurrence[] }) {
  const order = ["used", "configured", "mentioned"];
  const sorted = useMemo(
    () => [...occurrences].sort((a, b) => order.indexOf(a.standing) - order.indexOf(b.standing) || a.path.localeCompare(b.path) || a.line - b.line),
    [occurrences], // eslint-disable-line react-hooks/exhaustive-deps -- `order` never changes
  );
  return (
    <ul className={css.occurrences}>
      {sorted.map((place) => (
        <li key={`${place.path}:${place.line}:${place.column}`}>
          <div><code>{place.path}:{place.line}</code><Copy text={`${place.path}:${place.line}:${place.column}`} label="Copy the place" /></div>
          <small><span className={css.standing} data-standing={place.standing}>{humanize(place.standing)}</span>{place.symbol && <code>{place.symbol}</code>}</small>
        </li>
      ))}
    </ul>
  );
}

function AssetRecommendations({ id }: { id: string }) {
  const query = useAssetRecommendations(id);
  const to = useLinks();
  const navigate = useNavigate();
  return (
    <Loading query={query} what="The recommendations could not be read">
      {(mine) => {
        if (mine.length === 0) return <Empty title="No open recommendations">Every rule that applies to this asset holds.</Empty>;
        return (
          <ul className={css.findings}>
            {mine.map((item) => (
              <li key={item.rule} className={css.finding}>
                <div className={css.findingHead}>
                  <button type="button" className={css.link} onClick={() => void navigate(to("/recommendations", { open: `${item.rule}@${item.asset}` }))}>{item.title}</button>
                  <Severity level={item.risk_level} />
                </div>
                <div className={css.detail}>{item.reason}</div>
              </li>
            ))}
          </ul>
        );
      }}
    </Loading>
  );
}

