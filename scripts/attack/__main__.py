"""Attacks a server on loopback and the programs with everything that ever broke them. Exits with 1 if anything breaks.

    python3 scripts/attack --model MODEL [--programs target/release] [--only NAME ...]

MODEL is a folder with a model of the size that is served; memory is judged with it (600 MiB at most). The attackers come from
127.0.0.2 at the lowest priority, an honest client from 127.0.0.1: all its requests have to be answered with 200. Latencies are
printed, not judged: attackers and server share the machine. Every attack is bounded in requests and time. Needs Linux and nothing
but Python.
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
    """What an attack needs: programs, models, and its own folders."""

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
    except Exception as error:  # an attack that breaks has not shown that anything holds
        results.put((False, f"{type(error).__name__}: {error}"))


def isolated(attack, *arguments):
    results = multiprocessing.Queue()
    process = multiprocessing.Process(target=attacked, args=(results, attack, *arguments))
    process.start()
    held, told = results.get(timeout=900)
    process.join()
    return held, told


def report(name, held, told, seconds):
    print(f"{'holds' if held else 'FELL '}  {name:<16} {seconds:5.0f} s  {told}", flush=True)
    return held


def under_load(kit, chosen):
    """Runs all attacks by load on one server, one after the other."""
    held = True
    with Server(kit.programs, kit.model, kit.folder("load")) as server:
        honest = Honest(server.addr)
        time.sleep(QUIET_SECONDS)
        quiet = honest.stop()
        print(f"quiet: {quiet}; {server.peak()} MiB", flush=True)
        for name, attack in chosen:
            honest, began = Honest(server.addr), time.monotonic()
            holds, told = isolated(attack, server.addr, server.state)
            seen, seconds = honest.stop(), time.monotonic() - began
            if seen.refused or not server.alive() or server.peak() > MIB:
                holds = False
            refused = f"; honest client refused {len(seen.refused)} times: {seen.refused[:3]}" if seen.refused else ""
            held &= report(name, holds, f"{told}{refused}", seconds)
            ratio = seen.quantile("classify", 0.99) / quiet.quantile("classify", 0.99)
            print(f"         honest client: {seen}; p99 of classify {ratio:.1f} times that in quiet; peak {server.peak()} MiB", flush=True)
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
    print("everything holds" if held else "something fell")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
