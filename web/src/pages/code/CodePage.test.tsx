import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { node } from "../../test/fixtures";
import { list, type Request, show } from "../../test/render";
import CodePage from "./CodePage";
import { models, shadow } from "./questions";

const answer = (rows: unknown[][], truncated = false) => ({ columns: [], rows, stats: { rows: rows.length, elapsed_us: 1, truncated } });

it("leads each number to the query that counts it", async () => {
  const query = ({ body }: Request) => {
    const text = (body as { query: string }).query;
    if (text.startsWith("MATCH (r:Repository)\n")) return answer([[node("repo", "Repository")]]);
    if (text === models([])) return answer([[node("gpt-4o", "Model"), "mentioned", ["repo"], 1], [node("claude", "Model"), "used", ["repo"], 4]]);
    if (text === shadow([])) return answer([[node("repo", "Repository"), node("claude", "Model"), "no deployment of this model is declared"]], true);
    return answer([]);
  };
  show(<CodePage />, { environments: list([]), "POST explorer/query": query });
  const used = await screen.findByRole("link", { name: "Models used: 1" });
  expect(new URL(used.getAttribute("href") ?? "", "http://x").searchParams.get("query")).toBe(models([], "used"));
  expect(screen.getByRole("link", { name: "Models configured: 0" })).toBeTruthy();
  expect((await screen.findByRole("link", { name: "Shadow AI: 1 or more" })).textContent).toBe("1+");
  expect(screen.getAllByRole("rowheader").map((cell) => cell.textContent)).toEqual(["claude", "gpt-4o"]);
});

it("limits every question to the scope", () => {
  expect(models(["a", "it's"])).toContain("r.environment IN ['a', 'it\\'s']");
  expect(shadow(["a"]).match(/r\.environment IN \['a'\]/g)).toHaveLength(2);
});

it("says what to do where there is no code", async () => {
  show(<CodePage />, { environments: list([]), "POST explorer/query": answer([]) });
  expect(await screen.findByText("No code scanned yet")).toBeTruthy();
});
