#!/usr/bin/env python3
"""Kills the real messenger at each step of an alert's way to stand-ins of Telegram, Slack, Discord and PagerDuty, starts it again,
and counts what the stand-ins have received: nothing lost; at Telegram and PagerDuty nothing twice; at Slack and Discord at most
one repeat, which says that it is one.

usage: alert_crashes.py
"""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import BIN, Services, fail

# What dies in front of, between and behind everything that belongs together; the second word is the passage.
POINTS = ["decided:1", "before_commit:1", "inside_commit:1", "committed:1", "before_publish:1", "before_publish:3", "heard:1",
          "heard:3", "published:1", "published:3"]


class StandIn:
    """All four APIs behind one port, as far as they are used; keeps what a person would see."""

    def __init__(self):
        self.lock = threading.Lock()
        self.messages = {"telegram": [], "slack": [], "discord": []}
        self.incidents = {}
        self.calls = 0
        self.arrived = threading.Event()
        self.hold = None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = stand_in.answer(self.path, body)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, request, address):
                """A peer that is killed in the middle of a request is what this is about."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, body):
        if path.endswith("/getUpdates"):
            time.sleep(0.05)
            return 200, {"ok": True, "result": []}
        with self.lock:
            self.calls += 1
            if path.endswith("/sendMessage"):
                channel = "telegram"
                self.messages[channel].append(body["text"])
                reply = 200, {"ok": True, "result": {"message_id": len(self.messages[channel])}}
            elif path.endswith("/editMessageReplyMarkup"):
                there = 1 <= body["message_id"] <= len(self.messages["telegram"])
                text = "message is not modified" if there else "message to edit not found"
                return 400, {"ok": False, "description": f"Bad Request: {text}"}
            elif path.endswith("/enqueue"):
                channel = "pagerduty"
                # An incident that is open takes the same event again without telling anybody.
                self.incidents.setdefault(body["dedup_key"], []).append(body["event_action"])
                reply = 202, {"status": "success", "dedup_key": body["dedup_key"]}
            elif "/discord" in path:
                channel = "discord"
                self.messages[channel].append(json.dumps(body["embeds"]))
                reply = 200, {"id": str(len(self.messages[channel]))}
            else:
                channel = "slack"
                self.messages[channel].append(json.dumps(body))
                reply = 200, b"ok"
            held = self.hold == channel
        if held:
            # It has arrived; the answer does not come before the sender has died.
            self.arrived.set()
            time.sleep(60)
        return reply


class Run:
    """One messenger over all its lives, told twice that a service is silent: two alerts a run."""

    def __init__(self, name):
        self.stand_in = StandIn()
        config = f"""
alerts:
  telegram_chat: "-100"
  telegram_url: {self.stand_in.url}
  pagerduty_url: {self.stand_in.url}
  silent_seconds: 1
  slack_severity: info
  discord_severity: info
  pagerduty_severity: info
"""
        self.services = Services(config, name)
        self.services.env |= {"TELEGRAM_BOT_TOKEN": "1:AAsecret", "SLACK_WEBHOOK_URL": self.stand_in.url + "/slack/secret",
                              "DISCORD_WEBHOOK_URL": self.stand_in.url + "/discord/secret", "PAGERDUTY_ROUTING_KEY": "AAsecret"}

    def start(self, fault=None):
        self.services.env.pop("QUARTET_TEST_FAULT", None)
        if fault:
            self.services.env["QUARTET_TEST_FAULT"] = fault
        self.services.start("alerts")
        return self.services.children["alerts"]

    def wait(self, what, condition, seconds=120):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                self.services.logs()
                fail(f"{self.services.name}: {what} did not happen within {seconds} s")
            time.sleep(0.02)

    def rows(self, sql):
        try:
            connection = self.services.database("alerts")
            try:
                return connection.execute(sql).fetchall()
            finally:
                connection.close()
        except sqlite3.OperationalError:
            return []

    def settled(self):
        """Four services are silent: four alerts, sixteen deliveries, none of them under way."""
        states = [row[0] for row in self.rows("SELECT state FROM deliveries")]
        return len(states) == 16 and all(state in ("delivered", "parked") for state in states)

    def judge(self):
        name = self.services.name
        for row in self.rows("SELECT id, channel, fault FROM deliveries WHERE state = 'parked'"):
            fail(f"{name}: {row[0]} was given up: {row[2]}")
        for service in ("feed", "execution", "risk", "strategy"):
            word = f"Service silent: {service}"
            for channel, texts in self.stand_in.messages.items():
                seen = [text for text in texts if word in text]
                repeats = [text for text in seen if "(possibly repeated)" in text]
                if not seen:
                    fail(f"{name}: {channel} was never told of {service}")
                if len(seen) - len(repeats) > 1 or len(repeats) > 1:
                    fail(f"{name}: {channel} was told {len(seen)} times of {service}, {len(repeats)} marked: {seen}")
                # The first message ever has no predecessor whose number is known.
                if channel == "telegram" and len(seen) > 1 and seen[0] != texts[0]:
                    fail(f"{name}: telegram was told twice of {service}")
        triggered = [key for key, actions in self.stand_in.incidents.items() if "trigger" in actions]
        if len(triggered) != 4:
            fail(f"{name}: PagerDuty has {len(triggered)} incidents, not four: {triggered}")
        for path in self.services.dir.rglob("*"):
            if path.is_file() and b"AAsecret" in path.read_bytes():
                fail(f"{name}: {path} holds a secret")

    def close(self):
        child = self.services.children["alerts"]
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            child.wait(timeout=60)
        self.services.cleanup()
        self.stand_in.server.shutdown()


RUNS = []


def at_point(fault):
    run = Run(fault)
    RUNS.append(run)
    child = run.start(fault)
    run.wait("the fault", lambda: child.poll() is not None)
    if child.returncode != -signal.SIGKILL:
        run.services.logs()
        fail(f"{fault}: it ended with {child.returncode}, not by the fault")
    run.start()
    run.wait("delivery after the restart", run.settled)
    run.judge()
    repeats = sum("(possibly repeated)" in text for texts in run.stand_in.messages.values() for text in texts)
    run.close()
    return repeats


def while_under_way(channel):
    """The channel has the message, its answer is not there yet: nobody but the channel can know."""
    run = Run(f"under way to {channel}")
    RUNS.append(run)
    run.stand_in.hold = channel
    child = run.start()
    if channel == "telegram":
        # The first message ever has no predecessor whose number is known, so that one is let through first.
        run.stand_in.hold = None
        run.wait("the first message", lambda: len(run.stand_in.messages["telegram"]) >= 1)
        run.stand_in.hold = channel
    if not run.stand_in.arrived.wait(120):
        run.services.logs()
        fail(f"{channel} was sent nothing")
    child.kill()
    child.wait()
    run.stand_in.hold = None
    run.start()
    run.wait("delivery after the restart", run.settled)
    run.judge()
    seen = {name: len(texts) for name, texts in run.stand_in.messages.items()}
    run.close()
    return seen


def main():
    repeats = 0
    for fault in POINTS:
        repeats += at_point(fault)
    print(f"killed at {len(POINTS)} points: nothing lost, {repeats} messages of {len(POINTS) * 12} came twice, each marked")
    for channel in ("telegram", "slack", "discord", "pagerduty"):
        seen = while_under_way(channel)
        print(f"killed while {channel} had the message and had not answered: {seen}")


if __name__ == "__main__":
    try:
        main()
    finally:
        # A run that failed leaves nothing behind.
        for left in RUNS:
            for child in left.services.children.values():
                if child.poll() is None:
                    child.kill()
            left.services.cleanup()
