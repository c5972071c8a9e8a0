import Foundation
import Glibc
import Testing
import TradingModel
import Wire

@testable import ServiceRuntime

@Suite("CircuitBreaker")
struct CircuitBreakerTests {
    /// A breaker behind a reference: an expectation cannot call what changes a value.
    private final class Bench {
        private var breaker: CircuitBreaker
        init(_ policy: CircuitBreaker.Policy) { breaker = CircuitBreaker(policy: policy) }
        func admits(at now: WallTime) -> Bool { breaker.admits(at: now) }
        @discardableResult func fail(at now: WallTime) -> Bool { breaker.fail(at: now) }
        func succeed() { breaker.succeed() }
        func state(at now: WallTime) -> CircuitBreaker.State { breaker.state(at: now) }
    }

    private static func breaker(failures: Int = 3, coolDown: Span = .seconds(1), longest: Span = .seconds(5)) -> Bench {
        var policy = CircuitBreaker.Policy()
        policy.failureThreshold = failures
        policy.coolDown = coolDown
        policy.longestCoolDown = longest
        return Bench(policy)
    }
    private let start = WallTime(micros: 1_000_000_000_000)

    @Test("it opens after so many failures in a row; a success in between starts the count anew")
    func opens() {
        let breaker = Self.breaker()
        for _ in 0..<2 { #expect(!breaker.fail(at: start)) }
        breaker.succeed()
        for _ in 0..<2 { #expect(!breaker.fail(at: start)) }
        #expect(breaker.admits(at: start))
        #expect(breaker.fail(at: start))
        #expect(breaker.state(at: start) == .open(until: start + .seconds(1)))
        #expect(!breaker.admits(at: start + .milliseconds(999)))
    }

    @Test(
        "after the cool-down one probe passes; its success closes, its failure opens for twice as long, up to the limit"
    )
    func probes() {
        let breaker = Self.breaker(failures: 1)
        var now = start
        #expect(breaker.fail(at: now))
        for seconds in [1, 2, 4, 5, 5] as [Int64] {
            #expect(breaker.state(at: now) == .open(until: now + .seconds(seconds)))
            now = now + .seconds(seconds)
            #expect(breaker.state(at: now) == .halfOpen)
            #expect(breaker.admits(at: now))
            #expect(!breaker.admits(at: now), "one probe at a time")
            #expect(breaker.fail(at: now))
        }
        now = now + .seconds(5)
        #expect(breaker.admits(at: now))
        breaker.succeed()
        #expect(breaker.state(at: now) == .closed)
        #expect(breaker.fail(at: now))
        #expect(breaker.state(at: now) == .open(until: now + .seconds(1)), "a success forgets the back-off")
    }

    @Test("a probe that never reports, a late failure and a clock set back do not lock it")
    func oddities() {
        let breaker = Self.breaker(failures: 1)
        _ = breaker.fail(at: start)
        #expect(!breaker.fail(at: start + .milliseconds(10)), "a call from before it opened does not open it again")
        #expect(breaker.state(at: start) == .open(until: start + .seconds(1)))
        #expect(breaker.admits(at: start + .seconds(1)))
        #expect(!breaker.admits(at: start + .milliseconds(1_999)))
        #expect(breaker.admits(at: start + .seconds(2)), "the next probe after a silent one")
        #expect(breaker.admits(at: start - .hours(1)))
    }

    @Test("for every history: closed below the threshold, no call while open, at most one probe a cool-down")
    func properties() {
        for seed in 1...300 as ClosedRange<UInt64> {
            var random = SplitMix(seed: seed)
            let threshold = Int.random(in: 1...5, using: &random)
            let breaker = Self.breaker(failures: threshold)
            var now = start
            var inARow = 0
            for _ in 0..<300 {
                now = now + .milliseconds(Int64.random(in: 0...1_500, using: &random))
                let before = breaker.state(at: now)
                let isAdmitted = breaker.admits(at: now)
                switch before {
                case .closed: #expect(isAdmitted && inARow < threshold, "seed \(seed)")
                case .open(let until): #expect(!isAdmitted && until > now && until - now <= .seconds(5), "seed \(seed)")
                case .halfOpen: break
                }
                guard isAdmitted else { continue }
                if Bool.random(using: &random) {
                    breaker.succeed()
                    inARow = 0
                    #expect(breaker.state(at: now) == .closed, "seed \(seed)")
                } else {
                    inARow += 1
                    let hasOpened = breaker.fail(at: now)
                    #expect(hasOpened == (inARow >= threshold), "seed \(seed)")
                }
            }
        }
    }
}

@Suite("sd_notify")
struct SystemdNotifierTests {
    /// A datagram socket that stands for the service manager.
    private final class Manager {
        let descriptor: Int32
        init?(_ name: String) {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            guard let (address, length) = SystemdNotifier.socketAddress(name) else { return nil }
            let isBound = withUnsafePointer(to: address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
            }
            guard isBound else { return nil }
        }
        deinit { close(descriptor) }
        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 1_024)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
        }
    }

    @Test(
        "the manager is told ready, status, watchdog and stopping, over a path and over an abstract name",
        arguments: [false, true])
    func messages(isAbstract: Bool) throws {
        let folder = try TemporaryFolder()
        let name = isAbstract ? "@quartet-test-\(UUID().uuidString)" : folder.path("notify")
        let manager = try #require(Manager(name))
        let notifier = SystemdNotifier(environment: ["NOTIFY_SOCKET": name], process: getpid())
        #expect(notifier.status("starting"))
        #expect(notifier.ready("running\nSTOPPING=1"))
        #expect(notifier.watchdog())
        #expect(notifier.stopping("stopping"))
        #expect(manager.next() == "STATUS=starting")
        #expect(
            manager.next() == "READY=1\nSTATUS=running STOPPING=1", "a status cannot smuggle in a second assignment")
        #expect(manager.next() == "WATCHDOG=1")
        #expect(manager.next() == "STOPPING=1\nSTATUS=stopping")
        #expect(manager.next() == nil)
    }

    @Test("without a manager, or with one that is gone, nothing happens")
    func nobody() throws {
        let folder = try TemporaryFolder()
        for environment in [
            [:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "relative"], ["NOTIFY_SOCKET": folder.path("gone")],
        ] {
            #expect(!SystemdNotifier(environment: environment, process: getpid()).ready("running"))
        }
        let long = "/" + String(repeating: "x", count: 200)
        #expect(!SystemdNotifier(environment: ["NOTIFY_SOCKET": long], process: getpid()).ready("running"))
    }

    @Test("a sign of life is due at half of what the manager allows, where it is meant for this process")
    func watchdogInterval() {
        func interval(_ environment: [String: String]) -> Span? {
            SystemdNotifier(environment: environment, process: 42).watchdogInterval
        }
        #expect(interval(["WATCHDOG_USEC": "10000000"]) == .seconds(5))
        #expect(interval(["WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "42"]) == .seconds(5))
        #expect(interval(["WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "43"]) == nil)
        for text in ["", "0", "-5", "soon"] { #expect(interval(["WATCHDOG_USEC": text]) == nil) }
        #expect(interval([:]) == nil)
    }
}

@Suite("Directories, lock and command line of a service")
struct ServiceStartTests {
    @Test("directories are made with mode 0700, those above them too")
    func directories() throws {
        let folder = try TemporaryFolder()
        var settings = Settings()
        settings.dataDirectory = folder.path("a/b/data")
        settings.runDirectory = folder.path("a/bus")
        settings.logDirectory = folder.path("a/log")
        for _ in 0..<2 { try RuntimeDirectories.prepare(settings) }
        for name in ["a", "a/b", "a/b/data", "a/bus", "a/log"] {
            let mode = try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
            #expect(mode == 0o700, "\(name)")
        }
    }

    @Test("a directory that is none, or that others may write to, is refused")
    func badDirectories() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "file")
        var settings = Settings()
        settings.dataDirectory = folder.path("file/data")
        #expect(
            throws: ServiceFailure(
                .inputOutput,
                "data_directory \(folder.path("file/data")) cannot be made (not a directory): make it, or name a directory that can be."
            )
        ) { try RuntimeDirectories.prepare(settings) }
        settings.dataDirectory = folder.path("file")
        #expect(
            throws: ServiceFailure(
                .inputOutput, "data_directory \(folder.path("file")) is not a directory: name another.")
        ) {
            try RuntimeDirectories.prepare(settings)
        }
        settings.dataDirectory = folder.path("open")
        mkdir(folder.path("open"), 0o700)
        chmod(folder.path("open"), 0o777)
        #expect(
            throws: ServiceFailure(
                .permission,
                "data_directory \(folder.path("open")) can be written by others: run chmod 700 \(folder.path("open")).")
        ) { try RuntimeDirectories.prepare(settings) }
    }

    @Test("a service runs once on a directory; the second is told the pid of the first")
    func lock() throws {
        let folder = try TemporaryFolder()
        try ServiceLock.take(service: "risk", directory: folder.root)
        try ServiceLock.take(service: "feed", directory: folder.root)
        let sentence =
            "risk already runs as process \(getpid()) on \(folder.root): stop it, or use another data_directory."
        #expect(throws: ServiceFailure(.temporary, sentence)) {
            try ServiceLock.take(service: "risk", directory: folder.root)
        }
    }

    @Test("the command line is --config, --help, or a mistake")
    func commandLine() {
        func parse(_ words: String...) -> ServiceArguments { ServiceArguments.parse(words, program: "quartet-risk") }
        #expect(parse() == .run(configuration: nil))
        #expect(parse("--config", "a.yaml") == .run(configuration: "a.yaml"))
        #expect(parse("--config=a.yaml") == .run(configuration: "a.yaml"))
        #expect(parse("--help") == .help)
        #expect(parse("-h", "--nonsense") == .help)
        #expect(parse("--config") == .wrong("--config needs the path of a file: quartet-risk --config quartet.yaml."))
        #expect(parse("--confg") == .wrong("quartet-risk does not know \"--confg\": see quartet-risk --help."))
        #expect(parse("--config=") == .wrong("quartet-risk does not know \"--config=\": see quartet-risk --help."))
        for service in ServiceName.quartet {
            #expect(
                ServiceArguments.help(service, program: "p").contains("The \(service.rawValue) service of Quartet."))
        }
    }
}
