import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { type Column, DataTable, formatSort, parseSort, sortRows } from "./DataTable";

type Row = { id: string; name: string; size: number | null };
const columns: Column<Row>[] = [
  { id: "name", header: "Name", width: "1fr", value: (row) => row.name },
  { id: "size", header: "Size", width: "80px", value: (row) => row.size, align: "end" },
];
const rows: Row[] = Array.from({ length: 5000 }, (_, index) => ({ id: `r${index}`, name: `row ${index}`, size: index % 7 === 0 ? null : 5000 - index }));

it("draws only what is in view of many rows, and says how many there are", () => {
  render(<DataTable label="Things" columns={columns} rows={rows} rowKey={(row) => row.id} />);
  expect(screen.getByRole("grid").getAttribute("aria-rowcount")).toBe("5001");
  const drawn = screen.getAllByRole("row").length;
  expect(drawn).toBeGreaterThan(10);
  expect(drawn).toBeLessThan(80);
});

it("walks with the arrows and opens with Enter", () => {
  const open = vi.fn();
  render(<DataTable label="Things" columns={columns} rows={rows.slice(0, 5)} rowKey={(row) => row.id} onOpen={open} />);
  const grid = screen.getByRole("grid");
  fireEvent.keyDown(grid, { key: "ArrowDown" });
  fireEvent.keyDown(grid, { key: "ArrowDown" });
  fireEvent.keyDown(grid, { key: "Enter" });
  expect(open).toHaveBeenLastCalledWith(rows[2]);
  fireEvent.keyDown(grid, { key: "End" });
  fireEvent.keyDown(grid, { key: "ArrowDown" });
  fireEvent.keyDown(grid, { key: "Enter" });
  expect(open).toHaveBeenLastCalledWith(rows[4]);
});

it("sorts numbers as numbers and keeps empty values last", () => {
  const some = [{ id: "a", name: "x10", size: null }, { id: "b", name: "x9", size: 2 }, { id: "c", name: "x1", size: 10 }];
  const ids = (sort: string) => sortRows(some, columns, parseSort(sort)).map(({ id }) => id).join("");
  expect([ids("size"), ids("-size"), ids("name"), ids(""), ids("unknown")]).toEqual(["bca", "cba", "cba", "abc", "abc"]);
  expect(formatSort({ column: "size", descending: true })).toBe("-size");
});
