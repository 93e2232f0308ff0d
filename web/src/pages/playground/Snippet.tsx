import type { ReactNode } from "react";

import { Copy } from "../../ui/Copy";
import css from "./playground.module.css";

/** A piece of `picket.toml` to copy, and what it does. */
export function Snippet({ code, label, children }: { code: string; label: string; children: ReactNode }) {
  return (
    <div className={css.snippet}>
      <p>{children}</p>
      <div><pre>{code}</pre><Copy text={code} label={label} /></div>
    </div>
  );
}
