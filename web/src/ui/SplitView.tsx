import { type ReactNode, useCallback, useState } from "react";

import css from "./split.module.css";

const KEY = "picket.panel";
const MIN = 340;
const clamp = (width: number) => Math.max(MIN, Math.min(width, window.innerWidth * 0.62));

/** A list with a details panel beside it; the panel's width can be dragged and is remembered. */
export function SplitView({ children, panel, label }: { children: ReactNode; panel: ReactNode | null; label: string }) {
  const [width, setWidth] = useState(() => clamp(Number(localStorage.getItem(KEY)) || 460));
  const resize = useCallback((next: number) => {
    setWidth(clamp(next));
    localStorage.setItem(KEY, String(Math.round(clamp(next))));
  }, []);
  return (
    <div className={css.split}>
      <div className={css.main}>{children}</div>
      {panel !== null && (
        <>
          {/* A window splitter is a focusable separator: ARIA's own pattern. */}
          <div
            className={css.handle} role="separator" aria-orientation="vertical" aria-label="Resize the panel" tabIndex={0}
            aria-valuenow={Math.round(width)} aria-valuemin={MIN} aria-valuemax={Math.round(window.innerWidth * 0.62)}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={(event) => {
              if (event.currentTarget.hasPointerCapture(event.pointerId)) {
                resize(event.currentTarget.parentElement?.getBoundingClientRect().right === undefined
                  ? width : event.currentTarget.parentElement.getBoundingClientRect().right - event.clientX);
              }
            }}
            onKeyDown={(event) => {
              if (event.key === "ArrowLeft") resize(width + 24);
              if (event.key === "ArrowRight") resize(width - 24);
            }}
          />
          <aside className={css.panel} style={{ width }} aria-label={label}>{panel}</aside>
        </>
      )}
    </div>
  );
}
