import { useMemo } from "react";

import type { Detection, RuleInfo } from "../../api/types";
import { humanize } from "../../lib/format";
import { THREAT_LABEL } from "../../lib/vocabulary";
import { Marked } from "../../ui/Marked";
import { Card } from "../../ui/Page";
import { Ids } from "../../ui/Threat";
import { cut, type Place, slice } from "./places";
import css from "./playground.module.css";
import { Snippet } from "./Snippet";
import { allowEntry, threshold } from "./tuning";
import { ViewText } from "./ViewText";

/** One place: the words, what the shield read in them, and each rule that spoke up. */
export function PlaceCard({ place, text, where, rules }: { place: Place; text: string; where: string; rules: Record<string, RuleInfo> }) {
  const { segment, spans } = useMemo(() => cut(text, place.span, place.detections.map(({ span }) => span)), [text, place]);
  const marks = place.detections.map(({ category, rule }, index) => ({
    span: spans[index] ?? [0, 0] as [number, number], tone: category, label: `${THREAT_LABEL[category] ?? humanize(category)} · ${rules[rule]?.title ?? rule}`,
  }));
  return (
    <Card>
      <div className={css.place}>
        <header><strong>{where}</strong><span>{`Bytes ${place.span[0]}–${place.span[1]}`}</span><b className="num" title="The highest score here">{place.score.toFixed(2)}</b></header>
        <blockquote><Marked text={segment} marks={marks} /></blockquote>
        {place.views.length > 0 && (
          <>
            <h3>What the shield read</h3>
            <ul className={css.views}>{place.views.map((view, index) => <ViewText key={index} view={view} text={text} rules={rules} quoted={view.span.join() === place.span.join()} />)}</ul>
          </>
        )}
        <h3>{place.detections.length === 1 ? "The rule" : "The rules"}</h3>
        <ul className={css.rules}>
          {place.detections.map((detection) => <RuleItem key={detection.rule} detection={detection} rule={rules[detection.rule]} flagged={slice(text, detection.span)} />)}
        </ul>
      </div>
    </Card>
  );
}

/** What a rule means, and what to write into the settings where it speaks up without need. */
function RuleItem({ detection, rule, flagged }: { detection: Detection; rule: RuleInfo | undefined; flagged: string }) {
  const { category, score } = detection;
  return (
    <li data-tone={category}>
      <details>
        <summary>
          <strong>{rule?.title ?? detection.rule}</strong>
          <span>{THREAT_LABEL[category] ?? humanize(category)}</span>
          <b className="num">{score.toFixed(2)}</b>
        </summary>
        <div className={css.rule}>
          {rule && <p>{rule.description}</p>}
          <dl>
            <dt>Rule</dt><dd><code>{detection.rule}</code></dd>
            {rule && <><dt>Technique</dt><dd><strong>{rule.technique.title}</strong>{rule.technique.description === rule.description ? null : `: ${rule.technique.description}`}</dd></>}
            {rule && rule.owasp.length > 0 && <><dt>OWASP</dt><dd><Ids ids={rule.owasp} /></dd></>}
            {rule && rule.atlas.length > 0 && <><dt>MITRE ATLAS</dt><dd><Ids ids={rule.atlas} /></dd></>}
          </dl>
          <h4>How to tune</h4>
          {rule && <p>{rule.tuning}</p>}
          <Snippet code={allowEntry(detection, flagged)} label="Copy the allow entry">To let this pass, in <code>picket.toml</code>:</Snippet>
          <Snippet code={threshold(detection)} label="Copy the threshold">To ask for a higher score of all {(THREAT_LABEL[category] ?? humanize(category)).toLowerCase()} rules here:</Snippet>
        </div>
      </details>
    </li>
  );
}
