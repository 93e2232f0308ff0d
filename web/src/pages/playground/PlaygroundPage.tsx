import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";

import { explain } from "../../api/queries";
import type { Explained } from "../../api/types";
import { AddRegular, BeakerRegular, DismissRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { Failure } from "../../ui/States";
import { EXAMPLES } from "./examples";
import { MarkedInput } from "./MarkedInput";
import css from "./playground.module.css";
import { inputsOf, NOTHING } from "./texts";
import { VerdictView } from "./VerdictView";

/** Typing pauses this long before the shield is asked. */
const PAUSE_MS = 220;
/** Documents, and tool results. */
const MOST = 5;

export default function PlaygroundPage() {
  const [texts, setTexts] = useState(NOTHING);
  const settled = useSettled(texts);
  const inputs = useMemo(() => inputsOf(settled), [settled]);
  const query = useQuery({
    queryKey: ["shield", inputs],
    queryFn: ({ signal }) => explain(inputs, signal),
    enabled: inputs.length > 0,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
  });
  const verdicts = new Map<string, Explained>((inputs.length > 0 ? (query.data ?? []) : []).map((verdict) => [verdict.id, verdict]));
  const sent = new Map(inputs.map(({ id, text }) => [id, text]));
  // Spans belong to the text that was sent; while the reader types on, they would point elsewhere.
  const field = (id: string, text: string) => ({
    value: text, verdict: verdicts.get(id),
    detections: text === sent.get(id) && !query.isPlaceholderData ? (verdicts.get(id)?.detections ?? []) : [],
  });
  const list = (key: "documents" | "results", one: string, label: string, hint: string) => texts[key].map((text, index) => {
    const change = (all: string[]) => setTexts({ ...texts, [key]: all });
    const removable = key === "results" || texts[key].length > 1;
    return (
      <MarkedInput key={`${key} ${index}`} label={texts[key].length > 1 ? `${label} ${index + 1}` : label} hint={hint} rows={4} {...field(`${one}-${index}`, text)}
        onChange={(changed) => change(texts[key].with(index, changed))}
        action={removable ? (
          <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={`Remove ${label.toLowerCase()} ${index + 1}`}
            onClick={() => change(texts[key].filter((_, at) => at !== index))} />
        ) : null} />
    );
  });

  return (
    <Page
      title="Playground" hint="The shield's verdict as you type. Nothing typed here is stored." scroll
      actions={
        <>
          <Menu>
            <MenuTrigger disableButtonEnhancement><Button size="small" icon={<BeakerRegular />}>Try an example</Button></MenuTrigger>
            <MenuPopover>
              <MenuList>{EXAMPLES.map(({ name, texts: example }) => <MenuItem key={name} onClick={() => setTexts(example)}>{name}</MenuItem>)}</MenuList>
            </MenuPopover>
          </Menu>
          <Button size="small" onClick={() => setTexts(NOTHING)}>Clear</Button>
        </>
      }
    >
      <div className={css.columns}>
        <div className={css.inputs}>
          <MarkedInput label="Prompt" hint="What the user writes" rows={6} {...field("prompt", texts.prompt)} onChange={(prompt) => setTexts({ ...texts, prompt })} />
          {list("documents", "document", "Document", "What is retrieved or attached: pages and files")}
          {list("results", "result", "Tool result", "What a tool or MCP server answers")}
          <div>
            {texts.documents.length < MOST && <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => setTexts({ ...texts, documents: [...texts.documents, ""] })}>Add a document</Button>}
            {texts.results.length < MOST && <Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => setTexts({ ...texts, results: [...texts.results, ""] })}>Add a tool result</Button>}
          </div>
          <MarkedInput label="Response" hint="What the model answers" rows={4} {...field("response", texts.response)} onChange={(response) => setTexts({ ...texts, response })} />
        </div>
        <div className={css.verdict} aria-live="polite">
          {query.error ? <Failure what="The shield did not answer" error={query.error} retry={query.refetch} />
            : <VerdictView verdicts={inputs.flatMap(({ id }) => verdicts.get(id) ?? [])} texts={settled} sent={sent} />}
        </div>
      </div>
    </Page>
  );
}

/** A value once it stops changing. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
