import { useSyncExternalStore } from "react";

import { formatExact, formatRelative } from "../lib/format";

const KEY = "picket.utc";
const listeners = new Set<() => void>();
// All relative times move on together, once in half a minute.
setInterval(() => listeners.forEach((listener) => listener()), 30_000);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

export const isUtc = (): boolean => localStorage.getItem(KEY) !== "local";

/** Whether exact times are shown in UTC; the other choice is the reader's own zone. */
export const useUtc = (): boolean => useSyncExternalStore(subscribe, isUtc);

export function setUtc(utc: boolean): void {
  localStorage.setItem(KEY, utc ? "utc" : "local");
  listeners.forEach((listener) => listener());
}

const halfMinute = () => Math.floor(Date.now() / 30_000);

/** `4 minutes ago`, with the exact time on hover; or the exact time itself. */
export function Time({ at, exact = false }: { at: string | null | undefined; exact?: boolean }) {
  const utc = useUtc();
  useSyncExternalStore(subscribe, halfMinute);
  if (!at) return <span>never</span>;
  const full = formatExact(at, utc);
  return <time dateTime={at} title={full} className="num">{exact ? full : formatRelative(at)}</time>;
}
