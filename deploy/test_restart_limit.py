#!/usr/bin/env python3
"""Proves restart_limit.py: its decisions as tables, its protocol, and the whole of it under a real supervisord.

usage: python3 deploy/test_restart_limit.py      (status 0 where all holds; the part with supervisord is skipped without one)
"""
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from restart_limit import Events, Listener, RestartLimit, Supervisor, fields_of  # noqa: E402

DEPLOY = Path(__file__).resolve().parent
SERVICES = ["feed", "execution", "risk", "strategy"]


class Decisions(unittest.TestCase):
    def test_a_third_of_the_limit_restarts_at_once_then_ever_slower_then_never(self):
        limit = RestartLimit(limit=10, window=60)
        decisions = [limit.died("risk", float(t)) for t in range(11)]
        self.assertEqual(
            decisions,
            [("restart", 0)] * 3 + [("wait", 0.5), ("wait", 1), ("wait", 2), ("wait", 4), ("wait", 8), ("wait", 15)] + [("give up", 0)] * 2)

    def test_a_loop_of_crashes_reaches_the_limit_within_the_window_although_it_is_slowed_down(self):
        limit, now = RestartLimit(), 0.0
        for _ in range(100):
            verdict, delay = limit.died("risk", now)
            if verdict == "give up":
                break
            now += delay + 0.5
        self.assertEqual(verdict, "give up")
        self.assertLess(now, 60)

    def test_deaths_that_are_far_apart_never_add_up(self):
        limit = RestartLimit(limit=10, window=60)
        self.assertEqual({limit.died("risk", t * 61.0)[0] for t in range(50)}, {"restart"})

    def test_services_do_not_share_a_record_and_a_start_by_hand_begins_anew(self):
        limit = RestartLimit(limit=3, window=60)
        for t in range(2):
            limit.died("risk", float(t))
        self.assertEqual(limit.died("feed", 2.0)[0], "restart")
        self.assertEqual(limit.died("risk", 2.0)[0], "give up")
        limit.forget("risk")
        self.assertEqual(limit.died("risk", 3.0)[0], "restart")

    def test_the_smallest_limit_gives_up_at_the_first_death(self):
        self.assertEqual(RestartLimit(limit=1).died("risk", 0.0), ("give up", 0))
        for limit, window in [(0, 60), (10, 0)]:
            with self.assertRaises(ValueError):
                RestartLimit(limit=limit, window=window)

    def test_for_every_history_no_more_deaths_than_the_limit_are_restarted_within_a_window(self):
        for seed in range(300):
            chance = random.Random(seed)
            limit = RestartLimit(limit=chance.randint(1, 12), window=60)
            now, restarted = 0.0, []
            for _ in range(100):
                now += chance.choice([0.01, 1, 10, 100])
                verdict, delay = limit.died("risk", now)
                if verdict != "give up":
                    restarted.append(now)
                    self.assertTrue(0 <= delay <= 15, f"seed {seed}")
                self.assertLess(len([t for t in restarted if now - t < 60]), max(1, limit.limit), f"seed {seed}")


class Protocol(unittest.TestCase):
    @staticmethod
    def event(name, payload):
        return f"ver:3.0 server:quartet serial:1 pool:restart_limit poolserial:1 eventname:{name} len:{len(payload)}\n{payload}".encode()

    def test_events_are_found_wherever_the_bytes_are_cut(self):
        data = self.event("PROCESS_STATE_RUNNING", "processname:risk groupname:quartet from_state:STARTING pid:7")
        data += self.event("PROCESS_STATE_EXITED", "processname:risk groupname:quartet from_state:RUNNING expected:0 pid:7")
        for cut in range(len(data)):
            events = Events()
            found = events.feed(data[:cut]) + events.feed(data[cut:])
            self.assertEqual([name for name, _ in found], ["PROCESS_STATE_RUNNING", "PROCESS_STATE_EXITED"])
            self.assertEqual(found[1][1]["expected"], "0")

    def test_fields(self):
        self.assertEqual(fields_of("a:1 b:x:y c"), {"a": "1", "b": "x:y"})


class FakeSupervisor(Supervisor):
    def __init__(self):
        super().__init__("unix:///nowhere")
        self.calls = []
        self.state = "STOPPED"
        self.status = 0

    def call(self, method, *arguments):
        self.calls.append((method, arguments[0] if arguments else None))
        return {"statename": self.state, "exitstatus": self.status} if method == "getProcessInfo" else True


class Reactions(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="q-")
        self.supervisor = FakeSupervisor()
        self.said = []
        self.listener = Listener(RestartLimit(limit=3, window=60), self.supervisor, self.data, self.said.append)

    def tearDown(self):
        shutil.rmtree(self.data)

    def take(self, event, now=0.0, **fields):
        self.listener.take("PROCESS_STATE_" + event, {"processname": "risk", "groupname": "quartet", **fields}, now)

    def marks(self):
        return sorted(os.listdir(self.data))

    def test_the_first_death_is_left_to_supervisord(self):
        self.take("EXITED", expected="0")
        self.assertEqual(self.supervisor.calls, [])
        self.assertEqual(self.said, ["risk died and was started again (1 of 3 in 60 s); why is in risk.console.log."])

    def test_the_next_is_held_down_and_started_when_its_time_has_come(self):
        self.take("EXITED", 0.0, expected="0")
        self.take("EXITED", 1.0, expected="0")
        self.assertEqual(self.supervisor.calls, [("stopProcess", "quartet:risk")])
        self.assertEqual(self.marks(), ["risk.held"])
        self.take("STOPPED", 1.1, from_state="STOPPING")
        self.assertAlmostEqual(self.listener.start_due(1.2), 0.3)
        self.supervisor.state = "STOPPING"
        self.assertAlmostEqual(self.listener.start_due(1.5), 0.1)
        self.supervisor.state = "STOPPED"
        self.assertIsNone(self.listener.start_due(1.7))
        self.assertEqual(self.supervisor.calls[-1], ("startProcess", "quartet:risk"))
        self.assertEqual(self.marks(), [])
        self.take("STARTING", 1.7, from_state="STOPPED")
        self.take("EXITED", 2.0, expected="0")
        self.assertIn("risk died 3 times in 60 s and stays down: see risk.console.log, then quartet restart risk.", self.said)

    def test_at_the_limit_it_is_stopped_told_and_marked_until_a_person_starts_it(self):
        for now in range(3):
            self.take("EXITED", float(now), expected="0")
        self.assertEqual(self.supervisor.calls[-1], ("stopProcess", "quartet:risk"))
        sentence = "risk died 3 times in 60 s and stays down: see risk.console.log, then quartet restart risk."
        self.assertEqual(self.said[-1], sentence)
        self.assertEqual(Path(self.data, "risk.down").read_text(), sentence + "\n")
        self.assertIsNone(self.listener.start_due(100.0))
        self.take("STARTING", 4.0, from_state="STOPPED")
        self.assertEqual(self.marks(), [])
        self.take("EXITED", 5.0, expected="0")
        self.assertIn("(1 of 3 in 60 s)", self.said[-1])

    def test_an_end_that_a_restart_does_not_cure_is_told_and_marked(self):
        self.supervisor.status = 78
        self.take("EXITED", expected="1")
        self.assertEqual(
            self.said, ["risk ended over its configuration (status 78) and stays down: see risk.console.log, then quartet restart risk."])
        self.assertEqual(self.marks(), ["risk.down"])

    def test_what_is_not_ours_is_left_alone(self):
        self.listener.take("PROCESS_STATE_EXITED", {"processname": "x", "groupname": "other", "expected": "0"}, 0.0)
        self.assertEqual((self.said, self.supervisor.calls), ([], []))

    def test_a_listener_that_was_started_anew_starts_what_was_held_down(self):
        Path(self.data, "risk.held").touch()
        self.supervisor.call = lambda method, *a: [{"group": "quartet", "name": "risk", "pid": 0}] if method == "getAllProcessInfo" else {}
        self.listener.recover(5.0)
        self.assertEqual(self.listener.held, {"risk": 5.0})


FAKE = """#!/bin/sh
date +%s%N >> "$QUARTET_SUPERVISOR_DATA/{name}.starts"
[ -e "$QUARTET_SUPERVISOR_DATA/{name}.status" ] && exit "$(cat "$QUARTET_SUPERVISOR_DATA/{name}.status")"
exec sleep 1000
"""


@unittest.skipUnless(shutil.which("supervisord"), "there is no supervisord")
class UnderSupervisord(unittest.TestCase):
    """The configuration and the listener as they are, with services that only sleep."""

    def setUp(self):
        self.root = Path(tempfile.mkdtemp(prefix="q-", dir="/tmp"))
        for name in ["bin", "run", "log", "data"]:
            (self.root / name).mkdir(mode=0o700)
        for name in SERVICES:
            program = self.root / "bin" / f"quartet-{name}"
            program.write_text(FAKE.format(name=name))
            program.chmod(0o700)

    def tearDown(self):
        with contextlib.suppress(OSError, ValueError):
            os.kill(int((self.root / "run/supervisord.pid").read_text()), signal.SIGTERM)
        self.until("supervisord has gone", lambda: not (self.root / "run/supervisord.pid").exists())
        shutil.rmtree(self.root)

    def up(self, running=SERVICES, **more):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("QUARTET_")}
        environment.update(
            QUARTET_SUPERVISOR_BIN=f"{self.root}/bin", QUARTET_SUPERVISOR_DEPLOY=str(DEPLOY), QUARTET_SUPERVISOR_RUN=f"{self.root}/run",
            QUARTET_SUPERVISOR_LOG=f"{self.root}/log", QUARTET_SUPERVISOR_DATA=f"{self.root}/data",
            QUARTET_SUPERVISOR_BOX="false", QUARTET_SUPERVISOR_BOX_OPTIONS="", **more)
        done = subprocess.run(["supervisord", "-c", str(DEPLOY / "supervisord.conf")], env=environment, capture_output=True, text=True, cwd=self.root)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.supervisor = Supervisor(f"unix://{self.root}/run/supervisor.sock")
        self.until("all run", lambda: all(self.info(s).get("statename") == "RUNNING" for s in running))
        self.until("the listener runs", lambda: (self.supervisor.call("getProcessInfo", "restart_limit") or {}).get("statename") == "RUNNING")

    def info(self, name):
        return self.supervisor.info(name)

    def starts(self, name):
        file = self.root / "data" / f"{name}.starts"
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def until(self, what, holds, seconds=30):
        deadline = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), deadline, f"{what} did not become true in {seconds} s")
            time.sleep(0.002)

    def events(self):
        return (self.root / "log/supervisor-events.log").read_text()

    def test_start_order_and_privacy(self):
        self.up()
        spawned = []

        def all_are_in_the_log():
            log = (self.root / "log/supervisord.log").read_text()
            spawned[:] = [line.split("'")[1] for line in log.splitlines() if "spawned: " in line]
            return len(spawned) >= 1 + len(SERVICES)

        self.until("the log tells of every start", all_are_in_the_log)
        self.assertEqual(spawned, ["restart_limit"] + SERVICES)
        self.assertEqual((self.root / "run/supervisor.sock").stat().st_mode & 0o777, 0o700)
        environment = Path(f"/proc/{self.info('risk')['pid']}/environ").read_bytes()
        self.assertIn(b"BINANCE_API_KEY=\0", environment)

    def test_a_killed_service_is_started_again_within_milliseconds(self):
        self.up(QUARTET_RESTART_LIMIT="1000")
        times = []
        for number in range(20):
            name = SERVICES[number % 4]
            before, pid = len(self.starts(name)), self.info(name)["pid"]
            killed = time.time_ns()
            os.kill(pid, signal.SIGKILL)
            self.until("it is back", lambda: len(self.starts(name)) > before and self.info(name).get("statename") == "RUNNING")
            times.append((self.starts(name)[-1] - killed) / 1e6)
        times.sort()
        print(f"kill to respawn in ms: median {times[10]:.1f}, longest {times[-1]:.1f}", file=sys.stderr)
        self.assertLess(times[10], 1000, "a restart is to take less than a second")
        self.until("every restart is told", lambda: self.events().count("was started again") == 20)

    def test_a_service_that_keeps_dying_stays_down_and_the_others_go_on(self):
        self.up(QUARTET_RESTART_LIMIT="4")
        others = [self.info(name)["pid"] for name in SERVICES if name != "risk"]
        (self.root / "data/risk.status").write_text("70")
        os.kill(self.info("risk")["pid"], signal.SIGKILL)
        down = self.root / "data/risk.down"
        self.until("it is given up", lambda: down.exists() and down.read_text().endswith("\n"))
        self.assertEqual(down.read_text(), "risk died 4 times in 60 s and stays down: see risk.console.log, then quartet restart risk.\n")
        self.until("it is stopped", lambda: self.info("risk").get("statename") in ("STOPPED", "EXITED"))
        starts = len(self.starts("risk"))
        self.assertEqual([self.info(name)["pid"] for name in SERVICES if name != "risk"], others)
        (self.root / "data/risk.status").unlink()
        self.supervisor.start("risk")
        self.until("it runs again", lambda: len(self.starts("risk")) == starts + 1)
        self.until("the mark is gone", lambda: not down.exists())
        self.until("it is seen to run", lambda: self.info("risk").get("statename") == "RUNNING")

    def test_an_end_over_the_configuration_is_not_retried(self):
        (self.root / "data/strategy.status").write_text("78")
        self.up(running=SERVICES[:-1])
        self.until("it is marked", (self.root / "data/strategy.down").exists)
        self.assertEqual(len(self.starts("strategy")), 1)
        self.assertEqual(self.info("strategy")["statename"], "EXITED")


if __name__ == "__main__":
    unittest.main(verbosity=1)
