import { Button, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from "@fluentui/react-components";
import type { FluentIcon } from "@fluentui/react-icons";
import { type ReactNode, useEffect, useState } from "react";

import { Problem } from "../api/client";
import { SearchRegular } from "./icons";
import css from "./states.module.css";

/** Nothing to show, and what to do about it. */
export function Empty({ icon: Icon = SearchRegular, title, children, action }: {
  icon?: FluentIcon; title: string; children?: ReactNode; action?: ReactNode;
}) {
  return (
    <div className={css.empty}>
      <span className={css.emptyIcon}><Icon /></span>
      <h2>{title}</h2>
      {children !== undefined && <div className={css.emptyText}>{children}</div>}
      {action !== undefined && <div className={css.emptyAction}>{action}</div>}
    </div>
  );
}

/** What failed, why, and a way to try again. */
export function Failure({ what, error, retry }: { what: string; error: Error; retry?: () => unknown }) {
  const reason = error instanceof Problem ? error.detail || error.title : error.message;
  return (
    <div className={css.failure} role="alert">
      <MessageBar intent="error" layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>{what}</MessageBarTitle>
          {sentence(reason)}
        </MessageBarBody>
        {retry && <MessageBarActions><Button size="small" onClick={() => void retry()}>Try again</Button></MessageBarActions>}
      </MessageBar>
    </div>
  );
}

/** What the server says begins small and has no full stop; here it is a sentence. */
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

/** Shows its children only after a wait, so that fast answers never flash a placeholder. */
function Late({ children }: { children: ReactNode }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return due ? children : null;
}

/** Grey lines where rows will be. */
export function Skeleton({ rows = 8, height = 16 }: { rows?: number; height?: number }) {
  return (
    <Late>
      <div className={css.skeleton} role="status" aria-label="Loading">
        {Array.from({ length: rows }, (_, row) => (
          <span key={row} style={{ height, width: `${92 - ((row * 17) % 38)}%` }} />
        ))}
      </div>
    </Late>
  );
}

type Loaded<T> = { data: T | undefined; error: Error | null; refetch: () => unknown };

/** What a page shows of a query: skeleton, failure or the data; old data stays while new comes. */
export function Loading<T>({ query, what, rows, children }: {
  query: Loaded<T>; what: string; rows?: number; children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Failure what={what} error={query.error} retry={query.refetch} />;
  return <Skeleton {...(rows === undefined ? {} : { rows })} />;
}
