import CZlib
import Glibc
import ServiceRuntime
import Storage
import TradingModel
import Wire

/// Looks at an installation and says what is wrong with it; changes nothing.
struct Examination {
    typealias Finding = DoctorReport.Finding
    let installation: Installation
    var settings: Settings { installation.settings }
    var runDirectory: String { Machine.absolute(settings.runDirectory) }
    var dataDirectory: String { Machine.absolute(settings.dataDirectory) }
    var logDirectory: String { Machine.absolute(settings.logDirectory) }

    func findings() -> [Finding] {
        system() + programs() + configuration() + directories() + sockets() + locks() + databases() + alerts()
    }
}

// MARK: - The machine

extension Examination {
    func system() -> [Finding] { [platform(), libraries(), clock(), descriptors()] + disks() }

    private func platform() -> Finding {
        var name = utsname()
        uname(&name)
        func text<T>(_ field: T) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        let release = Machine.contents("/etc/os-release")?.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        let pretty = release.map { $0.dropFirst(12).filter { $0 != "\"" } } ?? "an unknown distribution"
        return Finding(
            "system", "platform", .ok,
            "\(pretty), Linux \(text(name.release)) on \(text(name.machine)), built with Swift \(Self.compiler)")
    }

    private static var compiler: String {
        #if compiler(>=6.4)
        "6.4 or newer"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2 or older"
        #endif
    }

    private func libraries() -> Finding {
        let sqlite =
            (try? SQLiteDatabase(path: ":memory:", migrations: [], access: .readOnly).prepare("SELECT sqlite_version()")
                .first { $0.text(0) }) ?? nil
        let zlib = String(cString: zlibVersion())
        let found = "libzmq \(Self.messagingVersion ?? "unknown"), SQLite \(sqlite ?? "unknown"), zlib \(zlib)"
        return Finding("system", "libraries", .ok, found)
    }

    /// libzmq is loaded because the bus needs it; its version is asked by name, since this room has no binding to it.
    private static var messagingVersion: String? {
        typealias Version =
            @convention(c) (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Int32>) ->
            Void
        guard let symbol = dlsym(nil, "zmq_version") else { return nil }
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        unsafeBitCast(symbol, to: Version.self)(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }

    private func clock() -> Finding {
        let now = WallTime.now
        // 2025-01-01; a machine without a battery wakes up in 1970.
        guard now.micros > 1_735_689_600_000_000 else {
            return Finding(
                "system", "clock", .failed, "it says \(now), which is long ago",
                advice: "set the clock, for example with timedatectl")
        }
        let newest =
            ServiceName.quartet.compactMap { Machine.modified("\(dataDirectory)/\($0.rawValue).sqlite") }.max()
            ?? .distantPast
        guard newest <= now + .minutes(1) else {
            return Finding(
                "system", "clock", .failed,
                "it says \(Figures.time(now)), yet a database was written at \(Figures.time(newest))",
                advice: "the clock was set back: set it right before anything is started")
        }
        let isSynchronised = Machine.facts("/run/systemd/timesync/synchronized") != nil
        let word = isSynchronised ? "synchronised" : "whether anything keeps it right is not known here"
        return Finding("system", "clock", .ok, "\(Figures.time(now)) UTC; \(word)")
    }

    private func descriptors() -> Finding {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard limit.rlim_cur < 256 else { return Finding("system", "open files", .ok, "\(limit.rlim_cur) allowed") }
        return Finding(
            "system", "open files", .failed, "only \(limit.rlim_cur) are allowed",
            advice: "raise the limit with ulimit -n 1024")
    }

    private func disks() -> [Finding] {
        [("data_directory", dataDirectory), ("log_directory", logDirectory)].map { key, path in
            guard let free = Machine.freeBytes(Self.nearestExisting(path)) else {
                return Finding(
                    "system", "disk of \(key)", .failed, "\(path) cannot be looked at",
                    advice: "check that it can be reached")
            }
            let found = "\(Figures.bytes(free)) free for \(path)"
            if free < 200_000_000 {
                return Finding(
                    "system", "disk of \(key)", .failed, found, advice: "make room: a full disk stops trading")
            }
            if free < 1_000_000_000 {
                return Finding("system", "disk of \(key)", .notice, found, advice: "make room soon")
            }
            return Finding("system", "disk of \(key)", .ok, found)
        }
    }

    static func nearestExisting(_ path: String) -> String {
        var path = path
        while Machine.facts(path) == nil, path.count > 1 { path = Installation.parent(of: path) }
        return path
    }
}

// MARK: - What is installed

extension Examination {
    func programs() -> [Finding] {
        var findings: [Finding] = []
        if let directory = installation.programDirectory {
            let missing = ServiceName.quartet.map(Installation.program).filter {
                !Machine.isExecutable(directory + "/" + $0)
            }
            findings.append(
                missing.isEmpty
                    ? Finding("programs", "services", .ok, "all four in \(directory)")
                    : Finding(
                        "programs", "services", .failed, "\(missing.joined(separator: ", ")) missing in \(directory)",
                        advice: "run make release"))
        } else {
            findings.append(
                Finding(
                    "programs", "services", .failed, "not found", advice: "run make release, or set QUARTET_BIN_DIR"))
        }
        if let version = Subprocess.run("supervisord", ["--version"]), version.status == 0 {
            let number = version.output.split(separator: "\n").first.map(String.init) ?? "unknown"
            findings.append(Finding("programs", "supervisord", .ok, "version \(number)"))
        } else {
            findings.append(
                Finding(
                    "programs", "supervisord", .failed, "not installed",
                    advice: "run sudo apt-get install supervisor; not needed where systemd runs the services"))
        }
        findings.append(
            installation.deployDirectory.map { Finding("programs", "deployment files", .ok, $0) }
                ?? Finding(
                    "programs", "deployment files", .failed, "deploy/supervisord.conf not found",
                    advice: "run inside the repository, or set QUARTET_DEPLOY_DIR"))
        return findings
    }

    func configuration() -> [Finding] {
        guard let file = installation.configurationFile else {
            return [Finding("configuration", "file", .ok, "none; defaults stand, which trade on paper"), strategies()]
        }
        var findings = [Finding("configuration", "file", .ok, "\(file), without a mistake"), strategies()]
        if let facts = Machine.facts(file), facts.mode & 0o022 != 0 {
            findings.append(
                Finding(
                    "configuration", "rights", .failed, "\(file) has mode \(facts.octal) and others may change it",
                    advice: "run chmod 644 \(file)"))
        }
        findings.append(
            Finding(
                "configuration", "mode", settings.mode == .live ? .notice : .ok,
                "\(settings.mode.rawValue) trading of \(settings.symbols.count) symbols"))
        return findings
    }

    /// Whether the strategies that are named exist and take their parameters, which only their own room can tell.
    private func strategies() -> Finding {
        if let fault = installation.strategyFault {
            return Finding(
                "configuration", "strategies", .failed, fault,
                advice: "correct strategy.active or strategy.parameters; docs/adding-a-strategy.md names them all")
        }
        return Finding("configuration", "strategies", .ok, "\(settings.strategy.active.count) active, all known")
    }
}
