"""The load generator of bench-serve.sh: measures one server, or prints the results of all.

    python load.py run   --name NAME --url URL --pid PID --texts FILE --output FILE.json [--seconds N] [--seed N] …
    python load.py table --output FILE.json [--note TEXT …] RESULT.json …

`run` sends one text per request: first over a fixed number of connections, which measures the capacity; then at random
times (a Poisson process) at fractions and at a multiple of that capacity. These latencies count from the scheduled time, so
they include any delay before sending. `table` prints Markdown, and writes one JSON file.
"""

import argparse
import asyncio
import gc
import itertools
import json
import math
import random
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import aiohttp
import psutil

MIB = 1 << 20
# Number of texts whose answers are compared between the servers.
COMPARED = 50
WARM_UP_S = 3.0
REST_S = 2.0
SAMPLE_S = 0.1
SETTINGS = ["seconds", "seed", "connections", "overload", "timeout", "max_connections"]


class Usage:
    """Measures the memory of a server while the `async with` block runs, and the CPU time of the server and of this program."""

    def __init__(self, pid):
        server = psutil.Process(pid)
        self.server = [server, *server.children(recursive=True)]
        self.resident, self.private = [], []

    async def __aenter__(self):
        # A garbage collection during a phase would look like a pause of the server.
        gc.collect()
        gc.disable()
        self.began, self.cpu = time.monotonic(), self.cpu_seconds()
        self.sampler = asyncio.create_task(self.sample())
        return self

    async def __aexit__(self, *_):
        self.sampler.cancel()
        self.look()
        gc.enable()
        self.elapsed = time.monotonic() - self.began
        self.cores = [(after - before) / self.elapsed for before, after in zip(self.cpu, self.cpu_seconds())]

    def cpu_seconds(self):
        busy = lambda process: sum(process.cpu_times()[:2])
        return [sum(map(busy, self.server)), busy(psutil.Process())]

    async def sample(self):
        while True:
            self.look()
            await asyncio.sleep(SAMPLE_S)

    def look(self):
        memory = [process.memory_info() for process in self.server]
        self.resident.append(sum(one.rss for one in memory) / MIB)
        # Without file-backed pages, so large libraries do not count.
        self.private.append(sum(one.rss - one.shared for one in memory) / MIB)

    def report(self):
        return {
            "wall_s": self.elapsed,
            "resident_mib": {"first": self.resident[0], "peak": max(self.resident), "last": self.resident[-1]},
            "private_mib": {"first": self.private[0], "peak": max(self.private), "last": self.private[-1]},
            "cores": dict(zip(["server", "load"], self.cores)),
        }


class Phase:
    """The outcomes and latencies of a phase."""

    def __init__(self, name, offered_per_second=None):
        self.name, self.offered_per_second = name, offered_per_second
        self.outcomes = Counter()
        self.latencies, self.late = [], []

    def report(self, usage):
        return {
            "phase": self.name,
            "offered_per_second": self.offered_per_second,
            "classified_per_second": self.outcomes["200"] / usage.elapsed,
            "outcomes": dict(sorted(self.outcomes.items())),
            "latency_ms": summary(self.latencies),
            "sent_late_ms": summary(self.late),
            **usage.report(),
        }


def summary(seconds):
    """Percentiles by nearest rank, in milliseconds."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    at = lambda part: 1000 * ordered[max(math.ceil(part * len(ordered)) - 1, 0)]
    return {"p50": at(0.50), "p95": at(0.95), "p99": at(0.99), "max": at(1.0)}


class Client:
    """Sends the texts of a file, one per request, again and again in an order that the seed determines."""

    def __init__(self, session, arguments):
        self.session, self.url, self.pid = session, f"{arguments.url}/api/v1/classify", arguments.pid
        self.seed = arguments.seed
        with arguments.texts.open(encoding="utf-8") as lines:
            texts = [json.loads(line)["text"] for line in lines if line.strip()]
        random.Random(self.seed).shuffle(texts)
        # Encoded in advance, so this program uses little CPU during the measurement.
        self.bodies = [json.dumps({"texts": [text], "store": False}).encode() for text in texts]

    def post(self, body):
        return self.session.post(self.url, data=body, headers={"content-type": "application/json"})

    async def ask(self, body, since, phase):
        try:
            async with self.post(body) as response:
                await response.read()
                outcome = str(response.status)
        except TimeoutError:
            outcome = "timeout"
        except (aiohttp.ClientError, OSError):
            outcome = "failed"
        phase.outcomes[outcome] += 1
        if outcome == "200":
            phase.latencies.append(time.monotonic() - since)

    async def answers(self):
        """Returns label and confidence of the first COMPARED texts."""
        found = []
        for body in self.bodies[:COMPARED]:
            async with self.post(body) as response:
                response.raise_for_status()
                prediction = (await response.json())["predictions"][0]
                found.append([prediction["predicted_label"], prediction["confidence"]])
        return found

    async def closed_loop(self, name, connections, seconds):
        """Each connection sends a request as soon as the last one is answered."""
        bodies, phase = itertools.cycle(self.bodies), Phase(name)

        async def one(until):
            while (now := time.monotonic()) < until:
                await self.ask(next(bodies), now, phase)

        async with Usage(self.pid) as usage:
            until = time.monotonic() + seconds
            await asyncio.gather(*(one(until) for _ in range(connections)))
        return phase.report(usage)

    async def open_loop(self, name, rate, seconds):
        """Sends requests at times that do not depend on the answers."""
        bodies, draw = itertools.cycle(self.bodies), random.Random(self.seed)
        phase, asked = Phase(name, rate), set()
        async with Usage(self.pid) as usage:
            began = due = time.monotonic()
            while (due := due + draw.expovariate(rate)) < began + seconds:
                # Sleeps for 0 seconds if the request is late, so that answers are processed.
                await asyncio.sleep(max(due - time.monotonic(), 0))
                phase.late.append(time.monotonic() - due)
                task = asyncio.create_task(self.ask(next(bodies), due, phase))
                asked.add(task)
                task.add_done_callback(asked.discard)
            await asyncio.gather(*asked)
        return phase.report(usage)


async def wait_ready(session, url, pid):
    """Waits until the server is ready; it may have to load its model."""
    until = time.monotonic() + 300
    while time.monotonic() < until and psutil.pid_exists(pid):
        try:
            async with session.get(f"{url}/readyz") as response:
                if response.status == 200:
                    return
        except (aiohttp.ClientError, TimeoutError):
            pass
        await asyncio.sleep(0.2)
    raise SystemExit(f"the server at `{url}` did not become ready")


async def resting(pid):
    """Returns the memory of the idle server in MiB."""
    await asyncio.sleep(REST_S)
    async with Usage(pid) as usage:
        pass
    return usage.resident[-1]


def say(server, phase):
    latency = ", ".join(f"{name} {value:.0f} ms" for name, value in phase["latency_ms"].items())
    print(f"{server}, {phase['phase']}: {phase['classified_per_second']:.1f} texts/s, {latency}, {phase['outcomes']}", flush=True)


async def measure(client, arguments):
    """Runs all phases, one after another."""
    connections, seconds = arguments.connections, arguments.seconds
    found = {"resident_before_mib": await resting(client.pid), "answers": await client.answers(), "phases": []}

    def keep(phase):
        say(arguments.name, phase)
        found["phases"].append(phase)

    await client.closed_loop("warm-up", connections, min(WARM_UP_S, seconds))
    keep(await client.closed_loop("capacity", connections, seconds))
    capacity = found["capacity"] = found["phases"][0]["classified_per_second"]
    if not capacity:
        raise SystemExit("the server classified no text")
    keep(await client.closed_loop("one client", 1, seconds))
    for name, part in [("half", 0.5), ("full", 0.95), ("overload", arguments.overload)]:
        await asyncio.sleep(REST_S)
        keep(await client.open_loop(name, part * capacity, seconds))
    found["resident_after_mib"] = await resting(client.pid)
    return found


async def run(arguments):
    timeout = aiohttp.ClientTimeout(total=arguments.timeout)
    # Shorter than the keep-alive of the servers: a request on a connection that the server has just closed would fail.
    connector = aiohttp.TCPConnector(limit=arguments.max_connections, keepalive_timeout=2)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        await wait_ready(session, arguments.url, arguments.pid)
        try:
            found = await measure(Client(session, arguments), arguments)
        except (aiohttp.ClientError, TimeoutError, psutil.NoSuchProcess) as error:
            raise SystemExit(f"{arguments.name} did not answer or has ended: {error!r}") from error
    settings = {name: getattr(arguments, name) for name in SETTINGS}
    result = {"server": arguments.name, "settings": settings, **found}
    arguments.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def row(*cells):
    print("| " + " | ".join(cell if isinstance(cell, str) else number(cell) for cell in cells) + " |")


def head(*cells):
    row(*cells)
    row("---", *["---:"] * (len(cells) - 1))


def number(value):
    return "–" if value is None else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def agreement(result, first):
    """Returns how many labels are the same as on the first server, and the maximum difference of the confidences."""
    pairs = list(zip(result["answers"], first["answers"]))
    same = sum(ours[0] == theirs[0] for ours, theirs in pairs)
    apart = max(abs(ours[1] - theirs[1]) for ours, theirs in pairs)
    return f"{same} of {len(pairs)}, {apart:.0e}"


def phase_of(result, name):
    return next(phase for phase in result["phases"] if phase["phase"] == name)


def percentiles(phase):
    return [phase["latency_ms"].get(name) for name in ("p50", "p95", "p99")]


def missing(phase):
    """Returns the number of requests that were not answered with 200."""
    return sum(phase["outcomes"].values()) - phase["outcomes"].get("200", 0)


def latency_table(results):
    heads = [f"{load}: {name}, ms" for load in ("one client", "50 %", "95 %") for name in ("p50", "p95", "p99")]
    head("server", "capacity, texts/s", *heads, "not classified", "same label as the first, max. confidence difference")
    for result in results:
        half, full = phase_of(result, "half"), phase_of(result, "full")
        missed = f"{missing(half)}, {missing(full)}"
        latencies = percentiles(phase_of(result, "one client")) + percentiles(half) + percentiles(full)
        row(result["server"], result["capacity"], *latencies, missed, agreement(result, results[0]))


def overload_table(results):
    kinds = ["200", "429", "5xx", "timeout", "other"]
    head("server", "offered/s", "classified/s", *kinds, "200: p50, ms", "200: p99, ms")
    for result in results:
        phase = phase_of(result, "overload")
        counts = Counter()
        for outcome, count in phase["outcomes"].items():
            kind = "5xx" if outcome.startswith("5") else outcome
            counts[kind if kind in kinds else "other"] += count
        middle, _, worst = percentiles(phase)
        rates = [phase["offered_per_second"], phase["classified_per_second"]]
        row(result["server"], *rates, *(str(counts[kind]) for kind in kinds), middle, worst)


def usage_table(results):
    memory = ["resident before, MiB", "peak", "after", "peak without file-backed pages"]
    head("server", *memory, "cores: server", "cores: load", "sent late: p99, ms")
    for result in results:
        peaks = [max(phase[kind]["peak"] for phase in result["phases"]) for kind in ("resident_mib", "private_mib")]
        full = phase_of(result, "full")
        memory = [result["resident_before_mib"], peaks[0], result["resident_after_mib"], peaks[1]]
        row(result["server"], *memory, *full["cores"].values(), full["sent_late_ms"].get("p99"))


def table(arguments):
    results = [json.loads(path.read_text(encoding="utf-8")) for path in arguments.results]
    settings = results[0]["settings"]
    packages = ["torch", "transformers", "onnxruntime", "fastapi", "uvicorn"]
    notes = [*arguments.note, ", ".join(f"{name} {version(name)}" for name in packages)]
    for note in notes:
        print(f"- {note}")
    print("- " + ", ".join(f"{name} {value}" for name, value in settings.items()))
    for title, draw in [
        ("Latency at fractions of each server's own capacity", latency_table),
        (f"{settings['overload']:g} times the capacity", overload_table),
        ("Memory over all phases; cores and delays of the load generator at 95 %", usage_table),
    ]:
        print(f"\n### {title}\n")
        draw(results)
    report = {"notes": notes, "servers": results}
    arguments.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run")
    one.add_argument("--name", required=True)
    one.add_argument("--url", required=True)
    one.add_argument("--pid", type=int, required=True, help="process id of the server, to measure its memory and CPU time")
    one.add_argument("--texts", type=Path, required=True, help="JSON lines with `text`")
    one.add_argument("--output", type=Path, required=True)
    one.add_argument("--seconds", type=float, default=20, help="duration of each phase")
    one.add_argument("--seed", type=int, default=42)
    one.add_argument("--connections", type=int, default=32, help="connections while the capacity is measured")
    one.add_argument("--overload", type=float, default=5, help="load of the overload phase, in multiples of the capacity")
    one.add_argument("--timeout", type=float, default=30, help="seconds after which a request is cancelled")
    one.add_argument("--max-connections", type=int, default=16000)
    all_of = commands.add_parser("table")
    all_of.add_argument("--note", action="append", default=[])
    all_of.add_argument("--output", type=Path, required=True)
    all_of.add_argument("results", type=Path, nargs="+")
    arguments = parser.parse_args()
    if arguments.command == "table":
        return table(arguments)
    import uvloop

    uvloop.run(run(arguments))


if __name__ == "__main__":
    main()
