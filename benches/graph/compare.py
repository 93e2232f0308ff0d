"""Picket's graph beside other engines: the same eight questions over the same data, with equal counts.

    python3 -m venv VENV && VENV/bin/pip install duckdb kuzu ladybug
    VENV/bin/python benches/graph/compare.py FOLDER [--engines duckdb,sqlite,kuzu,ladybug] [--floor PROGRAM]

FOLDER has nodes.bin (a byte each for label, flags, region and padding), edges.bin (source, target and type, 32 bits each)
and target.txt; with --nodes N it is generated where it is not there. Picket's part is `make bench-graph` (or --picket, a
program already built); --floor is a hand-written program for the same questions that prints `{"q": …, "median_ms": …}`
lines. Each engine runs in its own process, one after the other. Times are medians in milliseconds, beside them how many
times Picket's that is; a question that takes longer than --seconds is stopped. Exits with 1 where counts differ.
"""

import argparse
import csv
import importlib.util
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from array import array
from pathlib import Path

# Label: share of the nodes, flag (exposed 1, admin 2, sensitive 4), its chance.
LABELS = {"Compute": (0.40, 1, 0.02), "Identity": (0.20, 2, 0.01), "AiModel": (0.02, 0, 0), "DataStore": (0.08, 4, 0.10),
          "Finding": (0.10, 0, 0), "Network": (0.10, 0, 0), "Package": (0.10, 0, 0)}
# Type: label of source and target, relations for each node of the graph, skew of the target.
TYPES = {"RUNS_AS": (0, 1, 0.40, 1), "CAN_ASSUME": (1, 1, 0.40, 2), "CAN_ACCESS": (1, 2, 0.30, 2),
         "CAN_READ": (1, 3, 0.70, 1.5), "GROUNDED_ON": (2, 3, 0.06, 1.5), "IN_NETWORK": (0, 5, 0.40, 1.5),
         "ROUTES_TO": (5, 5, 0.14, 1), "HAS_FINDING": (0, 4, 0.60, 1), "DEPENDS_ON": (0, 6, 1.00, 2)}
QUESTIONS = ["Q1", "Q2", "Q2d", "Q3", "Q3r", "Q4", "Q4c", "Q5"]
EXPOSED, ADMIN, SENSITIVE = ("label = 0 AND flags & 1 = 1", "n.label = 1 AND n.flags & 2 = 2", "n.label = 3 AND n.flags & 4 = 4")


def sql(target):
    """The questions over nodes(id, label, flags, region) and edges(src, dst, type)."""

    def walks(types, start, here="src", there="dst", union="UNION"):
        return f"""WITH RECURSIVE reach(origin, node, depth) AS (
            SELECT id, id, 0 FROM nodes WHERE {start}
            {union} SELECT r.origin, e.{there}, r.depth + 1 FROM reach r JOIN edges e ON e.{here} = r.node
            WHERE e.type IN ({types}) AND r.depth < 6)"""

    chain = """FROM nodes c JOIN edges e1 ON e1.src = c.id AND e1.type = 0 JOIN edges e2 ON e2.src = e1.dst AND e2.type = 2
        JOIN edges e3 ON e3.src = e2.dst AND e3.type = 4 JOIN nodes d ON d.id = e3.dst
        WHERE c.label = 0 AND c.flags & 1 = 1 AND d.label = 3 AND d.flags & 4 = 4"""
    ends = "FROM (SELECT DISTINCT origin, node FROM reach WHERE depth > 0) r JOIN nodes n ON n.id = r.node WHERE"
    two, five = "0, 1", "0, 1, 2, 3, 4"
    return {
        "Q1": f"SELECT count(*) FROM nodes WHERE {EXPOSED} AND region = 3",
        "Q2": f"SELECT count(*) {chain}",
        "Q2d": f"SELECT count(DISTINCT c.id) {chain}",
        "Q3": walks(two, EXPOSED, union="UNION ALL")
        + f" SELECT count(*) FROM reach r JOIN nodes n ON n.id = r.node WHERE r.depth > 0 AND {ADMIN}",
        "Q3r": f"{walks(two, EXPOSED)} SELECT count(*) {ends} {ADMIN}",
        "Q4": f"{walks(five, EXPOSED)} SELECT count(*) {ends} {SENSITIVE}",
        "Q4c": f"{walks(five, EXPOSED)} SELECT count(DISTINCT r.origin) {ends} {SENSITIVE}",
        "Q5": f"{walks(five, f'id = {target}', 'dst', 'src')} SELECT count(*) {ends} n.label = 0 AND n.flags & 1 = 1",
    }


def cypher(target):
    """The questions for engines with typed tables, whose SHORTEST gives each pair of ends once."""
    chain = ("MATCH (c:Compute)-[:RUNS_AS]->(i:Identity)-[:CAN_ACCESS]->(m:AiModel)-[:GROUNDED_ON]->(d:DataStore) "
             "WHERE c.exposed AND d.sensitive")
    five = "RUNS_AS|CAN_ASSUME|CAN_ACCESS|CAN_READ|GROUNDED_ON* SHORTEST 1..6"
    admin = "WHERE c.exposed AND j.admin RETURN count(*)"
    store = f"MATCH (c:Compute)-[e:{five}]->(d:DataStore) WHERE c.exposed AND d.sensitive"
    return {
        "Q1": "MATCH (c:Compute) WHERE c.exposed AND c.region = 3 RETURN count(*)",
        "Q2": f"{chain} RETURN count(*)",
        "Q2d": f"{chain} RETURN count(DISTINCT c.id)",
        "Q3": f"MATCH (c:Compute)-[e:RUNS_AS|CAN_ASSUME*1..6]->(j:Identity) {admin}",
        "Q3r": f"MATCH (c:Compute)-[e:RUNS_AS|CAN_ASSUME* SHORTEST 1..6]->(j:Identity) {admin}",
        "Q4": f"{store} RETURN count(*)",
        "Q4c": f"{store} RETURN count(DISTINCT c.id)",
        "Q5": f"MATCH (d:DataStore)<-[e:{five}]-(c:Compute) WHERE d.id = {target} AND c.exposed RETURN count(*)",
    }


def generate(folder, size):
    chance = random.Random(7)
    nodes, starts = bytearray(), []
    for label, (share, flag, odds) in enumerate(LABELS.values()):
        count = int(size * share)
        starts.append((len(nodes) // 4, count))
        for _ in range(count):
            nodes += bytes([label, flag if chance.random() < odds else 0, int(chance.random() * 9.99), 0])
    edges, incoming = array("I"), [0] * (len(nodes) // 4)
    for kind, (source, target, share, skew) in enumerate(TYPES.values()):
        (first, sources), (to, targets) = starts[source], starts[target]
        for index in range(int(size * share)):
            end = to + int(chance.random() ** skew * targets)
            edges.extend((first + index % sources, end, kind))
            incoming[end] += 1
    stores = sorted((n for n in range(len(nodes) // 4) if nodes[4 * n + 1] & 4), key=incoming.__getitem__)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nodes.bin").write_bytes(nodes)
    (folder / "edges.bin").write_bytes(edges.tobytes())
    (folder / "target.txt").write_text(str(stores[len(stores) // 2]))


def read(folder):
    """Nodes as (id, label, flags, region), relations as (source, target, type)."""
    nodes, edges = (folder / "nodes.bin").read_bytes(), array("I")
    edges.frombytes((folder / "edges.bin").read_bytes())
    return (
        zip(range(len(nodes) // 4), nodes[0::4], nodes[1::4], nodes[2::4]),
        zip(edges[0::3], edges[1::3], edges[2::3]),
    )


def write_csv(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def sqlite(folder, scratch):
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    nodes, edges = read(folder)
    connection.execute("CREATE TABLE nodes (id INTEGER PRIMARY KEY, label INT, flags INT, region INT)")
    connection.execute("CREATE TABLE edges (src INT, dst INT, type INT)")
    connection.executemany("INSERT INTO nodes VALUES (?,?,?,?)", nodes)
    connection.executemany("INSERT INTO edges VALUES (?,?,?)", edges)
    connection.execute("CREATE INDEX edges_out ON edges (src, type, dst)")
    connection.execute("CREATE INDEX edges_in ON edges (dst, type, src)")
    connection.execute("CREATE INDEX nodes_by_label ON nodes (label, flags, region)")
    connection.execute("ANALYZE")
    return sqlite3.sqlite_version, connection.interrupt, lambda text: connection.execute(text).fetchone()[0], sql


def duckdb(folder, scratch):
    module = importlib.import_module("duckdb")
    connection = module.connect(str(scratch / "graph.duckdb"))
    columns = {"nodes": "id, label, flags, region", "edges": "src, dst, type"}
    for (table, names), rows in zip(columns.items(), read(folder)):
        path = write_csv(scratch / f"{table}.csv", rows)
        types = ", ".join(f"'{name.strip()}': 'INTEGER'" for name in names.split(","))
        order = " ORDER BY type, src" if table == "edges" else ""
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{path}', header=false, columns={{{types}}}){order}")
    return module.__version__, connection.interrupt, lambda text: connection.execute(text).fetchone()[0], sql


def typed(name):
    """Kùzu, and Ladybug which goes on from it."""

    def load(folder, scratch):
        module = importlib.import_module(name)
        database = module.Database(str(scratch / "db"), buffer_pool_size=4 << 30)
        connection = module.Connection(database)
        labels = list(LABELS)
        nodes, edges = (list(rows) for rows in read(folder))
        for index, label in enumerate(labels):
            connection.execute(f"CREATE NODE TABLE {label}(id INT64 PRIMARY KEY, region INT64, exposed BOOLEAN, admin BOOLEAN, sensitive BOOLEAN)")
            rows = ((n, region, *(str(bool(flags & bit)).lower() for bit in (1, 2, 4))) for n, of, flags, region in nodes if of == index)
            connection.execute(f"COPY {label} FROM '{write_csv(scratch / f'{label}.csv', rows)}'")
        for index, (kind, (source, target, *_)) in enumerate(TYPES.items()):
            connection.execute(f"CREATE REL TABLE {kind}(FROM {labels[source]} TO {labels[target]})")
            rows = ((source, target) for source, target, of in edges if of == index)
            connection.execute(f"COPY {kind} FROM '{write_csv(scratch / f'{kind}.csv', rows)}'")
        return module.__version__, connection.interrupt, lambda text: connection.execute(text).get_next()[0], cypher

    return load


ENGINES = {"duckdb": duckdb, "sqlite": sqlite, "kuzu": typed("kuzu"), "ladybug": typed("ladybug")}


def engine(name, folder, seconds, runs):
    """Prints a JSON line a question, as Picket's bench does."""
    with tempfile.TemporaryDirectory() as scratch:
        begin = time.perf_counter()
        version, interrupt, ask, questions = ENGINES[name](folder, Path(scratch))
        print(f"{name} {version}: loaded in {time.perf_counter() - begin:.1f} s", file=sys.stderr, flush=True)
        for question, text in questions((folder / "target.txt").read_text().strip()).items():
            times, result = [], None
            while len(times) < runs and sum(times) < seconds * 1000:
                stop = threading.Timer(seconds, interrupt)
                stop.start()
                begin = time.perf_counter()
                try:
                    result = ask(text)
                except Exception as error:  # each engine has its own for being interrupted
                    print(f"{name} {question}: {error}", file=sys.stderr, flush=True)
                    break
                finally:
                    stop.cancel()
                times.append((time.perf_counter() - begin) * 1000)
            median = round(statistics.median(times), 3) if times else None
            print(json.dumps({"query": question, "result": result, "median_ms": median}), flush=True)


def lines(command):
    """Result and median by question, from the JSON lines of a program."""
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    found = {}
    for line in done.stdout.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        name = entry.get("query") or entry.get("q")
        if name:
            result = entry.get("result")
            found[name.split()[0]] = (int(result) if result is not None else None, entry.get("median_ms"))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--nodes", type=int, help="generate so many where the folder has none")
    parser.add_argument("--engines", default="duckdb,sqlite,kuzu,ladybug")
    parser.add_argument("--picket", help="a program already built; else it is built")
    parser.add_argument("--floor", help="a hand-written program to compare with")
    parser.add_argument("--seconds", type=float, default=60, help="what takes longer is stopped")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.folder
    if options.engine:
        return engine(options.engine, folder, options.seconds, options.runs)
    if options.nodes and not (folder / "nodes.bin").exists():
        generate(folder, options.nodes)
    root = Path(__file__).resolve().parents[2]
    own = lines([options.picket, folder] if options.picket else ["make", "--silent", "-C", root, "bench-graph", f"DATA={folder.resolve()}"])
    others = {"floor": lines([options.floor, folder])} if options.floor else {}
    for name in filter(None, options.engines.split(",")):
        if name != "sqlite" and importlib.util.find_spec(name) is None:
            print(f"{name} is not installed and left out", file=sys.stderr)
            continue
        command = [sys.executable, __file__, folder, "--engine", name, "--seconds", str(options.seconds), "--runs", str(options.runs)]
        others[name] = lines(command)
    print(f"load average {os.getloadavg()[0]:.1f}", file=sys.stderr)
    print(f"| question | count | Picket ms | {' | '.join(others)} |")
    print(f"|---|---|---|{'---|' * len(others)}")
    differ = False
    for question in QUESTIONS:
        count, median = own[question]
        cells = []
        for found in others.values():
            result, time_of_it = found.get(question, (None, None))
            if time_of_it is None:
                cells.append("stopped")
                continue
            cells.append(f"{time_of_it:.2f} (×{time_of_it / median:.1f})")
            if result != count:
                cells[-1] += f" counts {result}"
                differ = True
        print(f"| {question} | {count} | {median:.2f} | {' | '.join(cells)} |", flush=True)
    return int(differ)


if __name__ == "__main__":

    sys.exit(main())
