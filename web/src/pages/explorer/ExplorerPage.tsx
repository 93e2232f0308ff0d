import { Button, Tooltip } from "@fluentui/react-components";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";

import { Problem } from "../../api/client";
import { useGraphQuery, useGraphSchema, useTemplates } from "../../api/queries";
import { useUrlState } from "../../app/url";
import { type Built, DEFAULT_LIMIT, toCypher } from "../../lib/cypher/built";
import { readCypher } from "../../lib/cypher/parse";
import { CheckmarkRegular, PlayRegular, ShareIosRegular } from "../../ui/icons";
import { Page } from "../../ui/Page";
import { Failure, Skeleton } from "../../ui/States";
import css from "./explorer.module.css";
import { Gallery } from "./Gallery";
import { QueryHistory, remember } from "./QueryHistory";
import { Results } from "./Results";
import { SaveAsRule } from "./SaveAsRule";
import { Sentence } from "./Sentence";

const Editor = lazy(() => import("./Editor"));

const FIRST: Built = { kind: "Model", conditions: [], limit: DEFAULT_LIMIT };

/** Templates, then the question as chips and as text, then what the graph answers. */
export default function ExplorerPage() {
  const [read, write] = useUrlState();
  const asked = read("query");
  const { data: schema } = useGraphSchema();
  const { data: templates = [] } = useTemplates();
  const [text, setText] = useState(asked || toCypher(FIRST));
  const [shared, setShared] = useState(false);
  // A link or the back button brought another query.
  const [seen, setSeen] = useState(asked);
  if (seen !== asked) {
    setSeen(asked);
    if (asked !== "") setText(asked);
  }
  const { built, beyond } = useMemo(() => readCypher(text), [text]);
  const params = useMemo(() => templates.find((template) => template.query.trim() === asked.trim())?.params ?? {}, [templates, asked]);
  const query = useGraphQuery(asked === "" ? null : asked, params);
  const run = useCallback((next: string) => {
    setText(next);
    if (next === asked) void query.refetch();
    else write({ query: next, row: null, node: null }, true);
  }, [asked, query, write]);
  const answered = query.data && !query.isPlaceholderData ? query.data.stats.rows : null;
  useEffect(() => {
    if (asked !== "" && answered !== null) remember(asked, answered);
  }, [asked, answered]);
  const problem = query.error instanceof Problem && text === asked ? query.error : null;
  useEffect(() => {
    if (!shared) return;
    const timer = setTimeout(() => setShared(false), 1500);
    return () => clearTimeout(timer);
  }, [shared]);

  return (
    <Page
      title="Cloud security explorer"
      actions={
        <>
          {asked !== "" && <Button size="small" onClick={() => write({ query: null, row: null, node: null, view: null }, true)}>Templates</Button>}
          <QueryHistory onPick={run} />
          {asked !== "" && <SaveAsRule key={asked} query={text} />}
          <Tooltip content="Copies a link to this query" relationship="description">
            <Button size="small" disabled={asked === ""} icon={shared ? <CheckmarkRegular /> : <ShareIosRegular />}
              onClick={() => void navigator.clipboard.writeText(window.location.href).then(() => setShared(true))}>
              {shared ? "Link copied" : "Share"}
            </Button>
          </Tooltip>
        </>
      }
    >
      <div className={css.explorer}>
        <section className={css.question} aria-label="Question">
          {built ? <Sentence built={built} schema={schema} onChange={(next) => setText(toCypher(next))} /> : (
            <p className={css.byHand}>This query says more than chips can show: {beyond}. Edit it as text, or <button type="button" onClick={() => setText(toCypher(FIRST))}>start over with chips</button>.</p>
          )}
          <div className={css.editor}>
            <Suspense fallback={<pre className={css.plain}>{text}</pre>}>
              <Editor text={text} onChange={setText} onRun={run} schema={schema} error={problem} />
            </Suspense>
            <div className={css.run}>
              <Button appearance="primary" size="small" icon={<PlayRegular />} disabled={text.trim() === ""} onClick={() => run(text)}>Run</Button>
              <small>Ctrl Enter</small>
            </div>
          </div>
        </section>
        <section className={css.answer} aria-label="Answer">
          {asked === "" ? <Gallery templates={templates} onPick={run} />
            : query.error ? <Failure what="The query could not be run" error={query.error} retry={query.refetch} />
            : query.data ? <Results key={asked} query={asked} params={params} result={query.data} busy={query.isFetching} />
            : <Skeleton rows={10} />}
        </section>
      </div>
    </Page>
  );
}
