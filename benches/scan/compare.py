"""Picket and other AI BOM tools on the same trees, one after another: time, memory, and how much of the truth each found.

    compare.py FOLDER PICKET [--peers PEERS] TRUTH.yaml…

PEERS holds what is installed: `trusera/bin/ai-bom` and `cisco/bin/python`, `agentbom/bin/agent-bom` (virtual environments with
ai-bom, cisco-aibom, agent-bom) and `node/node_modules/.bin/aibom` (@cyclonedx/cdxgen). A tool that is not there is left out.
cisco-aibom's command asks for a language model; its deterministic scanners are called instead.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import yaml

from truth import picket, same_model, score

LIMIT = 280
QUIET = {"AI_BOM_TELEMETRY": "0", "AISBOM_NO_TELEMETRY": "1", "DO_NOT_TRACK": "1", "CDXGEN_TELEMETRY": "0", "FETCH_LICENSE": "false"}
CISCO = """
import json, sys
from aibom.scanners.base import run_scanners
try:
    from aibom.models.scan import ScanContext
except ImportError:
    from aibom.scanners.base import ScanContext
import aibom.scanners as scanners
for name in ("register_builtin_scanners", "load_builtin_scanners", "ensure_registered"):
    if hasattr(scanners, name):
        getattr(scanners, name)()
found, _ = run_scanners(ScanContext(paths=[sys.argv[1]], output_format="json"))
json.dump([one.model_dump(mode="json") for one in found], open(sys.argv[2], "w"))
"""


def run(command, folder):
    """Wall and CPU seconds, peak memory in MB (children together), exit status."""
    import psutil

    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, **QUIET}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak, watched = 0, psutil.Process(process.pid)
    while process.poll() is None:
        try:
            peak = max(peak, sum(one.memory_info().rss for one in [watched, *watched.children(recursive=True)]))
        except psutil.Error:
            pass
        if time.perf_counter() - began > LIMIT:
            process.kill()
        time.sleep(0.01)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - began, cpu, peak / 2**20, process.returncode


def plain_name(component):
    """The name without what a tool writes around it: `Model reference: gpt-4o`, `OpenAI (import: openai)`."""
    named = [one["value"] for one in component.get("properties", []) if one.get("name", "").endswith(":model_name")]
    name = component.get("name", "")
    return named[0] if named else name.split("(import: ")[-1].rstrip(")") if "(import: " in name else name


def same_either_way(one, other):
    """With or without the prefix that says where a model is called, on either side."""
    return same_model(one, other) or same_model(other, one)


def names_of_bom(path):
    """Names by type of component, of CycloneDX or of a plain list."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    if isinstance(document, list):
        pairs = [(one.get("component_type"), one.get("name")) for one in document]
    else:
        pairs = [(one.get("type"), plain_name(one)) for one in document.get("components", [])]
        pairs += [("service", one.get("name")) for one in document.get("services", [])]
    names = {}
    for kind, name in pairs:
        names.setdefault(kind, set()).add(str(name))
    return names


def peers(folder):
    """Name, command with TREE and OUT in it, and the component types that stand for models and libraries."""
    at = pathlib.Path(folder).resolve()
    script = at / "cisco_stage1.py"
    if (at / "cisco/bin/python").exists():
        script.write_text(CISCO)
    every = [
        ("Trusera ai-bom", at / "trusera/bin/ai-bom", ["scan", "TREE", "--deep", "-q", "-f", "cyclonedx", "-o", "OUT", "--no-telemetry"]),
        ("Cisco stage 1", at / "cisco/bin/python", [str(script), "TREE", "OUT"]),
        ("cdxgen aibom", at / "node/node_modules/.bin/aibom", ["--no-install-deps", "-o", "OUT", "TREE"]),
        ("agent-bom", at / "agentbom/bin/agent-bom", ["scan", "TREE", "--offline", "--no-scan", "-q", "-f", "cyclonedx", "-o", "OUT"]),
    ]
    for name, program, arguments in every:
        half = name.startswith("Cisco") and not any(at.glob("cisco/lib/python*/site-packages/aibom"))
        if program.exists() and not half:
            yield name, [str(program), *arguments]
        else:
            print(f"left out: {name} (not installed below {at})", file=sys.stderr)


def rates(wanted, found, same):
    """`right/found right/wanted`: of what was found how much is right, of what is there how much was found."""
    right = sum(any(same(one, name) for one in wanted) for name in found)
    hit = sum(any(same(one, name) for name in found) for one in wanted)
    return f"{right}/{len(found)} {hit}/{len(wanted)}"


def main():
    arguments = sys.argv[1:]
    at = arguments.index("--peers") if "--peers" in arguments else None
    installed = list(peers(arguments[at + 1])) if at is not None else []
    if at is not None:
        del arguments[at : at + 2]
    folder, binary, *truths = arguments
    binary = str(pathlib.Path(binary).resolve()) if pathlib.Path(binary).exists() else binary
    print(f"{'repository':22} {'tool':15} {'wall s':>7} {'cpu s':>6} {'MB':>5}  models (right/found, found/there)  libraries")
    for path in map(pathlib.Path, truths):
        truth = yaml.safe_load(path.read_text())
        tree = pathlib.Path(folder).resolve() / truth["root"]
        if not tree.is_dir():
            tree = pathlib.Path(folder).resolve() / path.stem / truth["root"]
        models = [name for names in truth["models"].values() for name in names or {}]
        plain = lambda name: name.lower().replace("_", "-")
        in_truth = lambda one, name: plain(name) in map(plain, one.split("|"))
        with tempfile.TemporaryDirectory() as scratch:
            command = [binary, "--store", f"sqlite:{scratch}/store.db", "--quiet", "scan", str(tree)]
            wall, cpu, peak, _ = run(command, scratch)
            assets = picket(binary, tree)
            found = {asset["name"] for asset in assets if asset["kind"] == "Model"}
            libraries = {asset["name"] for asset in assets if asset["kind"] == "Library"}
            show = lambda name, wall, cpu, peak, found, libraries: print(
                f"{path.stem:22} {name:15} {wall:7.2f} {cpu:6.2f} {peak:5.0f}  "
                f"{rates(models, found, same_either_way):>33}  {rates(truth['libraries'], libraries, in_truth)}",
                flush=True,
            )
            show("Picket", wall, cpu, peak, found, libraries)
            for name, command in installed:
                out = pathlib.Path(scratch) / "out.json"
                out.unlink(missing_ok=True)
                command = [part.replace("TREE", str(tree)).replace("OUT", str(out)) for part in command]
                wall, cpu, peak, status = run(command, scratch)
                names = names_of_bom(out)
                found = names.get("machine-learning-model", set()) | names.get("model", set()) | names.get("embedding", set())
                libraries = names.get("library", set()) | names.get("framework", set()) | names.get("dependency", set())
                show(name if status != -9 else f"{name} (killed)", wall, cpu, peak, found, libraries)


if __name__ == "__main__":
    main()
