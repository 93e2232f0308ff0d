import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";

import { plural } from "../lib/format";
import { ArrowDownRegular, ArrowUpRegular } from "./icons";
import css from "./table.module.css";

export type Column<T> = {
  id: string;
  header: string;
  /** A CSS grid track, such as `minmax(160px, 2fr)`. */
  width: string;
  /** What sorting and CSV go by. */
  value: (row: T) => string | number | null;
  cell?: (row: T) => ReactNode;
  align?: "end";
  sortable?: boolean;
};

export type Sort = { column: string; descending: boolean };

type Props<T> = {
  label: string;
  columns: Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  selected?: string | null;
  onOpen?: (row: T) => void;
  sort?: Sort | null;
  onSort?: (sort: Sort) => void;
  rowHeight?: number;
  /** Called when the end comes into view and more can be read. */
  onEnd?: () => void;
  footer?: ReactNode;
  /** Whether the rows already come in the order of `sort`. */
  sorted?: boolean;
  /** Keys of the rows that are marked; with `onMark`, each row has a box, Space marks and Shift extends. */
  marked?: ReadonlySet<string>;
  onMark?: (marked: ReadonlySet<string>) => void;
};

/** Reads a sort from the address: `severity` or `-severity`. */
export const parseSort = (text: string): Sort | null =>
  text === "" ? null : { column: text.replace(/^-/, ""), descending: text.startsWith("-") };
export const formatSort = (sort: Sort): string => `${sort.descending ? "-" : ""}${sort.column}`;

/** Sorts by a column's value; empty values come last either way. */
export function sortRows<T>(rows: readonly T[], columns: Column<T>[], sort: Sort | null | undefined): readonly T[] {
  const column = columns.find(({ id }) => id === sort?.column);
  if (!column || !sort) return rows;
  const sign = sort.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = column.value(a);
    const y = column.value(b);
    if (x === y) return 0;
    if (x === null || x === "") return 1;
    if (y === null || y === "") return -1;
    if (typeof x === "number" && typeof y === "number") return sign * (x - y);
    return sign * String(x).localeCompare(String(y), "en", { numeric: true });
  });
}

/** Width of the column of boxes, pixels. */
const MARK = 40;

/** A virtualised grid: sticky head, arrows and Enter, the whole row opens. */
export function DataTable<T>({
  label, columns, rows, rowKey, selected, onOpen, sort, onSort, rowHeight = 40, onEnd, footer, sorted: inOrder = false, marked, onMark,
}: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const sorted = useMemo(() => (inOrder ? rows : sortRows(rows, columns, sort)), [inOrder, rows, columns, sort]);
  const [active, setActive] = useState(0);
  // Where an extended marking began.
  const anchor = useRef(0);
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    initialRect: { width: 1000, height: 600 },
    scrollPaddingStart: 36,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && last >= sorted.length - 20) onEnd();
  }, [last, sorted.length, onEnd]);

  const selectedIndex = selected ? sorted.findIndex((row) => rowKey(row) === selected) : -1;
  const current = Math.min(active, Math.max(0, sorted.length - 1));
  const keysBetween = (from: number, to: number) => sorted.slice(Math.min(from, to), Math.max(from, to) + 1).map(rowKey);
  const mark = (index: number, extend: boolean) => {
    const row = sorted[index];
    if (!onMark || row === undefined) return;
    const next = new Set(marked);
    if (extend) keysBetween(anchor.current, index).forEach((key) => next.add(key));
    else {
      anchor.current = index;
      if (!next.delete(rowKey(row))) next.add(rowKey(row));
    }
    onMark(next);
  };
  const allMarked = marked !== undefined && sorted.length > 0 && sorted.every((row) => marked.has(rowKey(row)));
  const markAll = () => onMark?.(new Set(allMarked ? [] : sorted.map(rowKey)));
  const move = (index: number, extend: boolean) => {
    const next = Math.max(0, Math.min(sorted.length - 1, index));
    setActive(next);
    virtual.scrollToIndex(next);
    if (extend && onMark) {
      if ((marked?.size ?? 0) === 0) anchor.current = current;
      onMark(new Set([...(marked ?? []), ...keysBetween(anchor.current, next)]));
      return;
    }
    // With the panel open, the arrows walk through the objects.
    const row = sorted[next];
    if (selectedIndex >= 0 && row !== undefined) onOpen?.(row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight) - 2);
    const steps: Record<string, number> = {
      ArrowDown: current + 1, ArrowUp: current - 1, PageDown: current + page, PageUp: current - page, Home: 0, End: sorted.length - 1,
    };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      move(step, event.shiftKey);
    } else if (onMark && event.key === " ") {
      event.preventDefault();
      mark(current, event.shiftKey);
    } else if (onMark && event.key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      markAll();
    } else if (event.key === "Enter" || event.key === " ") {
      const row = sorted[current];
      if (row !== undefined) {
        event.preventDefault();
        onOpen?.(row);
      }
    }
  };
  const tracks = [...(onMark ? [`${MARK}px`] : []), ...columns.map((column) => column.width)].join(" ");
  // Head and rows are grids of their own: one least width keeps their columns in line.
  const least = columns.reduce((sum, { width }) => sum + Number(/\d+/.exec(width)?.[0] ?? 0), onMark ? MARK : 0);
  const rowId = (index: number) => `${label.replaceAll(" ", "-")}-${index}`;

  return (
    <div className={css.frame}>
      <div
        ref={scroller} className={css.scroller} role="grid" tabIndex={0} aria-label={label} aria-multiselectable={onMark !== undefined} aria-rowcount={sorted.length + 1}
        aria-activedescendant={sorted.length > 0 ? rowId(current) : undefined} onKeyDown={onKeyDown}
      >
        <div className={css.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns: tracks, minWidth: least }}>
          {onMark && (
            <div role="columnheader" className={css.mark}>
              <input type="checkbox" tabIndex={-1} aria-label="Mark all rows read" checked={allMarked} onChange={markAll}
                ref={(box) => { if (box) box.indeterminate = !allMarked && (marked?.size ?? 0) > 0; }} />
            </div>
          )}
          {columns.map((column) => {
            const direction = sort?.column === column.id ? (sort.descending ? "descending" : "ascending") : undefined;
            return (
              <div key={column.id} role="columnheader" aria-sort={direction} className={css.headCell} data-align={column.align}>
                {onSort && column.sortable !== false ? (
                  <button type="button" className={css.sort} onClick={() => onSort({ column: column.id, descending: direction === "ascending" })}>
                    {column.header}
                    {direction === "ascending" && <ArrowUpRegular />}
                    {direction === "descending" && <ArrowDownRegular />}
                  </button>
                ) : column.header}
              </div>
            );
          })}
        </div>
        <div className={css.body} role="rowgroup" style={{ height: virtual.getTotalSize(), minWidth: least }}>
          {items.map((item) => {
            const row = sorted[item.index];
            if (row === undefined) return null;
            const key = rowKey(row);
            return (
              // The grid as a whole takes the keyboard; the row only takes the pointer.
              <div
                key={key} id={rowId(item.index)} role="row" aria-rowindex={item.index + 2} aria-selected={key === selected}
                className={css.row} data-active={item.index === current} data-clickable={onOpen !== undefined}
                style={{ gridTemplateColumns: tracks, height: item.size, transform: `translateY(${item.start}px)` }}
                onClick={(event) => {
                  if ((event.target as HTMLElement).closest("a, button, input")) return;
                  setActive(item.index);
                  onOpen?.(row);
                }}
              >
                {onMark && (
                  // The whole cell is the target: the box alone is small.
                  <div role="gridcell" className={css.mark} onClick={(event) => { event.stopPropagation(); setActive(item.index); mark(item.index, event.shiftKey); }}>
                    <input type="checkbox" tabIndex={-1} readOnly aria-label="Mark the row" checked={marked?.has(key) ?? false} />
                  </div>
                )}
                {columns.map((column) => (
                  <div key={column.id} role="gridcell" className={css.cell} data-align={column.align}>
                    {column.cell ? column.cell(row) : <span className={css.text} title={String(column.value(row) ?? "")}>{column.value(row)}</span>}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      <div className={css.footer}>{footer ?? <span className="num">{plural(sorted.length, "row")}</span>}</div>
    </div>
  );
}
