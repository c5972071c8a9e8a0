import Foundation
import Testing
import TradingModel
import Wire

@testable import OperatorCLI

private func envelope(
    _ session: String, _ sequence: Int, source: String = "feed", kind: String = Ticker.kind
) -> Envelope {
    var envelope = Envelope()
    envelope.kind = kind
    envelope.source = source
    envelope.session = session
    envelope.sequence = sequence
    envelope.at = WallTime(micros: 1_747_699_200_000_000 + Int64(sequence) * 1_000_000)
    return envelope
}

private func tickerFrame(_ sequence: Int, session: String = "s1") throws -> [UInt8] {
    var ticker = Ticker()
    ticker.symbol = try #require(Symbol("BTC/USDT"))
    ticker.venue = .simulated
    ticker.bid = Price(99)
    ticker.ask = Price(101)
    ticker.last = Price(100)
    return try WireMessage.encode(envelope(session, sequence), ticker)
}

@Suite("Watching sequence numbers")
struct SequenceWatchTests {
    @Test("numbers without holes say nothing, from wherever the tap came in")
    func quiet() {
        var watch = SequenceWatch()
        for sequence in 41...60 { #expect(watch.note(envelope("s1", sequence), topic: "ticker.A/B") == nil) }
        #expect(watch.holes == 0)
    }

    @Test("a hole is told with what is missing, once")
    func hole() {
        var watch = SequenceWatch()
        _ = watch.note(envelope("s1", 1), topic: "t")
        #expect(watch.note(envelope("s1", 5), topic: "t") == .hole(from: 2, through: 4))
        #expect(watch.note(envelope("s1", 6), topic: "t") == nil)
        #expect(watch.holes == 1 && watch.missing == 3)
    }

    @Test("a new session is no hole; a repeat is neither")
    func sessions() {
        var watch = SequenceWatch()
        _ = watch.note(envelope("s1", 7), topic: "t")
        #expect(watch.note(envelope("s2", 1), topic: "t") == .newSession(before: "s1", after: "s2"))
        #expect(watch.note(envelope("s2", 1), topic: "t") == .repeated(expected: 2))
        #expect(watch.note(envelope("s2", 2), topic: "t") == nil)
        #expect(watch.holes == 0 && watch.newSessions == 1 && watch.repeats == 1)
    }

    @Test("a restart is told once, whatever topic speaks first, and numbers then begin anew on each")
    func restartOnce() {
        var watch = SequenceWatch()
        _ = watch.note(envelope("s1", 7), topic: "a")
        _ = watch.note(envelope("s1", 9), topic: "b")
        #expect(watch.note(envelope("s2", 1), topic: "b") == .newSession(before: "s1", after: "s2"))
        #expect(watch.note(envelope("s2", 1), topic: "a") == nil)
        #expect(watch.note(envelope("s2", 3), topic: "a") == .hole(from: 2, through: 2))
        #expect(watch.newSessions == 1)
    }

    @Test("topics and sources are watched apart")
    func apart() {
        var watch = SequenceWatch()
        _ = watch.note(envelope("s1", 1), topic: "a")
        _ = watch.note(envelope("s1", 9), topic: "b")
        _ = watch.note(envelope("s9", 3, source: "risk"), topic: "a")
        #expect(watch.note(envelope("s1", 2), topic: "a") == nil)
        #expect(watch.note(envelope("s9", 4, source: "risk"), topic: "a") == nil)
        #expect(watch.note(envelope("s1", 10), topic: "b") == nil)
    }
}

@Suite("A message on the tap")
struct TapViewTests {
    private let terminal = TapView(canvas: Canvas(isTerminal: true, width: 110, palette: .plain), showsBus: true)
    private let pipe = TapView(canvas: .pipe, showsBus: true)

    @Test("piped it is six columns, the body as it was on the wire")
    func piped() throws {
        let fact = try Fact(frame: tickerFrame(3))
        let columns = pipe.line(fact, service: .feed, topic: "ticker.BTC/USDT").split(separator: "\t")
        #expect(columns.count == 6)
        #expect(columns[0] == "00:00:03.000")
        #expect(columns[1...4] == ["feed", "ticker.BTC/USDT", "ticker", "3"])
        #expect(columns[5].hasPrefix(#"{"symbol":"BTC/USDT","venue":"simulated","bid":"99""#))
    }

    @Test("on a terminal it fits the line and leaves out what the topic says")
    func onTerminal() throws {
        let line = terminal.line(try Fact(frame: tickerFrame(3)), service: .feed, topic: "ticker.BTC/USDT")
        #expect(TextWidth.of(line) <= 110)
        #expect(line.contains("ticker.BTC/USDT"))
        #expect(line.contains("bid=99"))
        #expect(!line.contains("symbol="))
    }

    @Test("the raw line of a message has no line end inside")
    func rawLine() throws {
        let json = "{\"v\":1,\n\"kind\":\"x\",\"source\":\"me\",\"session\":\"s\",\"seq\":1,\"at\":1,\"body\":{\r\n}}"
        let frame = try Frame.wrap(Array(json.utf8))
        #expect(!Fact.line(of: frame).contains { $0.isNewline })
        let fact = try Fact(frame: frame)
        #expect(fact.topic == "x")
    }

    @Test("a message that cannot be read is an error with a reason, for every prefix of a good one")
    func malformed() throws {
        let frame = try tickerFrame(1)
        for count in 0..<frame.count {
            let error = #expect(throws: WireError.self) { try Fact(frame: Array(frame[..<count])) }
            let line = terminal.malformed(
                try #require(error), service: .feed, topic: "t\u{1b}", size: count, at: WallTime(micros: 0))
            #expect(line.contains("unreadable message of \(count) bytes"))
            #expect(!line.unicodeScalars.contains("\u{1b}"))
        }
    }

    @Test("the topic of a recorded frame is told from its content")
    func topics() throws {
        #expect(try Fact(frame: tickerFrame(1)).topic == "ticker.BTC/USDT")
        var candle = Candle()
        candle.symbol = try #require(Symbol("ETH/USDT"))
        candle.venue = .simulated
        candle.timeframe = .fifteenMinutes
        #expect(try Fact(frame: WireMessage.encode(envelope("s", 1), candle)).topic == "candle.ETH/USDT.15m")
        var health = Health()
        health.service = "risk"
        #expect(try Fact(frame: WireMessage.encode(envelope("s", 1, source: "risk"), health)).topic == "health.risk")
        #expect(try Fact(frame: WireMessage.encode(envelope("s", 1), MarketClock())).topic == "clock")
    }

    @Test("rates are busiest first, and a topic that fell silent stays")
    func rates() {
        var table = RateTable()
        for _ in 0..<3 { table.note("ticker.A/B", bytes: 100) }
        table.note("clock", bytes: 10)
        #expect(table.take().map { [$0.messages, $0.bytes, $0.total] } == [[3, 300, 3], [1, 10, 1]])
        table.note("clock", bytes: 10)
        let second = table.take()
        #expect(second.map(\.topic) == ["clock", "ticker.A/B"])
        #expect(second.map(\.messages) == [1, 0])
        #expect(second.map(\.total) == [2, 3])
    }
}

@Suite("Recordings")
struct RecordingTests {
    private func census(_ frames: [[UInt8]]) -> RecordingReport {
        var census = RecordingCensus()
        for frame in frames { _ = census.note(frame) }
        return census.report(file: "x.frames", fault: "")
    }

    @Test("kinds, sources, times and holes are counted")
    func counts() throws {
        let report = census([
            try tickerFrame(1), try tickerFrame(2), try tickerFrame(5), try tickerFrame(1, session: "s2"),
            [0, 0, 0, 2, 1, 2],
        ])
        #expect(report.messages == 4)
        #expect(report.unreadable == 1)
        #expect(report.kinds.map(\.name) == ["ticker"])
        #expect(report.holes == 1 && report.missing == 2)
        #expect(report.sources.map(\.sessions) == [2])
        #expect(report.topics == 1)
        #expect(try #require(report.last) - (try #require(report.first)) == .seconds(4))
        let lines = RecordingView.lines(report, on: .pipe)
        #expect(lines[1].hasPrefix("ticker\t4\t"))
        #expect(lines.last?.contains("1 hole, 2 messages missing") == true)
    }

    @Test("a file is examined to its end, and a cut one is told with the byte where the fault begins")
    func examine() throws {
        try withTemporaryDirectory { directory in
            let whole = try tickerFrame(1) + tickerFrame(2)
            try write(whole, to: directory + "/whole.frames")
            let report = try RecordingInfo.examine(directory + "/whole.frames")
            #expect(report.messages == 2 && report.fault.isEmpty)
            try write(Array(whole.dropLast(3)), to: directory + "/cut.frames")
            let cut = try RecordingInfo.examine(directory + "/cut.frames")
            #expect(cut.messages == 1)
            #expect(cut.fault.contains("not a whole recording"))
            try write(Array("hello, this is text".utf8), to: directory + "/text")
            #expect(try RecordingInfo.examine(directory + "/text").fault.contains("not a whole recording"))
        }
        #expect(throws: Failure.self) { try RecordingInfo.examine("/nowhere/at/all") }
    }
}

@Suite("Waiting for health")
struct HealthWaitTests {
    @Test("a wait that is over leaves nothing behind on its loop, whatever its patience was")
    func leavesNothing() async throws {
        let bus = try BusClient(directory: NSTemporaryDirectory())
        let supervisor = Supervisor(socketPath: "/nowhere", dataDirectory: "/nowhere")
        func wait(for services: [ServiceName], patience: Span) async throws -> [ServiceName: HealthWait.Outcome] {
            let wait = HealthWait(for: services, bus: bus, supervisor: supervisor, patience: patience) { _, _ in }
            try await wait.listen()
            return await wait.run()
        }
        #expect(try await wait(for: [], patience: .milliseconds(1)).isEmpty)
        let outcomes = try await wait(for: [.risk], patience: .milliseconds(20))
        guard case .failed(let sentence)? = outcomes[.risk] else {
            Issue.record("nobody is there to be healthy")
            return
        }
        #expect(sentence.contains("nothing was heard of it"))
        // A longer wait on the same loop sees the moments at which the timers of the others would have come.
        #expect(try await wait(for: [.feed], patience: .milliseconds(60)).count == 1)
    }
}
