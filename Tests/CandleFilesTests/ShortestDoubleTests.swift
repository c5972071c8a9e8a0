import CandleFiles
import Testing

@Suite("Shortest texts of doubles")
struct ShortestDoubleTests {
    private func text(_ value: Double) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ShortestDouble.room) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            let end = ShortestDouble.write(value, to: start)
            return String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
        }
    }

    @Test(
        "Known texts",
        arguments: [
            (0.0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (-1.5, "-1.5"), (0.1, "0.1"), (100, "100.0"),
            (1e15, "1000000000000000.0"),
            (0.30000000000000004, "0.30000000000000004"), (1e-4, "0.0001"), (1e-5, "1e-05"), (1.128e-5, "1.128e-05"),
            (9_007_199_254_740_992, "9007199254740992.0"), (1e16, "1e+16"), (1.5e22, "1.5e+22"),
            (.leastNonzeroMagnitude, "5e-324"),
            (105573.73, "105573.73"), (2.0 / 3, "0.6666666666666666"),
        ] as [(Double, String)])
    func known(value: Double, expected: String) { #expect(text(value) == expected) }

    @Test("Every text reads back as the same number and is as short as the standard library's")
    func agreement() {
        var generator = Generator(state: 42)
        var differing = 0
        for index in 0..<200_000 {
            let bits = generator.next()
            let value: Double
            switch index % 4 {
            // Any exponent that prices, volumes and their averages have, and the powers of two between them.
            case 0: value = Double(bitPattern: bits & ((1 << 52) - 1) | (1_023 - 99 + (bits >> 52) % 198) << 52)
            case 1: value = Double(bitPattern: (1_023 - 99 + bits % 198) << 52)
            case 2: value = Double(bits % 100_000_000) / 100
            default: value = Double(bits >> 11) / 9_007_199_254_740_992 * 1e5
            }
            let ours = text(value)
            #expect(Double(ours) == value)
            if digits(ours) != digits(value.description) { differing += 1 }
        }
        #expect(differing == 0)
    }

    /// The digits that carry the value, whatever stands around them.
    private func digits(_ text: String) -> String {
        let mantissa = text.prefix { $0 != "e" }.filter(\.isNumber)
        return String(String(mantissa.drop { $0 == "0" }).reversed().drop { $0 == "0" }.reversed())
    }

    private struct Generator {
        var state: UInt64
        /// SplitMix64.
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
