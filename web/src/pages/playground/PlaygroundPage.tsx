import { Button, Menu, MenuItem, MenuList, MenuPopover, MenuTrigger } from "@fluentui/react-components";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";

import { analyze } from "../../api/queries";
import type { Verdict } from "../../api/types";
import { plural } from "../../lib/format";
import { AddRegular, BeakerRegular, DismissRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { Failure } from "../../ui/States";
import { EXAMPLES } from "./examples";
import { MarkedInput } from "./MarkedInput";
import css from "./playground.module.css";
import { type Texts, inputsOf } from "./texts";
import { VerdictView } from "./VerdictView";

/** Typing pauses this long before the shield is asked. */
const PAUSE_MS = 220;

export default function PlaygroundPage() {
  const [texts, setTexts] = useState<Texts>({ prompt: "", documents: [""], response: "" });
  const settled = useSettled(texts);
  const inputs = useMemo(() => inputsOf(settled), [settled]);
  const query = useQuery({
    queryKey: ["shield", inputs],
    queryFn: ({ signal }) => analyze(inputs, signal),
    enabled: inputs.length > 0,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
  });
  const verdicts = new Map<string, Verdict>((inputs.length > 0 ? (query.data ?? []) : []).map((verdict) => [verdict.id, verdict]));
  // Spans belong to the text that was sent; while the reader types on, they would point elsewhere.
  const marks = (id: string, now: string, sent: string | undefined) => (now === sent && !query.isPlaceholderData ? (verdicts.get(id)?.detections ?? []) : []);
  const setDocument = (index: number, text: string) =>
    setTexts({ ...texts, documents: texts.documents.map((old, at) => (at === index ? text : old)) });

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
          <Button size="small" onClick={() => setTexts({ prompt: "", documents: [""], response: "" })}>Clear</Button>
        </>
      }
    >
      <div className={css.columns}>
        <div className={css.inputs}>
          <MarkedInput label="Prompt" hint="What the user writes" value={texts.prompt} rows={6} onChange={(prompt) => setTexts({ ...texts, prompt })}
            detections={marks("prompt", texts.prompt, settled.prompt)} verdict={verdicts.get("prompt")} />
          {texts.documents.map((document, index) => (
            <MarkedInput key={index} label={texts.documents.length > 1 ? `Document ${index + 1}` : "Document"} hint="What is retrieved or attached: pages, files, tool results" rows={4}
              value={document} onChange={(text) => setDocument(index, text)}
              detections={marks(`document-${index}`, document, settled.documents[index])} verdict={verdicts.get(`document-${index}`)}
              action={texts.documents.length > 1 ? (
                <Button size="small" appearance="subtle" icon={<DismissRegular />} aria-label={`Remove document ${index + 1}`}
                  onClick={() => setTexts({ ...texts, documents: texts.documents.filter((_, at) => at !== index) })} />
              ) : null} />
          ))}
          {texts.documents.length < 5 && (
            <div><Button size="small" appearance="subtle" icon={<AddRegular />} onClick={() => setTexts({ ...texts, documents: [...texts.documents, ""] })}>Add a document</Button></div>
          )}
          <MarkedInput label="Response" hint="What the model answers" value={texts.response} rows={4} onChange={(response) => setTexts({ ...texts, response })}
            detections={marks("response", texts.response, settled.response)} verdict={verdicts.get("response")} />
        </div>
        <div className={css.verdict} aria-live="polite">
          {query.error ? <Failure what="The shield did not answer" error={query.error} retry={query.refetch} />
            : <VerdictView verdicts={inputs.flatMap(({ id }) => verdicts.get(id) ?? [])} texts={settled} empty={inputs.length === 0} />}
          {inputs.length > 1 && <p className={css.note}>{plural(inputs.length, "text")} inspected, each by itself.</p>}
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
