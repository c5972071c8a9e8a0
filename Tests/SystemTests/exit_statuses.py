"""A database that cannot be used ends its service with one sentence that names the file, and with the status a supervisor
acts on (deploy/README.md): 65 where starting again does not help, 74 and 75 where it may, 77 for a missing permission.

usage: exit_statuses.py
"""
import fcntl

from harness import *


def corrupt(path):
    path.write_bytes(b"this is no database at all " * 400)


def newer(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (x)")
        database.execute("PRAGMA user_version = 99")
    database.close()


def held(path):
    lock = open(f"{path}.lock", "w")
    lock.write("somebody, pid 4242")
    lock.flush()
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def directory(path):
    path.mkdir()


def redo_directory(path):
    Path(f"{path}.redo").mkdir()


CASES = [(corrupt, 65, "is damaged"), (newer, 65, "has schema 99"), (held, 75, "somebody, pid 4242"), (directory, 74, "cannot be opened")]


def check(service, fault, status, words):
    services = Services("feed: {source: simulated}\nlogging: {color: never}\n", "exit")
    try:
        data = services.dir / "data"
        data.mkdir(mode=0o700)
        path = data / f"{service}.sqlite"
        kept = fault(path)
        before = path.read_bytes() if path.is_file() else None
        services.start(service)
        code = services.children[service].wait(timeout=20)
        told = [l for l in (services.dir / f"{service}.out").read_text().splitlines() if "CRITICAL" in l]
        if code != status or len(told) != 1 or words not in told[0] or f"{service}.sqlite" not in told[0]:
            fail(f"{service}, {fault.__name__}: ended with {code} instead of {status}, saying {told}")
        if before is not None and path.read_bytes() != before:
            fail(f"{service}, {fault.__name__}: the file was touched")
        del kept
    finally:
        services.cleanup()


def main():
    for service in SERVICES:
        for case in CASES:
            check(service, *case)
    for service in ("risk", "execution"):
        check(service, redo_directory, 74, "cannot be opened")
    print("PASSED: four services, every fault of a database with its status and one sentence, no file touched")


main()
