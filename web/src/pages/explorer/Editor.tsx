import { acceptCompletion, autocompletion, closeBrackets, completionKeymap, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { cypher } from "@codemirror/legacy-modes/mode/cypher";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";

import type { Problem } from "../../api/client";
import type { GraphSchema } from "../../api/types";
import { complete } from "../../lib/cypher/complete";

type Props = { text: string; onChange: (text: string) => void; onRun: (text: string) => void; schema: GraphSchema | undefined; error: Problem | null };

/** The openCypher editor: colours, hints for labels, relations and properties, and the server's errors where they are. */
export default function Editor({ text, onChange, onRun, schema, error }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, onRun, schema });
  const first = useRef(text);
  useEffect(() => {
    latest.current = { onChange, onRun, schema };
  });
  useEffect(() => {
    if (!place.current) return;
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          Prec.highest(keymap.of([{ key: "Mod-Enter", run: (editor) => { latest.current.onRun(editor.state.doc.toString()); return true; } }])),
          history(), closeBrackets(), keymap.of([{ key: "Tab", run: acceptCompletion }, ...completionKeymap, ...defaultKeymap, ...historyKeymap]), StreamLanguage.define(cypher),
          syntaxHighlighting(colours), autocompletion({ override: [(context) => hints(context, latest.current.schema)], icons: false }),
          lintGutter(), EditorView.lineWrapping, placeholder("MATCH (model:Model) RETURN model"), look,
          EditorView.contentAttributes.of({ "aria-label": "openCypher query" }),
          EditorView.updateListener.of((update) => { if (update.docChanged) latest.current.onChange(update.state.doc.toString()); }),
        ],
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== text) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    if (error?.line === undefined) {
      editor.dispatch(setDiagnostics(editor.state, []));
      return;
    }
    const line = editor.state.doc.line(Math.max(1, Math.min(error.line, editor.state.doc.lines)));
    const from = Math.min(line.to, line.from + Math.max(0, (error.column ?? 1) - 1));
    const word = /^\w+/.exec(editor.state.doc.sliceString(from, line.to))?.[0].length ?? 1;
    editor.dispatch(setDiagnostics(editor.state, [{ from, to: Math.min(from + word, Math.max(line.to, from)), severity: "error", message: error.message }]));
  }, [error]);
  return <div ref={place} />;
}

/** Completion as the editor wants it. */
function hints(context: CompletionContext, schema: GraphSchema | undefined): CompletionResult | null {
  const found = complete(context.state.doc.toString(), context.pos, schema);
  if (!found || (!found.sure && !context.explicit)) return null;
  return { from: found.from, options: found.options.map(({ kind, ...option }) => ({ ...option, type: kind, boost: kind === "property" && option.detail === undefined ? 20 : kind === "variable" ? 10 : 0 })), validFor: /^\w*$/ };
}

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: [tags.atom, tags.typeName, tags.labelName], color: "var(--code-label)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--code-comment)" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "transparent", fontSize: "13px", maxHeight: "min(190px, 17vh)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--fontFamilyMonospace)", lineHeight: "20px", overflow: "auto" },
  ".cm-content": { caretColor: "var(--colorNeutralForeground1)", padding: "8px 0" },
  ".cm-gutters": { background: "transparent", border: "0" },
  ".cm-gutter-lint": { width: "18px" },
  ".cm-cursor": { borderLeftColor: "var(--colorNeutralForeground1)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--colorBrandBackground) 28%, transparent) !important" },
  ".cm-tooltip": { background: "var(--colorNeutralBackground1)", border: "1px solid var(--colorNeutralStroke1)", borderRadius: "6px", color: "var(--colorNeutralForeground1)", overflow: "hidden" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--colorBrandBackground)", color: "var(--colorNeutralForegroundOnBrand)" },
  ".cm-completionDetail": { opacity: "0.7", fontStyle: "normal", marginLeft: "12px" },
  ".cm-placeholder": { color: "var(--colorNeutralForeground4)" },
});
