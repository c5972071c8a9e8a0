import Foundation
import Glibc
import Testing

@testable import ServiceRuntime

/// A service as a child process, in a folder of its own.
private final class ChildService {
    /// `QUARTET_TEST_SERVICE`, or quartet-feed (which needs no other service) where the build has put it.
    static let program: String? = {
        let environment = ProcessInfo.processInfo.environment
        let directory =
            environment["QUARTET_BIN_DIR"]
            ?? SettingsDocumentTests.repository.appendingPathComponent(".build/debug").path
        let path = environment["QUARTET_TEST_SERVICE"] ?? directory + "/quartet-feed"
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        print("skipped: there is no service at \(path) (swift build makes it)")
        return nil
    }()

    let folder: TemporaryFolder
    private let process = Process()
    private let errors = Pipe()

    init(
        in folder: TemporaryFolder, _ arguments: [String] = [], environment: [String: String] = [:],
        configuration: String = ""
    ) throws {
        self.folder = folder
        process.executableURL = URL(fileURLWithPath: Self.program ?? "/nowhere")
        try folder.write(configuration, to: "quartet.yaml")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.root)
        let kept = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("QUARTET_") && $0.key != "NOTIFY_SOCKET"
        }
        process.environment = kept.merging(environment) { _, new in new }
        process.standardError = errors
        process.standardOutput = errors
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var pid: Int32 { process.processIdentifier }

    /// Waits until the main log has a line that ends so.
    func waits(for end: String) -> Bool {
        for _ in 0..<12_000 {
            if folder.lines(".run/log/feed.log").contains(where: { $0.hasSuffix(end) }) { return true }
            if !process.isRunning { return false }
            usleep(10_000)
        }
        return false
    }

    func waitsUntilUp() -> Bool {
        for _ in 0..<12_000 {
            if folder.read(".run/log/feed.log").contains("feed is up after") { return true }
            if !process.isRunning { return false }
            usleep(10_000)
        }
        return false
    }

    /// The exit status and everything it said on its console.
    func end() -> (status: Int32, text: String) {
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus, text)
    }
}

@Suite("A service as a process", .enabled(if: ChildService.program != nil))
struct ServiceProcessTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test("help is 0, a wrong word 64, a wrong configuration 78 with every fault in a sentence")
    func statusesBeforeTheStart() throws {
        let help = try ChildService(in: folder, ["--help"]).end()
        #expect(help.status == 0)
        #expect(help.text.contains("usage: "))
        let usage = try ChildService(in: folder, ["--confg"]).end()
        #expect(usage.status == 64)
        #expect(usage.text.contains("does not know \"--confg\""))
        let wrong = try ChildService(in: folder, configuration: "risk:\n  ttl_hours: soon\nmode: live\n").end()
        #expect(wrong.status == 78)
        let sentences = wrong.text.split(separator: "\n")
        #expect(sentences.count == 2)
        #expect(
            sentences.first?.contains(": risk.ttl_hours is \"soon\" (quartet.yaml:2:14), but must be a decimal number")
                == true)
        #expect(folder.names == ["quartet.yaml"], "nothing is made before the configuration is right")
        #expect(try ChildService(in: folder, ["--config", "missing.yaml"]).end().status == 78)
    }

    @Test("SIGTERM and SIGINT stop it in good order with status 0", arguments: [SIGTERM, SIGINT])
    func orderlyStop(signal: Int32) throws {
        let service = try ChildService(in: folder)
        #expect(service.waitsUntilUp())
        let begun = Date()
        kill(service.pid, signal)
        #expect(service.end().status == 0)
        #expect(Date().timeIntervalSince(begun) < 5)
        #expect(folder.lines(".run/log/feed.log").last?.hasSuffix("feed has stopped with status 0.") == true)
        for name in [".run/data", ".run/bus", ".run/log"] {
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
            #expect(mode == 0o700, "\(name)")
        }
    }

    @Test("SIGHUP opens the logs again")
    func reopen() throws {
        let service = try ChildService(in: folder)
        #expect(service.waitsUntilUp())
        try FileManager.default.moveItem(atPath: folder.path(".run/log/feed.log"), toPath: folder.path("moved"))
        kill(service.pid, SIGHUP)
        #expect(service.waits(for: "Log files are opened again after SIGHUP."))
        kill(service.pid, SIGTERM)
        #expect(service.end().status == 0)
    }

    @Test("a second one on the same directory ends with 75 and names the first; after SIGKILL the next one starts")
    func lock() throws {
        let first = try ChildService(in: folder)
        #expect(first.waitsUntilUp())
        let second = try ChildService(in: folder).end()
        #expect(second.status == 75)
        #expect(
            second.text.contains(
                "feed already runs as process \(first.pid) on .run/data: stop it, or use another data_directory."))
        kill(first.pid, SIGKILL)
        #expect(first.end().status == 128 + SIGKILL)
        let third = try ChildService(in: folder)
        #expect(third.waits(for: "process \(third.pid), settings from quartet.yaml."))
        kill(third.pid, SIGTERM)
        #expect(third.end().status == 0)
    }

    @Test("it leaves no core dump and lets no other process of the user look inside")
    func hardening() throws {
        let service = try ChildService(in: folder)
        #expect(service.waitsUntilUp())
        let limits = (try? String(contentsOfFile: "/proc/\(service.pid)/limits", encoding: .utf8)) ?? ""
        #expect(
            limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }?.split(separator: " ").dropFirst(
                4
            ).prefix(2) == ["0", "0"])
        var status = stat()
        #expect(
            stat("/proc/\(service.pid)/environ", &status) == 0 && status.st_uid == 0,
            "what cannot be dumped belongs to root")
        kill(service.pid, SIGTERM)
        #expect(service.end().status == 0)
    }

    @Test("a directory that others may write to ends it with 77")
    func openDirectory() throws {
        mkdir(folder.path("open"), 0o700)
        chmod(folder.path("open"), 0o777)
        let (status, text) = try ChildService(in: folder, environment: ["QUARTET_DATA_DIRECTORY": folder.path("open")])
            .end()
        #expect(status == 77)
        #expect(
            text.contains(
                "data_directory \(folder.path("open")) can be written by others: run chmod 700 \(folder.path("open")).")
        )
    }

    @Test("the service manager hears that it starts, runs, lives and stops")
    func notifications() throws {
        let name = folder.path("notify")
        let manager = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(manager) }
        let (address, length) = try #require(SystemdNotifier.socketAddress(name))
        let isBound = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(manager, $0, length) == 0 }
        }
        #expect(isBound)
        let service = try ChildService(in: folder, environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "100000"])
        var heard: [String] = []
        func listen() -> String {
            var waited = pollfd(fd: manager, events: Int16(POLLIN), revents: 0)
            guard poll(&waited, 1, 30_000) > 0 else { return "" }
            var bytes = [UInt8](repeating: 0, count: 1_024)
            let count = recv(manager, &bytes, bytes.count, 0)
            heard.append(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
            return heard[heard.count - 1]
        }
        while heard.filter({ $0 == "WATCHDOG=1" }).count < 3, !listen().isEmpty {}
        kill(service.pid, SIGTERM)
        while heard.last != "STOPPING=1\nSTATUS=stopping", !listen().isEmpty {}
        #expect(heard.prefix(2) == ["STATUS=starting", "READY=1\nSTATUS=running"])
        #expect(heard.last == "STOPPING=1\nSTATUS=stopping")
        #expect(service.end().status == 0)
    }
}
