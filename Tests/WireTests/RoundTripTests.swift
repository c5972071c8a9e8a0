import Foundation
import Testing
import TradingModel

@testable import Wire

@Suite struct RoundTripTests {
    @Test func everyKindComesBackAsItWasSent() throws {
        var count = 0
        for kind in WireCatalog.kinds {
            for seed in 0..<200 as Range<UInt64> {
                var source = Randomizer(seed: seed)
                var envelope = source.envelope()
                let body = source.body(of: kind)
                let frame = try encode(envelope, body)
                envelope.kind = kind.kind
                let message = try WireCatalog.decodeAny(frame)
                #expect(message.envelope == envelope, "\(kind.kind) seed \(seed)")
                #expect(isEqual(message.body, body), "\(kind.kind) seed \(seed): \(text(of: frame))")
                #expect(try encode(message.envelope, message.body) == frame, "\(kind.kind) seed \(seed)")
                count += 1
            }
        }
        print("round trips: \(count) messages of \(WireCatalog.kinds.count) kinds")
    }

    private func isEqual(_ a: any WireBody, _ b: any WireBody) -> Bool {
        guard let a = a as? any Hashable, let b = b as? any Hashable else { return false }
        return AnyHashable(a) == AnyHashable(b)
    }

    @Test func aGoldenFileOfEveryKindDecodesForEver() throws {
        let folder = here.appendingPathComponent("Golden")
        for kind in WireCatalog.kinds {
            let file = folder.appendingPathComponent(kind.kind + ".json")
            guard let data = try? Data(contentsOf: file) else {
                // A new kind gets its file once; an existing file is never written again.
                let frame = try randomFrame(
                    kind, seed: kind.kind.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) }, isWild: false)
                try Data(frame.dropFirst(WireProtocol.headerBytes) + [0x0a]).write(to: file)
                Issue.record("\(file.lastPathComponent) did not exist and was written: look at it and commit it")
                continue
            }
            let frame = try Frame.wrap(data.dropLast())
            let message = try WireCatalog.decodeAny(frame)
            #expect(message.envelope.kind == kind.kind)
            #expect(text(of: try encode(message.envelope, message.body)) == text(of: frame))
        }
    }

    @Test func noGoldenFileIsLeftWithoutItsKind() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: here.appendingPathComponent("Golden").path)
        for name in names { #expect(WireCatalog.kind(String(name.dropLast(5))) != nil, "\(name)") }
    }

    @Test func membersMayStandInAnyOrderWithAnySpaceAndUnknownOnesBetween() throws {
        for kind in WireCatalog.kinds {
            for seed in 0..<20 as Range<UInt64> {
                let original = try randomFrame(kind, seed: seed)
                var shuffler = Shuffler(seed: seed)
                let shuffled = frame(shuffler.text(try Document.parse(original.dropFirst(4))))
                let message = try WireCatalog.decodeAny(shuffled)
                #expect(
                    try encode(message.envelope, message.body) == original,
                    "\(kind.kind) seed \(seed): \(text(of: shuffled))")
            }
        }
    }

    @Test func nullStandsForAnAbsentOptionalField() throws {
        let message = try WireCatalog.decodeAny(
            frame(
                #"{"v":1,"kind":"clock","source":"x","session":"y","seq":0,"at":0,"cause":null,"id":null,"expiresAt":null,"#
                    + #""body":{"marketTime":7,"rate":null,"step":null,"isFinished":true}}"#))
        let clock = try #require(message.body as? MarketClock)
        #expect(clock.rate == nil && clock.step == nil && clock.isFinished && clock.marketTime.micros == 7)
        #expect(message.envelope.cause == nil && message.envelope.id == nil)
    }

    @Test func whatTheWireCannotCarryIsRefusedWithTheFieldsName() throws {
        func refusal(_ body: some WireBody) -> WireError? {
            do throws(WireError) {
                _ = try WireMessage.encode(Envelope(), body)
                return nil
            } catch { return error }
        }
        var reading = Reading("rsi", .nan)
        #expect(refusal(reading)?.code == .notFinite && refusal(reading)?.path == "value")
        reading.value = -.infinity
        #expect(refusal(reading)?.code == .notFinite)
        var barrier = Barrier(step: 1 << 53, isAttentive: false)
        #expect(refusal(barrier)?.code == .outOfRange && refusal(barrier)?.path == "step")
        barrier.step = -(1 << 53) + 1
        #expect(refusal(barrier) == nil)
        #expect(refusal(Ticker())?.code == .badValue && refusal(Ticker())?.path == "symbol")
        var report = Health()
        report.reason = String(repeating: "x", count: WireProtocol.maximumFrameBytes)
        #expect(refusal(report)?.code == .oversized)
        report.reason = String(repeating: "\u{1}", count: 100_000)
        #expect(refusal(report) == nil)
    }

    @Test func everyDoubleReadsBackAsTheSameBits() throws {
        var generator = SeededGenerator(seed: 53)
        var values: [Double] = [
            0, -0.0, 1, .pi, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 1e22, 1e23,
            0.1 + 0.2, 1e-7, 123_456.789,
        ]
        for _ in 0..<100_000 {
            let value = Double(bitPattern: generator.next())
            if value.isFinite { values.append(value) }
            values.append(Double(Int.random(in: -1_000_000...1_000_000, using: &generator)) / 1_000)
        }
        for value in values {
            let text = try WireJSON.encode(value)
            #expect(try WireJSON.decode(Double.self, from: text).bitPattern == value.bitPattern)
        }
    }

    @Test func everyIntegerReadsBack() throws {
        var generator = SeededGenerator(seed: 54)
        var values: [Int64] = [
            0, 1, 9, 10, 99, 100, JSONWriter.largestInteger, -JSONWriter.largestInteger, 12_345_678,
            1_234_567_890_123_456,
        ]
        for bits in 0..<53 { values += [1 << bits, (1 << bits) - 1, -(1 << bits)] }
        for _ in 0..<50_000 {
            let bits = Int.random(in: 1...53, using: &generator)
            values.append(.random(in: 0..<(1 << bits), using: &generator))
        }
        for value in values {
            let text = try WireJSON.encode(value)
            #expect(String(decoding: text, as: UTF8.self) == String(value))
            #expect(try WireJSON.decode(Int64.self, from: text) == value)
        }
    }

    @Test func aReusedBufferHoldsExactlyTheLastFrame() throws {
        var buffer: [UInt8] = []
        let long = try randomFrame(try #require(WireCatalog.kind("executionSnapshot")), seed: 3)
        let body = try #require(try WireCatalog.decodeAny(long).body as? ExecutionSnapshot)
        try WireMessage.encode(Envelope(), body, into: &buffer)
        try WireMessage.encode(Envelope(), Acknowledgement(), into: &buffer)
        #expect(
            text(of: buffer) == #"{"v":1,"kind":"acknowledgement","source":"","session":"","seq":0,"at":0,"body":{}}"#)
        #expect(try Frame.wrap(buffer.dropFirst(4)) == buffer)
    }
}

@Suite struct FrameReaderTests {
    @Test func framesComeOutOfAStreamCutAnywhere() throws {
        var generator = SeededGenerator(seed: 11)
        var frames: [[UInt8]] = []
        for kind in WireCatalog.kinds {
            for seed in 0..<5 as Range<UInt64> { frames.append(try randomFrame(kind, seed: seed)) }
        }
        let stream = frames.flatMap { $0 }
        for _ in 0..<20 {
            var reader = FrameReader()
            var found: [[UInt8]] = []
            var position = 0
            while position < stream.count {
                let end = min(stream.count, position + Int.random(in: 1...900, using: &generator))
                reader.append(stream[position..<end])
                position = end
                while let frame = try reader.next() { found.append(frame) }
            }
            try reader.finish()
            #expect(found == frames)
            #expect(reader.offset == stream.count)
        }
    }

    @Test func aStreamThatEndsInsideAFrameIsRefusedWithThePlace() throws {
        var reader = FrameReader()
        reader.append(try Frame.wrap(Array("{}".utf8)))
        reader.append([0, 0, 0, 9, 1])
        #expect(try reader.next()?.count == 6)
        #expect(try reader.next() == nil)
        #expect(throws: WireError(.truncated, offset: 11, "the stream ends inside a frame that began at byte 6")) {
            try reader.finish()
        }
    }

    @Test func aLengthBeyondTheLimitEndsTheStream() {
        var reader = FrameReader()
        reader.append([0, 16, 0, 1])
        #expect(throws: WireError.self) { try reader.next() }
    }
}
