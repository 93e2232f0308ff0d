"""Writes the small model files of the sample estate. They hold no trained weights.

`churn-baseline.pkl` names a function that no model needs, as a tampered file would: loading it would call
`os.getpid()`, which harms nobody. Picket reads such files and never loads them.
"""

import json
import pickle
import struct
from pathlib import Path

here = Path(__file__).parent


def safetensors() -> bytes:
    tensors = {
        "embeddings.weight": {"dtype": "F16", "shape": [64, 16], "data_offsets": [0, 2048]},
        "classifier.weight": {"dtype": "F16", "shape": [2, 16], "data_offsets": [2048, 2112]},
    }
    metadata = {"format": "pt", "modelspec.architecture": "distilbert", "license": "apache-2.0"}
    header = json.dumps({"__metadata__": metadata, **tensors}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + bytes(2112)


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf() -> bytes:
    keys = [
        ("general.architecture", 8, text("llama")),
        ("general.name", 8, text("Contoso letters 0.1B")),
        ("general.license", 8, text("apache-2.0")),
        ("general.file_type", 4, struct.pack("<I", 15)),
        ("llama.context_length", 4, struct.pack("<I", 4096)),
        ("llama.block_count", 4, struct.pack("<I", 2)),
        ("tokenizer.chat_template", 8, text("{% for message in messages %}{{ message.content }}{% endfor %}")),
    ]
    data = b"GGUF" + struct.pack("<IQQ", 3, 1, len(keys))
    for key, kind, value in keys:
        data += text(key) + struct.pack("<I", kind) + value
    data += text("token_embd.weight") + struct.pack("<IQQIQ", 2, 32, 8, 0, 0)
    return data + bytes(-len(data) % 32) + bytes(1024)


class Tampered:
    def __reduce__(self):
        import os

        return os.getpid, ()


def main() -> None:
    (here / "churn").mkdir(exist_ok=True)
    (here / "churn" / "model.safetensors").write_bytes(safetensors())
    (here / "letters.gguf").write_bytes(gguf())
    (here / "churn-baseline.pkl").write_bytes(pickle.dumps({"weights": [0.1, 0.9], "hook": Tampered()}, protocol=4))


if __name__ == "__main__":
    main()
