import { type ReactNode, useState } from "react";
import { Link } from "react-router";

import type { AttackPath, GraphNode, GraphRelation } from "../../api/types";
import { useLinks, useUrlState } from "../../app/url";
import { humanize, plural } from "../../lib/format";
import { nodeName } from "../../lib/graph";
import { FINDING_LABEL, kindLabel, kindOfLabels, relationPhraseOfOne } from "../../lib/vocabulary";
import { AssetDetails } from "../../ui/AssetDetails";
import { KindIcon } from "../../ui/Asset";
import { Copy } from "../../ui/Copy";
import { ShieldCheckmarkRegular, ShieldRegular } from "../../ui/icons";
import { Severity } from "../../ui/Severity";
import { SplitView } from "../../ui/SplitView";
import css from "./attack-paths.module.css";

/** One path: the map from entry to target, and what to do about it. */
export function PathDetails({ path }: { path: AttackPath }) {
  const [read, write] = useUrlState();
  const to = useLinks();
  const [tab, setTab] = useState("overview");
  const asset = read("asset");
  const panel = asset ? <AssetDetails key={asset} id={asset} tab={tab} onTab={setTab} onClose={() => write({ asset: null })} /> : null;
  return (
    <SplitView label="Asset" panel={panel}>
      <article className={css.detail}>
        <header>
          <div className={css.badges}><Severity level={path.risk_level} /><code>{path.rule}</code></div>
          <h2>{path.title}</h2>
          <div className={css.mitre}>
            {path.mitre.tactics.map((tactic) => <span key={tactic}>{tactic}</span>)}
            {path.mitre.techniques.map((technique) => <code key={technique}>{technique}</code>)}
          </div>
        </header>
        <PathMap path={path} selected={asset} onSelect={(id) => write({ asset: id })} />
        {path.choke_points.length > 0 && (
          <p className={css.chokeNote}>
            <strong>Choke points:</strong> many paths go through{" "}
            {path.choke_points.map((id, index) => {
              const node = path.path.nodes.find((candidate) => candidate.id === id);
              return (
                <span key={id}>
                  {index > 0 && ", "}<Link to={to("/attack-paths", { choke: id })}>{node ? nodeName(node) : id}</Link>
                </span>
              );
            })}. To fix it there ends them all.
          </p>
        )}
        <div className={css.remedies}>
          <Remedy icon={<ShieldCheckmarkRegular />} title="Breaks the path" note="Each of these ends it" steps={path.remediation.breaks} />
          <Remedy icon={<ShieldRegular />} title="Lowers the risk" note="The path remains, and costs less" steps={path.remediation.reduces} />
        </div>
      </article>
    </SplitView>
  );
}

function PathMap({ path, selected, onSelect }: { path: AttackPath; selected: string; onSelect: (id: string) => void }) {
  const { nodes, relations } = path.path;
  return (
    <ol className={css.map} aria-label={`From ${nodeName(nodes[0] ?? missing)} in ${plural(relations.length, "step")}`} tabIndex={0}>
      {nodes.map((node, index) => {
        const relation = relations[index];
        const next = nodes[index + 1];
        return (
          <li key={`${node.id} ${index}`} className={css.stage}>
            <Stop node={node} role={index === 0 ? "Entry" : index === nodes.length - 1 ? "Target" : null} choke={path.choke_points.includes(node.id)}
              selected={node.id === selected} onSelect={() => onSelect(node.id)} />
            {relation && next && <Step relation={relation} forward={relation.source === node.id} />}
          </li>
        );
      })}
    </ol>
  );
}

const missing: GraphNode = { _kind: "node", id: "", labels: [], properties: {} };

function Stop({ node, role, choke, selected, onSelect }: {
  node: GraphNode; role: "Entry" | "Target" | null; choke: boolean; selected: boolean; onSelect: () => void;
}) {
  const kind = kindOfLabels(node.labels);
  const findings = Array.isArray(node.properties.findings) ? node.properties.findings.filter((finding) => typeof finding === "string" && finding !== "model_metadata") as string[] : [];
  return (
    <button type="button" className={css.stop} data-role={role ?? "via"} data-choke={choke} aria-pressed={selected} onClick={onSelect}>
      {(role !== null || choke) && <span className={css.role}>{[role, choke ? "Choke point" : null].filter(Boolean).join(" · ")}</span>}
      <span className={css.stopIcon}><KindIcon kind={kind} /></span>
      <strong title={nodeName(node)}>{nodeName(node)}</strong>
      <small>{kindLabel(kind)}</small>
      {findings.length > 0 && <small className={css.finding}>{findings.slice(0, 2).map((finding) => FINDING_LABEL[finding] ?? humanize(finding)).join(", ")}{findings.length > 2 ? ` +${findings.length - 2}` : ""}</small>}
    </button>
  );
}

function Step({ relation, forward }: { relation: GraphRelation; forward: boolean }) {
  const reason = relation.properties.reason;
  const place = placeOf(relation);
  return (
    <span className={css.step}>
      <span className={css.relation}>{relationPhraseOfOne(relation.type, forward ? "out" : "in")}</span>
      <svg className={css.arrow} viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
        <path d="M0 6H100" vectorEffect="non-scaling-stroke" />
      </svg>
      <span className={css.reason}>{typeof reason === "string" ? reason : ""}{place && <code>{place}</code>}</span>
    </span>
  );
}

/** Where the step is declared: the policy, or the file and line. */
function placeOf({ properties: { path, line, via } }: GraphRelation): string {
  if (typeof path === "string") return typeof line === "number" ? `${path}:${line}` : path;
  return typeof via === "string" ? via : "";
}

function Remedy({ icon, title, note, steps }: { icon: ReactNode; title: string; note: string; steps: readonly string[] }) {
  return (
    <section className={css.remedy}>
      <h3>{icon}{title}<small>{note}</small></h3>
      {steps.length === 0 ? <p className={css.none}>Nothing known.</p> : (
        <ul>{steps.map((step) => <li key={step}><span>{step}</span><Copy text={step} label="Copy the step" /></li>)}</ul>
      )}
    </section>
  );
}
