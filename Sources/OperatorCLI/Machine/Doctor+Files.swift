import Glibc
import ServiceRuntime
import Storage
import TradingModel
import Wire

// MARK: - Directories and sockets

extension Examination {
    func directories() -> [Finding] {
        let all = [("data_directory", dataDirectory), ("run_directory", runDirectory), ("log_directory", logDirectory)]
        return all.map { key, path in
            guard let facts = Machine.facts(path) else {
                return Finding("directories", key, .ok, "\(path) is not there yet; it is made at the first start")
            }
            guard facts.isDirectory else {
                return Finding(
                    "directories", key, .failed, "\(path) is not a directory", advice: "move it away or name another")
            }
            guard facts.owner == geteuid() else {
                return Finding(
                    "directories", key, .failed, "\(path) belongs to user \(facts.owner)",
                    advice: "run chown on it or name another")
            }
            guard facts.mode & 0o077 == 0 else {
                return Finding(
                    "directories", key, .failed, "\(path) has mode \(facts.octal)", advice: "run chmod 700 \(path)")
            }
            return Finding("directories", key, .ok, "\(path), mode \(facts.octal)")
        }
    }

    func sockets() -> [Finding] {
        let longest = "\(runDirectory)/execution.pub"
        guard longest.utf8.count <= 107 else {
            return [
                Finding(
                    "bus", "paths", .failed,
                    "\(longest) is \(longest.utf8.count) bytes long, and a Unix socket takes 107",
                    advice: "name a shorter run_directory")
            ]
        }
        var findings: [Finding] = []
        var up: [String] = []
        for service in ServiceName.quartet {
            for end in ["pub", "rep"] {
                let path = "\(runDirectory)/\(service.rawValue).\(end)"
                guard let facts = Machine.facts(path) else { continue }
                if facts.mode & 0o177 != 0 {
                    findings.append(
                        Finding(
                            "bus", "\(service.rawValue).\(end)", .failed, "mode \(facts.octal)",
                            advice: "run chmod 600 \(path)"))
                }
            }
            if UnixSocket.isListening(path: "\(runDirectory)/\(service.rawValue).rep") { up.append(service.rawValue) }
        }
        let found =
            up.isEmpty
            ? "no service is running" : "\(up.joined(separator: ", ")) listening; sockets are for this user only"
        return findings + [Finding("bus", "sockets", .ok, found)]
    }

    /// Locks are the kernel's and go with their process: a file that is left over is no lock.
    func locks() -> [Finding] {
        let supervisorPid = "\(runDirectory)/supervisord.pid"
        guard let text = Machine.contents(supervisorPid), let pid = Int(text.filter(\.isNumber)) else { return [] }
        if ProcessFacts(pid: pid) != nil { return [Finding("bus", "supervisor", .ok, "running, pid \(pid)")] }
        return [
            Finding(
                "bus", "supervisor", .notice, "\(supervisorPid) names process \(pid), which is gone",
                advice: "nothing to do: the next start replaces it")
        ]
    }
}

// MARK: - Databases

extension Examination {
    func databases() -> [Finding] { Books(directory: dataDirectory).files.flatMap(database) }

    private func database(_ file: Books.File) -> [Finding] {
        guard let facts = Machine.facts(file.path) else {
            return [
                Finding("databases", file.name, .ok, "\(file.path) is not there yet; it is made at the first start")
            ]
        }
        var findings: [Finding] = []
        if facts.mode & 0o077 != 0 {
            findings.append(
                Finding(
                    "databases", file.name, .notice, "mode \(facts.octal)",
                    advice: "run chmod 600 \(file.path); its directory protects it meanwhile"))
        }
        do throws(StorageError) {
            let database = try SQLiteDatabase(path: file.path, migrations: file.migrations, access: .readOnly)
            defer { database.shut() }
            let check = try database.prepare("PRAGMA quick_check(1)").first { $0.text(0) } ?? "no answer"
            guard check == "ok" else {
                throw StorageError(
                    code: .corrupt, description: "\(file.path) is damaged (\(check)): restore it from a backup")
            }
            let writer = Self.writer(of: file.path)
            findings.append(
                Finding(
                    "databases", file.name, .ok,
                    "\(Figures.bytes(facts.size)), schema \(file.migrations.count), "
                        + (writer.map { "written by \($0)" } ?? "no writer now")))
        } catch {
            findings.append(Finding("databases", file.name, .failed, error.description))
        }
        return findings
    }

    /// Who holds the writer's lock; `nil` where nobody does. The lock is tried shared and let go at once.
    static func writer(of path: String) -> String? {
        let descriptor = open(path + ".lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        return Machine.contents(path + ".lock")
    }
}
