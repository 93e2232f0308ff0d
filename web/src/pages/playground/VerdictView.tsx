import { useMemo } from "react";

import type { Detection, Verdict } from "../../api/types";
import { formatElapsed, humanize, plural } from "../../lib/format";
import { THREAT_LABEL } from "../../lib/vocabulary";
import { Copy } from "../../ui/Copy";
import { CheckmarkCircleFilled, ShieldCheckmarkRegular, ShieldErrorRegular, WarningFilled } from "../../ui/icons";
import { Marked } from "../../ui/Marked";
import { Card } from "../../ui/Page";
import { Empty } from "../../ui/States";
import css from "./playground.module.css";
import { nameOf, textOf, type Texts } from "./texts";

const LEVELS = ["clean", "suspicious", "malicious"] as const;
const WORDS = { clean: "Nothing above its threshold", suspicious: "Above the lower threshold", malicious: "Above the upper threshold" };
/** From which score a signature is reported, by the setting `shield.sensitivity`. */
const SENSITIVITY = [["high", 0.3], ["medium", 0.5], ["low", 0.75]] as const;

/** The conclusion, the score against the thresholds, and each detection with its reason and how to tune it. */
export function VerdictView({ verdicts, texts, empty }: { verdicts: readonly Verdict[]; texts: Texts; empty: boolean }) {
  if (empty || verdicts.length === 0) {
    return <Card><Empty icon={ShieldCheckmarkRegular} title="Type, paste, or try an example">The verdict appears here: what was seen, where, by which rule, and how sure the shield is.</Empty></Card>;
  }
  const level = LEVELS[Math.max(...verdicts.map(({ verdict }) => LEVELS.indexOf(verdict)))] ?? "clean";
  const score = Math.max(...verdicts.map((verdict) => verdict.score));
  const elapsed = verdicts.reduce((sum, verdict) => sum + verdict.elapsed_us, 0);
  const Icon = { clean: CheckmarkCircleFilled, suspicious: WarningFilled, malicious: ShieldErrorRegular }[level];
  const found = verdicts.flatMap((verdict) => verdict.detections.map((detection) => ({ id: verdict.id, detection })))
    .sort((a, b) => b.detection.score - a.detection.score);
  return (
    <>
      <Card>
        <div className={css.conclusion} data-verdict={level}>
          <Icon aria-hidden="true" />
          <div><strong>{humanize(level)}</strong><span>{WORDS[level]}</span></div>
          <span className={css.took}>{formatElapsed(elapsed)}</span>
        </div>
        <div className={css.meter} data-verdict={level} role="meter" aria-valuemin={0} aria-valuemax={1} aria-valuenow={score} aria-label="Score">
          <span style={{ width: `${score * 100}%` }} />
          {SENSITIVITY.map(([name, at]) => <i key={name} style={{ left: `${at * 100}%` }} data-name={name} />)}
        </div>
        <p className={css.scale}>Score <strong className="num">{score.toFixed(2)}</strong> of 1. The ticks are where signatures are reported at high, medium and low sensitivity.</p>
      </Card>
      {found.map(({ id, detection }, index) => (
        <DetectionCard key={`${id} ${detection.rule} ${index}`} detection={detection} text={textOf(texts, id)} where={nameOf(id, texts)} />
      ))}
      {found.length === 0 && <p className={css.note}>{plural(verdicts.length, "text")} read, nothing reported.</p>}
    </>
  );
}

/** How much text is shown around what was seen, in characters. */
const AROUND = 60;

function DetectionCard({ detection, text, where }: { detection: Detection; text: string; where: string }) {
  const { segment, span } = useMemo(() => cut(text, detection.span), [text, detection.span]);
  const tuning = `[shield]\nsensitivity = "low"  # high | medium | low\n\n[shield.thresholds]\n${detection.category} = ${Math.min(0.99, detection.score + 0.01).toFixed(2)}\n\n[[shield.allow]]\nrule = "${detection.rule}"\nchannel = "${detection.channel}"`;
  return (
    <Card>
      <div className={css.detection}>
        <header><strong>{THREAT_LABEL[detection.category] ?? humanize(detection.category)}</strong><span>{where}</span><b className="num">{detection.score.toFixed(2)}</b></header>
        <blockquote><Marked text={segment} marks={[{ span, tone: detection.category, label: `${THREAT_LABEL[detection.category] ?? ""} · ${detection.rule}` }]} /></blockquote>
        <p>Seen by <code>{detection.rule}</code>{detection.technique ? <>, technique <em>{humanize(detection.technique).toLowerCase()}</em></> : null}.</p>
        <details>
          <summary>How to tune</summary>
          <p>If this is expected in your applications, ask for a higher score or allow the rule, in <code>picket.toml</code>:</p>
          <div className={css.tuning}><pre>{tuning}</pre><Copy text={tuning} label="Copy the setting" /></div>
        </details>
      </div>
    </Card>
  );
}

/** The part of `text` around a byte span, and the span within that part. */
function cut(text: string, [start, end]: [number, number]): { segment: string; span: [number, number] } {
  const bytes = new TextEncoder().encode(text);
  // Cuts may fall inside a character: then they move on to its end.
  const boundary = (at: number) => {
    let index = Math.max(0, Math.min(at, bytes.length));
    while (index < bytes.length && ((bytes[index] ?? 0) & 0xc0) === 0x80) index += 1;
    return index;
  };
  const from = boundary(start - AROUND);
  const to = boundary(end + AROUND);
  const lead = from > 0 ? "…" : "";
  const offset = new TextEncoder().encode(lead).length - from;
  const segment = lead + new TextDecoder().decode(bytes.slice(from, to)) + (to < bytes.length ? "…" : "");
  return { segment, span: [start + offset, end + offset] };
}
