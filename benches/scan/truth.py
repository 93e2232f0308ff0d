"""Precision and recall of `picket scan` against a truth that was read by hand.

    truth.py TREE TRUTH.yaml [PICKET]      TREE: the unpacked source distribution (`root` of the truth, or a folder that has it)
    truth.py --fetch FOLDER TRUTH.yaml…    downloads the distributions, checks their digest and unpacks them

README.md says what counts. Needs PyYAML; `--fetch` needs pip and npm.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import yaml

# Lines that a place may be off: a call begins where its name stands, a text where its quotes do.
NEAR = 3
TYPES = ["models", "libraries", "vector_stores", "agents", "tools", "prompts", "mcp_servers", "endpoints"]


def picket(binary, tree):
    """The assets of a scan into an empty store."""
    with tempfile.TemporaryDirectory() as home:
        store = ["--store", f"sqlite:{home}/truth.db"]
        scan = subprocess.run([binary, *store, "--quiet", "scan", str(tree)], capture_output=True, text=True)
        if scan.returncode not in (0, 3):
            sys.exit(f"picket scan ended with {scan.returncode}: {scan.stderr[-500:]}")
        listed = subprocess.run([binary, *store, "assets", "--format", "json"], capture_output=True, text=True, check=True)
        return json.loads(listed.stdout)


def places(asset):
    return [(o["path"], o["line"]) for o in asset["properties"].get("occurrences", [])]


def same_model(truth, found):
    truth, found = truth.lower(), found.lower()
    return truth == found or truth.endswith(("/" + found, ":" + found))


def same_place(truth, found):
    for place in truth.split("|"):
        path, line = place.rsplit(":", 1)
        if any(path == at and abs(int(line) - number) <= NEAR for at, number in found):
            return True
    return False


def match(truth, found, same):
    """Pairs each of `found` with one of `truth`; gives what is false and what is missed."""
    left, false = list(truth), []
    for item in found:
        pair = next((one for one in left if same(one, item)), None)
        if pair is None:
            false.append(item)
        else:
            left.remove(pair)
    return false, left


def score(truth, assets):
    """By type: how many there are, how many were found, what is false and what is missed."""
    def of(*kinds):
        return [asset for asset in assets if asset["kind"] in kinds]

    result = {}
    models = {name: (standing, at) for standing, names in truth["models"].items() for name, at in (names or {}).items()}
    found = of("Model", "ModelDeployment")
    false, missed = match(models, found, lambda name, asset: same_model(name, asset["name"]))
    result["models"] = (len(models), len(found), [f"{a['name']} {places(a)[:1]}" for a in false], missed)
    wrong = []
    for asset in found:
        name = next((name for name in models if same_model(name, asset["name"])), None)
        standing = asset["properties"].get("standing")
        if name and models[name][0] != standing:
            wrong.append(f"{asset['name']}: {standing}, is {models[name][0]}")
    result["standing"] = (len(found) - len(false), len(found) - len(false), wrong, wrong)
    plain = lambda name: name.lower().replace("_", "-")
    names = sorted({plain(asset["name"]) for asset in of("Library") if asset["properties"].get("role")})
    false, missed = match(truth["libraries"], names, lambda one, name: name in map(plain, one.split("|")))
    result["libraries"] = (len(truth["libraries"]), len(names), false, missed)
    live = lambda asset: asset["properties"].get("standing") != "mentioned"
    engines = {asset["properties"].get("engine") for asset in of("VectorIndex") if live(asset)}
    stores = set(truth["vector_stores"])
    result["vector_stores"] = (len(stores), len(engines), sorted(engines - stores, key=str), sorted(stores - engines))
    for key, kind in [("agents", "Agent"), ("tools", "Tool"), ("prompts", "Prompt"), ("mcp_servers", "McpServer")]:
        want = truth[key] if isinstance(truth[key], list) else list(truth[key].values())
        have = [asset for asset in of(kind) if live(asset)]
        false, missed = match(want, have, lambda at, asset: same_place(at, places(asset)))
        result[key] = (len(want), len(have), [f"{a['name']} {places(a)[:1]}" for a in false], missed)
    services = {
        asset["properties"].get("service") or asset["properties"].get("endpoint") for asset in of("AiService") if live(asset)
    }
    wanted = set(truth["endpoints"])
    result["endpoints"] = (len(wanted), len(services), sorted(services - wanted, key=str), sorted(wanted - services))
    return result


def show(name, result, details):
    print(f"{name}\n{'type':14} {'truth':>5} {'found':>5} {'precision':>9} {'recall':>7}")
    for key, (truth, found, false, missed) in result.items():
        precision = f"{100 * (found - len(false)) / found:.1f} %" if found else "-"
        recall = f"{100 * (truth - len(missed)) / truth:.1f} %" if truth else "-"
        print(f"{key:14} {truth:5} {found:5} {precision:>9} {recall:>7}")
        if details:
            for item in false:
                print(f"    false  {item}")
            for item in missed if key != "standing" else []:
                print(f"    missed {item}")


def fetch(folder, truths):
    folder.mkdir(parents=True, exist_ok=True)
    for path in truths:
        truth = yaml.safe_load(path.read_text())
        package = f"{path.stem}=={truth['version']}" if truth["source"] == "pypi" else f"{path.stem}@{truth['version']}"
        before = set(folder.iterdir())
        if truth["source"] == "pypi":
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", package]
        else:
            command = ["npm", "pack", "--silent", package]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        archives = [one for one in folder.iterdir() if one.suffix in (".gz", ".tgz")]
        archive = next((one for one in archives if hashlib.sha256(one.read_bytes()).hexdigest() == truth["sha256"]), None)
        if archive is None:
            sys.exit(f"{package} is not the file that was read: its digest differs from {truth['sha256']}")
        target = folder if truth["source"] == "pypi" else folder / path.stem
        with tarfile.open(archive) as packed:
            packed.extractall(target, filter="data")
        print(f"{path.stem}: {target / truth['root']}" if before is not None else "")


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["--fetch"]:
        return fetch(pathlib.Path(arguments[1]), [pathlib.Path(one) for one in arguments[2:]])
    details = "--details" in arguments
    tree, truth_file, *rest = [one for one in arguments if one != "--details"]
    truth = yaml.safe_load(pathlib.Path(truth_file).read_text())
    inner = pathlib.Path(tree) / truth["root"]
    assets = picket(rest[0] if rest else os.environ.get("PICKET", "picket"), inner if inner.is_dir() else tree)
    show(pathlib.Path(truth_file).stem, score(truth, assets), details)


if __name__ == "__main__":
    main()
