import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);

// jsdom has no layout: give the virtualiser and the panels something to measure.
class NoResize implements ResizeObserver {
  observe(): void { /* nothing resizes under test */ }
  unobserve(): void { /* nothing resizes under test */ }
  disconnect(): void { /* nothing resizes under test */ }
}
globalThis.ResizeObserver = NoResize;
Object.defineProperty(Element.prototype, "clientHeight", { configurable: true, value: 600 });
Object.defineProperty(Element.prototype, "clientWidth", { configurable: true, value: 1000 });
globalThis.matchMedia = (query: string) => Object.assign(new EventTarget(), {
  matches: false, media: query, onchange: null,
  addListener: () => undefined, removeListener: () => undefined,
}) as MediaQueryList;
