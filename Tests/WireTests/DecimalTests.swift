import Testing
import TradingModel

@testable import Wire

/// The fast paths of decimals against the plain way of doing it.
@Suite struct DecimalTests {
    /// Digits of the whole integer, a point before the last `fractionDigits`, zeros taken off.
    private func plain<T: FixedPoint>(_ value: T) -> String {
        var digits = String(value.raw.magnitude)
        while digits.count <= T.fractionDigits { digits = "0" + digits }
        var whole = String(digits.dropLast(T.fractionDigits))
        var fraction = String(digits.suffix(T.fractionDigits))
        while fraction.last == "0" { fraction.removeLast() }
        if !fraction.isEmpty { whole += "." + fraction }
        return value.raw < 0 ? "-" + whole : whole
    }

    private func check<T: FixedPoint & WireValue & Randomizable>(_: T.Type) throws {
        var source = Randomizer(seed: 12)
        var values = [0, 1, -1, T.scale, -T.scale, T.scale - 1, T.largestWhole * T.scale, -T.largestWhole * T.scale].map
        { T(raw: $0) }
        for digits in 0...36 where PowerOfTen.of(digits) <= T.largestWhole * T.scale {
            values += [
                T(raw: PowerOfTen.of(digits)), T(raw: PowerOfTen.of(digits) - 1), T(raw: -PowerOfTen.of(digits)),
            ]
        }
        values += [UInt64.max - 1, UInt64.max].map { T(raw: Int128($0)) } + [T(raw: Int128(UInt64.max) + 1)]
        for _ in 0..<20_000 { values.append(T.random(&source)) }
        for value in values {
            let text = plain(value)
            #expect(value.description == text)
            #expect(try T.parse(text) == value)
            #expect(String(decoding: try WireJSON.encode(value), as: UTF8.self) == "\"\(text)\"")
            // With bytes behind it the short way is open, without them the long one.
            #expect(try WireJSON.decode(T.self, from: Array(("\"\(text)\"").utf8)) == value)
            #expect(
                try WireJSON.decode([T].self, from: Array("[\"\(text)\"                              ]".utf8)) == [
                    value
                ])
        }
    }

    @Test func everyDimensionIsWrittenAndReadExactly() throws {
        try check(Price.self)
        try check(Quantity.self)
        try check(Money.self)
        try check(Ratio.self)
    }

    /// The short way accepts nothing that the strict parser refuses, and reads what it accepts the same.
    @Test func theShortWayAgreesWithTheStrictParser() throws {
        var generator = SeededGenerator(seed: 13)
        let pieces = ["0", "1", "9", "12", "000", "999999", ".", ".", "-", "e3", ",", " ", "+", "x"]
        var accepted = 0
        for _ in 0..<100_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                text += pieces.randomElement(using: &generator) ?? ""
            }
            let strict = try? Price.parse(text)
            let padded = Array("[\"\(text)\"                              ]".utf8)
            let ours = try? WireJSON.decode([Price].self, from: padded)
            #expect(ours?.first == strict, "\(text)")
            if strict != nil { accepted += 1 }
        }
        #expect(accepted > 10_000)
    }

    @Test func integersAreWrittenDigitForDigit() {
        var generator = SeededGenerator(seed: 14)
        var values: [UInt64] = [0, .max, .max - 1]
        for digits in 0...19 {
            values += [
                UInt64(PowerOfTen.of(digits)), UInt64(PowerOfTen.of(digits)) - 1, UInt64(PowerOfTen.of(digits)) + 1,
            ]
        }
        for _ in 0..<200_000 { values.append(generator.next() >> UInt64(generator.next() % 64)) }
        values += 0...100_000
        for value in values {
            let text = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalText.room) { room in
                guard let start = room.baseAddress else { return "" }
                let end = DecimalText.write(value, to: start)
                return String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
            }
            #expect(text == String(value))
        }
    }

    @Test func symbolsAreReadTheSameFromBytesAndFromText() {
        var generator = SeededGenerator(seed: 15)
        let pieces = ["BTC", "USDT", "/", "/", ":", "a", "_", ".", "-", "1000", "ABCDEFGHIJ", "", " ", "é"]
        var legal = 0
        for _ in 0..<50_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                text += pieces.randomElement(using: &generator) ?? ""
            }
            let fromBytes = Array(text.utf8).withUnsafeBufferPointer { Symbol(utf8: $0) }
            #expect(fromBytes == Symbol(text))
            #expect((Symbol(text) != nil) == isLegal(text), "\(text)")
            if fromBytes != nil { legal += 1 }
        }
        #expect(legal > 1_000)
    }

    /// The rule of ``Symbol`` word for word.
    private func isLegal(_ text: String) -> Bool {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.utf8.count <= 48, halves.count == 2 else { return false }
        let tail = halves[1].split(separator: ":", omittingEmptySubsequences: false)
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
        return tail.count <= 2
            && ([halves[0]] + tail).allSatisfy { (1...20).contains($0.count) && $0.allSatisfy(allowed.contains) }
    }

    @Test func theEnvelopeIsWrittenAsItsVisitSays() throws {
        for seed in 0..<500 as Range<UInt64> {
            var source = Randomizer(seed: seed)
            var envelope = source.envelope()
            envelope.kind = Acknowledgement.kind
            let visited = String(decoding: try WireJSON.encode(envelope), as: UTF8.self).dropLast() + #","body":{}}"#
            #expect(text(of: try encode(envelope, Acknowledgement())) == visited)
        }
    }
}
