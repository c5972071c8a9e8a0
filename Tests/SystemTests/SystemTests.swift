import Foundation
import Testing

/// Runs the Python programs beside this file against the real binaries: processes that are not ours judge ours.
struct Outside {
    static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    static let repository = folder.deletingLastPathComponent().deletingLastPathComponent()

    /// Where the binaries are: `QUARTET_BIN_DIR`, else beside the test bundle.
    static let binaries: URL = {
        if let given = ProcessInfo.processInfo.environment["QUARTET_BIN_DIR"] { return URL(fileURLWithPath: given) }
        return repository.appendingPathComponent(".build/debug")
    }()

    /// The first Python that has what the programs need; `make test` prepares one.
    static let python: String? = {
        let candidates = [
            ProcessInfo.processInfo.environment["QUARTET_PYTHON"],
            repository.appendingPathComponent(".build/venv/bin/python3").path,
            "/usr/bin/python3", "/usr/local/bin/python3", "/root/.pyenv/shims/python3",
        ].compactMap { $0 }
        return candidates.first { path in
            FileManager.default.isExecutableFile(atPath: path)
                && run(path, ["-c", "import zmq, jsonschema"]).status == 0
        }
    }()

    static let isReady: Bool = {
        let hasBinaries = FileManager.default.isExecutableFile(atPath: binaries.appendingPathComponent("quartet").path)
        if python == nil { print("skipped: no python3 with pyzmq and jsonschema (make test installs them)") }
        if !hasBinaries { print("skipped: no binaries in \(binaries.path) (swift build makes them)") }
        return python != nil && hasBinaries
    }()

    /// The Python of `.build/browser` with playwright, axe and schemathesis; `make test` prepares it where it can be had.
    static let browserPython: String? = {
        let path = repository.appendingPathComponent(".build/browser/bin/python3").path
        if FileManager.default.isExecutableFile(atPath: path),
            run(path, ["-c", "import zmq, playwright, axe_playwright_python, schemathesis"]).status == 0
        {
            return path
        }
        print("skipped: no playwright, axe and schemathesis in .build/browser (make test installs them where it can)")
        return nil
    }()

    /// Whether Debian's Chromium is there.
    static let hasChromium: Bool = {
        let isThere = run("/bin/sh", ["-c", "command -v chromium"]).status == 0
        if !isThere { print("skipped: no chromium (make test installs it where it can)") }
        return isThere
    }()

    static func run(_ program: String, _ arguments: [String]) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["QUARTET_BIN_DIR"] = binaries.path
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        do { try process.run() } catch { return (127, "\(program): \(error)") }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    static func program(_ name: String, _ arguments: String...) -> (status: Int32, output: String) {
        run(python ?? "python3", [folder.appendingPathComponent(name).path] + arguments)
    }

    static func shared(_ path: String) -> String? {
        let url = repository.deletingLastPathComponent().appendingPathComponent("shared").appendingPathComponent(path)
        if FileManager.default.fileExists(atPath: url.path) { return url.path }
        print("skipped: \(path) is not there (../shared is absent)")
        return nil
    }
}

@Suite("The real processes", .serialized, .enabled(if: Outside.isReady))
struct SystemTests {
    @Test("a process that is not ours taps every bus and holds each message against the exported schema")
    func foreignTap() {
        let result = Outside.program("foreign_tap.py")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("a database that cannot be used ends its service with one sentence and the status a supervisor acts on")
    func exitStatuses() {
        let result = Outside.program("exit_statuses.py")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test(
        "a model's endpoint that does everything wrong changes nothing for the rules and the exit guard, passes no budget and learns no more than the key"
    )
    func agentFaults() {
        let result = Outside.program("agent_faults.py")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("a position is left after 36 hours to the tick, and days begin at local midnight also as clocks change")
    func guardOverTime() {
        let result = Outside.program("guard_in_time.py", "time")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("in a recorded crash each of ten stops is acted on with the very ticker that reached it")
    func guardInACrash() {
        guard let candles = Outside.shared("data/candles/binance-spot_BTCUSDT_1m_2021-09_2021-10.csv.gz") else {
            return
        }
        // From 35 minutes before the fall of 4.9 % in five minutes on 21 September 2021.
        let result = Outside.program("guard_in_time.py", "crash", candles, "4405")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("with strategy dead and the kill file in place nothing is opened and every position is still left")
    func guardAlone() {
        let result = Outside.program("guard_in_time.py", "alone")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("the dashboard's figures are those of the fills, hostile requests get nothing, and its stop halts")
    func dashboard() {
        let result = Outside.program("dashboard.py")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("in a real browser the page shows the numbers of the databases, works by keyboard and on a phone, and stops")
    func browser() {
        guard let python = Outside.browserPython, Outside.hasChromium else { return }
        let result = Outside.run(python, [Outside.folder.appendingPathComponent("browser.py").path])
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("the dashboard withstands hostile requests, slow clients, floods, guesses and what schemathesis makes up")
    func attack() {
        let python = Outside.browserPython ?? Outside.python ?? "python3"
        let result = Outside.run(python, [Outside.folder.appendingPathComponent("attack.py").path])
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("the same recorded input twice gives byte-identical orders, fills and trades")
    func identicalRuns() {
        guard let candles = Outside.shared("data/candles/binance-spot_BTCUSDT_1m_2025-05_2025-08.csv.gz") else {
            return
        }
        let result = Outside.program("identical_runs.py", candles, "12000")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("the same candles through the four processes and through the backtest: the same decisions, orders and trades")
    func parity() {
        guard let candles = Outside.shared("data/candles/binance-spot_BTCUSDT_1m_2025-05_2025-08.csv.gz") else {
            return
        }
        let result = Outside.program("parity.py", candles, "6000")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("execution killed at every step between decided and recorded: each order exactly once, books exact")
    func crashRuns() {
        let result = Outside.program("crash_runs.py", "40")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test(
        "live at an exchange that misbehaves, killed at every step: none twice, none lost, the same fills, cash exact")
    func liveCrashRuns() {
        let result = Outside.program("live_crash_runs.py", "5")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("the real feed and the real execution live at the exchange in a box: one order each, the same fills and fees")
    func liveAtTheBox() {
        let result = Outside.program("live_box.py", "usdm")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("live at the box's spot market: fees in the coin, dust, the same fills and fees on both sides")
    func liveSpot() {
        let result = Outside.program("live_box.py", "spot")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("a short day live at the box, all faults on, processes killed: no order twice, no stop left, cash exact")
    func liveDay() {
        let result = Outside.program("live_day.py", "12")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("an independent naive simulation makes the trades of a backtest, to the last digit")
    func naiveBacktest() {
        guard let candles = Outside.shared("data/candles/binance-spot_BTCUSDT_1m_2025-05_2025-08.csv.gz") else {
            return
        }
        let result = Outside.program("naive_backtest.py", candles, "6000")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("risk killed at every step of the exit path: no exit lost, none doubled, no peak forgotten")
    func riskCrashRuns() {
        let result = Outside.program("risk_crash_runs.py", "20")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("the figures of a backtest are what an independent program makes of its tables")
    func backtestFigures() {
        guard let candles = Outside.shared("data/candles/binance-spot_BTCUSDT_1m_2025-05_2025-08.csv.gz") else {
            return
        }
        let result = Outside.program("backtest_figures.py", candles)
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("a backtest answers bad candles and bad words with one clear sentence")
    func backtestInputs() {
        let result = Outside.program("backtest_inputs.py")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }

    @Test("each service killed in turn under load: none of the others stops, nothing is doubled or lost, cash is exact")
    func restartDrill() {
        let result = Outside.program("restart_drill.py", "20")
        #expect(result.status == 0, "\(result.output)")
        print(result.output)
    }
}
