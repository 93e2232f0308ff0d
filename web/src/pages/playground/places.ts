import type { Detection, Explained, View } from "../../api/types";

type Bytes = [start: number, end: number];

/** A part of a text in which something was seen, with what was read there and how the rules conclude. */
export type Place = { id: string; span: Bytes; score: number; detections: Detection[]; views: View[] };

const meets = (a: Bytes, b: Bytes) => a[0] < b[1] && b[0] < a[1];

/** Detections that overlap are one place, the worst place first. Views in which nothing was seen are `others`. */
export function placesOf(verdicts: readonly Explained[]): { places: Place[]; others: { id: string; view: View }[] } {
  const places: Place[] = [];
  const others: { id: string; view: View }[] = [];
  for (const { id, detections, views } of verdicts) {
    let last: Place | undefined;
    for (const detection of detections.toSorted((a, b) => a.span[0] - b.span[0])) {
      if (last === undefined || !meets(last.span, detection.span)) {
        last = { id, span: [...detection.span], score: 0, detections: [], views: [] };
        places.push(last);
      }
      last.span[1] = Math.max(last.span[1], detection.span[1]);
      last.score = Math.max(last.score, detection.score);
      last.detections.push(detection);
    }
    const own = places.filter((place) => place.id === id);
    for (const view of views) {
      const place = own.find(({ span }) => meets(span, view.span));
      // Where nothing was seen in it, it is no reason for what was seen around it.
      if (place && view.rules.length > 0) place.views.push(view);
      else others.push({ id, view });
    }
  }
  for (const place of places) place.detections = oneOfEach(place.detections);
  places.sort((a, b) => b.score - a.score);
  return { places, others };
}

/** The surest detection of each rule, surest first. */
function oneOfEach(detections: readonly Detection[]): Detection[] {
  const sorted = detections.toSorted((a, b) => b.score - a.score);
  return sorted.filter(({ rule }, index) => sorted.findIndex((other) => other.rule === rule) === index);
}

/** How much text is shown around a place, and how much of it, in bytes. */
const AROUND = 60;
const SHOWN = 900;

/** The part of `text` around a byte span, and byte spans of the text as they stand in that part. */
export function cut(text: string, [start, end]: Bytes, spans: readonly Bytes[]): { segment: string; spans: Bytes[] } {
  const bytes = new TextEncoder().encode(text);
  const from = boundary(bytes, start - AROUND);
  const to = boundary(bytes, Math.min(end + AROUND, from + SHOWN));
  const lead = from > 0 ? "…" : "";
  const offset = new TextEncoder().encode(lead).length - from;
  return {
    segment: lead + new TextDecoder().decode(bytes.slice(from, to)) + (to < bytes.length ? "…" : ""),
    spans: spans.map(([first, last]) => [Math.max(first, from) + offset, Math.min(last, to) + offset]),
  };
}

/** The text of a byte span; `most` bytes of it, where it is longer. */
export function slice(text: string, [start, end]: Bytes, most = Infinity): string {
  const bytes = new TextEncoder().encode(text);
  const to = boundary(bytes, Math.min(end, start + most));
  return new TextDecoder().decode(bytes.slice(boundary(bytes, start), to)) + (to < end ? "…" : "");
}

/** Where a cut at `at` may be made: one inside a character moves on to its end. */
function boundary(bytes: Uint8Array, at: number): number {
  let index = Math.max(0, Math.min(at, bytes.length));
  while (index < bytes.length && ((bytes[index] ?? 0) & 0xc0) === 0x80) index += 1;
  return index;
}
