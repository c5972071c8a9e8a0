import Foundation
import Messaging
import Testing

/// A subscriber in a process of its own, which can be stopped like any other.
private final class Tap {
    /// Whether this machine has Python with pyzmq.
    static let isPossible: Bool = {
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        probe.arguments = ["python3", "-c", "import zmq"]
        probe.standardError = FileHandle.nullDevice
        guard (try? probe.run()) != nil else { return false }
        probe.waitUntilExit()
        if probe.terminationStatus != 0 { print("skipped: the stalled tap needs python3 with pyzmq") }
        return probe.terminationStatus == 0
    }()

    private let process = Process()
    private let output = Pipe()

    init(_ endpoint: Endpoint) throws {
        let program = """
            import sys, zmq
            socket = zmq.Context().socket(zmq.SUB)
            socket.subscribe(b"")
            socket.connect(sys.argv[1])
            socket.recv_multipart()
            print("listening", flush=True)
            while True: socket.recv_multipart()
            """
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program, endpoint.description]
        process.standardOutput = output
        try process.run()
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Returns when it has received its first message.
    func untilListening() { _ = output.fileHandleForReading.availableData }
    func stall() { kill(process.processIdentifier, SIGSTOP) }
    func resume() { kill(process.processIdentifier, SIGCONT) }
}

@Suite("A stalled tap", .enabled(if: Tap.isPossible), .timeLimit(.minutes(20)), .serialized)
struct StalledTapTests {
    private static let frame = [UInt8](repeating: 120, count: 400)
    private static let topic = Array("ticker.BTC/USDT".utf8)

    /// Publishes `count` messages in batches and returns the mean time of one in nanoseconds.
    private static func publish(_ count: Int, _ publisher: Publisher, _ loop: EventLoop) -> Double {
        var nanos: Int64 = 0
        for _ in 0..<count / 100 {
            loop.run {
                let start = MonotonicClock.nanos
                for _ in 0..<100 {
                    topic.withUnsafeBytes { topic in frame.withUnsafeBytes { publisher.send(topic: topic, frame: $0) } }
                }
                nanos += MonotonicClock.nanos - start
            }
        }
        return Double(nanos) / Double(count)
    }

    private static func residentBytes() -> Int {
        let words = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * 4_096
    }

    @Test("that is stopped with SIGSTOP neither slows nor stops the publisher, and costs it no more than its queue")
    func stoppedTap() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let publisher = try loop.run { try Publisher(loop: loop, endpoint: scratch.endpoint("a.pub")) }
            let tap = try Tap(scratch.endpoint("a.pub"))
            let ticking = loop.run { loop.every(micros: 1_000) { _ = Self.publishOne(publisher) } }
            tap.untilListening()
            loop.run { loop.cancel(ticking) }

            let free = Self.publish(100_000, publisher, loop)
            tap.stall()
            // Twice the queue: from here on it is full.
            _ = Self.publish(20_000, publisher, loop)
            let before = Self.residentBytes()
            let stalled = Self.publish(1_000_000, publisher, loop)
            let growth = Self.residentBytes() - before
            // Nobody may wait for a stalled tap; how fast it is otherwise is a benchmark's matter.
            #expect(
                stalled < free * 20 + 50_000,
                "a message took \(free) ns with a lively tap and \(stalled) ns with a stalled one")
            // The queue was filled before: a million more messages would add 400 MB if they were kept. Other tests live in the
            // same process, so that a part of it is allowed.
            #expect(growth < 100 << 20, "the publisher grew by \(growth) bytes")
            tap.resume()
            let sent = loop.run { publisher.sent }
            #expect(sent >= 1_120_000)
        }
    }

    private static func publishOne(_ publisher: Publisher) -> Int {
        topic.withUnsafeBytes { topic in frame.withUnsafeBytes { publisher.send(topic: topic, frame: $0) } }
        return 1
    }

    @Test("is bounded: a full queue of 400-byte messages is kept, not what comes after it")
    func boundedQueue() async throws {
        let scratch = ScratchDirectory()
        try await withLoop { loop in
            let publisher = try loop.run { try Publisher(loop: loop, endpoint: scratch.endpoint("a.pub")) }
            let tap = try Tap(scratch.endpoint("a.pub"))
            let ticking = loop.run { loop.every(micros: 1_000) { _ = Self.publishOne(publisher) } }
            tap.untilListening()
            loop.run { loop.cancel(ticking) }
            let before = Self.residentBytes()
            tap.stall()
            // Kept whole, these would be 240 MB; the queue is about 5 MB, and other tests live in the same process.
            _ = Self.publish(600_000, publisher, loop)
            let growth = Self.residentBytes() - before
            #expect(growth < 80 << 20, "a stalled tap cost \(growth) bytes")
            withExtendedLifetime(tap) {}
        }
    }
}
