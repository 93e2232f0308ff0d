#!/usr/bin/env python3
"""Benign documents for the shield's training, cut from the files of a git repository of one's own.

Usage: files.py REPOSITORY > TRAINING_FOLDER/picket_files.jsonl

Code and documentation that a classifier has never seen looks strange to it. What deals with attacks is left out, since
it quotes them. The same commit gives the same rows.
"""
import json
import pathlib
import random
import subprocess
import sys

ENDINGS = (".rs", ".ts", ".tsx", ".py", ".md", ".tf", ".toml", ".sh", ".css", ".json", ".yaml")
LEFT_OUT = ("shield", "detections", "threat", "rules/", "traffic", "attack", "lock", "gateway", "protocols", "sensitive", "openapi", "alerts")
ROWS = 1200

repository = pathlib.Path(sys.argv[1])
files = subprocess.run(["git", "-C", repository, "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n")
chance = random.Random(5)
rows = []
for name in sorted(files):
    if not name.endswith(ENDINGS) or any(word in name for word in LEFT_OUT):
        continue
    text = (repository / name).read_text(errors="ignore")
    at = 0
    while at < min(len(text), 30_000):
        length = chance.choice([600, 1200, 2500, 4000])
        channel = chance.choice(["document", "document", "tool"])
        rows.append({"id": f"{name}#{at}", "text": text[at : at + length], "label": "benign", "channel": channel, "source": "picket_files", "lang": "en"})
        at += 3 * length
chance.shuffle(rows)
for row in rows[:ROWS]:
    print(json.dumps(row))
