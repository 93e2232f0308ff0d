import type { Json, Page } from "./types";

const BASE = "/api/v1";

/** What the server says when it cannot answer: RFC 9457, with the position of a mistake in a query. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly title: string,
    readonly detail: string,
    readonly status: number,
    readonly line?: number,
    readonly column?: number,
  ) {
    super(detail || title);
  }
}

export type Params = Record<string, string | number | undefined | null>;

/** The address of an API route; empty parameters are left out. */
export function url(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return `${BASE}/${path}${text ? `?${text}` : ""}`;
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback = `The server answered ${response.status}`;
  try {
    const body = (await response.json()) as Record<string, unknown>;
    const text = (key: string) => (typeof body[key] === "string" ? body[key] : "");
    const number = (key: string) => (typeof body[key] === "number" ? body[key] : undefined);
    return new Problem(text("title") || fallback, text("detail"), response.status, number("line"), number("column"));
  } catch {
    return new Problem(fallback, response.statusText, response.status);
  }
}

async function request<T>(address: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem("Picket cannot be reached", "The server does not answer. Check that `picket serve` is running.", 0);
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return request<T>(url(path, params), { headers: { accept: "application/json" }, ...(signal ? { signal } : {}) });
}

export function send<T>(method: "POST" | "PUT" | "PATCH", path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return request<T>(url(path), {
    method,
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

/** Reads a list to its end, or to `most` items. */
export async function all<T>(path: string, params: Params = {}, signal?: AbortSignal, most = 20_000): Promise<Page<T>> {
  const items: T[] = [];
  let after: string | null = null;
  let total = 0;
  do {
    const page: Page<T> = await get<Page<T>>(path, { limit: 500, ...params, after }, signal);
    items.push(...page.items);
    total = page.total;
    after = page.next;
  } while (after !== null && items.length < most);
  return { items, next: after, total };
}

/** Listens to server-sent events until the returned function is called; the browser reconnects by itself. */
export function listen(path: string, handlers: Record<string, (data: Json) => void>): () => void {
  if (typeof EventSource === "undefined") return () => undefined;
  const source = new EventSource(url(path));
  for (const [name, handle] of Object.entries(handlers)) {
    source.addEventListener(name, (event) => {
      try {
        handle(JSON.parse((event as MessageEvent<string>).data) as Json);
      } catch {
        // A half-written event says nothing; the next one will.
      }
    });
  }
  return () => source.close();
}
