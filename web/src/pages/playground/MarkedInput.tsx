import { type ReactNode, useId, useRef } from "react";

import type { Detection, Verdict } from "../../api/types";
import { humanize } from "../../lib/format";
import { byteSpansToIndices, segments } from "../../lib/spans";
import css from "./playground.module.css";

/** A text field that marks what the shield saw; the marks lie behind the text and move with it. */
export function MarkedInput({ label, hint, value, rows, detections, verdict, action, onChange }: {
  label: string; hint: string; value: string; rows: number; detections: readonly Detection[]; verdict: Verdict | undefined;
  action?: ReactNode; onChange: (text: string) => void;
}) {
  const id = useId();
  const backdrop = useRef<HTMLDivElement>(null);
  const spans = byteSpansToIndices(value, detections.map(({ span }) => span));
  const parts = segments(value, detections.map((mark, index) => ({ span: spans[index] ?? [0, 0], mark })));
  return (
    <div className={css.input}>
      <div className={css.inputHead}>
        <label htmlFor={id}>{label}</label><span>{hint}</span>
        {value.trim() !== "" && verdict && <em data-verdict={verdict.verdict}>{humanize(verdict.verdict)}</em>}
        {action}
      </div>
      <div className={css.field}>
        <div ref={backdrop} className={css.backdrop} aria-hidden="true">
          {parts.map((part, index) => (part.marks.length === 0 ? part.text : <mark key={index} data-tone={part.marks[0]?.category}>{part.text}</mark>))}
          {"\n"}
        </div>
        <textarea
          id={id} rows={rows} value={value} spellCheck={false} onChange={(event) => onChange(event.target.value)}
          onScroll={(event) => { if (backdrop.current) backdrop.current.scrollTop = event.currentTarget.scrollTop; }}
        />
      </div>
    </div>
  );
}
