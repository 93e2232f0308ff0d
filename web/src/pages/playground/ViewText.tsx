import type { RuleInfo, View } from "../../api/types";
import { humanize } from "../../lib/format";
import { Marked } from "../../ui/Marked";
import { slice } from "./places";
import css from "./playground.module.css";

/** Names that the technique's id does not say well. */
const TECHNIQUES: Record<string, string> = {
  plain_form: "Look-alike and invisible characters folded away",
  rot13: "ROT13", caesar: "Caesar cipher", atbash: "Atbash cipher", reversed: "Back to front",
  leetspeak: "Digits and signs for letters", spaced_letters: "Letters set apart", joined_words: "Words run together",
  markup_in_words: "Markup inside words", misspelling: "Misspelt words", hidden_style: "Hidden by its style", alternative_text: "Alternative text",
  unicode_tags: "Unicode tag characters", latex: "LaTeX that is not drawn", ansi_conceal: "Concealed in a terminal",
};
export const techniqueName = (technique: string): string => TECHNIQUES[technique] ?? humanize(technique);

/** How much of what a view was read from is shown, in bytes. */
const SOURCE = 60;

/** What the shield read in place of a part of a text, from where, and what it saw in that. `quoted`: its part of the text is shown already. */
export function ViewText({ view, text, where, rules, quoted = false }: {
  view: View; text: string; where?: string; rules: Record<string, RuleInfo>; quoted?: boolean;
}) {
  const source = slice(text, view.span, SOURCE);
  return (
    <li className={css.view} style={{ marginLeft: Math.min(view.depth, 3) * 16 }}>
      <div className={css.viewHead}>
        <strong>{techniqueName(view.technique)}</strong>
        <span>{view.depth > 0 ? "within what was read above" : `${where === undefined ? "B" : `${where}, b`}ytes ${view.span[0]}–${view.span[1]}`}</span>
      </div>
      {view.depth === 0 && !quoted && source !== view.text && (
        <p className={css.source} title="What stands in the text"><Marked text={source} marks={[]} /></p>
      )}
      <blockquote aria-label={`Read as: ${techniqueName(view.technique)}`}><Marked text={view.text} marks={[]} /></blockquote>
      {view.rules.length > 0 && <p className={css.seen}>Seen in it: {view.rules.map((id) => rules[id]?.title ?? id).join(" · ")}</p>}
    </li>
  );
}
