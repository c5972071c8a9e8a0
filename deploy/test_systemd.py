#!/usr/bin/env python3
"""Proves the systemd units: they are well formed, in order, and closed (systemd-analyze says how far).

usage: python3 deploy/test_systemd.py      (status 0 where all holds; skipped where there is no systemd-analyze)
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

UNITS = Path(__file__).resolve().parent / "systemd"
SERVICES = ["feed", "execution", "risk", "strategy", "dashboard", "alerts"]


@unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze")
class Units(unittest.TestCase):
    def setUp(self):
        # The units as they are, but for the place of the programs: systemd-analyze wants to see them.
        self.root = Path(tempfile.mkdtemp(prefix="q-"))
        shutil.copytree(UNITS, self.root / "units")
        for name in SERVICES:
            program = self.root / f"quartet-{name}"
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
            unit = self.root / "units" / f"quartet-{name}.service"
            unit.write_text(unit.read_text().replace("/usr/local/bin", str(self.root)))

    def tearDown(self):
        shutil.rmtree(self.root)

    def analyze(self, *words):
        environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{self.root}/units:", "LC_ALL": "C.UTF-8"}
        return subprocess.run(["systemd-analyze", *words], env=environment, capture_output=True, text=True)

    def test_the_units_verify_without_a_word(self):
        files = [str(path) for path in sorted((self.root / "units").glob("quartet*.*")) if path.suffix in (".service", ".target")]
        self.assertEqual(len(files), 7)
        done = self.analyze("verify", "--man=no", *files)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_every_service_is_rated_ok_or_better(self):
        for name in SERVICES:
            done = self.analyze("security", "--offline=true", "--no-pager", f"quartet-{name}.service")
            rating = re.search(r"exposure level for \S+: ([0-9.]+) (\w+)", done.stdout)
            self.assertIsNotNone(rating, done.stdout + done.stderr)
            print(f"systemd-analyze security quartet-{name}: {rating[1]} {rating[2]}", file=sys.stderr)
            self.assertLess(float(rating[1]), 2.0)

    def test_each_service_starts_after_those_it_listens_to(self):
        for position, name in enumerate(SERVICES):
            text = (UNITS / f"quartet-{name}.service").read_text()
            after = re.findall(r"quartet-(\w+)\.service", "".join(re.findall(r"^After=.*$", text, re.M)))
            # Nothing waits for the dashboard or the messenger.
            self.assertEqual(after, SERVICES[:min(position, 4)])

    def test_what_libzmq_cannot_do_without_is_allowed(self):
        text = (UNITS / "quartet-.service.d" / "common.conf").read_text()
        filters = re.findall(r"^SystemCallFilter=(.*)$", text, re.M)
        self.assertGreater(filters.index("sched_setscheduler"), filters.index("~@privileged @resources"))

    def test_only_those_that_own_a_secret_are_given_one(self):
        with_keys = [name for name in SERVICES if "EnvironmentFile" in (UNITS / f"quartet-{name}.service").read_text()]
        self.assertEqual(with_keys, ["execution", "strategy", "dashboard", "alerts"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
