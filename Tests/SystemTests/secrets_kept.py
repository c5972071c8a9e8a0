"""Keys stay where they are needed: strategy holds a model's key, execution an exchange's, both are made to crash, and nothing
outside of the processes has them: no core dump, not even where somebody with the right to do so has lifted the limit, no log, no
database, no file. As root it also looks into the memory of the living processes and says how often a key lies there, and where.

usage: secrets_kept.py
"""
import resource

from harness import *

KEYS = {"strategy": ["sk-or-v1-never-in-a-core-0815"],
        "execution": ["binance-key-never-in-a-core-0816", "binance-secret-never-in-a-core-0817"]}
CONFIG = """
symbols: [BTC/USDT]
feed: {source: simulated, speed: 1, seed: 5}
agent: {enabled: on, base_url: "http://127.0.0.1:9/v1", news: ""}
logging: {color: never, file_level: trace}
"""


def crash(pid):
    """Ends a process with SIGABRT; whether the kernel says that it wrote a core."""
    try:
        resource.prlimit(pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (PermissionError, ValueError):
        pass
    os.kill(pid, signal.SIGABRT)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGABRT:
        fail(f"process {pid} did not end by SIGABRT but with status {status}")
    return os.WCOREDUMP(status)


def copies(pid, key):
    """Where in the memory of a process a key lies; `None` where nobody may look."""
    found = {}
    try:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                span, rights, *_, = line.split()
                if not rights.startswith("rw"):
                    continue
                begin, end = (int(x, 16) for x in span.split("-"))
                name = line.split()[5] if len(line.split()) > 5 else "anonymous"
                try:
                    memory.seek(begin)
                    count = memory.read(end - begin).count(key.encode())
                except (OSError, OverflowError, ValueError):
                    continue
                if count:
                    found[name if name.startswith("[") else "anonymous"] = found.get(name, 0) + count
    except PermissionError:
        return None
    return found


def main():
    services = Services(CONFIG, "secrets")
    try:
        # Whether this machine writes cores at all: otherwise their absence proves nothing.
        control = subprocess.Popen(["sleep", "1000"], cwd=services.dir)
        dumps = crash(control.pid)
        control.returncode = -signal.SIGABRT
        services.env["OPENROUTER_API_KEY"] = KEYS["strategy"][0]
        services.env["BINANCE_API_KEY"], services.env["BINANCE_API_SECRET"] = KEYS["execution"]
        for service in SERVICES:
            services.start(service)
        for service in KEYS:
            health = services.subscriber(service, topics=(f"health.{service}",))
            wait_for(health, lambda t, m: m["body"]["condition"] in ("healthy", "degraded"), 120, f"{service} to be up")
        for service, keys in KEYS.items():
            pid = services.children[service].pid
            with open(f"/proc/{pid}/limits") as limits:
                line = next(line for line in limits if line.startswith("Max core file size"))
                if line.split()[4:6] != ["0", "0"]:
                    fail(f"{service} may write cores: {line.strip()}")
            for key in keys:
                print(f"{service}: in its own memory {copies(pid, key)}")
            if crash(pid):
                fail(f"{service} has left a core dump")
            services.children[service].returncode = -signal.SIGABRT
        services.stop_all()
        for path in sorted(services.dir.rglob("*")):
            if path.is_file() and any(key.encode() in path.read_bytes() for keys in KEYS.values() for key in keys):
                fail(f"a key stands in {path.name}")
        print("no core dump by the kernel's word" if dumps else "this machine writes no core of anything, so only the limits are shown",
              "and no key in any file")
    finally:
        services.cleanup()


main()
