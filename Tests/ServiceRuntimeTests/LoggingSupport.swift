import Foundation
import Glibc
import Logging
import Synchronization
import TradingModel

@testable import ServiceRuntime

/// A clock that stands until it is moved.
final class TestClock: Sendable {
    private let time: Mutex<WallTime>
    init(_ iso: String) { time = Mutex(WallTime(micros: CivilTime.parse(iso) ?? 0)) }
    var now: WallTime { time.withLock { $0 } }
    func advance(_ span: Span) { time.withLock { $0 = $0 + span } }
}

/// A sink on a folder of its own, with its console in a pipe.
struct LogBench {
    let folder: TemporaryFolder
    let clock: TestClock
    let sink: LogSink
    let console: Pipe
    let log: Logger

    init(
        at iso: String = "2026-11-22T18:02:25.123456Z", style: ConsoleStyle = .plain, secrets: [Secret] = [],
        _ change: (inout LoggingSettings) -> Void = { _ in }, prepare: (TemporaryFolder) throws -> Void = { _ in }
    ) throws {
        folder = try TemporaryFolder()
        try prepare(folder)
        console = Pipe()
        let clock = TestClock(iso)
        self.clock = clock
        var settings = LoggingSettings()
        change(&settings)
        var plan = LogPlan(service: "risk", directory: folder.root, settings: settings)
        plan.console = console.fileHandleForWriting.fileDescriptor
        plan.style = style
        plan.secrets = secrets
        sink = try LogSink(plan, clock: { clock.now })
        log = sink.logger("risk")
    }

    /// Closes everything and gives what the console was told.
    func finish() -> String {
        sink.close(within: .seconds(120))
        try? console.fileHandleForWriting.close()
        return String(decoding: console.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    /// The lines of the JSON log as objects.
    func objects() -> [[String: Any]] {
        folder.lines("risk.json").map { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] ?? ["unparsable": line]
        }
    }
}
