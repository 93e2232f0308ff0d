import { formatCount } from "../../lib/format";
import css from "./dashboard.module.css";

/** The way of a figure over the days; nothing while there is but one. */
export function Sparkline({ points }: { points: readonly { day: string; value: number }[] }) {
  if (points.length < 2) return null;
  const sorted = [...points].sort((a, b) => a.day.localeCompare(b.day));
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last) return null;
  const most = Math.max(1, ...sorted.map(({ value }) => value));
  const line = sorted.map(({ value }, index) => `${(64 * index) / (sorted.length - 1)},${18 - (16 * value) / most}`).join(" ");
  const text = `${formatCount(first.value)} on ${first.day}, ${formatCount(last.value)} on ${last.day}`;
  return <svg className={css.spark} viewBox="-1 0 66 20" role="img" aria-label={text}><title>{text}</title><polyline points={line} /></svg>;
}
