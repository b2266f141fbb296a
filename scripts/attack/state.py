"""Attacks on stored data: erasure, dates, killed uploads, damage, a second server, other users of the machine."""

import json
import shutil
import stat
import subprocess
import time

from client import check
from load import ended
from server import Server, bytes_of, files, holds_text

SECRET = "Mrs Applebaum of 7 Station Road wants her money back"


def erasure(kit):
    """Erases a text by id, text, source and batch; then the state folder must not contain it, even after a backup is restored."""
    state, backup = kit.folder("erasure"), kit.path("backup")
    with Server(kit.programs, kit.model, state) as server:
        client = server.client()
        first = json.loads(client.post("/api/v1/classify", {"text": SECRET, "source": "mail"})[2])["predictions"][0]["id"]
        client.post("/api/v1/classify", {"texts": [SECRET + " now", "fine"], "source": "survey"})
        client.post("/api/v1/corrections", {"prediction_id": first, "label": "bug"})
        rows = [{"text": SECRET}, {"text": "fine"}, {"text": SECRET + " please"}, {"text": "x" * 70_000, "note": SECRET}]
        batch = json.loads(client.upload("a.jsonl", b"".join(json.dumps(row).encode() + b"\n" for row in rows))[2])["id"]
        ended(client, batch)
        check(holds_text(state, SECRET), "the text was not stored before the erasure")
        subprocess.run([kit.programs / "feedback", "backup", "--state-dir", state, "--output", backup], check=True, capture_output=True)
        kinds = [{"text": SECRET}, {"source": "survey"}, {"batch_id": batch}]
        status, _, body = client.send("DELETE", f"/api/v1/history/{first}")
        check(status == 200 and json.loads(body)["predictions"] == 1, f"by id: {status} {body[:200]}")
        for kind in kinds:
            status, _, body = client.post("/api/v1/erasures", kind)
            check(status == 200, f"by {kind}: {status} {body[:200]}")
        check(client.send("DELETE", f"/api/v1/history/{first}")[0] == 404, "a second erasure by the same id is not answered with 404")
        check(not holds_text(state, SECRET), f"the text is still in {holds_text(state, SECRET)}")
        server.end()
    check(not holds_text(state, SECRET), f"the text is in {holds_text(state, SECRET)} after the server ended")
    check(holds_text(backup, SECRET), "the backup does not contain the text")
    subprocess.run([kit.programs / "feedback", "restore", "--state-dir", state, backup], check=True, capture_output=True)
    with Server(kit.programs, kit.model, state) as server:
        status = server.client().get(f"/api/v1/history/{first}")[0]
        check(status == 404, f"an erased prediction is back after the restore: {status}")
        server.end()
    check(not holds_text(state, SECRET), f"the text is back in {holds_text(state, SECRET)} after the restore")
    return "by id, text, source and batch; not in the folder, not after a restore"


def corrections(kit):
    """Undoing a correction by its id undoes no other correction."""
    with Server(kit.programs, kit.tiny, kit.folder("corrections")) as server:
        client = server.client()
        ids = [p["id"] for p in json.loads(client.post("/api/v1/classify", {"texts": ["one", "two", "three"]})[2])["predictions"]]
        made = [json.loads(client.post("/api/v1/corrections", {"prediction_id": i, "label": "bug"})[2]) for i in reversed(ids)]
        status, _, body = client.send("DELETE", f"/api/v1/corrections/{made[0]['id']}")
        check(status in {200, 204}, f"undoing a correction: {status} {body[:200]}")
        left = {item["prediction_id"] for item in json.loads(client.get("/api/v1/corrections")[2])["items"]}
        check(left == set(ids[:2]), f"corrections left: {left}, expected {ids[:2]}")
    return "only the given correction is undone"


def dates(kit):
    """Texts with dates in the years 9999 and 1; the dashboard must still show its charts."""
    with Server(kit.programs, kit.tiny, kit.folder("dates")) as server:
        client = server.client()
        client.post("/api/v1/classify", {"texts": ["now", "also now"]})
        statuses = [client.post("/api/v1/classify", {"text": "later", "created_at": f"{year}-12-31T00:00:00Z"})[0] for year in ("9999", "0001")]
        rows = b'{"text": "far", "created_at": "9999-12-31T00:00:00Z"}\n{"text": "near"}\n'
        ended(client, json.loads(client.upload("dates.jsonl", rows)[2])["id"])
        status, _, body = client.get("/", {"Accept": "text/html"})
        page = client.get("/dashboard", {"Accept": "text/html"})
        check(page[0] == 200 and b"9999" not in page[2], f"the dashboard: {page[0]}")
        check(len(page[2]) < 1 << 20, f"the dashboard has {len(page[2])} bytes")
        check(b"<svg" in page[2], "the dashboard has no chart")
    return f"classify answered {statuses}; the dashboard has its charts"


def killed_uploads(kit):
    """If a server is killed during uploads, their temporary files must be gone after its restart."""
    state = kit.folder("uploads")
    with Server(kit.programs, kit.tiny, state) as server:
        client = server.client("127.0.0.2")
        head = (f"POST /api/v1/batches HTTP/1.1\r\nHost: {server.addr}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                "Content-Length: 90000000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n")
        streams = [client.open() for _ in range(4)]
        for stream in streams:
            stream.settimeout(10)
            stream.sendall(head.encode() + b'{"text": "half an upload"}\n' * 200_000)
        time.sleep(1)
        during = bytes_of(state / "uploads")
        server.kill()
    check(during > 4 << 20, f"the uploads did not reach the disk: {during} bytes")
    with Server(kit.programs, kit.tiny, state) as server:
        left = bytes_of(state / "uploads")
        check(left == 0, f"{left} bytes are left in uploads")
    return f"{during >> 20} MiB during the uploads, 0 after the restart"


def second_server(kit):
    """A second server on the same state folder must refuse to start."""
    state = kit.folder("second")
    with Server(kit.programs, kit.tiny, state) as server:
        second = Server(kit.programs, kit.tiny, state)
        code = second.process.wait(30)
        time.sleep(0.2)
        check(second.addr is None and code != 0, "a second server started on the same folder")
        check(str(server.process.pid) in "".join(second.said), "the message does not name the first server: " + "".join(second.said))
    return f"refused with exit code {code}; the message names the first server"


def private(kit):
    """Other users can read neither the state folder nor a backup."""
    state, backup = kit.folder("private"), kit.path("private-backup")
    with Server(kit.programs, kit.tiny, state) as server:
        client = server.client()
        ended(client, json.loads(client.upload("a.jsonl", b'{"text": "private"}\n')[2])["id"])
        subprocess.run([kit.programs / "feedback", "backup", "--state-dir", state, "--output", backup], check=True, capture_output=True)
    looked = 0
    for folder in (state, backup):
        check(stat.S_IMODE(folder.stat().st_mode) == 0o700, f"{folder} has mode {stat.S_IMODE(folder.stat().st_mode):o}")
        for file in files(folder):
            looked += 1
            if file.parent == folder or "uploads" in file.parts:
                mode = stat.S_IMODE(file.stat().st_mode)
                check(mode & 0o077 == 0, f"{file} has mode {mode:o}")
    return f"{looked} files in folders of mode 700"


def damaged(kit):
    """A damaged page of the database: the readiness probe reports it, undamaged data can be read, and nothing is written."""
    state = kit.folder("damaged")
    with Server(kit.programs, kit.tiny, state) as server:
        client = server.client()
        for part in range(12):
            client.post("/api/v1/classify", {"texts": [f"text {part} {i} " + "word " * 40 for i in range(250)]})
        server.end()
    database = state / "feedback.sqlite"
    data = bytearray(database.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle:middle + 4096] = b"\xff" * 4096
    database.write_bytes(data)
    with Server(kit.programs, kit.tiny, state) as server:
        client = server.client()
        told = {path: client.get(path)[0] for path in ("/livez", "/readyz", "/api/v1/history", "/api/v1/models", "/system")}
        stored = client.post("/api/v1/classify", {"text": "after the damage"})[0]
        unstored = client.post("/api/v1/classify", {"text": "after the damage", "store": False})[0]
        check(told["/livez"] == 200 and told["/readyz"] == 503, f"probes: {told}")
        check(500 not in told.values() and stored == 503, f"{told}, classify {stored}")
        check(unstored == 200, f"classifying without storing: {unstored}")
        check(told["/api/v1/models"] == 200, f"undamaged data cannot be read: {told}")
        server.end()
    check(database.read_bytes() == bytes(data), "the damaged database was changed")
    return f"{told}, classify {stored}, without storing {unstored}"


def models(kit):
    """A model folder with symbolic links, and a truncated copy of a model in the state folder."""
    links, state = kit.path("links"), kit.folder("models")
    links.mkdir()
    for file in kit.tiny.iterdir():
        (links / file.name).symlink_to(file)
    with Server(kit.programs, links, state) as server:
        server.end()
    shutil.rmtree(links)
    kept = [file for file in files(state / "models") if file.name == "model.safetensors"]
    check(len(kept) == 1 and not kept[0].is_symlink() and kept[0].stat().st_size > 10_000, f"copies in the state folder: {kept}")
    good = kept[0].read_bytes()
    with Server(kit.programs, kit.tiny, state) as server:
        server.end()
    kept[0].chmod(0o600)
    kept[0].write_bytes(good[: len(good) // 2])
    with Server(kit.programs, kit.tiny, state) as server:
        check(server.client().post("/api/v1/classify", {"text": "hello"})[0] == 200, "the server does not classify if a copy is truncated")
        server.end()
    return "the files behind symbolic links are copied; a truncated copy is replaced by the good model"


ATTACKS = [erasure, corrections, dates, killed_uploads, second_server, private, damaged, models]
