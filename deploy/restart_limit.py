#!/usr/bin/env python3
"""Watches over supervisord's restarts: quick the first times, then ever slower, then not at all.

supervisord runs this as an event listener (http://supervisord.org/events.html). It does four things:

  * It answers every event at once. supervisord's loop sleeps up to a second, and a respawn waits for its next turn; an
    event it can deliver is such a turn.
  * It waits on a pidfd of every service and touches supervisord's socket when one dies, for the same reason.
  * It counts deaths. Up to a third of the limit supervisord's own immediate restart stands; from there on the service is
    held down for 0.5, 1, 2, … s before it is started again; at the limit it is stopped for good.
  * It says so, in one sentence a time on standard error, and leaves the reason in <data_directory>/<service>.down until
    the service is started again.

From the environment: QUARTET_RESTART_LIMIT (deaths within the window, 10), QUARTET_RESTART_WINDOW_SECONDS (60),
QUARTET_SUPERVISOR_DATA (where the .down files go), SUPERVISOR_SERVER_URL (set by supervisord).
Only the standard library, so that `python3 -I -S` will do.
"""
import os
import select
import socket
import sys
import time

GROUP = "quartet"
CURABLE = {0: "by itself, in good order", 64: "over its command line", 65: "over its data", 78: "over its configuration"}


class RestartLimit:
    """Decides what becomes of a service that has died. Pure: time is an argument, in seconds of any steady clock."""

    def __init__(self, limit=10, window=60.0, first_delay=0.5):
        if limit < 1 or window <= 0:
            raise ValueError("a restart limit is at least 1 death in a window longer than 0 s")
        self.limit = limit
        self.window = window
        self.first_delay = first_delay
        self.grace = limit // 3
        self.deaths = {}

    def died(self, name, now):
        """("restart", 0), ("wait", seconds) or ("give up", 0)."""
        recent = [t for t in self.deaths.get(name, []) if now - t < self.window] + [now]
        self.deaths[name] = recent
        if len(recent) >= self.limit:
            return "give up", 0.0
        if len(recent) <= self.grace:
            return "restart", 0.0
        delay = self.first_delay * 2 ** min(len(recent) - self.grace - 1, 20)
        return "wait", min(delay, self.window / 4)

    def count(self, name):
        return len(self.deaths.get(name, []))

    def forget(self, name):
        """A person has started it again: it begins with a clean record."""
        self.deaths.pop(name, None)


class Events:
    """Takes events out of the bytes supervisord writes."""

    def __init__(self):
        self.buffer = b""

    def feed(self, data):
        """The complete events in what has arrived so far, as (name, fields) pairs."""
        self.buffer += data
        events = []
        while True:
            line, newline, rest = self.buffer.partition(b"\n")
            if not newline:
                return events
            header = fields_of(line.decode())
            length = int(header["len"])
            if len(rest) < length:
                return events
            payload = rest[:length].decode(errors="replace")
            self.buffer = rest[length:]
            events.append((header["eventname"], fields_of(payload.split("\n", 1)[0])))


def again(name):
    """The command that starts a service again by hand: `quartet restart` is for the services, the exchange in a box comes with `quartet up`."""
    return "quartet up" if name == "simulator" else f"quartet restart {name}"


def fields_of(line):
    """`a:1 b:2` as a dictionary."""
    return dict(word.split(":", 1) for word in line.split() if ":" in word)


class Supervisor:
    """supervisord behind its socket."""

    def __init__(self, url):
        self.path = url[len("unix://"):] if url.startswith("unix://") else None
        self.proxy = None

    def connect(self):
        """Makes the XML-RPC client; its modules take a while to load, so that they are not at the start."""
        import http.client
        import xmlrpc.client

        path = self.path

        class Connection(http.client.HTTPConnection):
            def connect(self):
                self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self.sock.settimeout(5)
                try:
                    self.sock.connect(path)
                except OSError:
                    self.sock.close()
                    raise

        class Transport(xmlrpc.client.Transport):
            def make_connection(self, host):
                self._connection = host, Connection(host)  # where close() finds it
                return self._connection[1]

        self.proxy = xmlrpc.client.ServerProxy("http://localhost", transport=Transport())
        self.refusals = (OSError, xmlrpc.client.Error, http.client.HTTPException)

    def touch(self):
        """Wakes supervisord's loop, nothing else."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wake:
                wake.settimeout(1)
                wake.connect(self.path)
        except (OSError, TypeError):
            pass

    def call(self, method, *arguments):
        """The answer, or None where supervisord refuses or is on its way out."""
        if self.path is None:
            return None
        if self.proxy is None:
            self.connect()
        try:
            return getattr(self.proxy.supervisor, method)(*arguments)
        except self.refusals:
            return None
        finally:
            self.proxy("close")()

    def stop(self, name):
        return self.call("stopProcess", f"{GROUP}:{name}", False)

    def start(self, name):
        return self.call("startProcess", f"{GROUP}:{name}", False)

    def info(self, name):
        return self.call("getProcessInfo", f"{GROUP}:{name}") or {}


class Listener:
    """Turns events into what is done about them."""

    def __init__(self, limit, supervisor, data, say):
        self.limit = limit
        self.supervisor = supervisor
        self.data = data
        self.say = say
        self.held = {}  # service -> when it is started again
        self.starting = set()  # started by us, the event is on its way
        self.given_up = set()
        self.pids = {}  # pidfd -> service

    def take(self, event, fields, now):
        name, group = fields.get("processname", ""), fields.get("groupname", "")
        if group != GROUP:
            return
        if event == "PROCESS_STATE_STARTING":
            if name in self.starting:
                self.starting.discard(name)
            elif fields.get("from_state") in ("STOPPED", "FATAL", "UNKNOWN"):
                self.started_by_hand(name)
        elif event == "PROCESS_STATE_RUNNING":
            self.watch(name, int(fields.get("pid", 0)))
        elif event == "PROCESS_STATE_EXITED" and fields.get("expected") == "1":
            self.ended(name)
        elif event == "PROCESS_STATE_EXITED":
            self.died(name, now)
        elif event == "PROCESS_STATE_FATAL":
            self.mark(name, f"{name} cannot be started at all and stays down: see supervisord.log, then {again(name)}.")
        elif event == "PROCESS_STATE_STOPPED" and fields.get("from_state") == "STOPPING" and name not in self.held:
            if name not in self.given_up:
                self.limit.forget(name)

    def died(self, name, now):
        verdict, delay = self.limit.died(name, now)
        count, most, window = self.limit.count(name), self.limit.limit, self.limit.window
        if verdict == "restart":
            self.say(f"{name} died and was started again ({count} of {most} in {window:g} s); why is in {name}.console.log.")
            return
        if verdict == "wait":
            self.held[name] = now + delay
            self.note(name + ".held", "")
            self.supervisor.stop(name)
            self.say(f"{name} died and is started again in {delay:g} s ({count} of {most} in {window:g} s); why is in {name}.console.log.")
            return
        self.held.pop(name, None)
        self.given_up.add(name)
        self.supervisor.stop(name)
        self.mark(name, f"{name} died {count} times in {window:g} s and stays down: see {name}.console.log, then {again(name)}.")

    def ended(self, name):
        status = self.supervisor.info(name).get("exitstatus", 0)
        why = CURABLE.get(status, f"with status {status}")
        sentence = f"{name} ended {why} (status {status}) and stays down: see {name}.console.log, then {again(name)}."
        if status == 0:
            self.say(sentence)
        else:
            self.mark(name, sentence)

    def started_by_hand(self, name):
        self.limit.forget(name)
        self.held.pop(name, None)
        self.remove(name + ".held")
        self.given_up.discard(name)
        self.remove(name + ".down")

    def start_due(self, now):
        """Starts what has waited long enough. Seconds until the next is due, or None."""
        for name in [n for n, due in self.held.items() if due <= now]:
            state = self.supervisor.info(name).get("statename")
            if state in ("RUNNING", "STARTING", "STOPPING"):
                # The stop came between two lives, or is under way.
                if state != "STOPPING":
                    self.supervisor.stop(name)
                self.held[name] = now + 0.1
                continue
            self.starting.add(name)
            del self.held[name]
            self.remove(name + ".held")
            if self.supervisor.start(name) is None:
                self.starting.discard(name)
        waits = [max(0.0, due - now) for due in self.held.values()]
        return min(waits) if waits else None

    def recover(self, now):
        """After a start of our own: what runs is watched, what was held down is started."""
        for info in self.supervisor.call("getAllProcessInfo") or []:
            if info.get("group") != GROUP:
                continue
            if info.get("pid"):
                self.watch(info["name"], info["pid"])
            if os.path.exists(self.file(info["name"] + ".held")):
                self.held[info["name"]] = now

    def watch(self, name, pid):
        self.forget_pid(name)
        try:
            self.pids[os.pidfd_open(pid)] = name
        except (OSError, AttributeError):
            self.supervisor.touch()  # Gone already, or a Python before 3.9, which notices a little later.

    def forget_pid(self, name):
        for fd in [fd for fd, owner in self.pids.items() if owner == name]:
            self.gone(fd)

    def gone(self, fd):
        """The process behind a pidfd is gone."""
        if self.pids.pop(fd, None) is not None:
            os.close(fd)

    def file(self, name):
        return os.path.join(self.data, name)

    def mark(self, name, sentence):
        self.say(sentence)
        self.note(name + ".down", sentence + "\n")

    def note(self, name, text):
        try:
            # Whole or not there: somebody may be waiting for it.
            half = self.file(name) + ".half"
            fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "w") as out:
                out.write(text)
            os.rename(half, self.file(name))
        except OSError as error:
            self.say(f"{self.file(name)} cannot be written ({error.strerror}).")

    def remove(self, name):
        try:
            os.unlink(self.file(name))
        except OSError:
            pass


def number(name, standard, convert):
    """A positive number from the environment; anything else is told and replaced by the standard."""
    text = os.environ.get(name, "")
    try:
        value = convert(text) if text else standard
        if value > 0:
            return value
    except ValueError:
        pass
    say(f"{name} is \"{text}\" but must be a number above 0; {standard} is used.")
    return standard


def say(sentence):
    sys.stderr.write(time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime()) + sentence + "\n")
    sys.stderr.flush()


def main():
    if "SUPERVISOR_SERVER_URL" not in os.environ:
        sys.stderr.write("restart_limit.py is run by supervisord as an event listener: see deploy/supervisord.conf.\n")
        return 64
    limit = RestartLimit(number("QUARTET_RESTART_LIMIT", 10, int), number("QUARTET_RESTART_WINDOW_SECONDS", 60.0, float))
    supervisor = Supervisor(os.environ["SUPERVISOR_SERVER_URL"])
    listener = Listener(limit, supervisor, os.environ.get("QUARTET_SUPERVISOR_DATA", "."), say)
    events = Events()
    os.write(1, b"READY\n")
    recovery = time.monotonic() + 2
    while True:
        now = time.monotonic()
        if recovery and now >= recovery:
            recovery = None
            listener.recover(now)
        patience = listener.start_due(now)
        if recovery:
            patience = min(recovery - now, patience if patience is not None else 60)
        poller = select.poll()
        for fd in [0, *listener.pids]:
            poller.register(fd, select.POLLIN)
        for fd, _ in poller.poll(None if patience is None else patience * 1000):
            if fd != 0:
                listener.gone(fd)
                supervisor.touch()
                continue
            data = os.read(0, 65536)
            if not data:
                return 0  # supervisord is gone.
            for event, fields in events.feed(data):
                os.write(1, b"RESULT 2\nOKREADY\n")
                listener.take(event, fields, time.monotonic())


if __name__ == "__main__":
    sys.exit(main())
