import Testing
import TradingModel

@Suite("Exact decimals")
struct FixedPointTests {
    @Test(
        "a decimal text is read exactly",
        arguments: [
            ("0", 0), ("1", 1_000_000_000_000), ("-1", -1_000_000_000_000), ("0.00000827", 8_270_000),
            ("105573.73", 105_573_730_000_000_000), ("1.500000000000", 1_500_000_000_000), ("0.000000000001", 1),
            ("1e-7", 100_000), ("2.5E3", 2_500_000_000_000_000), ("007", 7_000_000_000_000), ("-0.0", 0),
            ("0.1000000000000000000000000000000", 100_000_000_000),
        ] as [(String, Int128)])
    func parses(text: String, raw: Int128) throws {
        #expect(try Price.parse(text).raw == raw)
    }

    @Test(
        "what is not a decimal is refused with its kind of fault",
        arguments: [
            ("", .empty), ("-", .noDigits), ("12abc", .invalidCharacter), ("1,000", .invalidCharacter),
            (" 1", .invalidCharacter),
            ("1 ", .invalidCharacter), ("+1", .invalidCharacter), (".5", .invalidCharacter), ("1.", .invalidCharacter),
            ("1..2", .invalidCharacter), ("--1", .invalidCharacter), ("NaN", .invalidCharacter),
            ("inf", .invalidCharacter),
            ("1e", .invalidCharacter), ("1e99", .invalidCharacter), ("0x10", .invalidCharacter),
            ("１", .invalidCharacter),
            ("0.0000000000001", .tooManyFractionDigits), ("1e-13", .tooManyFractionDigits),
            ("1000000000001", .outOfRange),
            ("1e30", .outOfRange), (String(repeating: "9", count: 60), .outOfRange),
            (String(repeating: "1", count: 200), .outOfRange),
        ] as [(String, DecimalError.Code)])
    func refuses(text: String, code: DecimalError.Code) {
        #expect { try Price.parse(text) } throws: { error in
            (error as? DecimalError)?.code == code && !"\(error)".isEmpty
        }
    }

    @Test("text and value are one to one for random values of every type")
    func roundTrips() throws {
        var generator = SeededGenerator(seed: 7)
        func check<T: FixedPoint>(_: T.Type) throws {
            for _ in 0..<20_000 {
                let bits = Int.random(in: 1...120, using: &generator)
                var raw =
                    Int128(truncatingIfNeeded: UInt128(generator.next()) << 64 | UInt128(generator.next()))
                    >> Int128(127 - bits)
                let bound = T.largestWhole * T.scale
                raw = raw % bound
                let value = T(raw: raw)
                let text = value.description
                #expect(try T.parse(text) == value, "\(text)")
                #expect(!text.hasSuffix(".") && !(text.contains(".") && text.hasSuffix("0")), "\(text)")
            }
        }
        try check(Price.self)
        try check(Quantity.self)
        try check(Money.self)
        try check(Ratio.self)
    }

    @Test("price times quantity is exact to the last of 24 decimals")
    func notionalIsExact() throws {
        let price = try Price.parse("0.000000000003")
        let quantity = try Quantity.parse("7.000000000009")
        #expect(Money.notional(price, quantity).description == "0.000000000021000000000027")
        #expect(try Price.parse("1000000000000").notional(Quantity.parse("1000000000000000")) == nil)
    }

    @Test(
        "each rounding goes where its name says",
        arguments: [
            (7, 2, [3, 4, 3, 4, 4]), (-7, 2, [-3, -4, -4, -3, -4]), (5, 2, [2, 3, 2, 3, 2]),
            (-5, 2, [-2, -3, -3, -2, -2]),
            (6, 3, [2, 2, 2, 2, 2]), (1, 3, [0, 1, 0, 1, 0]), (-1, 3, [0, -1, -1, 0, 0]), (2, 3, [0, 1, 0, 1, 1]),
        ] as [(Int128, Int128, [Int128])])
    func rounds(numerator: Int128, denominator: Int128, expected: [Int128]) {
        let rules: [Rounding] = [.down, .up, .floor, .ceiling, .halfEven]
        #expect(rules.map { $0.divide(numerator, by: denominator) } == expected)
        #expect(rules.map { $0.multiply(numerator, 1, dividedBy: denominator) } == expected)
        // The same through the 256-bit path: a common factor makes the product overflow 128 bits.
        let factor = PowerOfTen.of(30)
        #expect(
            rules.map { $0.multiply(numerator * factor, factor, dividedBy: denominator * PowerOfTen.of(30)) }
                == rules.map {
                    $0.multiply(numerator, factor, dividedBy: denominator)
                })
    }

    @Test("a wide product that does not fit is refused instead of wrapped")
    func wideOverflow() {
        #expect(Rounding.down.multiply(Int128.max, 4, dividedBy: 2) == nil)
        #expect(Rounding.down.multiply(Int128.max / 2, 4, dividedBy: 8) == Int128.max / 4)
    }

    @Test("tick, lot and digits are kept by rounding to a multiple")
    func steps() throws {
        let tick = try Price.parse("0.01")
        #expect(try Price.parse("33.476").rounded(toMultipleOf: tick, .ceiling).description == "33.48")
        #expect(try Price.parse("33.476").rounded(toMultipleOf: tick, .floor).description == "33.47")
        #expect(try Price.parse("33.47").isMultiple(of: tick))
        #expect(try !Price.parse("33.476").isMultiple(of: tick))
        #expect(try Money.parse("1.234567891").rounded(toDigits: 8, .halfEven).description == "1.23456789")
    }

    @Test("a share of money is rounded as named and never loses the rest silently")
    func shares() throws {
        let notional = try Money.parse("333.33")
        let fee = notional.share(try Ratio.parse("0.0006"), .halfEven)
        #expect(fee.description == "0.199998")
        let part = notional.part(try Quantity.parse("1"), of: try Quantity.parse("3"), .halfEven)
        #expect(part.description == "111.11")
        #expect(try Money.parse("100").price(per: Quantity.parse("3"), .halfEven).description == "33.333333333333")
        #expect(try Money.parse("100").quantity(at: Price.parse("3"), .down)?.description == "33.333333333333")
    }

    @Test("the crossing to and from Double refuses what is not a number and is exact within its precision")
    func crossing() throws {
        #expect(Price(rounding: .nan, .halfEven) == nil)
        #expect(Price(rounding: .infinity, .halfEven) == nil)
        #expect(Price(rounding: 1e13, .halfEven) == nil)
        #expect(Price(rounding: 0.1, .halfEven)?.description == "0.1")
        #expect(try Price.parse("105573.73").double == 105573.73)
        #expect(try Price.parse("0.00000827").double == 0.00000827)
    }
}

@Suite("Names and ids")
struct NameTests {
    @Test(
        "a symbol has two halves of legal characters", arguments: ["BTC/USDT", "1000SHIB/USDT", "BTC/USDT:USDT", "A/B"])
    func legalSymbols(text: String) { #expect(Symbol(text)?.name == text) }

    @Test(
        "anything else is no symbol",
        arguments: ["", "BTC", "/", "BTC/", "/USDT", "btc/usdt", "BTC/USDT/X", "BTC USDT", "B\nC/USDT", "BTC/USDT:A:B"])
    func illegalSymbols(text: String) { #expect(Symbol(text) == nil) }

    @Test("an order id is derived from the proposal, legal everywhere, and different for each purpose and attempt")
    func derivedIDs() {
        let ids = OrderPurpose.allCases.flatMap { purpose in
            (0..<3).map { ClientOrderID.derived(from: "p123", purpose: purpose, attempt: $0) }
        }
        #expect(Set(ids).count == ids.count)
        for id in ids { #expect(ClientOrderID(id.text) == id) }
        #expect(
            ClientOrderID.derived(from: "p123", purpose: .entry) == ClientOrderID.derived(from: "p123", purpose: .entry)
        )
        // Pinned: an id that changed between versions could double an order across an upgrade.
        #expect(StableHash.of("").base32 == "3cc8kjw1xv05165e11enh9bhcd")
        // FNV-1a's published vector for "a".
        #expect(StableHash.of("a").value == 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964)
    }

    @Test(
        "what no venue accepts is no order id", arguments: ["", "a b", "ü", String(repeating: "a", count: 37), "a/b"])
    func illegalOrderIDs(text: String) { #expect(ClientOrderID(text) == nil) }
}

@Suite("Time")
struct TimeTests {
    @Test("civil time and microseconds are one to one over four centuries")
    func civilRoundTrip() {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            let micros = Int64.random(in: -6_000_000_000_000_000...9_000_000_000_000_000, using: &generator)
            let civil = CivilTime(micros: micros)
            let back = CivilTime.micros(
                year: civil.year, month: civil.month, day: civil.day, hour: civil.hour, minute: civil.minute,
                second: civil.second,
                microsecond: civil.microsecond)
            #expect(back == micros)
            #expect(CivilTime.parse(civil.iso8601) == micros, "\(civil.iso8601)")
        }
    }

    @Test("known moments read as they should")
    func knownMoments() {
        #expect(MarketTime(micros: 1_747_699_200_000_000).description == "2025-05-20T00:00:00Z")
        #expect(CivilTime.parse("2024-02-29") == 1_709_164_800_000_000)
        for text in [
            "2023-02-29", "2024-13-01", "2024-1-1", "20240101", "2024-01-01T25:00", "2024-01-01T00:00:00+01:00", "x",
        ] {
            #expect(CivilTime.parse(text) == nil, "\(text)")
        }
    }

    @Test("a candle's bucket starts at a multiple of its length since 1970")
    func buckets() {
        let time = MarketTime(micros: 1_747_699_200_000_000 + 59_999_999)
        #expect(Timeframe.oneMinute.openTime(containing: time).description == "2025-05-20T00:00:00Z")
        #expect(Timeframe.fourHours.openTime(containing: time + .hours(5)).description == "2025-05-20T04:00:00Z")
    }

    @Test(
        "a span is told in words",
        arguments: [
            (Span.hours(36), "1d 12h"), (.milliseconds(2_500), "2.5s"), (.microseconds(12), "12us"),
            (.milliseconds(250), "250ms"), (.minutes(90), "1h 30m"),
        ])
    func spans(span: Span, text: String) { #expect(span.description == text) }

    @Test("a 128-bit integer becomes the nearest number, as the standard library rounds it")
    func wideIntegers() {
        var state: UInt64 = 88_172_645_463_325_252
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        for _ in 0..<20_000 {
            let raw = Int128(truncatingIfNeeded: UInt128(next()) << 64 | UInt128(next())) >> Int128(next() % 127)
            #expect(WideInteger.double(raw) == Double(raw), "\(raw)")
            #expect(WideInteger.double(-raw) == Double(-raw), "\(-raw)")
        }
        // Halfway cases, just above and just below.
        for shift in 54...126 {
            let one = Int128(1) << Int128(shift)
            let half = one >> 53
            for raw in [one + half, one + half + 1, one + half - 1, one + 3 * half, one + 3 * half - 1] {
                #expect(WideInteger.double(raw) == Double(raw), "\(raw)")
            }
        }
        #expect(WideInteger.scale(fractionDigits: 24) == Double(Int128(1_000_000_000_000) * 1_000_000_000_000))
    }
}
