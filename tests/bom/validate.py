"""Reads bills of materials with the official validators, and checks what those do not.

Usage: validate.py FILE…    (*.cdx.json, *.spdx.json, or an insta snapshot of either)

CycloneDX: the strict JSON schema of the document's version; every reference resolves; every component has evidence,
every model a card, every data component its data. SPDX: the model's bindings, which enforce types and cardinalities of
each class; then the restrictions that the AI and dataset profiles put on properties of other profiles, and that every
reference resolves. Prints one line a document and ends with 1 if any has an error.
"""

import collections
import io
import json
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_python_model import v3_0_1 as spdx

AGENTS = (spdx.Agent,)
LICENSES = (spdx.simplelicensing_AnyLicenseInfo,)


def text_of(path):
    """The document; insta puts a header between two lines of dashes before it."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return text.split("---\n", 2)[2] if path.endswith(".snap") else text


def references(value, declared, used):
    if isinstance(value, list):
        for item in value:
            references(item, declared, used)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "bom-ref":
                declared.append(item)
            elif name in ("ref", "attributedTo"):
                used.append(item)
            elif name in ("dependsOn", "provides", "assemblies") or (
                name == "dependencies" and all(isinstance(end, str) for end in item)
            ):
                used.extend(item)
            else:
                references(item, declared, used)


def cyclonedx(text):
    bom = json.loads(text)
    errors = []
    error = JsonStrictValidator(SchemaVersion.from_version(bom["specVersion"])).validate_str(text)
    if error is not None:
        errors.append(f"schema: {error}"[:400])
    declared, used = [], []
    references(bom, declared, used)
    errors += [f"declared twice: {ref}" for ref, count in collections.Counter(declared).items() if count > 1]
    errors += [f"not declared: {ref}" for ref in sorted(set(used) - set(declared))]
    counts = collections.Counter()
    for component in bom["components"]:
        kind = component["type"]
        counts[kind] += 1
        evidence = component.get("evidence", {})
        counts["evidence"] += bool(evidence.get("identity"))
        counts["with lines"] += bool(evidence.get("occurrences"))
        if not evidence.get("identity"):
            errors.append(f"no evidence: {component['bom-ref']}")
        if kind == "machine-learning-model":
            counts["modelCard"] += "modelCard" in component
            if "modelCard" not in component:
                errors.append(f"no model card: {component['bom-ref']}")
        if kind == "data":
            counts["with data"] += bool(component.get("data"))
            if not component.get("data"):
                errors.append(f"no data: {component['bom-ref']}")
    counts["service"] = len(bom["services"])
    counts["edges"] = sum(len(it.get("dependsOn", [])) + len(it.get("provides", [])) for it in bom["dependencies"])
    return f"CycloneDX {bom['specVersion']}", counts, errors


def spdx3(text):
    graph = spdx.SHACLObjectSet()
    errors = []
    try:
        spdx.JSONLDDeserializer().read(io.BytesIO(text.encode()), graph)
        missing = graph.link()
        spdx.JSONLDSerializer().write(graph, io.BytesIO())
    except Exception as error:  # the bindings have no error of their own
        return "SPDX 3.0.1", collections.Counter(), [f"bindings: {type(error).__name__}: {error}"[:400]]
    errors += [f"does not resolve: {ref}" for ref in sorted(missing or [])]
    counts = collections.Counter()
    licences = collections.defaultdict(collections.Counter)
    for it in graph.foreach():
        counts[type(it).__name__] += 1
        if isinstance(it, spdx.Relationship):
            kind = str(it.relationshipType).rsplit("/", 1)[-1]
            counts[kind] += 1
            if kind in ("hasDeclaredLicense", "hasConcludedLicense"):
                ends = list(it.to)
                fine = len(ends) == 1 and (isinstance(ends[0], (str, *LICENSES)))
                licences[it.from_._id if hasattr(it.from_, "_id") else it.from_][kind] += 1 if fine else 2
    for it in graph.foreach_type(spdx.ai_AIPackage):
        for name in ("suppliedBy", "software_primaryPurpose", "software_packageVersion",
                     "software_downloadLocation", "releaseTime", "name"):
            if getattr(it, name, None) in (None, ""):
                errors.append(f"{it._id}: an AI package needs {name}")
        if not isinstance(it.suppliedBy, AGENTS):
            errors.append(f"{it._id}: suppliedBy is no agent")
        one_licence(it, licences, errors)
    for it in graph.foreach_type(spdx.dataset_DatasetPackage):
        for name in ("software_primaryPurpose", "software_downloadLocation", "releaseTime", "builtTime", "name"):
            if getattr(it, name, None) in (None, ""):
                errors.append(f"{it._id}: a dataset package needs {name}")
        if len(it.originatedBy) != 1 or not all(isinstance(end, AGENTS) for end in it.originatedBy):
            errors.append(f"{it._id}: a dataset package is originated by exactly one agent")
        if not it.dataset_datasetType:
            errors.append(f"{it._id}: a dataset package needs dataset_datasetType")
        one_licence(it, licences, errors)
    return "SPDX 3.0.1", counts, errors


def one_licence(package, licences, errors):
    for kind in ("hasDeclaredLicense", "hasConcludedLicense"):
        if licences[package._id][kind] != 1:
            errors.append(f"{package._id}: exactly one {kind}, not {licences[package._id][kind]}")


def main():
    bad = 0
    for path in sys.argv[1:]:
        text = text_of(path)
        name, counts, errors = (spdx3 if "@graph" in text else cyclonedx)(text)
        shown = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
        print(f"{path}: {name}: {len(errors)} errors; {shown}")
        for error in errors:
            print(f"  {error}", file=sys.stderr)
        bad += bool(errors)
    sys.exit(1 if bad else 0)


main()
