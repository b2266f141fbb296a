"""Starts, monitors and ends the server under attack."""

import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

from client import HONEST, Client, check


class Server:
    """A running `serve`; as a context manager, it is killed at the end."""

    def __init__(self, programs, model, state, *more, open_files=None):
        self.state = pathlib.Path(state)
        self.addr = None
        self.said = []
        limit = (lambda: _limit_files(open_files)) if open_files else None
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FEEDBACK_")}
        self.process = subprocess.Popen(
            [programs / "serve", "--model", model, "--state-dir", state, "--addr", "127.0.0.1:0", "--log", "warn", *more],
            stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=limit,
        )
        lines = queue.Queue()
        threading.Thread(target=self._read, args=(lines,), daemon=True).start()
        deadline = time.monotonic() + 60
        while self.addr is None and self.process.poll() is None and time.monotonic() < deadline:
            try:
                line = lines.get(timeout=0.1)
            except queue.Empty:
                continue
            if line.startswith("listening on http://"):
                self.addr = line.removeprefix("listening on http://").strip()

    def _read(self, lines):
        for line in self.process.stderr:
            self.said.append(line)
            lines.put(line)

    def started(self):
        check(self.addr is not None, "the server did not start: " + "".join(self.said))
        return self

    def client(self, source=HONEST, timeout=60):
        return Client(self.addr, source, timeout)

    def peak(self):
        """Returns the peak memory of the server in MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) >> 10

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def __enter__(self):
        return self.started()

    def __exit__(self, *_):
        self.kill()


def _limit_files(n):
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))


def files(folder):
    """Yields all files below a folder. Folders that vanish during the walk are left out."""
    for root, _, names in os.walk(folder):
        for name in names:
            yield pathlib.Path(root, name)


def bytes_of(folder):
    total = 0
    for file in files(folder):
        try:
            total += file.lstat().st_size
        except FileNotFoundError:
            pass
    return total


def holds_text(folder, text):
    """Returns the files below `folder` that contain the bytes of `text`."""
    return [str(file) for file in files(folder) if text.encode() in file.read_bytes()]
