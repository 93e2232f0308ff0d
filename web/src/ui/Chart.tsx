import { lazy, Suspense } from "react";

import type { ChartOption } from "./echarts";

const Canvas = lazy(() => import("./ChartCanvas"));

/** A chart of a given height; its text says the same for those who cannot see it. */
export function Chart({ option, height, text, onPick }: {
  option: ChartOption; height: number; text: string; onPick?: (name: string) => void;
}) {
  return (
    <figure role="img" aria-label={text} style={{ height, width: "100%" }}>
      <Suspense fallback={null}><Canvas option={option} {...(onPick ? { onPick } : {})} /></Suspense>
    </figure>
  );
}
