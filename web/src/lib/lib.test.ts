import { describe, expect, it } from "vitest";

import { csvField, toCsv } from "./csv";
import { formatCompact, formatDuration, formatElapsed, formatExact, formatRelative, humanize, inSentence, plural, shortId } from "./format";
import { byteSpansToIndices, revealInvisible, segments } from "./spans";
import { categoryOf, kindOfLabels, relationPhraseOfOne } from "./vocabulary";

describe("formatting", () => {
  const now = Date.parse("2026-03-04T12:00:00Z");

  it.each([
    ["2026-03-04T11:59:30Z", "just now"],
    ["2026-03-04T11:56:00Z", "4 minutes ago"],
    ["2026-03-04T09:00:00Z", "3 hours ago"],
    ["2026-03-03T11:00:00Z", "yesterday"],
    ["2026-03-06T13:00:00Z", "in 2 days"],
    ["not a time", "unknown"],
  ])("says %s as %s", (time, text) => expect(formatRelative(time, now)).toBe(text));

  it("writes exact times in UTC", () => {
    expect(formatExact("2026-03-04T05:06:07.891Z")).toBe("2026-03-04 05:06:07 UTC");
    expect(formatExact("gibberish")).toBe("gibberish");
  });

  it("writes numbers with separators and units", () => {
    expect(plural(1, "alert")).toBe("1 alert");
    expect(plural(12345, "alert")).toBe("12,345 alerts");
    expect(formatCompact(9999)).toBe("9,999");
    expect(formatCompact(123456)).toBe("123.5K");
    expect(formatElapsed(840)).toBe("840 µs");
    expect(formatElapsed(3210)).toBe("3.2 ms");
    expect(formatElapsed(1_400_000)).toBe("1.4 s");
    expect(formatDuration("2026-03-04T05:00:00Z", "2026-03-04T05:03:12Z")).toBe("3 min 12 s");
  });

  it("turns identifiers into words", () => {
    expect(humanize("privilege_escalation")).toBe("Privilege escalation");
    expect(humanize("us_ssn")).toBe("US SSN");
    expect([inSentence("Model deployments"), inSentence("AI models")]).toEqual(["model deployments", "AI models"]);
    expect(shortId("arn:aws:s3:::contoso-docs")).toBe("contoso-docs");
    expect(shortId("/subscriptions/1/providers/microsoft.cognitiveservices/accounts/contoso")).toBe("contoso");
    expect(shortId("repo://chat#src/app.py")).toBe("app.py");
    expect(shortId("internet")).toBe("internet");
  });
});

describe("byte spans", () => {
  it("are string indices for ASCII", () => {
    expect(byteSpansToIndices("ignore all", [[0, 6], [7, 10]])).toEqual([[0, 6], [7, 10]]);
  });

  it("count two, three and four byte characters", () => {
    const text = "é€😀x";
    expect(byteSpansToIndices(text, [[0, 2], [2, 5], [5, 9], [9, 10]])).toEqual([[0, 1], [1, 2], [2, 4], [4, 5]]);
    const bytes = new TextEncoder().encode(text);
    for (const [start, end] of [[0, 2], [2, 5], [5, 9], [9, 10]] as [number, number][]) {
      const [from, to] = byteSpansToIndices(text, [[start, end]])[0] ?? [0, 0];
      expect(text.slice(from, to)).toBe(new TextDecoder().decode(bytes.slice(start, end)));
    }
  });

  it("stay inside the text and never split a character", () => {
    expect(byteSpansToIndices("€", [[1, 99]])).toEqual([[0, 1]]);
    expect(byteSpansToIndices("", [[0, 5]])).toEqual([[0, 0]]);
  });

  it("cut overlapping marks into plain segments", () => {
    expect(segments("abcdef", [{ span: [0, 4], mark: "x" }, { span: [2, 6], mark: "y" }])).toEqual([
      { text: "ab", marks: ["x"] }, { text: "cd", marks: ["x", "y"] }, { text: "ef", marks: ["y"] },
    ]);
    expect(segments("abc", []).map((part) => part.text).join("")).toBe("abc");
  });

  it("shows characters that people do not see", () => {
    expect(revealInvisible("a\u200bb\u{e0041}")).toEqual([
      { text: "a", codePoint: null }, { text: "\u200b", codePoint: "U+200B" },
      { text: "b", codePoint: null }, { text: "\u{e0041}", codePoint: "U+E0041" },
    ]);
  });
});

describe("CSV", () => {
  it("quotes what needs it and nothing else", () => {
    expect(toCsv(["name", "note"], [["a,b", 'say "hi"'], ["plain", null], ["line\nbreak", 3]])).toBe(
      'name,note\r\n"a,b","say ""hi"""\r\nplain,\r\n"line\nbreak",3\r\n',
    );
  });

  it("keeps a spreadsheet from running a name as a formula", () => {
    expect(csvField("=cmd|' /C calc'!A0")).toBe("'=cmd|' /C calc'!A0");
    expect(csvField("-1+1")).toBe("'-1+1");
    expect(csvField(-1)).toBe("-1");
  });
});

describe("relations", () => {
  it("read of one thing as of many", () => {
    expect(relationPhraseOfOne("ROUTES_TO", "out")).toBe("routes traffic to");
    expect(relationPhraseOfOne("USES", "in")).toBe("is used by");
    expect(relationPhraseOfOne("CAN_ACCESS", "out")).toBe("can access");
    expect(relationPhraseOfOne("HAS_TOOL", "out")).toBe("has the tool");
  });
});

describe("kinds", () => {
  it("are found among a node's labels", () => {
    expect(kindOfLabels(["Model", "AI"])).toBe("Model");
    expect(kindOfLabels(["AI", "Model"])).toBe("Model");
    // `Network` and `Environment` are kinds that share their name with other things.
    expect(kindOfLabels(["Network"])).toBe("Network");
    expect(kindOfLabels(["Network", "Subnet"])).toBe("Subnet");
    expect(categoryOf("Agent")).toBe("AI");
  });
});
