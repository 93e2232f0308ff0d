import { FluentProvider, webLightTheme } from "@fluentui/react-components";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import { MemoryRouter, Route, Routes, useLocation } from "react-router";
import { vi } from "vitest";

export type Request = { method: string; path: string; params: URLSearchParams; body: unknown };
/** What the server of a test answers, by path under the API's base; a function sees the request. */
export type Answers = Record<string, unknown>;

/** An answer that is an error, as RFC 9457 has it. */
export class Refusal {
  constructor(readonly status: number, readonly problem: Record<string, unknown>) {}
}

/** Shows a page at an address over a server that answers from a table; returns the requests made. */
export function show(page: ReactElement, answers: Answers, { address = "/", route = "*" } = {}) {
  const requests: Request[] = [];
  vi.stubGlobal("fetch", (input: string, init: RequestInit = {}) => {
    const url = new URL(input, "http://picket.test");
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
    const request = { method: init.method ?? "GET", path: url.pathname.replace("/api/v1/", ""), params: url.searchParams, body };
    requests.push(request);
    const known = answers[`${request.method} ${request.path}`] ?? answers[request.path];
    const answer: unknown = typeof known === "function" ? (known as (request: Request) => unknown)(request) : known;
    if (answer === undefined) return Promise.resolve(Response.json({ title: "Not Found", detail: `there is no ${request.path}` }, { status: 404 }));
    if (answer instanceof Refusal) return Promise.resolve(Response.json(answer.problem, { status: answer.status }));
    return Promise.resolve(Response.json(answer));
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <FluentProvider theme={webLightTheme}>
      <QueryClientProvider client={client}>
        <MemoryRouter initialEntries={[address]}>
          <Routes><Route path={route} element={page} /><Route path="*" element={null} /></Routes>
          <Address />
        </MemoryRouter>
      </QueryClientProvider>
    </FluentProvider>,
  );
  return requests;
}

/** Where the reader is, for tests to see. */
function Address() {
  const { pathname, search } = useLocation();
  return <output data-testid="address">{decodeURIComponent(pathname + search)}</output>;
}

/** A whole list in one part. */
export const list = <T,>(items: T[]) => ({ items, next: null, total: items.length });
