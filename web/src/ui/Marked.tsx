import { Tooltip } from "@fluentui/react-components";

import { byteSpansToIndices, revealInvisible, segments, type Span } from "../lib/spans";
import css from "./marked.module.css";

export type Mark = { span: Span; tone: string; label: string };

/** Text with marks over byte spans. Whatever the text holds is shown as text; what cannot be seen is named. */
export function Marked({ text, marks }: { text: string; marks: readonly Mark[] }) {
  const spans = byteSpansToIndices(text, marks.map((mark) => mark.span));
  const parts = segments(text, marks.map((mark, index) => ({ span: spans[index] ?? [0, 0], mark })));
  return (
    <span className={css.text}>
      {parts.map((part, index) => {
        const content = <Visible text={part.text} />;
        if (part.marks.length === 0) return <span key={index}>{content}</span>;
        const label = [...new Set(part.marks.map((mark) => mark.label))].join(" · ");
        return (
          <Tooltip key={index} content={label} relationship="description" withArrow>
            <mark className={css.mark} data-tone={part.marks[0]?.tone}>{content}</mark>
          </Tooltip>
        );
      })}
    </span>
  );
}

function Visible({ text }: { text: string }) {
  return revealInvisible(text).map((part, index) =>
    part.codePoint === null ? part.text : <span key={index} className={css.invisible} title="Invisible character">{part.codePoint}</span>);
}
