#!/usr/bin/env python3
"""Measures how fast the API answers at size: the pages' own requests, over one kept-alive connection.

usage: measure.py http://127.0.0.1:8080 [ROUNDS]

The store is filled before, with `cargo run --release -p picket-store --example synthetic -- sqlite:big.db 100000`.
Prints one JSON line a request: what, count, the first, p50, p95 and slowest in milliseconds, and the bytes of an answer.
Exits 1 where a p95 is 50 ms or more.
"""

import http.client
import json
import random
import sys
import time
import urllib.parse

LIMIT_MS = 50.0


def main() -> int:
    base = urllib.parse.urlsplit(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    connection = http.client.HTTPConnection(base.hostname, base.port, timeout=120)

    def ask(method: str, path: str, body: object = None) -> bytes:
        # The browser takes compressed answers, and pays for the compression.
        headers = {"accept-encoding": "gzip, br", "content-type": "application/json"}
        connection.request(method, "/api/v1/" + path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        data = response.read()
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status} {data[:300]!r}")
        return data

    def plain(path: str) -> dict:
        connection.request("GET", "/api/v1/" + path)
        return json.loads(connection.getresponse().read())

    sample = plain("assets?limit=500&sort=properties.version")
    ids = [urllib.parse.quote(asset["id"], safe="") for asset in sample["items"]]
    environments = [urllib.parse.quote(one["id"], safe="") for one in plain("environments?limit=500")["items"]]
    second = urllib.parse.quote(plain("assets?limit=200")["next"] or "", safe="")
    pick = random.Random(1)

    def query(text: str, **params: object):
        return lambda: ask("POST", "explorer/query", {"query": text, "params": params, "limit": 1000})

    requests = {
        "status": lambda: ask("GET", "status"),
        "inventory, first page": lambda: ask("GET", "assets?limit=200"),
        "inventory, second page": lambda: ask("GET", f"assets?limit=200&after={second}"),
        "inventory, by kind": lambda: ask("GET", "assets?limit=200&kind=Agent,ModelDeployment"),
        "inventory, by category and finding": lambda: ask("GET", "assets?limit=200&category=AI&finding=exposed_to_internet"),
        "inventory, in an environment": lambda: ask("GET", f"assets?limit=200&environment={pick.choice(environments)}"),
        "inventory, by words": lambda: ask("GET", f"assets?limit=200&q=app{pick.randrange(2000)}+agent"),
        "inventory, by severity": lambda: ask("GET", "assets?limit=200&sort=-severity"),
        "inventory, by a property": lambda: ask("GET", "assets?limit=200&sort=-properties.capacity"),
        "asset": lambda: ask("GET", f"assets/{pick.choice(ids)}"),
        "asset, relations": lambda: ask("GET", f"assets/{pick.choice(ids)}/relations"),
        "asset, history": lambda: ask("GET", f"assets/{pick.choice(ids)}/history"),
        "asset, recommendations": lambda: ask("GET", f"recommendations?asset={pick.choice(ids)}"),
        "explorer, schema": lambda: ask("GET", "explorer/schema"),
        "explorer, a kind": query("MATCH (a:Agent) RETURN a LIMIT 200"),
        "explorer, one step": query("MATCH (a:Agent)-[:HAS_TOOL]->(t:Tool) RETURN a, t LIMIT 200"),
        "explorer, a property": query("MATCH (m:Model) WHERE m.publisher = 'openai' AND 'exposed_to_internet' IN m.findings RETURN m LIMIT 200"),
        "explorer, an absence": query("MATCH (d:ModelDeployment) WHERE NOT EXISTS { (d)-[:PROTECTED_BY]->(:Guardrail) } RETURN d LIMIT 200"),
        "explorer, a count": query("MATCH (a)-[:CAN_ACCESS]->(s:ObjectStore) RETURN s.region AS region, count(DISTINCT a) AS identities ORDER BY identities DESC"),
    }
    for template in plain("explorer/templates")["items"]:
        # What asks for a parameter is answered when the page's reader has given it.
        if "$" not in template["query"]:
            requests[f"template {template['id']}"] = query(template["query"])
    missed = 0
    for name, request in requests.items():
        times = []
        for _ in range(rounds + 1):
            start = time.perf_counter()
            size = len(request())
            times.append((time.perf_counter() - start) * 1000)
        first = times.pop(0)
        times.sort()
        p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
        missed += p95 >= LIMIT_MS
        print(json.dumps({
            "request": name, "count": rounds, "first_ms": round(first, 2), "p50_ms": round(times[len(times) // 2], 2), "p95_ms": round(p95, 2),
            "slowest_ms": round(times[-1], 2), "bytes": size,
        }), flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
