import { useEffect, useRef } from "react";

import { useTheme } from "../app/theme";
import { type ChartOption, init } from "./echarts";

export default function ChartCanvas({ option, onPick }: { option: ChartOption; onPick?: (name: string) => void }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<typeof init> | null>(null);
  const { name: theme } = useTheme();
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = init(element, null, { renderer: "svg" });
    chart.current = made;
    const watcher = new ResizeObserver(() => made.resize());
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.dispose();
    };
  }, []);
  useEffect(() => {
    const element = place.current;
    if (!element || !chart.current) return;
    // ECharts knows no CSS variables: they are read where the chart stands, once per theme.
    const style = getComputedStyle(element);
    const resolve = (value: unknown): unknown => {
      if (typeof value === "string") return value.replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim());
      if (Array.isArray(value)) return value.map(resolve);
      if (value && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
      }
      return value;
    };
    const base = {
      textStyle: { fontFamily: style.fontFamily, color: "var(--colorNeutralForeground2)" },
      animation: false,
      tooltip: { backgroundColor: "var(--colorNeutralBackground1)", borderColor: "var(--colorNeutralStroke1)", textStyle: { color: "var(--colorNeutralForeground1)", fontSize: 12 } },
    };
    const given = option as Record<string, unknown>;
    const tooltip = { ...base.tooltip, ...(given.tooltip as object | undefined) };
    chart.current.setOption(resolve({ ...base, ...given, tooltip }) as ChartOption, true);
  }, [option, theme]);
  useEffect(() => {
    const made = chart.current;
    if (!made || !onPick) return;
    const pick = (event: { name: string }) => onPick(event.name);
    made.on("click", pick);
    return () => {
      if (!made.isDisposed()) made.off("click", pick);
    };
  }, [onPick]);
  return <div ref={place} style={{ width: "100%", height: "100%" }} />;
}
