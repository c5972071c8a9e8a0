import Testing
import TradingModel

@testable import JSONText

@Suite("Foreign JSON as a tree")
struct JSONValueTests {
    @Test("what is read is written back byte for byte: key order and the text of numbers are kept")
    func roundTrip() throws {
        let texts = [
            #"{"b":1,"a":[1.50,-0,1e-7,0E-8,[],{}],"":null,"t":true,"f":false}"#, #""\"\\\n\r\t\u0001/é😀""#, "[]",
            "-12.5e+3", "null", #"{"z":{"y":{"x":[[[[]]]]}}}"#, "12345678901234567890123456789.12345678901234567890",
        ]
        for text in texts { #expect(try JSONValue.parse(text).description == text) }
    }

    @Test("escapes are resolved, surrogate pairs too")
    func escapes() throws {
        #expect(try JSONValue.parse(#""\u0041\/\b\f\u00e9\ud83d\ude00""#) == .string("A/\u{8}\u{c}é😀"))
        #expect(try JSONValue.parse(#"{"\u0061":1}"#)["a"] == 1)
    }

    @Test(
        "what is not JSON is refused with the kind of error and the place",
        arguments: [
            ("", .badSyntax, 0), ("  ", .badSyntax, 2), ("{", .badSyntax, 1), ("[1,]", .badSyntax, 3),
            ("{\"a\":1,}", .badSyntax, 7), ("{a:1}", .badSyntax, 1), ("[1 2]", .badSyntax, 3), ("01", .badSyntax, 0),
            ("1.", .badSyntax, 0), (".5", .badSyntax, 0), ("+1", .badSyntax, 0), ("1e", .badSyntax, 0),
            ("NaN", .badSyntax, 0), ("nul", .badSyntax, 0), ("True", .badSyntax, 0), ("'a'", .badSyntax, 0),
            ("\"a", .badSyntax, 0), ("\"\\x\"", .badSyntax, 1), ("\"\\ud800\"", .badSyntax, 1),
            ("\"\\udc00\"", .badSyntax, 1), ("\"\u{1}\"", .badSyntax, 1), ("[1] x", .trailingText, 4),
            ("{\"a\":1}{}", .trailingText, 7), ("{\"a\":1,\"b\":2,\"a\":3}", .duplicateKey, 13),
            ("{\"a\":1,\"\\u0061\":2}", .duplicateKey, 7), ("// c\n1", .badSyntax, 0), ("[,1]", .badSyntax, 1),
            ("{\"a\" 1}", .badSyntax, 5), ("\u{feff}1", .badSyntax, 0),
        ] as [(String, JSONError.Code, Int)])
    func refusals(text: String, code: JSONError.Code, offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse(text) }
        #expect(error?.code == code, "\(text): \(String(describing: error))")
        #expect(error?.offset == offset, "\(text): \(String(describing: error))")
    }

    @Test(
        "bytes that are no UTF-8 are refused",
        arguments: [
            [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0x80],
        ] as [[UInt8]])
    func badUTF8(bytes: [UInt8]) {
        let error = #expect(throws: JSONError.self) { try JSONValue.parse([0x22] + bytes + [0x22]) }
        #expect(error?.code == .badUTF8 || error?.code == .badSyntax)
    }

    @Test("depth and length have limits, and one below the limit is read")
    func limits() throws {
        let deep = { (count: Int) in String(repeating: "[", count: count) + String(repeating: "]", count: count) }
        #expect(throws: Never.self) { try JSONValue.parse(deep(64)) }
        #expect(throws: JSONError.self) { try JSONValue.parse(deep(65)) }
        #expect(throws: JSONError.self) { try JSONValue.parse(deep(100_000)) }
        let tight = JSONLimits(depth: 3, bytes: 8)
        #expect(try JSONValue.parse("[[[1]]]", limits: tight).description == "[[[1]]]")
        #expect(throws: JSONError.self) { try JSONValue.parse("[[[[1]]]]", limits: tight) }
    }

    @Test("a duplicate key is found in large objects too, and every key is found again")
    func largeObjects() throws {
        let members = (0..<100).map { "\"k\($0)\":\($0)" }
        let value = try JSONValue.parse("{" + members.joined(separator: ",") + "}")
        for index in 0..<100 { #expect(value["k\(index)"] == JSONValue(index)) }
        #expect(throws: JSONError.self) { try JSONValue.parse("{" + members.joined(separator: ",") + ",\"k50\":1}") }
        guard case .object(var object) = value else { return }
        object["k3"] = nil
        object["new"] = true
        #expect(object["k99"] == 99 && object["k3"] == nil && object["new"] == true && object.count == 100)
        for _ in 0..<95 { object[object.keys[0]] = nil }
        #expect(object.keys == ["k96", "k97", "k98", "k99", "new"] && object["new"] == true)
    }

    @Test("keys sort by their bytes where asked")
    func sorting() throws {
        #expect(
            try JSONValue.parse(#"{"b":{"d":1,"c":2},"a":3}"#).text(sortedKeys: true) == #"{"a":3,"b":{"c":2,"d":1}}"#)
    }

    @Test("any bytes either parse to what is written back the same, or are refused; nothing crashes")
    func mutations() throws {
        let seed = UInt64(20_250_520)
        var generator = Lehmer(state: seed)
        let text = Array(#"{"e":"x","b":["1.5",2e3,{"q":null}],"s":"é\u00e9","n":-0.25,"t":true}"#.utf8)
        for round in 0..<20_000 {
            var bytes = text
            for _ in 0...Int(generator.next() % 3) {
                let place = Int(generator.next() % UInt64(bytes.count))
                switch generator.next() % 3 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int(generator.next() % UInt64(bytes.count))], at: place)
                }
            }
            guard let value = try? JSONValue.parse(bytes) else { continue }
            #expect(try JSONValue.parse(value.description) == value, "seed \(seed), round \(round)")
        }
    }
}

/// A small generator, the same everywhere.
struct Lehmer {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 33
    }
}

@Suite("Accessors that name the place")
struct JSONNodeTests {
    private let node: JSONNode

    init() throws {
        node = try JSONValue.parse(
            #"{"data":[{"price":"1.50","qty":2.25,"id":7,"side":"buy","on":true,"none":null,"blank":"","bad":"12abc"}]}"#
        ).node
    }

    @Test("values of the right type are read, numbers from strings too")
    func reads() throws {
        let trade = node["data"][0]
        #expect(try trade["price"].decimal(Price.self) == Price("1.5"))
        #expect(try trade["qty"].decimal(Quantity.self) == Quantity("2.25"))
        #expect(try trade["price"].decimalText() == "1.5")
        #expect(try trade["id"].integer() == 7 && trade["id"].text() == "7" && trade["on"].bool())
        #expect(!trade["none"].isPresent && !trade["blank"].isFilled && trade["blank"].isPresent)
        #expect(trade["absent"].ifPresent == nil)
        #expect(try node["data"].elements().count == 1 && trade.members().map(\.key).first == "price")
    }

    @Test("an error names the place, what was expected and what stood there")
    func errors() {
        let trade = node["data"][0]
        #expect(throws: JSONError(.wrongType, path: "data[0].price", "expected true or false, found \"1.50\"")) {
            try trade["price"].bool()
        }
        #expect(throws: JSONError(.missing, path: "data[0].fee.rate", "a decimal number is missing")) {
            try trade["fee"]["rate"].decimal(Price.self)
        }
        #expect(throws: JSONError(.missing, path: "data[4]", "a string is missing")) { try node["data"][4].string() }
        let error = #expect(throws: JSONError.self) { try trade["bad"].decimal(Price.self) }
        #expect(error?.description.hasPrefix("data[0].bad: \"12abc\" is not a Price") == true)
        #expect(
            trade["side"].bad("is neither BUY nor SELL").description == "data[0].side: \"buy\" is neither BUY nor SELL")
    }
}

@Suite("Numbers as text")
struct JSONNumberTests {
    @Test(
        "a decimal has one plain form",
        arguments: [
            ("0E-8", "0"), ("1.50", "1.5"), ("1e-7", "0.0000001"), ("-0.0", "0"), ("-1.20E+2", "-120"),
            ("000.5", "0.5"), ("12345678901234567890.10", "12345678901234567890.1"), ("1.5e1", "15"), ("5e0", "5"),
            ("123.456e-2", "1.23456"),
        ])
    func plain(text: String, plain: String) { #expect(JSONNumber.plainDecimal(text) == plain) }

    @Test(
        "what is no decimal has none",
        arguments: ["", "-", "abc", "1,0", "1.", ".5", "1e", "1e999", "NaN", "1 ", "--1"])
    func noPlain(text: String) { #expect(JSONNumber.plainDecimal(text) == nil) }

    @Test("whole numbers are whole in any form, and bounded")
    func integers() {
        #expect(JSONNumber("1e3")?.integer == 1_000 && JSONNumber("5.0")?.integer == 5)
        #expect(JSONNumber("5.5")?.integer == nil && JSONNumber("9223372036854775808")?.integer == nil)
        #expect(JSONNumber.integer("9223372036854775807") == .max && JSONNumber.integer("+5") == nil)
        #expect(JSONNumber("1 ") == nil && JSONNumber("") == nil && JSONNumber("-1.5e3")?.double == -1_500)
    }
}
