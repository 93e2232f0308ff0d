import { Button, Tab, TabList } from "@fluentui/react-components";
import { type ReactNode, useEffect, useRef } from "react";

import { DismissRegular } from "./icons";
import css from "./panel.module.css";

/** The one details panel: head, tabs, body. Escape closes it. */
export function Panel({ icon, title, subtitle, actions, tabs, tab, onTab, onClose, children }: {
  icon?: ReactNode; title: ReactNode; subtitle?: ReactNode; actions?: ReactNode; children: ReactNode;
  tabs?: readonly { id: string; label: string; count?: number }[]; tab?: string; onTab?: (tab: string) => void; onClose?: () => void;
}) {
  const head = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // In a narrow panel the tabs scroll; the one in view must be seen.
    const chosen = head.current?.querySelector<HTMLElement>("[role=tab][aria-selected=true]");
    if (chosen && head.current) head.current.scrollLeft = chosen.offsetLeft + chosen.offsetWidth > head.current.clientWidth ? chosen.offsetLeft - 60 : 0;
  }, [tab]);
  useEffect(() => {
    if (!onClose) return;
    const close = (event: KeyboardEvent) => {
      // A menu or dialog that is open takes Escape for itself.
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("[role=dialog],[role=menu],[role=listbox]")) onClose();
    };
    window.addEventListener("keydown", close);
    return () => window.removeEventListener("keydown", close);
  }, [onClose]);
  return (
    <>
      <header className={css.head}>
        {icon !== undefined && <span className={css.icon}>{icon}</span>}
        <div className={css.titles}>
          <h2 className={css.title}>{title}</h2>
          {subtitle !== undefined && <div className={css.subtitle}>{subtitle}</div>}
        </div>
        <div className={css.actions}>
          {actions}
          {onClose && <Button appearance="subtle" size="small" icon={<DismissRegular />} aria-label="Close the panel" onClick={onClose} />}
        </div>
      </header>
      {tabs && tabs.length > 1 && (
        <TabList ref={head} className={css.tabs ?? ""} size="small" selectedValue={tab} onTabSelect={(_, data) => onTab?.(String(data.value))}>
          {tabs.map(({ id, label, count }) => (
            <Tab key={id} value={id}>{label}{count !== undefined && <span className={css.count}>{count}</span>}</Tab>
          ))}
        </TabList>
      )}
      <div className={css.body}>{children}</div>
    </>
  );
}

/** A titled part of a panel or page. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={css.section}>
      <div className={css.sectionHead}><h3>{title}</h3>{aside}</div>
      {children}
    </section>
  );
}

/** Names and values, one a line. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0));
  return (
    <dl className={css.facts}>
      {known.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}
