/** Spans come from the server as byte offsets in UTF-8; strings here count UTF-16 units. */

export type Span = [start: number, end: number];

/** Turns UTF-8 byte offsets of `text` into string indices; an offset inside a character moves to its start. */
export function byteSpansToIndices(text: string, spans: readonly Span[]): Span[] {
  const wanted = [...new Set(spans.flat())].sort((a, b) => a - b);
  const found = new Map<number, number>();
  let byte = 0;
  let index = 0;
  let next = 0;
  for (const character of text) {
    const width = utf8Width(character.codePointAt(0) ?? 0);
    while (next < wanted.length && (wanted[next] ?? 0) < byte + width) {
      found.set(wanted[next] ?? 0, index);
      next += 1;
    }
    if (next === wanted.length) break;
    byte += width;
    index += character.length;
  }
  const at = (offset: number) => found.get(offset) ?? text.length;
  return spans.map(([start, end]) => [at(start), at(end)]);
}

function utf8Width(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  // A lone surrogate is sent as U+FFFD, which is three bytes as well.
  if (codePoint < 0x10000) return 3;
  return 4;
}

export type Segment<T> = { text: string; marks: T[] };

/** Cuts `text` where marks begin and end, so that overlapping marks can be drawn without nesting. */
export function segments<T>(text: string, marks: readonly { span: Span; mark: T }[]): Segment<T>[] {
  const cuts = new Set([0, text.length]);
  for (const { span } of marks) {
    cuts.add(Math.max(0, Math.min(span[0], text.length)));
    cuts.add(Math.max(0, Math.min(span[1], text.length)));
  }
  const points = [...cuts].sort((a, b) => a - b);
  const result: Segment<T>[] = [];
  for (let i = 0; i + 1 < points.length; i += 1) {
    const start = points[i] ?? 0;
    const end = points[i + 1] ?? 0;
    result.push({
      text: text.slice(start, end),
      marks: marks.filter(({ span }) => span[0] <= start && span[1] >= end).map(({ mark }) => mark),
    });
  }
  return result;
}

/** Invisible and direction-changing characters, shown as what they are. */
const INVISIBLE = /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

/** Splits text into plain parts and invisible characters; an invisible one carries its code point's name. */
export function revealInvisible(text: string): { text: string; codePoint: string | null }[] {
  const parts: { text: string; codePoint: string | null }[] = [];
  let last = 0;
  for (const match of text.matchAll(INVISIBLE)) {
    if (match.index > last) parts.push({ text: text.slice(last, match.index), codePoint: null });
    const code = match[0].codePointAt(0) ?? 0;
    parts.push({ text: match[0], codePoint: `U+${code.toString(16).toUpperCase().padStart(4, "0")}` });
    last = match.index + match[0].length;
  }
  if (last < text.length) parts.push({ text: text.slice(last), codePoint: null });
  return parts;
}
