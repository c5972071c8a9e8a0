import Foundation
import Glibc
import Logging
import Testing
import TradingModel

@testable import ServiceRuntime

@Suite("Logs")
struct LogSinkTests {
    @Test("each event goes to the logs it belongs to")
    func routing() throws {
        let bench = try LogBench()
        bench.log.trace("t")
        bench.log.debug("d")
        bench.log.info("i")
        bench.log.warning("w")
        bench.log.error("e")
        bench.log.critical("c")
        bench.log.trade("bought", metadata: ["order.id": "o1"])
        let console = bench.finish()
        #expect(bench.folder.names == ["risk.error.log", "risk.json", "risk.log", "risk.trades.log"])
        #expect(bench.folder.lines("risk.log").count == 7)
        #expect(bench.folder.lines("risk.json").count == 7)
        #expect(
            bench.folder.lines("risk.error.log") == [
                "2026-11-22T18:02:25.123456Z ERROR    risk: e", "2026-11-22T18:02:25.123456Z CRITICAL risk: c",
            ])
        #expect(
            bench.folder.lines("risk.trades.log") == ["2026-11-22T18:02:25.123456Z INFO     risk: bought order.id=o1"])
        #expect(
            console.split(separator: "\n") == [
                "18:02:25.123 INFO     risk: i", "18:02:25.123 WARNING  risk: w", "18:02:25.123 ERROR    risk: e",
                "18:02:25.123 CRITICAL risk: c", "18:02:25.123 INFO     risk: bought order.id=o1",
            ])
        #expect(bench.sink.counters.accepted == 7)
    }

    @Test("levels are settings; errors and trades reach their own logs at any level")
    func levels() throws {
        let bench = try LogBench {
            $0.consoleLevel = .critical
            $0.fileLevel = .critical
            $0.json = false
        }
        bench.log.debug("d")
        bench.log.error("e")
        bench.log.trade("t")
        #expect(bench.finish() == "")
        #expect(bench.folder.names == ["risk.error.log", "risk.log", "risk.trades.log"])
        #expect(bench.folder.lines("risk.log") == [])
        #expect(bench.folder.lines("risk.error.log").count == 1)
        #expect(bench.folder.lines("risk.trades.log").count == 1)
    }

    @Test("a JSON line is one object with the field names of ECS; other keys are labels")
    func json() throws {
        struct Broken: Error, CustomStringConvertible { let description = "the \"wire\" broke" }
        let bench = try LogBench()
        var log = bench.sink.logger("risk.exits")
        log[metadataKey: "symbol"] = "BTC/USDT"
        log.info(
            "two\nlines \"quoted\" \u{1} é €",
            metadata: ["event.action": "exit", "order.client_id": "x\\y", "list": ["a", "b"]])
        log.error("broken", error: Broken())
        _ = bench.finish()
        let objects = bench.objects()
        let first = objects[0]
        #expect(first["@timestamp"] as? String == "2026-11-22T18:02:25.123456Z")
        #expect(first["log.level"] as? String == "info")
        #expect(first["message"] as? String == "two\nlines \"quoted\" \u{1} é €")
        #expect(first["ecs.version"] as? String == "8.11.0")
        #expect(first["service.name"] as? String == "risk")
        #expect(first["process.pid"] as? Int == Int(getpid()))
        #expect(first["log.logger"] as? String == "risk.exits")
        #expect(first["event.action"] as? String == "exit")
        #expect(
            first["labels"] as? [String: String] == [
                "symbol": "BTC/USDT", "order_client_id": "x\\y", "list": "[\"a\", \"b\"]",
            ])
        #expect(objects[1]["error.message"] as? String == "the \"wire\" broke")
        #expect((objects[1]["log.origin.file.name"] as? String)?.hasSuffix("LogSinkTests.swift") == true)
        #expect(objects[1]["log.origin.file.line"] as? Int != nil)
        #expect(objects.count == 2)
        #expect(
            bench.folder.read("risk.json").hasPrefix(
                "{\"@timestamp\":\"2026-11-22T18:02:25.123456Z\",\"log.level\":\"info\",\"message\":"))
    }

    @Test("no message can forge a line or steer a terminal, and values with blanks are quoted")
    func cleanText() throws {
        let bench = try LogBench()
        bench.log.warning(
            "a\nb\r\u{1B}[31m\u{9B}x \"q\" é", metadata: ["note": "two \"words\"", "n": "1", "empty": "", "k=v": "a=b"])
        let console = bench.finish()
        let body = #"risk: a\nb\r\x1b[31m\x9bx "q" é empty="" k=v="a=b" n=1 note="two \"words\"""#
        #expect(bench.folder.lines("risk.log") == ["2026-11-22T18:02:25.123456Z WARNING  " + body])
        #expect(console == "18:02:25.123 WARNING  " + body + "\n")
    }

    @Test("a terminal is coloured, a pipe and NO_COLOR are plain, the journal gets levels instead of times")
    func consoleStyles() throws {
        func style(_ color: ConsoleColor, _ environment: [String: String], _ isTerminal: Bool) -> ConsoleStyle {
            .suitable(for: color, environment: environment, isTerminal: isTerminal)
        }
        #expect(style(.auto, [:], true) == .colored)
        #expect(style(.auto, ["NO_COLOR": ""], true) == .colored)
        #expect(style(.auto, ["NO_COLOR": "1"], true) == .plain)
        #expect(style(.auto, ["TERM": "dumb"], true) == .plain)
        #expect(style(.auto, [:], false) == .plain)
        #expect(style(.always, ["NO_COLOR": "1"], false) == .colored)
        #expect(style(.never, [:], true) == .plain)
        #expect(style(.auto, ["JOURNAL_STREAM": "8:1"], false) == .journal)
        #expect(style(.auto, ["JOURNAL_STREAM": "8:1"], true) == .colored)
        let colored = try LogBench(style: .colored)
        colored.log.error("e")
        #expect(colored.finish() == "\u{1B}[2m18:02:25.123\u{1B}[0m \u{1B}[31mERROR   \u{1B}[0m risk: e\n")
        let journal = try LogBench(style: .journal)
        journal.log.error("e", metadata: ["a": "b"])
        #expect(journal.finish() == "<3>risk: e a=b\n")
    }

    @Test("a secret is struck out of every log, wherever it stands in a line")
    func redaction() throws {
        let bench = try LogBench(secrets: [Secret("hush-hush"), Secret("")])
        bench.log.error(
            "key hush-hushhush-hush!", metadata: ["url": "https://x/?k=hush-hush", "event.reason": "hush-hush"])
        let console = bench.finish()
        for name in bench.folder.names { #expect(!bench.folder.read(name).contains("hush"), "\(name)") }
        #expect(!console.contains("hush"))
        #expect(
            bench.folder.read("risk.log").contains(
                "key ******************! event.reason=********* url=\"https://x/?k=*********\""))
        #expect(bench.objects().first?["event.reason"] as? String == "*********")
    }

    @Test("a day ends at midnight UTC: its log is renamed to its date")
    func dailyRotation() throws {
        let bench = try LogBench(at: "2026-11-22T23:59:59.9Z")
        bench.log.error("late")
        bench.clock.advance(.milliseconds(200))
        bench.log.error("early")
        bench.sink.flush(within: .seconds(120))
        bench.clock.advance(.hours(24))
        bench.log.info("next")
        _ = bench.finish()
        #expect(bench.folder.lines("risk.log.2026-11-22.001") == ["2026-11-22T23:59:59.900000Z ERROR    risk: late"])
        #expect(bench.folder.lines("risk.log.2026-11-23.001") == ["2026-11-23T00:00:00.100000Z ERROR    risk: early"])
        #expect(bench.folder.lines("risk.log") == ["2026-11-24T00:00:00.100000Z INFO     risk: next"])
        #expect(bench.folder.lines("risk.error.log.2026-11-22.001").count == 1)
        // The error log had nothing to say on the third day: it keeps the second until it has.
        #expect(bench.folder.lines("risk.error.log").count == 1)
        #expect(bench.folder.lines("risk.json.2026-11-23.001").count == 1)
    }

    @Test("a full log starts anew before it grows beyond its size, lines stay whole, and ten old ones are kept")
    func sizeRotation() throws {
        let bench = try LogBench {
            $0.maxFileMegabytes = 1
            $0.keep = 3
            $0.json = false
            $0.consoleLevel = .critical
            $0.queueLines = 1_048_576
        }
        let filler = String(repeating: "x", count: 400)
        for number in 0..<12_000 { bench.log.info("\(number) \(filler)") }
        _ = bench.finish()
        let names = bench.folder.names.filter { $0.hasPrefix("risk.log.") }
        #expect(names == ["risk.log.2026-11-22.003", "risk.log.2026-11-22.004", "risk.log.2026-11-22.005"])
        var numbers: [Int] = []
        for name in names + ["risk.log"] {
            let size = try FileManager.default.attributesOfItem(atPath: bench.folder.path(name))[.size] as? Int ?? 0
            #expect(size <= 1_000_000 && (name == "risk.log" || size > 999_000), "\(name) has \(size) bytes")
            numbers += bench.folder.lines(name).compactMap {
                $0.split(separator: " ").dropFirst(3).first.flatMap { Int($0) }
            }
        }
        #expect(numbers == Array((12_000 - numbers.count)..<12_000), "no line is split, lost or out of order")
    }

    @Test("a start goes on with the file of the day and rotates one of an earlier day")
    func restart() throws {
        let bench = try LogBench(at: "2026-11-22T10:00:00Z") { _ in
        } prepare: { folder in
            try folder.write("old line\n", to: "risk.log")
            try folder.write("yesterday\n", to: "risk.error.log")
            try folder.write("half a li", to: "risk.trades.log")
            for (name, iso) in [
                ("risk.log", "2026-11-22T09:00:00Z"), ("risk.error.log", "2026-11-21T09:00:00Z"),
                ("risk.trades.log", "2026-11-22T09:00:00Z"),
            ] {
                let date = Date(timeIntervalSince1970: Double(CivilTime.parse(iso) ?? 0) / 1e6)
                try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: folder.path(name))
            }
        }
        bench.log.error("new")
        bench.log.trade("traded")
        _ = bench.finish()
        #expect(bench.folder.lines("risk.log").first == "old line")
        #expect(bench.folder.lines("risk.log").count == 3)
        #expect(bench.folder.lines("risk.error.log.2026-11-21.001") == ["yesterday"])
        #expect(bench.folder.lines("risk.error.log") == ["2026-11-22T10:00:00.000000Z ERROR    risk: new"])
        #expect(
            bench.folder.lines("risk.trades.log") == ["half a li", "2026-11-22T10:00:00.000000Z INFO     risk: traded"])
    }

    @Test("after an outside rename and a reopen the old name gets the new lines")
    func outsideRotation() throws {
        let bench = try LogBench()
        bench.log.info("one")
        bench.sink.flush(within: .seconds(120))
        try FileManager.default.moveItem(atPath: bench.folder.path("risk.log"), toPath: bench.folder.path("moved"))
        bench.sink.reopen()
        bench.log.info("two")
        _ = bench.finish()
        #expect(bench.folder.lines("moved").count == 1)
        #expect(bench.folder.lines("risk.log") == ["2026-11-22T18:02:25.123456Z INFO     risk: two"])
    }
}

@Suite("Logs in trouble")
struct LogTroubleTests {
    @Test("a full disk is told once, counted, and never stops anybody")
    func fullDisk() {
        var file = RotatingFile(path: "/dev/full", maximumBytes: 1_000, keep: 1)
        let (line, begin) = (Array("a line\n".utf8), WallTime(micros: 1_000_000_000))
        let sentence =
            "Log lines are lost: /dev/full cannot be written (no space left on device): make room or repair it."
        let outcomes = [(2, Span.zero), (1, .milliseconds(10)), (1, .seconds(2)), (1, .hours(-1))].map { lines, later in
            file.append(line[...], lines: lines, at: begin + later)
        }
        #expect(
            outcomes == [.lost(sentence: sentence), .lost(sentence: nil), .lost(sentence: nil), .lost(sentence: nil)])
        #expect(file.lost == 5)
    }

    @Test("lines that were lost are told of in the log when it can be written again")
    func recovery() throws {
        let bench = try LogBench { $0.json = false }
        bench.log.info("one")
        bench.sink.flush(within: .seconds(120))
        let hidden = bench.folder.root + "-away"
        try FileManager.default.moveItem(atPath: bench.folder.root, toPath: hidden)
        bench.sink.reopen()
        bench.log.info("two")
        bench.log.info("three")
        bench.sink.flush(within: .seconds(120))
        try FileManager.default.moveItem(atPath: hidden, toPath: bench.folder.root)
        bench.clock.advance(.seconds(2))
        bench.log.info("four")
        let console = bench.finish()
        let path = bench.folder.path("risk.log")
        #expect(
            console.contains(
                "risk: Log lines are lost: \(path) cannot be written (no such file or directory): make room or repair it.\n"
            ))
        #expect(console.contains("risk: \(path) can be written again; "))
        let lines = bench.folder.lines("risk.log")
        #expect(lines.first?.hasSuffix("risk: one") == true)
        #expect(lines.contains { $0.hasSuffix("lines are missing before this one: \(path) could not be written.") })
        #expect(lines.contains { $0.hasSuffix("risk: four") })
        #expect(bench.sink.counters.lost >= 2)
    }

    @Test("when the disk does not keep up events are dropped, least important first, and the log says how many")
    func dropping() throws {
        // A pipe in the place of the main log: it takes 64 KiB and then holds the writer.
        var pipePath = ""
        let bench = try LogBench {
            $0.json = false
            $0.queueLines = 64
            $0.consoleLevel = .critical
        } prepare: { folder in
            pipePath = folder.path("risk.log")
            #expect(mkfifo(pipePath, 0o600) == 0)
        }
        let filler = String(repeating: "x", count: 1_000)
        func fill() {
            let before = bench.sink.counters.dropped
            while bench.sink.counters.dropped == before { bench.log.info("\(filler)") }
        }
        let writer = open(pipePath, O_WRONLY | O_NONBLOCK)
        defer { close(writer) }
        var ready = pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)
        while poll(&ready, 1, 0) > 0 { fill() }
        // The pipe is full. The writer may have one more batch to take before it stands; then the queue stays full.
        #expect(!bench.sink.flush(within: .milliseconds(200)))
        fill()
        // Warnings and trades still have room.
        let dropped = bench.sink.counters.dropped
        for _ in 0..<32 {
            bench.log.warning("w")
            bench.log.trade("t")
        }
        #expect(bench.sink.counters.dropped == dropped)
        for _ in 0..<200 { bench.log.error("e") }
        #expect(bench.sink.counters.dropped == dropped + 200)

        let reader = open(pipePath, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !text.contains("were dropped: the disk did not keep up.\n") || !text.contains("risk: w\n") {
            let count = read(reader, &buffer, buffer.count)
            if count > 0 { text += String(decoding: buffer[..<count], as: UTF8.self) }
            bench.sink.flush(within: .milliseconds(10))
        }
        let told = text.split(separator: "\n").filter { $0.hasSuffix("the disk did not keep up.") }
            .compactMap { $0.split(separator: " ").dropFirst(3).first.flatMap { Int($0) } }
        #expect(told.reduce(0, +) == dropped + 200)
        #expect(told.count >= 1)
        _ = bench.finish()
        #expect(bench.folder.lines("risk.trades.log").count == 32)
        #expect(bench.folder.lines("risk.error.log").count == 0, "errors beyond the reserve were dropped with the rest")
    }

    @Test("a console that nobody reads holds up neither the files nor the end")
    func stoppedConsole() throws {
        let bench = try LogBench()
        for number in 0..<2_000 { bench.log.info("\(number) \(String(repeating: "x", count: 100))") }
        #expect(bench.sink.flush(within: .seconds(120)))
        #expect(bench.folder.lines("risk.log").count == 2_000)
        var seen = bench.console.fileHandleForReading.availableData
        bench.log.info("after")
        bench.sink.flush(within: .seconds(120))
        seen += bench.console.fileHandleForReading.availableData
        let console = String(decoding: seen, as: UTF8.self) + bench.finish()
        #expect(console.contains("bytes were not shown here: the console did not keep up."))
        #expect(console.hasSuffix("risk: after\n"))
    }

    @Test("a log that cannot be opened is refused at the start in a sentence")
    func unwritable() {
        let plan = LogPlan(service: "risk", directory: "/nowhere", settings: LoggingSettings())
        let error = #expect(throws: LogSinkError.self) { try LogSink(plan) }
        #expect(
            error?.description
                == "The log /nowhere/risk.log cannot be opened (no such file or directory): make log_directory writable or choose another."
        )
    }

    @Test("what is logged after the end is let go, and closing twice is no harm")
    func afterClose() throws {
        let bench = try LogBench()
        bench.log.info("one")
        _ = bench.finish()
        bench.log.info("two")
        #expect(bench.sink.close())
        #expect(bench.sink.flush())
        #expect(bench.folder.lines("risk.log").count == 1)
    }

    @Test("many threads may log at once: every line arrives whole, once")
    func concurrency() async throws {
        let bench = try LogBench {
            $0.consoleLevel = .critical
            $0.queueLines = 1_048_576
        }
        await withTaskGroup { group in
            for task in 0..<8 {
                let log = bench.log
                group.addTask {
                    for number in 0..<2_000 { log.info("line", metadata: ["task": "\(task)", "number": "\(number)"]) }
                }
            }
        }
        _ = bench.finish()
        let lines = bench.folder.lines("risk.log")
        #expect(lines.count == 16_000)
        #expect(Set(lines).count == 16_000)
        #expect(bench.objects().allSatisfy { $0["unparsable"] == nil })
    }
}
