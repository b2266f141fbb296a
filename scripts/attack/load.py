"""Load attacks. All run on the same server, one after another, at the lowest priority, while an honest client sends requests."""

import concurrent.futures
import json
import re
import time

from client import Client, answer_of, check
from server import bytes_of

REFUSED = {0, 408, 413, 429, 503}


def together(n, call):
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        return list(pool.map(call, range(n)))


def count(statuses):
    return ", ".join(f"{statuses.count(status)} times {status or 'closed'}" for status in sorted(set(statuses)))


def keep(client, data, n):
    """Opens `n` connections that send `data` and never read."""
    return [stream for stream in (client.open(data) for _ in range(n)) if stream]


def long_texts(addr, state):
    """Texts of 2 MiB, then many texts of the maximum length, at the same time."""
    client = Client(addr)
    huge = together(12, lambda _: client.post("/api/v1/classify", {"text": "!" * ((2 << 20) - 100)})[0])
    check(set(huge) <= REFUSED, f"a text of 2 MiB: {count(huge)}")
    kinds = ["!" * 65_000, "x" * 65_000, "a b " * 16_000, "é" * 32_000, "[MASK]" * 10_000]
    long = together(40, lambda i: client.post("/api/v1/classify", {"text": kinds[i % len(kinds)]})[0])
    check(set(long) <= REFUSED | {200}, f"a text of 64 KiB: {count(long)}")
    many = together(8, lambda i: client.post("/api/v1/classify", {"texts": [kinds[i % len(kinds)][:8000]] * 256})[0])
    check(set(many) <= REFUSED | {200, 504}, f"256 texts of 8 KiB: {count(many)}")
    return f"2 MiB: {count(huge)}; 64 KiB: {count(long)}; 256 texts: {count(many)}"


def long_rows(addr, state):
    """A file with rows of 1 MiB. If it is accepted, its batch must end with these rows set aside."""
    client = Client(addr)
    rows = b"".join(json.dumps({"text": "!" * (1 << 20)}).encode() + b"\n" for _ in range(48)) + b'{"text": "good"}\n'
    status, _, body = client.upload("rows.jsonl", rows)
    check(status in {201, 400, 413}, f"a file of long rows: {status} {body[:200]}")
    if status != 201:
        return f"refused with {status}"
    batch = ended(client, json.loads(body)["id"])
    check(batch["state"] in {"done", "failed"} and batch["classified"] <= 1, f"the batch ended as {batch}")
    return f"batch {batch['state']}, {batch['classified']} classified"


def ended(client, batch, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status, _, body = client.get(f"/api/v1/batches/{batch}")
        if status == 200 and json.loads(body)["ended_at"]:
            return json.loads(body)
        time.sleep(0.2)
    raise AssertionError(f"batch {batch} does not end")


def never_read(addr, state):
    """Thousands of connections that request an asset again and again, and never read the answers."""
    client = Client(addr)
    data = f"GET /assets/htmx.min.js HTTP/1.1\r\nHost: {addr}\r\n\r\n".encode() * 40
    streams = keep(client, data, 8250)
    time.sleep(5)
    held = len(streams)
    for stream in streams:
        stream.close()
    return f"{held} connections"


def slow_bodies(addr, state):
    """Requests whose body of 1.9 MB is never completed."""
    client = Client(addr)
    head = f"POST /api/v1/classify HTTP/1.1\r\nHost: {addr}\r\nContent-Type: application/json\r\nContent-Length: 1900000\r\n\r\n"
    streams = keep(client, head.encode() + b'{"text": "' + b"x" * 1_800_000, 390)
    time.sleep(3)
    for stream in streams:
        stream.close()
    return f"{len(streams)} bodies"


def slow_heads(addr, state):
    """Connections that send their request head slowly, one byte from time to time."""
    client = Client(addr)
    streams = keep(client, b"GET / HTTP/1.1\r\nHo", 1000)
    for _ in range(4):
        for stream in streams:
            try:
                stream.send(b"s")
            except OSError:
                pass
        time.sleep(1)
    for stream in streams:
        stream.close()
    return f"{len(streams)} heads"


def event_streams(addr, state):
    """Event streams that are never closed."""
    client = Client(addr)
    streams = keep(client, f"GET /events HTTP/1.1\r\nHost: {addr}\r\nAccept: text/event-stream\r\n\r\n".encode(), 768)
    statuses = [answer_of(stream, 5) for stream in streams]
    check(statuses.count(200) <= 16 and set(statuses) <= REFUSED | {200}, f"event streams: {count(statuses)}")
    for stream in streams:
        stream.close()
    return count(statuses)


def wide_files(addr, state):
    """An object with 200,000 keys, and a table with 130,000 columns."""
    client = Client(addr)
    files = {
        "keys.jsonl": json.dumps({f"k{i}": "" for i in range(200_000)}).encode() + b"\n",
        "columns.csv": ",".join(f"c{i}" for i in range(130_000)).encode() + b"\n" + b"," * 129_999 + b"\n",
    }
    told = []
    for name, content in files.items():
        began = time.monotonic()
        status, _, _ = client.upload(name, content, None)
        seconds = time.monotonic() - began
        check(status in {400, 413}, f"{name}: {status}")
        check(seconds < 20, f"{name}: refused after {seconds:.0f} s")
        told.append(f"{name} {status} after {seconds:.1f} s")
    return ", ".join(told)


def staged_views(addr, state):
    """Many page views of an uploaded file of 50 MB whose text column is not chosen yet."""
    client = Client(addr)
    row = json.dumps({"subject": "s" * 80, "body": "it does not work " * 20, "other": "o" * 80}).encode() + b"\n"
    status, _, body = client.upload("large.jsonl", row * (50_000_000 // len(row)), None)
    check(status == 201, f"a file of 50 MB: {status} {body[:200]}")
    batch = json.loads(body)["id"]
    pages = together(30, lambda _: [client.get(f"/batches/{batch}", {"Accept": "text/html"})[0] for _ in range(10)])
    statuses = [status for several in pages for status in several]
    check(set(statuses) <= REFUSED | {200}, f"views: {count(statuses)}")
    return count(statuses)


def unread_exports(addr, state):
    """Exports whose answers are never read."""
    client = Client(addr)
    rows = b"".join(json.dumps({"text": f"row {i} " + "of an export that is long enough to fill a socket " * 8}).encode() + b"\n"
                    for i in range(2000))
    status, _, body = client.upload("export.jsonl", rows)
    check(status == 201, f"a file for the export: {status} {body[:200]}")
    ended(client, json.loads(body)["id"], 300)
    before = bytes_of(state)
    streams = keep(client, f"GET /history/export?format=csv HTTP/1.1\r\nHost: {addr}\r\nAccept: text/csv\r\n\r\n".encode(), 60)
    statuses = [answer_of(stream, 5) for stream in streams]
    time.sleep(3)
    grown = bytes_of(state) - before
    for stream in streams:
        stream.close()
    check(set(statuses) <= REFUSED | {200}, f"exports: {count(statuses)}")
    check(200 in statuses, f"no export was answered: {count(statuses)}")
    check(grown < 16 << 20, f"60 exports that are never read took {grown >> 20} MiB of the state folder")
    return f"{count(statuses)}; {grown >> 10} KiB on the disk"


def lists(addr, state):
    """Many requests for lists of long texts at once."""
    client = Client(addr)
    stored = together(8, lambda i: client.post("/api/v1/classify", {"texts": [f"{i} {j} " + "long " * 10_000 for j in range(8)]})[0])
    statuses = together(64, lambda _: client.get("/api/v1/history?limit=500")[0])
    check(set(statuses) <= REFUSED | {200} and 200 in statuses, f"lists: {count(statuses)}")
    return f"stored {count(stored)}; lists {count(statuses)}"


def large_heads(addr, state):
    """Requests whose head of 400 KB is never completed."""
    client = Client(addr)
    streams = keep(client, f"GET / HTTP/1.1\r\nHost: {addr}\r\nX-A: ".encode() + b"a" * (380 << 10), 3000)
    time.sleep(3)
    for stream in streams:
        stream.close()
    return f"{len(streams)} heads"


def large_part_heads(addr, state):
    """Uploads with a part whose head of 64 MB is never completed."""

    def send(i):
        client = Client(addr, f"127.0.0.{2 + i // 4}")
        head = (f"POST /api/v1/batches HTTP/1.1\r\nHost: {addr}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                f"Content-Length: {65 << 20}\r\n\r\n--b\r\nX-A: ")
        stream = client.open(head.encode())
        stream.settimeout(20)
        try:
            for _ in range(64):
                stream.sendall(b"a" * (1 << 20))
        except OSError:
            pass
        status = answer_of(stream, 5)
        stream.close()
        return status

    statuses = together(8, send)
    check(set(statuses) <= REFUSED | {400}, f"heads of parts: {count(statuses)}")
    return count(statuses)


def rich_rows(addr, state):
    """A file of 60 MB whose rows are lists of numbers, and two downloads of it in each format."""
    client = Client(addr, timeout=300)
    row = b'{"text":"ok so slow","a":[' + b",".join([b"0"] * 500_000) + b"]}\n"
    status, _, body = client.upload("rich.jsonl", row * 60)
    check(status == 201, f"rich rows: {status} {body[:200]}")
    batch = json.loads(body)["id"]
    ended(client, batch)
    downloads = [f"/api/v1/batches/{batch}/results?format={name}" for name in ("parquet", "jsonl", "csv")]
    statuses = [status for path in downloads for status in together(2, lambda _: client.get(path)[0])]
    check(set(statuses) <= {200, 429} and 200 in statuses, f"downloads: {count(statuses)}")
    return f"downloads {count(statuses)}"


def rows_of_keys(addr, state):
    """Rows with 80,000 keys each, which are set aside, and many views of the page that shows the reasons."""
    client = Client(addr)
    row = json.dumps({f"key {i}": 0 for i in range(80_000)}).encode()[: (1 << 20) - 200]
    row = row[: row.rindex(b",")] + b"}\n"
    status, _, body = client.upload("keys.jsonl", b'{"text": "fine"}\n' * 60 + row * 30, "text")
    check(status == 201, f"rows of keys: {status} {body[:200]}")
    batch = json.loads(body)["id"]
    ended(client, batch)
    pages = together(12, lambda _: client.get(f"/batches/{batch}", {"Accept": "text/html"}))
    largest = max(len(page) for _, _, page in pages)
    check(largest < 1 << 20, f"the page has {largest} bytes")
    return f"{count([status for status, _, _ in pages])}; at most {largest >> 10} KiB"


def forms(addr, state):
    """Forms with a million fields."""
    client = Client(addr)
    _, head, page = client.get("/", {"Accept": "text/html"})
    token = re.search(rb'name="csrf" value="([^"]+)"', page).group(1)
    body = b"csrf=" + token + b"&text=so slow&" + b"a&" * 1_000_000
    headers = {"Accept": "text/html", "Cookie": head["set-cookie"].split(";")[0], "Content-Type": "application/x-www-form-urlencoded"}
    statuses = together(32, lambda _: client.send("POST", "/analyze", body, headers)[0])
    check(set(statuses) <= REFUSED, f"forms: {count(statuses)}")
    return count(statuses)


def greedy_reader(addr, state):
    """One client sends 200 expensive requests at the same time."""
    client = Client(addr)
    paths = ["/dashboard", "/api/v1/digest?weeks=52", "/api/v1/history?q=zzzz", "/review", "/history?q=zzzz"]
    statuses = together(200, lambda i: client.get(paths[i % len(paths)], {"Accept": "text/html"})[0])
    check(set(statuses) <= REFUSED | {200} and 200 in statuses, f"reading: {count(statuses)}")
    return count(statuses)


ATTACKS = [long_texts, long_rows, never_read, slow_bodies, slow_heads, event_streams, wide_files, staged_views, unread_exports, lists,
           large_heads, large_part_heads, rich_rows, rows_of_keys, forms, greedy_reader]
