/** The view is in the address: scope, filters, the open object, the query. Any view can be sent to a colleague. */
import { useCallback } from "react";
import { type To, useSearchParams } from "react-router";

export type Patch = Record<string, string | null | undefined>;

/** Changes some parameters of the address and keeps the rest; an empty value removes its parameter. */
export function patched(current: URLSearchParams, patch: Patch): URLSearchParams {
  const next = new URLSearchParams(current);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null || value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  }
  return next;
}

export function useUrlState(): [(name: string) => string, (patch: Patch, push?: boolean) => void] {
  const [params, setParams] = useSearchParams();
  const read = useCallback((name: string) => params.get(name) ?? "", [params]);
  const write = useCallback(
    (patch: Patch, push = false) => setParams((current) => patched(current, patch), { replace: !push, preventScrollReset: true }),
    [setParams],
  );
  return [read, write];
}

/** The environment that every page is limited to; empty for all. */
export function useScope(): string {
  const [params] = useSearchParams();
  return params.get("scope") ?? "";
}

/** Addresses within Picket that keep the scope. */
export function useLinks(): (path: string, params?: Patch) => To {
  const scope = useScope();
  return useCallback(
    (path, params = {}) => {
      const [pathname = "/", given = ""] = path.split("?", 2);
      const search = patched(patched(new URLSearchParams(given), params), scope ? { scope } : {}).toString();
      return { pathname, search: search ? `?${search}` : "" };
    },
    [scope],
  );
}

/** An asset's own page. */
export const assetPath = (id: string): string => `/inventory/${encodeURIComponent(id)}`;
/** The explorer, showing a query. */
export const queryPath = (query: string): string => `/explorer?query=${encodeURIComponent(query)}`;
