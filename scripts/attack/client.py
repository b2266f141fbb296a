"""A client with its own address, for requests that an ordinary HTTP library would not send."""

import contextlib
import http.client
import json
import socket
import uuid

HONEST = "127.0.0.1"
ATTACKER = "127.0.0.2"


class Fell(AssertionError):
    """A check failed."""


def check(holds, message):
    if not holds:
        raise Fell(message)


class Client:
    """Sends each request on a new connection from `source`."""

    def __init__(self, addr, source=ATTACKER, timeout=60):
        self.host, port = addr.split(":")
        self.port = int(port)
        self.addr = addr
        self.source = source
        self.timeout = timeout

    def send(self, method, path, body=None, headers=None):
        """Returns status, headers (lower case) and body; status 0 if the server closed the connection without an answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout, source_address=(self.source, 0))
        with contextlib.closing(connection):
            try:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    # A refusal may come before the body is sent.
                    connection.request(method, path, body, headers or {})
                answer = connection.getresponse()
                data = answer.read()
            except (OSError, http.client.HTTPException):
                return 0, {}, b""
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, data

    def get(self, path, headers=None):
        return self.send("GET", path, None, headers)

    def post(self, path, value, headers=None):
        return self.send("POST", path, json.dumps(value), {"Content-Type": "application/json", **(headers or {})})

    def upload(self, name, content, text_field="text"):
        """Uploads a file; without `text_field`, the batch waits until the field is chosen."""
        boundary = uuid.uuid4().hex
        parts = []
        if text_field is not None:
            parts.append(f'Content-Disposition: form-data; name="text_field"\r\n\r\n{text_field}'.encode())
        parts.append(f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + content)
        body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
        body += b"--" + boundary.encode() + b"--\r\n"
        return self.send("POST", "/api/v1/batches", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def open(self, data=b""):
        """Opens a connection and sends `data`, as far as the server accepts it; returns None if the connection is refused."""
        try:
            stream = socket.create_connection((self.host, self.port), 5, (self.source, 0))
        except OSError:
            return None
        stream.settimeout(0.2)
        with contextlib.suppress(OSError):
            stream.sendall(data)
        return stream


def answer_of(stream, seconds=10):
    """Returns the status of the answer on an open connection; 0 if the connection was closed."""
    stream.settimeout(seconds)
    try:
        line = stream.recv(64).split(b" ")
    except OSError:
        return 0
    return int(line[1]) if len(line) > 1 else 0
