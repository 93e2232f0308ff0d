import type { ReactNode } from "react";
import { useEffect } from "react";

import css from "./page.module.css";

/** A page: head with title and actions, an optional bar of filters, and the body. */
export function Page({ title, hint, actions, bar, children, scroll = false }: {
  title: string; hint?: ReactNode; actions?: ReactNode; bar?: ReactNode; children: ReactNode; scroll?: boolean;
}) {
  useEffect(() => {
    document.title = `${title} · Picket`;
  }, [title]);
  return (
    <div className={css.page}>
      <header className={css.head}>
        <div className={css.titles}>
          <h1 title={title}>{title}</h1>
          {hint !== undefined && <span className={css.hint}>{hint}</span>}
        </div>
        {actions !== undefined && <div className={css.actions}>{actions}</div>}
      </header>
      {bar !== undefined && <div className={css.bar}>{bar}</div>}
      <div className={scroll ? css.scroll : css.body}>{children}</div>
    </div>
  );
}

/** A framed part of a page. */
export function Card({ title, aside, children, className, flush = false }: {
  title?: ReactNode; aside?: ReactNode; children: ReactNode; className?: string | undefined; flush?: boolean;
}) {
  return (
    <section className={[css.card, className].filter(Boolean).join(" ")}>
      {title !== undefined && <div className={css.cardHead}><h2>{title}</h2>{aside}</div>}
      <div className={flush ? css.flush : css.cardBody}>{children}</div>
    </section>
  );
}
