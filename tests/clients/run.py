"""Starts Picket with its echo upstream and drives it from outside: official SDKs, the attack script, kill -9 during traffic.

    run.py --picket PATH [--work FOLDER]

Exits with 1 when anything was not as it should be.
"""

import argparse
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ATTACK = HERE.parent / "attack" / "attack.py"
SAMPLE = HERE.parent.parent / "examples" / "contoso"
PROTOCOLS = ["openai", "azure-openai", "azure-ai-inference", "anthropic"]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Picket:
    """A running `picket serve` with a store and settings of its own."""

    def __init__(self, binary, folder, asset=None):
        self.binary, self.folder, self.process = binary, folder, None
        self.api, self.gateway = free_port(), free_port()
        folder.mkdir(parents=True, exist_ok=True)
        settings = f'[server]\nlisten = "127.0.0.1:{self.api}"\n\n[gateway]\nlisten = "127.0.0.1:{self.gateway}"\ntrusted_proxies = ["127.0.0.1/32"]\n'
        for name in PROTOCOLS:
            settings += upstream(name, name, "block")
        settings += upstream("watched", "azure-openai", "detect", asset)
        (folder / "picket.toml").write_text(settings)

    def run(self, *arguments):
        done = subprocess.run([self.binary, *arguments], cwd=self.folder, capture_output=True, text=True)
        if done.returncode not in (0, 3):
            raise SystemExit(f"picket {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self):
        log = open(self.folder / "serve.log", "ab")
        self.process = subprocess.Popen([self.binary, "serve", "--echo"], cwd=self.folder, stdout=log, stderr=log)
        for _ in range(600):
            if self.process.poll() is not None:
                raise SystemExit((self.folder / "serve.log").read_text())
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.api}/readyz", timeout=1)
                with socket.create_connection(("127.0.0.1", self.gateway), timeout=1):
                    return self
            except OSError:
                time.sleep(0.1)
        raise SystemExit("picket serve did not come up")

    def stop(self, how=signal.SIGTERM):
        if self.process:
            self.process.send_signal(how)
            self.process.wait(30)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/api/v1/{path}") as answer:
            return json.load(answer)

    def stores(self):
        return [str(path) for path in self.folder.glob("picket.db*")]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def upstream(name, protocol, mode, asset=None):
    text = f'\n[[gateway.upstream]]\nname = "{name}"\nprotocol = "{protocol}"\nurl = "http://127.0.0.1:9"\nmode = "{mode}"\n'
    return text + (f'asset = "{asset}"\n' if asset else "")


def script(*arguments):
    return subprocess.run([sys.executable, *map(str, arguments)]).returncode == 0


def official_sdks(binary, work):
    """OpenAI, Azure OpenAI, Azure AI Inference, Anthropic and Content Safety SDKs: normal, streaming, blocked."""
    with Picket(binary, work / "sdks") as picket:
        gateway = script(HERE / "clients.py", f"http://127.0.0.1:{picket.gateway}", "--echo")
        return script(HERE / "contentsafety.py", f"http://127.0.0.1:{picket.api}") and gateway


def attack_without_evidence(binary, work):
    """The attack with *suspicious prompt evidence* off: no prompt text in the store."""
    with Picket(binary, work / "off") as picket:
        return attack(picket, "off")


def attack_with_evidence(binary, work):
    """The attack with it on, against an asset of a scanned estate: masked segments, no secret in clear, blast radius."""
    folder = work / "on"
    scanned = Picket(binary, folder)
    scanned.run("scan", str(SAMPLE), "--environment", "contoso", "--format", "json")
    accounts = json.loads(scanned.run("assets", "--kind", "AiService", "--format", "json"))
    account = next(one for one in accounts if one["provider"] == "azure")
    scanned.run("plans", account["environment"], "--set", "ai-workloads=on", "--extension", "suspicious-prompt-evidence=on", "--format", "json")
    with Picket(binary, folder, asset=account["id"]) as picket:
        passed = attack(picket, "on")
        reached = [incident["blast_radius"]["assets"] for incident in picket.get("incidents")["items"]]
        if not any(reached):
            print("FAIL the incident has no blast radius")
        return passed and any(reached)


def attack(picket, evidence):
    stores = [part for path in picket.stores() for part in ("--database", path)]
    base = f"http://127.0.0.1:{picket.gateway}/watched"
    return script(ATTACK, base, f"http://127.0.0.1:{picket.api}", "--evidence", evidence, *stores)


def killed_during_traffic(binary, work):
    """kill -9 while requests run: every interaction whose answer a client has seen whole is in the store."""
    picket = Picket(binary, work / "killed").start()
    seen, stop = [], threading.Event()

    def client(number):
        body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": f"Hello from {number}"}]}).encode()
        while not stop.is_set():
            request = urllib.request.Request(
                f"http://127.0.0.1:{picket.gateway}/openai/v1/chat/completions", body, {"content-type": "application/json"})
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    answer.read()
                    seen.append(answer.headers["x-picket-interaction"])
            except (OSError, urllib.error.URLError):
                return

    clients = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    for one in clients:
        one.start()
    while len(seen) < 200:
        time.sleep(0.01)
    picket.stop(signal.SIGKILL)
    stop.set()
    for one in clients:
        one.join()
    with picket:
        picket.get("status")
    kept = {row[0] for row in sqlite3.connect(picket.folder / "picket.db").execute("SELECT id FROM interactions")}
    lost = set(seen) - kept
    print(f"  {len(seen)} answers were seen whole before kill -9, {len(kept)} interactions are kept, {len(lost)} lost")
    return not lost


def token_needed_elsewhere(binary, work):
    """On an address that is not loopback every request needs a token."""
    folder = work / "token"
    picket = Picket(binary, folder)
    text = (folder / "picket.toml").read_text().replace(f"127.0.0.1:{picket.api}", f"0.0.0.0:{picket.api}")
    (folder / "picket.toml").write_text(text)
    token = picket.run("tokens", "create", "test").strip()
    with picket:
        url = f"http://127.0.0.1:{picket.api}/api/v1/status"
        without = status(url, {})
        wrong = status(url, {"authorization": "Bearer picket_wrong"})
        right = status(url, {"authorization": f"Bearer {token}"})
    stored = b"".join(pathlib.Path(path).read_bytes() for path in picket.stores())
    print(f"  without {without}, wrong {wrong}, right {right}")
    return (without, wrong, right) == (401, 401, 200) and token.encode() not in stored


def status(url, headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picket", required=True, help="path of the binary")
    parser.add_argument("--work", help="folder for stores and logs")
    parser.add_argument("--only", default="", help="run only scenarios with this in their name")
    arguments = parser.parse_args()
    work = pathlib.Path(arguments.work or tempfile.mkdtemp())
    binary = os.path.abspath(arguments.picket)
    failed = []
    for scenario in (official_sdks, attack_without_evidence, attack_with_evidence, killed_during_traffic, token_needed_elsewhere):
        if arguments.only not in scenario.__name__:
            continue
        print(f"\n== {scenario.__name__}: {scenario.__doc__}", flush=True)
        if not scenario(binary, work):
            failed.append(scenario.__name__)
    print("\nfailed: " + ", ".join(failed) if failed else "\nall scenarios passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
