import Testing
import TradingModel

@testable import JSONText

/// Runs `body` over the bytes of `text`.
private func scan<R>(_ text: String, _ body: (inout JSONScanner) throws -> R) throws -> R {
    try Array(text.utf8).withUnsafeBytes { bytes in
        var scanner = JSONScanner(bytes)
        return try body(&scanner)
    }
}

@Suite("Pulling JSON out of bytes")
struct JSONScannerTests {
    @Test("a message is read in one pass, unknown members are gone over")
    func message() throws {
        let text = #" { "u" : 400900217, "x":{"y":[1,{"z":"}"}]}, "s":"BNBUSDT","b":"25.35190000", "B": 31.21 } "#
        try scan(text) { scanner in
            var (update, symbol, bid, quantity) = (Int64(0), "", Price.zero, Quantity.zero)
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                switch key.letter {
                case UInt8(ascii: "u"): update = try scanner.integer()
                case UInt8(ascii: "s"): symbol = try scanner.string()
                case UInt8(ascii: "b"): bid = try scanner.decimal(Price.self)
                case UInt8(ascii: "B"): quantity = try scanner.decimal(Quantity.self)
                default: try scanner.skip()
                }
            }
            try scanner.finish()
            #expect(update == 400_900_217 && symbol == "BNBUSDT")
            #expect(bid == Price("25.3519") && quantity == Quantity("31.21"))
        }
    }

    @Test("empty and nested arrays end where they end")
    func arrays() throws {
        let counts = try scan("[[],[1,2,3],[[4]]]") { scanner in
            var counts: [Int] = []
            try scanner.beginArray()
            while try scanner.nextElement() {
                var count = 0
                try scanner.beginArray()
                while try scanner.nextElement() {
                    try scanner.skip()
                    count += 1
                }
                counts.append(count)
            }
            try scanner.finish()
            return counts
        }
        #expect(counts == [0, 3, 1])
    }

    @Test("the raw text of a value is handed out as it stands")
    func raw() throws {
        let text = try scan(#"{"a": {"b":[1, 2]} , "c":1}"#) { scanner in
            try scanner.beginObject()
            _ = try scanner.nextKey()
            return String(decoding: try scanner.rawValue(), as: UTF8.self)
        }
        #expect(text == #"{"b":[1, 2]}"#)
    }

    @Test("a key with escapes is compared by what it means")
    func escapedKeys() throws {
        try scan(#"{"\u0061b":"x\ny"}"#) { scanner in
            try scanner.beginObject()
            let key = try scanner.nextKey()
            #expect(key.map { $0 == "ab" } == true)
            let value = try scanner.slice()
            #expect(!value.isPlain && value.string == "x\ny")
        }
    }

    @Test("decimals are exact, from strings and from numbers, short and long, at the end of the memory too")
    func decimals() throws {
        for text in ["1", "0.000000000001", "-12.5", "999999999999.999999999999", "0.10000000000000000000"] {
            let expected = try Price.parse(text)
            #expect(try scan("\"\(text)\"") { try $0.decimal(Price.self) } == expected)
            #expect(try scan(text) { try $0.decimal(Price.self) } == expected)
            #expect(
                try scan("[\"\(text)\"" + String(repeating: " ", count: 40) + "]") { scanner in
                    try scanner.beginArray()
                    _ = try scanner.nextElement()
                    return try scanner.decimal(Price.self)
                } == expected)
        }
    }

    @Test(
        "what is no decimal is refused",
        arguments: ["\"\"", "\"1,5\"", "\"12abc\"", "null", "[]", "\"1e99\"", "\"\\u0031\""])
    func badDecimals(text: String) {
        #expect(throws: JSONError.self) { try scan(text) { try $0.decimal(Price.self) } }
    }

    @Test("whole numbers are read from numbers and strings, bounded")
    func integers() throws {
        for (text, value) in [
            ("0,", 0), ("1499827319559}", 1_499_827_319_559), ("\"42\"", 42), ("-7 ", -7), ("1e3", 1_000),
            ("9223372036854775807]", Int64.max),
        ] as [(String, Int64)] {
            #expect(try scan(text) { try $0.integer() } == value)
        }
        for text in ["1.5", "9223372036854775808", "\"x\"", "true", ""] {
            #expect(throws: JSONError.self) { try scan(text) { try $0.integer() } }
        }
    }

    @Test("skipped values are validated")
    func skipping() {
        for text in ["[1,]", "{\"a\":01}", "\"\\q\"", "[\"\u{2}\"]", "{\"a\":tru}", "{\"a\":nulx}"] {
            #expect(throws: JSONError.self, "\(text)") {
                try scan(text) {
                    try $0.skip()
                    try $0.finish()
                }
            }
        }
    }

    @Test("no bytes are no value")
    func nothing() {
        var scanner = JSONScanner(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(throws: JSONError.self) { try scanner.skip() }
    }
}
