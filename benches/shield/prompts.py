#!/usr/bin/env python3
"""Instructions for assistants as prompts, for the shield's training.

Usage: prompts.py TRAINING_FOLDER/gpts_system_prompts.jsonl > TRAINING_FOLDER/gpts_user.jsonl

The set holds them as documents. They are as benign where a user pastes them, to have them improved or to set the
assistant up, and nothing else in the data teaches so. The source keeps its name: both are left out together.
"""
import json
import sys

with open(sys.argv[1]) as rows:
    for row in map(json.loads, rows):
        print(json.dumps(row | {"channel": "user", "id": row["id"] + "-u"}))
