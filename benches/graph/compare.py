"""Picket's graph beside DuckDB and SQLite: the same questions over the same generated estate, with equal counts.

    python3 -m venv VENV && VENV/bin/pip install duckdb
    VENV/bin/python benches/graph/compare.py --nodes 100000

The questions are those of crates/graph/benches/graph.rs, which reads the generated files and is built and run by this
script. The peers hold the data in memory, SQLite with indices on both ends of a relation. Times are medians in
milliseconds; what takes longer than --seconds is stopped and shown as such. Exits with 1 when counts differ.
"""

import argparse
import csv
import os
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from array import array
from pathlib import Path

import duckdb

# Label: share of the nodes, flag, its chance. The order is that of the bench.
LABELS = [(0.40, 1, 0.02), (0.20, 2, 0.01), (0.02, 0, 0), (0.08, 4, 0.10), (0.10, 0, 0), (0.10, 0, 0), (0.10, 0, 0)]
# Type: label of source and target, relations for each node of the graph, skew of the target.
TYPES = [(0, 1, 0.40, 1), (1, 1, 0.40, 2), (1, 2, 0.30, 2), (1, 3, 0.70, 2), (2, 3, 0.06, 2), (0, 5, 0.40, 2),
         (5, 5, 0.14, 1), (0, 4, 0.60, 1), (0, 6, 1.00, 2)]


def reach(types, start, step):
    """Nodes within six steps of the nodes that `start` selects, as (origin, node)."""
    here, there = ("src", "dst") if step == "out" else ("dst", "src")
    return f"""WITH RECURSIVE reach(origin, node, depth) AS (
        SELECT id, id, 0 FROM nodes WHERE {start}
        UNION SELECT r.origin, e.{there}, r.depth + 1 FROM reach r JOIN edges e ON e.{here} = r.node
        WHERE e.type IN ({types}) AND r.depth < 6)"""


ENDS = "FROM (SELECT DISTINCT origin, node FROM reach WHERE depth > 0) r JOIN nodes n ON n.id = r.node"
QUESTIONS = {
    "Q1": "SELECT count(*) FROM nodes WHERE label = 0 AND flags & 1 = 1 AND region = 3",
    "Q2": """SELECT count(*) FROM nodes c JOIN edges e1 ON e1.src = c.id AND e1.type = 0
             JOIN edges e2 ON e2.src = e1.dst AND e2.type = 2 JOIN edges e3 ON e3.src = e2.dst AND e3.type = 4
             JOIN nodes d ON d.id = e3.dst WHERE c.label = 0 AND c.flags & 1 = 1 AND d.flags & 4 = 4""",
    "Q3r": reach("0, 1", "label = 0 AND flags & 1 = 1", "out")
    + f" SELECT count(*) {ENDS} WHERE n.label = 1 AND n.flags & 2 = 2",
    "Q4": reach("0, 1, 2, 3, 4", "label = 0 AND flags & 1 = 1", "out")
    + f" SELECT count(*) {ENDS} WHERE n.label = 3 AND n.flags & 4 = 4",
    "Q4c": reach("0, 1, 2, 3, 4", "label = 0 AND flags & 1 = 1", "out")
    + f" SELECT count(DISTINCT r.origin) {ENDS} WHERE n.label = 3 AND n.flags & 4 = 4",
    "Q5": reach("0, 1, 2, 3, 4", "id = {target}", "in")
    + f" SELECT count(*) {ENDS} WHERE n.label = 0 AND n.flags & 1 = 1",
}


def generate(folder, size):
    """Writes nodes.bin, edges.bin and the same as CSV; returns the target of Q5."""
    chance = random.Random(7)
    nodes, starts = bytearray(), []
    for label, (share, flag, odds) in enumerate(LABELS):
        count = int(size * share)
        starts.append((len(nodes) // 4, count))
        for _ in range(count):
            nodes += bytes([label, flag if chance.random() < odds else 0, int(chance.random() * 9.99), 0])
    edges, seen, incoming = array("I"), set(), [0] * (len(nodes) // 4)
    for kind, (source, target, share, skew) in enumerate(TYPES):
        (first, sources), (to, targets) = starts[source], starts[target]
        for index in range(int(size * share)):
            edge = (first + index % sources, to + int(chance.random() ** skew * (targets - 1)), kind)
            if edge not in seen:
                seen.add(edge)
                edges.extend(edge)
                incoming[edge[1]] += 1
    (folder / "nodes.bin").write_bytes(nodes)
    (folder / "edges.bin").write_bytes(edges.tobytes())
    with open(folder / "nodes.csv", "w", newline="") as file:
        csv.writer(file).writerows((n, *nodes[4 * n : 4 * n + 3]) for n in range(len(nodes) // 4))
    with open(folder / "edges.csv", "w", newline="") as file:
        csv.writer(file).writerows(zip(edges[0::3], edges[1::3], edges[2::3]))
    print(f"{len(nodes) // 4} nodes, {len(edges) // 3} relations", file=sys.stderr)
    stores = sorted((n for n in range(len(nodes) // 4) if nodes[4 * n + 1] & 4), key=incoming.__getitem__)
    return stores[len(stores) // 2]


def picket(folder, target):
    """Count and median of each question from the criterion bench."""
    environment = os.environ | {"PICKET_BENCH_GRAPH": str(folder), "PICKET_BENCH_TARGET": str(target)}
    command = ["cargo", "bench", "--quiet", "-p", "picket-graph", "--bench", "graph", "--", "--noplot"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    counts = dict(re.findall(r"^(Q\w+)[^:\n]*: (\d+)$", done.stderr, re.M))
    units = {"ns": 1e-6, "µs": 1e-3, "ms": 1, "s": 1e3}
    times = re.findall(r"^graph/(Q\w+)[^\[]*time:\s+\[\S+ \S+ (\S+) (\S+) ", done.stdout, re.M)
    return {name: (int(counts[name]), float(value) * units[unit]) for name, value, unit in times}


def sqlite(folder):
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("CREATE TABLE nodes (id INTEGER PRIMARY KEY, label INT, flags INT, region INT)")
    connection.execute("CREATE TABLE edges (src INT, dst INT, type INT)")
    for table, marks in (("nodes", "?,?,?,?"), ("edges", "?,?,?")):
        with open(folder / f"{table}.csv") as file:
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", csv.reader(file))
    connection.execute("CREATE INDEX edges_out ON edges (src, type, dst)")
    connection.execute("CREATE INDEX edges_in ON edges (dst, type, src)")
    connection.execute("CREATE INDEX nodes_by_label ON nodes (label, flags)")
    connection.execute("ANALYZE")
    return connection


def duck(folder):
    connection = duckdb.connect(":memory:")
    columns = {"nodes": "id, label, flags, region", "edges": "src, dst, type"}
    for table, names in columns.items():
        types = ", ".join(f"'{name.strip()}': 'INTEGER'" for name in names.split(","))
        connection.execute(
            f"CREATE TABLE {table} AS SELECT * FROM read_csv('{folder / table}.csv', header=false, columns={{{types}}})"
        )
    return connection


def ask(connection, question, seconds, runs):
    """Count and median, or nothing where it was stopped."""
    times, count = [], None
    for _ in range(runs):
        stop = threading.Timer(seconds, connection.interrupt)
        stop.start()
        begin = time.perf_counter()
        try:
            count = connection.execute(question).fetchone()[0]
        except (sqlite3.OperationalError, duckdb.InterruptException):
            return None, None
        finally:
            stop.cancel()
        times.append((time.perf_counter() - begin) * 1000)
        if sum(times) > seconds * 1000:
            break
    return count, statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60, help="what takes longer is stopped")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    differ = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target = generate(folder, options.nodes)
        own = picket(folder, target)
        peers = {f"DuckDB {duckdb.__version__}": duck(folder), f"SQLite {sqlite3.sqlite_version}": sqlite(folder)}
        print(f"| question | count | Picket | {' | '.join(peers)} |")
        print(f"|---|---|---|{'---|' * len(peers)}")
        for question, text in QUESTIONS.items():
            count, median = own[question]
            cells = [f"{median:.2f}"]
            for connection in peers.values():
                theirs, median = ask(connection, text.format(target=target), options.seconds, options.runs)
                cells.append(f"{median:.2f}" if median is not None else f"over {options.seconds:.0f} s")
                if theirs is not None and theirs != count:
                    cells[-1] += f" (counts {theirs})"
                    differ = True
            print(f"| {question} | {count} | {' | '.join(cells)} |", flush=True)
    sys.exit(int(differ))


if __name__ == "__main__":
    main()
