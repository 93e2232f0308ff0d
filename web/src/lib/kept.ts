/** What this browser keeps for its reader: named views, past queries. Nothing of it leaves the browser. */
import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const cache = new Map<string, { text: string | null; value: unknown[] }>();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
};

/** A list as it is stored; what is no list, or no item by `is`, counts as nothing. */
export function readKept<T>(key: string, is: (item: unknown) => item is T): T[] {
  const text = localStorage.getItem(key);
  const held = cache.get(key);
  if (held?.text === text) return held.value as T[];
  let value: T[] = [];
  try {
    const parsed: unknown = JSON.parse(text ?? "[]");
    if (Array.isArray(parsed)) value = parsed.filter(is);
  } catch {
    // Another hand wrote it; it is replaced with the next change.
  }
  cache.set(key, { text, value });
  return value;
}

export function writeKept(key: string, items: readonly unknown[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(items));
  } catch {
    // The browser's store is full or shut; the product works without.
  }
  listeners.forEach((listener) => listener());
}

/** A list that stays in this browser, and a way to replace it. */
export function useKept<T>(key: string, is: (item: unknown) => item is T): [readonly T[], (items: readonly T[]) => void] {
  const items = useSyncExternalStore(subscribe, () => readKept(key, is));
  return [items, useCallback((next) => writeKept(key, next), [key])];
}
