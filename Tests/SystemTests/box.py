"""Starts the exchange in a box and talks to it with nothing of ours: Python's own HTTP, a WebSocket of forty lines."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("QUARTET_BIN_DIR", ROOT / ".build" / "debug"))
KEY = "quartetBoxKey000000000000000000000000000000000000000000000000001"
SECRET = "quartetBoxSecret00000000000000000000000000000000000000000000001"
# Nothing here takes a second; who waits that long waits for something that does not come.
PATIENCE = 60


def fail(sentence):
    print(f"FAILED: {sentence}", flush=True)
    raise SystemExit(1)


def check(condition, sentence):
    if not condition:
        fail(sentence)


class Box:
    """One quartet-simulator on a port of the kernel's choice."""

    def __init__(self, *options):
        self.dir = tempfile.TemporaryDirectory(prefix="q-box-")
        ready = Path(self.dir.name) / "ready.json"
        self.log = open(Path(self.dir.name) / "output", "w+")
        self.process = subprocess.Popen(
            [BIN / "quartet-simulator", "--port", "0", "--ready-file", str(ready), *options],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                fail(f"the box did not start: {self.output()}")
            time.sleep(0.02)
        self.addresses = json.loads(ready.read_text())
        self.port = self.addresses["port"]

    def output(self):
        self.log.flush()
        return Path(self.log.name).read_text()

    def request(self, method, path, body=None, headers=None):
        """Status, headers, text; raises where the connection ends without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def get(self, path, **query):
        status, _, text = self.request("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))
        check(status == 200, f"GET {path} {query}: {status} {text}")
        return json.loads(text)

    def admin(self, path, value):
        status, _, text = self.request("POST", path, json.dumps(value))
        check(status == 200, f"POST {path} {value}: {status} {text}")
        return json.loads(text)

    def signed(self, method, path, **query):
        # Good for a minute: a machine may be too busy for Binance's five seconds.
        query["recvWindow"] = 60_000
        query["timestamp"] = self.get("/fapi/v1/time")["serverTime"]
        text = urllib.parse.urlencode(query)
        text += "&signature=" + hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
        headers = {"X-MBX-APIKEY": KEY}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            status, _, answer = self.request(method, path, text, headers)
        else:
            status, _, answer = self.request(method, path + "?" + text, None, headers)
        return status, json.loads(answer)

    def stop(self):
        """Asks it to stop; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            fail("the box does not stop at SIGTERM")
        finally:
            self.log.close()
            self.dir.cleanup()


class WebSocket:
    """A client of RFC 6455, just enough for text and pings."""

    def __init__(self, port, path):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.rest = b""
        head = self.read_until(b"\r\n\r\n")
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        check(b"101" in head.split(b"\r\n")[0] and accept in head, f"no WebSocket at {path}: {head!r}")

    def read_until(self, mark):
        while mark not in self.rest:
            self.rest += self.receive()
        head, _, self.rest = self.rest.partition(mark)
        return head

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the stream is closed")
        return data

    def take(self, count):
        while len(self.rest) < count:
            self.rest += self.receive()
        data, self.rest = self.rest[:count], self.rest[count:]
        return data

    def send(self, text, opcode=1):
        data = text.encode() if isinstance(text, str) else text
        mask = os.urandom(4)
        head = bytes([0x80 | opcode])
        head += bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + struct.pack(">H", len(data))
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def read(self):
        """The next text, as JSON; pings are answered on the way."""
        while True:
            first, second = self.take(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self.take(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self.take(8))
            data = self.take(length)
            opcode = first & 15
            if opcode == 9:
                self.send(data, 10)
            elif opcode == 8:
                raise ConnectionError("the stream is closed")
            elif opcode == 1:
                return json.loads(data)

    def close(self):
        self.socket.close()
