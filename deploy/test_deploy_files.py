#!/usr/bin/env python3
"""Holds the deployment files against the sources: alerts and the Grafana board name only metrics that the dashboard exports,
every alert and every exit status has its section in docs/runbook.md, containers run only programs that Package.swift makes.

usage: python3 deploy/test_deploy_files.py      (reads files only; promtool, where it is there, checks the rules as well)
"""
import json
import re
import shutil
import subprocess
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BOARD = HERE / "grafana" / "dashboards" / "quartet.json"
ALERTS = HERE / "prometheus" / "alerts.yml"
COMPOSE = HERE / "docker" / "compose.yaml"
DOCKERFILE = HERE / "docker" / "Dockerfile"
RUNBOOK = ROOT / "docs" / "runbook.md"
THREATS = ROOT / "docs" / "threat-model.md"
EXPOSITION = ROOT / "Sources" / "DashboardService" / "Exposition.swift"
METRIC = r"\bquartet_[a-z0-9_]+"


def without_comments(text):
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def exported():
    """The metrics of Exposition.swift with the names of their labels."""
    text = EXPOSITION.read_text()
    found = {}
    for part in re.split(r"page\.(?=gauge|counter|summary)", text)[1:]:
        name = re.search(METRIC, part)
        if name:
            found[name[0]] = set(re.findall(r'\("([a-z]+)", ', part))
    return found


def expressions(alerts):
    return re.findall(r"^\s*expr: (.+)$", alerts, re.M)


def board_expressions(board):
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]
    for note in board["annotations"]["list"]:
        yield note["expr"]
    for variable in board["templating"]["list"]:
        yield variable["query"]["query"]


def labels_used(expression):
    """(metric, label) of every selector in an expression."""
    for metric, inside in re.findall(r"(" + METRIC + r")\{([^}]*)\}", expression):
        for label in re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', '""', inside)):
            yield metric, label


def heading_anchors(path):
    return {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in path.read_text().splitlines() if line.startswith("#")}


def services(compose):
    """name: text of each service of compose.yaml, by its indentation."""
    part = re.search(r"^services:\n(.*?)^\S", compose, re.M | re.S)[1]
    pieces = re.split(r"^  ([a-z]+):\n", part, flags=re.M)[1:]
    return dict(zip(pieces[::2], pieces[1::2]))


class Metrics(unittest.TestCase):
    def test_the_sources_are_read_rightly(self):
        metrics = exported()
        self.assertGreaterEqual(len(metrics), 19)
        self.assertEqual(metrics["quartet_latency_seconds"], {"service", "message", "quantile"})
        self.assertEqual(metrics["quartet_trades_total"], {"strategy", "result"})

    def test_alerts_name_only_what_is_exported(self):
        found = expressions(ALERTS.read_text())
        self.assertEqual(len(found), len(re.findall(r"- alert: ", ALERTS.read_text())))
        self.hold(found)

    def test_the_board_names_only_what_is_exported(self):
        found = list(board_expressions(json.loads(BOARD.read_text())))
        self.assertGreater(len(found), 15)
        self.hold(found)

    def test_the_board_leaves_no_metric_out(self):
        shown = set(re.findall(METRIC, " ".join(board_expressions(json.loads(BOARD.read_text())))))
        self.assertEqual(set(exported()) - shown, set())

    def test_states_are_those_of_risk(self):
        model = (ROOT / "Sources" / "TradingModel" / "Decisions.swift").read_text()
        states = set(re.findall(r"^    case (\w+)$", re.search(r"enum TradingState.*?switch", model, re.S)[0], re.M))
        used = set(re.findall(r'state="(\w+)"', ALERTS.read_text() + BOARD.read_text().replace('\\"', '"')))
        self.assertEqual(states, {"active", "reducing", "halted"})
        self.assertLessEqual(used, states)

    def hold(self, found):
        metrics = exported()
        for expression in found:
            names = set(re.findall(METRIC, expression))
            # `up` is Prometheus' own.
            self.assertTrue(names or re.search(r"\bup\{", expression), expression)
            self.assertEqual(names - set(metrics), set(), expression)
            for metric, label in labels_used(expression):
                self.assertIn(label, metrics[metric] | {"instance", "job"}, expression)


class Board(unittest.TestCase):
    def test_panels_have_numbers_and_places_of_their_own(self):
        panels = json.loads(BOARD.read_text())["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24)
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells

    def test_the_source_of_data_is_the_provisioned_one(self):
        uid = re.search(r"uid: (\S+)", (HERE / "grafana" / "provisioning" / "datasources" / "quartet.yml").read_text())[1]
        self.assertEqual(set(re.findall(r'"type": "prometheus",\s*"uid": "([^"]+)"', BOARD.read_text())), {uid})


class Documents(unittest.TestCase):
    def test_every_alert_has_its_section_in_the_runbook(self):
        text = ALERTS.read_text()
        anchors = heading_anchors(RUNBOOK)
        for name, body in re.findall(r"- alert: (\w+)\n(.*?)(?=- alert|\Z)", text, re.S):
            self.assertIn(f"runbook: docs/runbook.md#{name.lower()}", body)
            self.assertIn(name.lower(), anchors)

    def test_the_runbook_knows_no_alert_that_is_not_there(self):
        alerts = set(re.findall(r"- alert: (\w+)", ALERTS.read_text()))
        self.assertEqual(set(re.findall(r"^#+ (Quartet[A-Z]\w+)$", RUNBOOK.read_text(), re.M)), alerts)

    def test_every_exit_status_is_in_the_runbook(self):
        source = (ROOT / "Sources" / "ServiceRuntime" / "Bus" / "ServiceContext.swift").read_text()
        statuses = re.findall(r"case \w+ = (\d+)", re.search(r"enum ExitStatus.*?\n}", source, re.S)[0])
        self.assertEqual(len(statuses), 10)
        self.assertEqual(re.findall(r"^\| (\d+) \|", RUNBOOK.read_text(), re.M), statuses)

    def test_the_threat_model_names_only_tests_that_are_there(self):
        named = re.findall(r'`(\w+)`: "([^"]+)"', THREATS.read_text())
        self.assertGreater(len(named), 20)
        for suite, title in named:
            sources = list((ROOT / "Tests").glob(f"*/{suite}.swift"))
            self.assertTrue(any(title in source.read_text() for source in sources), f"{suite}: {title}")

    def test_links_lead_to_files(self):
        for path in (RUNBOOK, THREATS, ROOT / "docs" / "peers.md", HERE / "README.md"):
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text()):
                self.assertTrue((path.parent / link).exists(), f"{path.name}: {link}")


class Containers(unittest.TestCase):
    def test_compose_runs_only_programs_that_are_made(self):
        products = set(re.findall(r'\.executable\(name: "([^"]+)"', (ROOT / "Package.swift").read_text()))
        found = services(COMPOSE.read_text())
        self.assertEqual(list(found), ["feed", "execution", "risk", "strategy", "dashboard", "alerts"])
        copied = set(re.findall(r"\.build/release/([a-z-]+)", without_comments(DOCKERFILE.read_text())))
        self.assertLessEqual(copied, products)
        for name, text in found.items():
            command = re.search(r'command: \["([^"]+)"\]', text)[1]
            self.assertEqual(command, f"quartet-{name}")
            self.assertIn(command, products & copied)

    def test_only_the_dashboard_is_published_and_only_on_loopback(self):
        for name, text in services(COMPOSE.read_text()).items():
            ports = re.findall(r"ports: (.+)", text)
            self.assertEqual(ports, ['["127.0.0.1:8787:8787"]'] if name == "dashboard" else [])
            if name != "dashboard":
                self.assertRegex(text, r"network_mode: (none|\$\{\w+:-none\}|bridge)\n" if name == "alerts" else r"network_mode: (none|\$\{\w+:-none\})\n")

    def test_each_service_is_asked_for_itself(self):
        for name, text in services(COMPOSE.read_text()).items():
            check = re.search(r"test: (.+)", text)[1]
            self.assertIn("/healthz" if name == "dashboard" else rf'\"service\":\"{name}\",\"condition\":\"healthy\"', check)

    def test_keys_go_to_the_service_that_owns_them(self):
        files = {name: re.findall(r"path: (\S+\.env)", text) for name, text in services(COMPOSE.read_text()).items()}
        self.assertEqual(files, {"feed": [], "execution": ["execution.env"], "risk": [], "strategy": ["strategy.env"], "dashboard": [], "alerts": ["alerts.env"]})
        ignored = (ROOT / ".gitignore").read_text()
        for word in ("*.env", "*.token", "quartet.yaml"):
            self.assertIn(f"/deploy/docker/{word}", ignored)

    def test_settings_in_containers_are_settings(self):
        names = set(re.findall(r"\b(QUARTET_[A-Z_]+)\b", without_comments(COMPOSE.read_text()) + without_comments(DOCKERFILE.read_text())))
        keys = set()
        for section, body in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", (ROOT / "docs" / "configuration.md").read_text(), re.M | re.S):
            keys |= {"QUARTET_" + key.upper().replace(".", "_") for key in re.findall(r"^\| `([a-z_.]+)` \|", body, re.M)}
        self.assertEqual(names - keys, set())

    def test_the_image_runs_as_nobody_special(self):
        text = without_comments(DOCKERFILE.read_text())
        self.assertRegex(text, r"\nUSER 10001:10001\n")
        compose = without_comments(COMPOSE.read_text())
        for word in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"):
            self.assertIn(word, compose)
        wanted = set(re.findall(r"echo (lib\w+-dev)", (ROOT / "scripts" / "setup.sh").read_text())) - {"libsimdjson-dev"}
        wanted |= set(re.findall(r"echo (lib[\w-]+-dev)$", (ROOT / "scripts" / "setup.sh").read_text(), re.M)) - {"libsimdjson-dev"}
        self.assertLessEqual(wanted, set(re.findall(r"lib[\w-]+-dev", text)))


@unittest.skipUnless(shutil.which("promtool"), "there is no promtool")
class Rules(unittest.TestCase):
    def test_promtool_agrees(self):
        for words in (["check", "rules", "alerts.yml"], ["check", "config", "prometheus.yml"], ["test", "rules", "alerts_test.yml"]):
            done = subprocess.run(["promtool", *words], cwd=HERE / "prometheus", capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
