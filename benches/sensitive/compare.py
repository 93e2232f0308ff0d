#!/usr/bin/env python3
"""The labelled set of picket-sensitive through Picket, detect-secrets and Presidio's pattern recognisers.

    cargo run --release -p picket-sensitive --example labelled > set.jsonl
    VENV/bin/python benches/sensitive/compare.py set.jsonl

Prints recall by family, for each tool where it has a detector for the family's kind, its precision over the texts that
hold nothing and those of its families, and its time per KB. VENV has `detect-secrets` and `presidio-analyzer`.
"""

import argparse
import json
import logging
import tempfile
import time
from collections import defaultdict
from pathlib import Path

SECRETS = ["AI keys", "clouds", "code hosts", "services", "tokens", "generic", "passwords", "connection strings"]
PERSONAL = ["cards and accounts", "contact", "national: Americas", "national: Asia-Pacific", "national: Europe", "network"]


def overlaps(found: str, value: str) -> bool:
    return bool(found) and (found in value or value in found)


def detect_secrets(samples):
    """scan_file with the default plugins and filters: scan_line skips the entropy limits."""
    from detect_secrets.core import scan
    from detect_secrets.settings import default_settings

    found, seconds = [], 0.0
    with tempfile.TemporaryDirectory() as folder, default_settings():
        for number, sample in enumerate(samples):
            # The ending steers filters and parsers; .txt has none of its own.
            path = Path(folder, f"{number}.txt")
            path.write_text(sample["text"], encoding="utf-8")
            start = time.perf_counter()
            values = [(secret.secret_value or "", secret.type) for secret in scan.scan_file(str(path))]
            seconds += time.perf_counter() - start
            found.append(values)
    return found, seconds


def presidio(samples):
    """Every pattern recogniser for English and for no language in particular, by itself: no model, no context words of others."""
    from presidio_analyzer import PatternRecognizer, predefined_recognizers

    recognisers = []
    for name in dir(predefined_recognizers):
        kind = getattr(predefined_recognizers, name)
        if not (isinstance(kind, type) and issubclass(kind, PatternRecognizer)) and name != "PhoneRecognizer":
            continue
        # Neither a URL nor a date nor a UUID is personal information: leaving them out favours Presidio's precision.
        if name in ("PatternRecognizer", "UrlRecognizer", "DateRecognizer", "UuidRecognizer"):
            continue
        try:
            recognisers.append(kind())
        except Exception as error:  # needs a model or a service
            print(f"presidio: {name} left out: {error}")
    found, seconds = [], 0.0
    for sample in samples:
        start = time.perf_counter()
        values = []
        for recogniser in recognisers:
            for result in recogniser.analyze(sample["text"], recogniser.supported_entities, None) or []:
                if result.score >= 0.3:
                    values.append((sample["text"][result.start:result.end], result.entity_type))
        seconds += time.perf_counter() - start
        found.append(values)
    return found, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path, help="what the example `labelled` wrote")
    parser.add_argument("--held-out", action="store_true", help="only the half that the tables were not tuned on")
    arguments = parser.parse_args()
    logging.disable(logging.ERROR)  # a public suffix list that cannot be fetched; the one of the package serves
    samples = [json.loads(line) for line in arguments.set.read_text(encoding="utf-8").splitlines()]
    if arguments.held_out:
        samples = [sample for sample in samples if sample["held_out"]]
    kilobytes = sum(len(sample["text"].encode()) for sample in samples) / 1024

    picket = [[(one["value"], one["type"]) for one in sample["picket"]] for sample in samples]
    runs = {
        "Picket": (picket, sum(sample["seconds"] for sample in samples), SECRETS + PERSONAL + ["documents"]),
        "detect-secrets": (*detect_secrets(samples), SECRETS),
        "Presidio patterns": (*presidio(samples), PERSONAL + ["documents"]),
    }
    families = sorted({sample["family"] for sample in samples if sample["type"]})
    clean = [number for number, sample in enumerate(samples) if not sample["type"]]
    print(f"{len(samples) - len(clean)} texts with, {len(clean)} without, {kilobytes:.0f} KB\n")
    print("| | " + " | ".join(runs) + " |\n|---|" + "---|" * len(runs))
    for family in families:
        numbers = [number for number, sample in enumerate(samples) if sample["family"] == family and sample["type"]]
        row = []
        for found, _, supported in runs.values():
            hit = sum(any(overlaps(value, samples[n]["value"]) for value, _ in found[n]) for n in numbers)
            row.append(f"{hit / len(numbers):.3f}" if family in supported else "-")
        print(f"| recall: {family} ({len(numbers)}) | " + " | ".join(row) + " |")
    overall, precision, flagged, speed, wrong_types = [], [], [], [], {}
    for tool, (found, seconds, supported) in runs.items():
        right = wrong = hit = total = 0
        kinds = defaultdict(int)
        for sample, values in zip(samples, found):
            if sample["type"] and sample["family"] not in supported:
                continue
            for value, kind in values:
                good = sample["type"] and overlaps(value, sample["value"])
                right, wrong = right + bool(good), wrong + (not good)
                kinds[kind] += not good
            if sample["type"]:
                total += 1
                hit += any(overlaps(value, sample["value"]) for value, _ in values)
        overall.append(f"{hit / total:.3f}")
        precision.append(f"{right / max(right + wrong, 1):.3f}")
        flagged.append(f"{sum(bool(found[n]) for n in clean)} of {len(clean)}")
        speed.append(f"{seconds / kilobytes * 1e6:.0f} µs")
        wrong_types[tool] = sorted(kinds.items(), key=lambda item: -item[1])[:5]
    print("| recall over its families | " + " | ".join(overall) + " |")
    print("| precision | " + " | ".join(precision) + " |")
    print("| texts without that are flagged | " + " | ".join(flagged) + " |")
    print("| time per KB of these short texts | " + " | ".join(speed) + " |")
    for tool, kinds in wrong_types.items():
        print(f"\n{tool}: wrong most often " + ", ".join(f"{kind} {count}" for kind, count in kinds if count))


if __name__ == "__main__":
    main()
