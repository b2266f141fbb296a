"""The honest client, whose requests must succeed during all attacks."""

import statistics
import threading
import time

from client import HONEST, Client


KINDS = ("livez", "classify", "history")


class Honest:
    """Repeatedly requests `/livez`, classifies one text and reads the history; records status and time of each request."""

    def __init__(self, addr):
        self.client = Client(addr, HONEST, timeout=30)
        self.seen = []
        self.running = True
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()

    def _ask(self):
        while self.running:
            for name in KINDS:
                began = time.monotonic()
                if name == "livez":
                    status, _, _ = self.client.get("/livez")
                elif name == "history":
                    status, _, _ = self.client.get("/api/v1/history?limit=5")
                else:
                    status, _, _ = self.client.post("/api/v1/classify", {"text": "the app crashes when I open the camera"})
                self.seen.append((name, status, time.monotonic() - began))
            time.sleep(0.05)

    def stop(self):
        self.running = False
        self.thread.join()
        return Seen(self.seen)


class Seen:
    def __init__(self, seen):
        self.refused = [(name, status) for name, status, _ in seen if status != 200]
        self.times = {name: sorted(t for n, _, t in seen if n == name) for name in KINDS}

    def quantile(self, name, p):
        times = self.times[name]
        return times[min(len(times) - 1, int(p * len(times)))] * 1000

    def __str__(self):
        parts = []
        for name, times in self.times.items():
            median = statistics.median(times) * 1000
            parts.append(f"{name} {median:.0f} / {self.quantile(name, 0.99):.0f} / {times[-1] * 1000:.0f} ms")
        return ", ".join(parts) + f" (median / p99 / worst of {len(self.times['livez'])})"
