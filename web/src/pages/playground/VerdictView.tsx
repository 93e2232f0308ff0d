import { Button } from "@fluentui/react-components";
import { useState } from "react";

import type { Explained } from "../../api/types";
import { formatElapsed, humanize, plural } from "../../lib/format";
import { THREAT_LABEL } from "../../lib/vocabulary";
import { CheckmarkCircleFilled, ShieldCheckmarkRegular, ShieldErrorRegular, WarningFilled } from "../../ui/icons";
import { Card } from "../../ui/Page";
import { Empty } from "../../ui/States";
import { PlaceCard } from "./PlaceCard";
import { placesOf } from "./places";
import css from "./playground.module.css";
import { nameOf, type Texts } from "./texts";
import { Snippet } from "./Snippet";
import { SENSITIVITY, sensitivity } from "./tuning";
import { ViewText } from "./ViewText";

const LEVELS = ["clean", "suspicious", "malicious"] as const;
const WORDS = { clean: "Nothing above its threshold", suspicious: "Above the lower threshold", malicious: "Above the upper threshold" };
const ICONS = { clean: CheckmarkCircleFilled, suspicious: WarningFilled, malicious: ShieldErrorRegular };
/** Places shown at first, and with each further step. */
const STEP = 10;

/** The conclusion, then every place where something was seen: what was read there, by which rules, and how to tune them. */
export function VerdictView({ verdicts, texts, sent }: { verdicts: readonly Explained[]; texts: Texts; sent: ReadonlyMap<string, string> }) {
  const [shown, setShown] = useState(STEP);
  if (verdicts.length === 0) {
    return <Card><Empty icon={ShieldCheckmarkRegular} title="Type, paste, or try an example">The verdict appears here: what was seen, where, by which rule, and how sure the shield is.</Empty></Card>;
  }
  const { places, others } = placesOf(verdicts);
  const rules = Object.assign({}, ...verdicts.map((verdict) => verdict.rules)) as Explained["rules"];
  return (
    <>
      <Conclusion verdicts={verdicts} />
      {places.slice(0, shown).map((place) => (
        <PlaceCard key={`${place.id} ${place.span[0]}`} place={place} text={sent.get(place.id) ?? ""} where={nameOf(place.id, texts)} rules={rules} />
      ))}
      {places.length > shown && <div><Button size="small" onClick={() => setShown(shown + STEP)}>{`Show more of ${plural(places.length, "place")}`}</Button></div>}
      {others.length > 0 && (
        <Card>
          <details className={css.others} open={places.length === 0}>
            <summary>{`${plural(others.length, "further part")} read, nothing reported in ${others.length === 1 ? "it" : "them"}`}</summary>
            <ul>{others.map(({ id, view }, index) => <ViewText key={index} view={view} text={sent.get(id) ?? ""} where={nameOf(id, texts)} rules={rules} />)}</ul>
          </details>
        </Card>
      )}
    </>
  );
}

function Conclusion({ verdicts }: { verdicts: readonly Explained[] }) {
  const level = LEVELS[Math.max(...verdicts.map(({ verdict }) => LEVELS.indexOf(verdict)))] ?? "clean";
  const score = Math.max(...verdicts.map((verdict) => verdict.score));
  const elapsed = verdicts.reduce((sum, verdict) => sum + verdict.elapsed_us, 0);
  const Icon = ICONS[level];
  const detections = verdicts.flatMap((verdict) => verdict.detections);
  const categories = new Map<string, number>();
  for (const { category, score: own } of detections) categories.set(category, Math.max(own, categories.get(category) ?? 0));
  const now = verdicts[0]?.sensitivity ?? "medium";
  return (
    <Card>
      <div className={css.conclusion} data-verdict={level}>
        <Icon aria-hidden="true" />
        <div><strong>{humanize(level)}</strong><span>{WORDS[level]}</span></div>
        <span className={css.took}>{`${plural(verdicts.length, "text")} in ${formatElapsed(elapsed)}`}</span>
      </div>
      <div className={css.meter} data-verdict={level} role="meter" aria-valuemin={0} aria-valuemax={1} aria-valuenow={score} aria-label="Score">
        <span style={{ width: `${score * 100}%` }} />
        {SENSITIVITY.map(({ name, at }) => <i key={name} style={{ left: `${at * 100}%` }} data-now={name === now || undefined} />)}
      </div>
      <div className={css.scale} aria-hidden="true">{SENSITIVITY.map(({ name, at }) => <span key={name} style={{ left: `${at * 100}%` }} data-now={name === now || undefined}>{name}</span>)}</div>
      <p className={css.score}>Score <strong className="num">{score.toFixed(2)}</strong> of 1. The sensitivity is <strong>{now}</strong>: what scores {SENSITIVITY.find(({ name }) => name === now)?.at.toFixed(2)} or more is reported.</p>
      {categories.size > 0 && (
        <ul className={css.categories} aria-label="Categories">
          {[...categories].sort((a, b) => b[1] - a[1]).map(([category, own]) => (
            <li key={category} data-tone={category}>{THREAT_LABEL[category] ?? humanize(category)}<b className="num">{own.toFixed(2)}</b></li>
          ))}
        </ul>
      )}
      {detections.length > 0 && (
        <details className={css.levels}>
          <summary>Sensitivity levels</summary>
          {SENSITIVITY.map(({ name, at, says }) => {
            const left = detections.filter((detection) => detection.score >= at).length;
            return (
              <Snippet key={name} code={sensitivity(name)} label={`Copy sensitivity ${name}`}>
                <strong>{humanize(name)}</strong>, from {at.toFixed(2)}: {says}. {name === now ? "In force."
                  : at > (SENSITIVITY.find((other) => other.name === now)?.at ?? 0) ? `Of ${plural(detections.length, "detection")} here, ${left} would be left.` : "More might be reported here."}
              </Snippet>
            );
          })}
        </details>
      )}
    </Card>
  );
}
