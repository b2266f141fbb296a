"""Attacks on keys, sessions and origins."""

import json
import re
import time
import urllib.parse

from client import Client, check
from server import Server

OWNER, READER = "a-key-that-does-it-all", "a-key-that-only-reads"
HTML = {"Accept": "text/html"}


def _with_keys(kit, name, *more):
    keys = kit.path(f"{name}.keys")
    keys.write_text(f"{OWNER} name=olga\n{READER} name=rita role=read\n")
    return keys, Server(kit.programs, kit.tiny, kit.folder(name), "--api-key-file", keys, *more)


def _log_in(client, key):
    _, head, page = client.get("/login", HTML)
    visitor = head["set-cookie"].split(";")[0]
    token = re.search(rb'name="csrf" value="([^"]+)"', page).group(1).decode()
    form = urllib.parse.urlencode({"csrf": token, "key": key})
    headers = {**HTML, "Cookie": visitor, "Content-Type": "application/x-www-form-urlencoded"}
    status, head, _ = client.send("POST", "/login", form, headers)
    check(status == 303 and "set-cookie" in head, f"the login failed: {status}")
    return f"{visitor}; {head['set-cookie'].split(';')[0]}", token


def sessions(kit):
    """A session cookie is refused after the logout, and after the API key of the session was removed."""
    keys, server = _with_keys(kit, "sessions")
    with server:
        client = server.client()
        cookie, _ = _log_in(client, OWNER)
        headers = {**HTML, "Cookie": cookie}
        status, _, page = client.get("/history", headers)
        check(status == 200, f"a logged-in client is refused: {status}")
        token = re.search(rb'name="csrf" value="([^"]+)"', page).group(1).decode()
        form = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        client.send("POST", "/logout", urllib.parse.urlencode({"csrf": token}), form)
        after_logout = client.get("/history", headers)[0]
        cookie, _ = _log_in(client, OWNER)
        headers = {**HTML, "Cookie": cookie}
        check(client.get("/models", headers)[0] == 200, "a client that logged in again is refused")
        keys.write_text(f"{READER} name=rita role=read\n")
        time.sleep(1.1)
        after_removal = client.get("/models", headers)[0]
        promoted = client.send("POST", "/api/v1/models/x/promote", "", {"Cookie": cookie})[0]
        check((after_logout, after_removal) == (303, 303), f"after the logout: {after_logout}, after the removal of the key: {after_removal}")
        check(promoted in {401, 403}, f"a removed key can still promote a model: {promoted}")
        # A key that is added again does not bring its old sessions back.
        keys.write_text(f"{OWNER} name=olga\n")
        time.sleep(1.1)
        again = client.get("/models", headers)[0]
        check(again == 303, f"an old session is valid again with its key: {again}")
    return "sessions end with the logout or the removal of the key, and stay ended if the key is added again"


def guesses(kit):
    """Guesses keys as fast as possible: only a few guesses are checked, and the owner's key is still accepted."""
    _, server = _with_keys(kit, "guesses")
    with server:
        attacker = Client(server.addr)
        began, statuses = time.monotonic(), []
        while time.monotonic() - began < 5:
            statuses.append(attacker.get("/api/v1/models", {"Authorization": f"Bearer wrong-key-number-{len(statuses):06}"})[0])
        check(statuses.count(401) <= 12 and set(statuses) == {401, 429}, f"{statuses.count(401)} guesses in 5 s")
        status = server.client().get("/api/v1/models", {"Authorization": f"Bearer {OWNER}"})[0]
        check(status == 200, f"the owner is shut out by the guesses of others: {status}")
    return f"{statuses.count(401)} of {len(statuses)} guesses in 5 s were checked"


def roles(kit):
    """A read-only key is refused all requests that change data."""
    _, server = _with_keys(kit, "roles")
    with server:
        client = server.client()
        key = {"Authorization": f"bearer {READER}", "Content-Type": "application/json"}
        calls = [("DELETE", "/api/v1/history/1", ""), ("POST", "/api/v1/erasures", '{"text": "a"}'), ("POST", "/api/v1/trainings", "{}"),
                 ("POST", "/api/v1/models/roll-back", ""), ("POST", "/api/v1/corrections", '{"prediction_id": 1, "label": "bug"}'),
                 ("POST", "/api/v1/batches", ""), ("DELETE", "/api/v1/batches/1", "")]
        statuses = {f"{method} {path}": client.send(method, path, body, key)[0] for method, path, body in calls}
        check(set(statuses.values()) == {403}, f"answers to a read-only key: {statuses}")
        check(client.get("/api/v1/history", key)[0] == 200, "`bearer` in lower case is refused")
    return f"{len(statuses)} calls, each 403; `bearer` in lower case is accepted"


def origins(kit):
    """Two `Host` headers, cross-site requests, DNS rebinding."""
    with Server(kit.programs, kit.tiny, kit.folder("origins")) as server:
        client = server.client()
        cross = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
        statuses = [client.get(path, cross)[0] for path in ("/history/export?format=csv", "/batches", "/api/v1/history", "/events")]
        check(set(statuses) == {403}, f"cross-site: {statuses}")
        stream = client.open(f"GET /api/v1/models HTTP/1.1\r\nHost: {server.addr}\r\nHost: evil.example\r\n\r\n".encode())
        stream.settimeout(5)
        line = stream.recv(64)
        check(line.startswith(b"HTTP/1.1 400"), f"two `Host` headers: {line}")
        rebound = client.get("/api/v1/models", {"Host": "evil.example"})[0]
        check(rebound == 421, f"a foreign host name is accepted: {rebound}")
        form = client.send("POST", "/api/v1/models/roll-back", "", {"Origin": "http://evil.example"})[0]
        check(form == 403, f"a request from another origin is accepted: {form}")
    return "all refused"


def proxies(kit):
    """Behind a trusted proxy each user has a separate rate limit; an address forwarded by any other client is ignored."""
    with Server(kit.programs, kit.tiny, kit.folder("proxies"), "--trusted-proxy", "127.0.0.3", "--rate-limit", "5") as server:
        proxy, liar = Client(server.addr, "127.0.0.3"), Client(server.addr, "127.0.0.4")
        first = [proxy.get("/api/v1/models", {"X-Forwarded-For": "192.0.2.1"})[0] for _ in range(60)]
        second = proxy.get("/api/v1/models", {"X-Forwarded-For": "192.0.2.2"})[0]
        lies = [liar.get("/api/v1/models", {"X-Forwarded-For": f"192.0.2.{i}"})[0] for i in range(60)]
        check(429 in first and second == 200, f"behind a proxy: {set(first)}, another user {second}")
        check(429 in lies, "a forged address is accepted")
    return "each user has a rate limit behind a trusted proxy; a forged address is ignored"


def training_form(kit):
    """Impossible training settings, such as a batch of 100,000,000 texts or a learning rate of NaN."""
    with Server(kit.programs, kit.tiny, kit.folder("form"), "--train-data", kit.data) as server:
        client = server.client()
        wrong = ['{"per_device_train_batch_size": 100000000}', '{"learning_rate": NaN}', '{"learning_rate": 1e308}', '{"learning_rate": -1}',
                 '{"num_train_epochs": 1000000000}', '{"seed": -1}']
        statuses = [client.send("POST", "/api/v1/trainings", body, {"Content-Type": "application/json"})[0] for body in wrong]
        check(set(statuses) <= {400, 422}, f"{dict(zip(wrong, statuses))}")
        check(json.loads(client.get("/api/v1/trainings")[2]) in ([], {"items": []}), "a training was created")
    return f"{len(wrong)} impossible settings refused"


ATTACKS = [sessions, guesses, roles, origins, proxies, training_form]
