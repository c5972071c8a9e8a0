"""Starts the real services in a directory of their own and watches them from outside, knowing only docs/wire.md.

Not ours on purpose: Python, pyzmq, sqlite3 and decimal, so that a fault shared by our own code cannot hide.
"""
import json
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from decimal import Decimal, getcontext
from pathlib import Path

import zmq

getcontext().prec = 80
ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("QUARTET_BIN_DIR", ROOT / ".build" / "debug"))
SERVICES = ["feed", "execution", "risk", "strategy"]


def fail(sentence):
    print(f"FAILED: {sentence}", flush=True)
    raise SystemExit(1)


def unframe(data):
    """One frame: 4-byte big-endian length, then that many bytes of UTF-8 JSON."""
    (length,) = struct.unpack(">I", data[:4])
    if length != len(data) - 4:
        fail(f"a frame says {length} bytes and has {len(data) - 4}")
    return json.loads(data[4:].decode("utf-8"))


class Services:
    """The four processes, started one by one or under supervisord, in a temporary directory."""

    def __init__(self, config, name):
        # The path of a Unix socket has at most 107 bytes, so the directory is short.
        self.dir = Path(tempfile.mkdtemp(prefix="q-", dir="/tmp"))
        self.name = name
        self.config = self.dir / "quartet.yaml"
        text = f"data_directory: {self.dir}/data\nrun_directory: {self.dir}/bus\nlog_directory: {self.dir}/log\n" + config
        self.config.write_text(text)
        self.children = {}
        self.context = zmq.Context()
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("QUARTET_")}
        self.env["QUARTET_CONFIG"] = str(self.config)

    def start(self, service):
        out = open(self.dir / f"{service}.out", "ab")
        self.children[service] = subprocess.Popen(
            [BIN / f"quartet-{service}", "--config", str(self.config)], stdout=out, stderr=out, env=self.env, cwd=self.dir)

    def start_all(self):
        for service in SERVICES:
            self.start(service)

    def stop_all(self):
        for service in reversed(SERVICES):
            child = self.children.get(service)
            if child and child.poll() is None:
                child.send_signal(signal.SIGTERM)
                child.wait(timeout=10)
        return {s: c.returncode for s, c in self.children.items()}

    def quartet(self, *args, check=True, timeout=60):
        done = subprocess.run([BIN / "quartet", *args], env=self.env, cwd=self.dir, capture_output=True, text=True, timeout=timeout)
        if check and done.returncode != 0:
            fail(f"quartet {' '.join(args)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def subscriber(self, *services, topics=("",)):
        socket = self.context.socket(zmq.SUB)
        socket.setsockopt(zmq.RCVHWM, 0)
        # A restarted service may say that it is healthy before a patient subscriber has come back.
        socket.setsockopt(zmq.RECONNECT_IVL, 5)
        for service in services:
            socket.connect(f"ipc://{self.dir}/bus/{service}.pub")
        for topic in topics:
            socket.setsockopt(zmq.SUBSCRIBE, topic.encode())
        return socket

    def request(self, service, kind, body=None, timeout=5.0, id=None):
        """Asks like any REQ client; returns the reply's envelope."""
        socket = self.context.socket(zmq.REQ)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVTIMEO, int(timeout * 1000))
        socket.connect(f"ipc://{self.dir}/bus/{service}.rep")
        now = int(time.time() * 1e6)
        message = {"v": 1, "kind": kind, "source": "harness", "session": "harness", "seq": 0, "at": now,
                   "id": id or f"h-{now}-{random.getrandbits(32)}", "expiresAt": now + int(timeout * 1e6), "body": body or {}}
        text = json.dumps(message).encode()
        try:
            socket.send(struct.pack(">I", len(text)) + text)
            return unframe(socket.recv())
        finally:
            socket.close()

    def database(self, name):
        connection = sqlite3.connect(f"file:{self.dir}/data/{name}.sqlite?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        return connection

    def cleanup(self):
        for child in self.children.values():
            if child.poll() is None:
                child.kill()
        self.context.destroy(linger=0)
        if not os.environ.get("QUARTET_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def logs(self, lines=30):
        for path in sorted(self.dir.glob("*.out")):
            print(f"--- {path.name}")
            print("\n".join(path.read_text(errors="replace").splitlines()[-lines:]))


def receive(socket, deadline):
    """The next (topic, envelope), or None when the deadline (time.monotonic) has passed."""
    left = deadline - time.monotonic()
    if left <= 0 or not socket.poll(int(left * 1000)):
        return None
    topic, frame = socket.recv_multipart()
    return topic.decode(), unframe(frame)


def wait_for(socket, condition, seconds, what):
    """Reads facts until one meets the condition; returns it."""
    deadline = time.monotonic() + seconds
    while True:
        message = receive(socket, deadline)
        if message is None:
            fail(f"{what} did not happen within {seconds} s")
        if condition(*message):
            return message


def healthy(service):
    return lambda topic, m: topic == f"health.{service}" and m["body"]["condition"] == "healthy"
