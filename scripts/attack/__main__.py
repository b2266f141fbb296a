"""Attacks the programs and a server on loopback with everything that ever made them fail. Exits with 1 if any check fails.

    python3 scripts/attack --model MODEL [--programs target/release] [--only NAME ...]

MODEL is a model folder of realistic size; the server may use at most 600 MiB of memory with it. The attackers connect from
127.0.0.2 and run at the lowest priority. Meanwhile an honest client connects from 127.0.0.1; all its requests must be answered
with 200. Latencies are printed but not checked, because attackers and server share the machine. Every attack is limited in
requests and time. Needs only Linux and Python.
"""

import argparse
import multiprocessing
import os
import pathlib
import resource
import sys
import tempfile
import time

import access
import load
import programs
import state
from client import Fell, check
from honest import Honest
from server import Server

MIB = 600
QUIET_SECONDS = 10
root = pathlib.Path(__file__).resolve().parents[2]


class Kit:
    """The programs, models and working folders for the attacks."""

    def __init__(self, arguments, work):
        self.programs = arguments.programs.resolve()
        self.model = arguments.model.resolve()
        self.tiny = root / "fixtures/tiny-bert"
        self.data = root / "fixtures/feedback.jsonl"
        self.work = work

    def path(self, name):
        return self.work / name

    def folder(self, name):
        path = self.work / name
        path.mkdir()
        return path


def attacked(results, attack, *arguments):
    """Runs an attack; called in a separate process."""
    os.nice(19)
    try:
        results.put((True, attack(*arguments)))
    except Exception as error:  # an attack that raises an error counts as failed
        results.put((False, f"{type(error).__name__}: {error}"))


def isolated(attack, *arguments):
    results = multiprocessing.Queue()
    process = multiprocessing.Process(target=attacked, args=(results, attack, *arguments))
    process.start()
    held, told = results.get(timeout=900)
    process.join()
    return held, told


def report(name, held, told, seconds):
    print(f"{'ok    ' if held else 'FAILED'}  {name:<16} {seconds:5.0f} s  {told}", flush=True)
    return held


def under_load(kit, chosen):
    """Runs all load attacks on one server, one after another."""
    held = True
    with Server(kit.programs, kit.model, kit.folder("load")) as server:
        honest = Honest(server.addr)
        time.sleep(QUIET_SECONDS)
        quiet = honest.stop()
        print(f"without attack: {quiet}; {server.peak()} MiB", flush=True)
        for name, attack in chosen:
            honest, began = Honest(server.addr), time.monotonic()
            holds, told = isolated(attack, server.addr, server.state)
            seen, seconds = honest.stop(), time.monotonic() - began
            if seen.refused or not server.alive() or server.peak() > MIB:
                holds = False
            refused = f"; {len(seen.refused)} requests of the honest client failed: {seen.refused[:3]}" if seen.refused else ""
            held &= report(name, holds, f"{told}{refused}", seconds)
            ratio = seen.quantile("classify", 0.99) / quiet.quantile("classify", 0.99)
            print(f"         honest client: {seen}; p99 of classify is {ratio:.1f} times the value without attack; peak {server.peak()} MiB", flush=True)
        server.end()
        check(server.process.returncode == 0, f"the server ended with {server.process.returncode}")
    return held


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--programs", type=pathlib.Path, default=root / "target/release")
    parser.add_argument("--only", nargs="*", help="names of attacks")
    arguments = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
    chosen = lambda module: [(a.__name__, a) for a in module.ATTACKS if not arguments.only or a.__name__ in arguments.only]
    held = True
    with tempfile.TemporaryDirectory() as work:
        kit = Kit(arguments, pathlib.Path(work))
        for module in (programs, access, state):
            for name, attack in chosen(module):
                began = time.monotonic()
                held &= report(name, *isolated(attack, kit), time.monotonic() - began)
        if chosen(load):
            held &= under_load(kit, chosen(load))
    print("all checks passed" if held else "some checks failed")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
