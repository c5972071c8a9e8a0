import Foundation
import Testing
import TradingModel

@testable import Wire

/// A fault made on purpose, and how it must be told.
struct FaultCase: CustomTestStringConvertible, Sendable {
    var name: String
    var bytes: [UInt8]
    var code: WireError.Code
    var path = ""
    /// A part of the sentence.
    var says = ""
    var testDescription: String { name }

    init(_ name: String, _ bytes: [UInt8], _ code: WireError.Code, path: String = "", says: String = "") {
        (self.name, self.bytes, self.code, self.path, self.says) = (name, bytes, code, path, says)
    }
    init(_ name: String, _ text: String, _ code: WireError.Code, path: String = "", says: String = "") {
        self.init(name, frame(text), code, path: path, says: says)
    }
}

private let envelope = #""v":1,"kind":"ticker","source":"feed","session":"s","seq":1,"at":5"#
private let members = [
    #""symbol":"BTC/USDT""#, #""venue":"simulated""#, #""bid":"98123.45""#, #""bidQuantity":"0.5""#,
    #""ask":"98123.46""#,
    #""askQuantity":"1""#, #""last":"98123.45""#, #""eventTime":7"#, #""receivedTime":8"#,
]

/// A ticker with one member replaced or left out.
private func ticker(_ name: String = "", _ value: String? = nil) -> String {
    let body = members.compactMap { member -> String? in
        guard member.hasPrefix("\"\(name)\":") else { return member }
        return value.map { "\"\(name)\":\($0)" }
    }
    return "{\(envelope),\"body\":{\(body.joined(separator: ","))}}"
}

/// A ticker's text with one place replaced.
private func ticker(replacing old: String, with new: String) -> String {
    ticker().replacingOccurrences(of: old, with: new)
}

private func spliced(_ text: String, _ marker: String, _ bytes: [UInt8]) -> [UInt8] {
    let parts = text.components(separatedBy: marker)
    return frame(Array(parts[0].utf8) + bytes + Array(parts[1].utf8))
}

private let nested = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)

private let faults: [FaultCase] = [
    // The frame.
    .init("no bytes", [UInt8](), .empty, says: "no bytes"),
    .init("half a length", [0, 0, 1], .truncated, says: "3 of 4 bytes"),
    .init("a text of length 0", [0, 0, 0, 0], .empty, says: "no bytes"),
    .init("cut off", Array(frame(ticker()).dropLast(10)), .truncated, says: "only"),
    .init("too long a length", [0, 16, 0, 1] + Array(ticker().utf8), .oversized, says: "1048577 bytes"),
    .init("a huge length", [255, 255, 255, 255] + Array(ticker().utf8), .oversized, says: "4294967295 bytes"),
    .init("bytes after the frame", frame(ticker()) + [0x20], .lengthMismatch, says: "follow"),
    // The text.
    .init("not JSON", "hello", .badSyntax, says: "expected an object, found \"h\""),
    .init("another value", "[1]", .wrongType, says: "expected an object, found an array"),
    .init("an open object", "{" + envelope, .badSyntax, says: "the text ends here"),
    .init("two objects", ticker() + ticker(), .trailingBytes, says: "follow the end"),
    .init("a byte after the object", ticker() + "x", .trailingBytes, says: "1 byte follows"),
    .init(
        "a bad byte in a string", spliced(ticker("venue", "\"#\""), "#", [0xff]), .badUTF8, path: "body.venue",
        says: "UTF-8"),
    .init("an overlong character", spliced(ticker("venue", "\"#\""), "#", [0xc0, 0xaf]), .badUTF8, path: "body.venue"),
    .init("half a character", spliced(ticker("venue", "\"#\""), "#", [0xe2, 0x82]), .badUTF8, path: "body.venue"),
    .init(
        "a surrogate in UTF-8", spliced(ticker("venue", "\"#\""), "#", [0xed, 0xa0, 0x80]), .badUTF8, path: "body.venue"
    ),
    .init(
        "a character beyond Unicode", spliced(ticker("venue", "\"#\""), "#", [0xf4, 0x90, 0x80, 0x80]), .badUTF8,
        path: "body.venue"),
    .init(
        "a control character", spliced(ticker("venue", "\"#\""), "#", [0x0a]), .badSyntax, path: "body.venue",
        says: "0xa"),
    .init("an unknown escape", ticker("venue", #""\x""#), .badEscape, path: "body.venue"),
    .init("half a surrogate pair", ticker("venue", #""\ud83d""#), .badEscape, path: "body.venue", says: "partner"),
    .init("a lone low surrogate", ticker("venue", #""\ude00""#), .badEscape, path: "body.venue"),
    .init("a short escape", ticker("venue", #""\u12""#), .badEscape, path: "body.venue"),
    .init(
        "a string that is not closed", "{" + envelope + #","body":{"symbol":"BTC}}"#, .badSyntax, path: "body.symbol",
        says: "not closed"),
    .init(
        "a missing comma", ticker(replacing: #","ask""#, with: #""ask""#), .badSyntax, path: "body",
        says: "\",\" or \"}\""),
    .init(
        "a comma at the end", ticker(replacing: "}}", with: ",}}"), .badSyntax, path: "body", says: "a key in quotes"),
    .init(
        "a key without quotes", ticker(replacing: "\"ask\"", with: "ask"), .badSyntax, path: "body",
        says: "a key in quotes"),
    .init("no colon", ticker(replacing: "\"ask\":", with: "\"ask\" "), .badSyntax, path: "body", says: "\":\""),
    .init(
        "a word that is none", ticker("unknown", nil).replacingOccurrences(of: "}}", with: #","x":nul}}"#), .badSyntax,
        path: "body.x", says: "found \"n\""),
    .init("deep nesting in a known field", ticker("venue", nested), .wrongType, path: "body.venue"),
    .init(
        "deep nesting in an unknown field", ticker(replacing: "}}", with: ",\"x\":\(nested)}}"), .tooDeep,
        path: "body.x", says: "32 deep"),
    .init(
        "a number that begins with 0", ticker(replacing: "}}", with: #","x":01}}"#), .badNumber, path: "body.x",
        says: "01"),
    .init("a number without decimals", ticker(replacing: "}}", with: #","x":1.}}"#), .badNumber, path: "body.x"),
    .init("a number without exponent", ticker(replacing: "}}", with: #","x":1e}}"#), .badNumber, path: "body.x"),
    // The envelope.
    .init(
        "another major", ticker(replacing: #""v":1"#, with: #""v":2"#), .wrongMajor, path: "v",
        says: "protocol 2, this is protocol 1"),
    .init("another major and nothing else", #"{"v":2}"#, .wrongMajor, path: "v"),
    .init("another major, last", #"{"kind":7,"v":3}"#, .wrongMajor, path: "v", says: "protocol 3"),
    .init("no major", ticker(replacing: #""v":1,"#, with: ""), .missingField, path: "v"),
    .init("no kind", ticker(replacing: #""kind":"ticker","#, with: ""), .missingField, path: "kind"),
    .init("no body", "{" + envelope + "}", .missingField, path: "body"),
    .init(
        "a body that is no object", "{" + envelope + #","body":7}"#, .wrongType, path: "body",
        says: "an object, found a number"),
    .init(
        "an unknown kind", ticker(replacing: #""kind":"ticker""#, with: #""kind":"tickle""#), .unknownKind,
        path: "kind", says: "tickle"),
    .init("two kinds", ticker(replacing: #""seq":1"#, with: #""seq":1,"kind":"fill""#), .duplicateField, path: "kind"),
    .init("two bodies", ticker(replacing: "}}", with: #"},"body":{}}"#), .duplicateField, path: "body"),
    .init(
        "a cause without its topic", "{" + envelope + #","cause":{"source":"a","session":"b","seq":1},"body":{}}"#,
        .missingField, path: "cause.topic"),
    // The fields.
    .init("a missing field", ticker("ask"), .missingField, path: "body.ask", says: "missing"),
    .init(
        "a field twice", ticker(replacing: "}}", with: #","bid":"1"}}"#), .duplicateField, path: "body.bid",
        says: "more than once"),
    .init(
        "a field twice, once escaped", ticker(replacing: "}}", with: #","\u0062id":"1"}}"#), .duplicateField,
        path: "body.bid"),
    .init("null for a required field", ticker("ask", "null"), .wrongType, path: "body.ask", says: "found null"),
    .init(
        "a decimal as a number", ticker("ask", "98123.46"), .wrongType, path: "body.ask",
        says: "a decimal in quotes, found a number"),
    .init("a decimal with a separator", ticker("ask", #""1,000""#), .badValue, path: "body.ask", says: "1,000"),
    .init("a decimal with letters", ticker("ask", #""12abc""#), .badValue, path: "body.ask", says: "12abc"),
    .init("a lone minus", ticker("ask", #""-""#), .badValue, path: "body.ask"),
    .init("an empty decimal", ticker("ask", #""""#), .badValue, path: "body.ask", says: "empty"),
    .init("an escaped decimal that is none", ticker("ask", #""1\u002c0""#), .badValue, path: "body.ask", says: "1,0"),
    .init(
        "too many decimals", ticker("ask", #""0.0000000000001""#), .badValue, path: "body.ask", says: "more decimals"),
    .init(
        "too large a price", ticker("ask", #""1000000000001""#), .outOfRange, path: "body.ask", says: "out of the range"
    ),
    .init(
        "a time as text", ticker("eventTime", #""7""#), .wrongType, path: "body.eventTime",
        says: "whole number, found a string"),
    .init("a time with a fraction", ticker("eventTime", "7.5"), .wrongType, path: "body.eventTime", says: "7.5"),
    .init("a time with an exponent", ticker("eventTime", "1e3"), .wrongType, path: "body.eventTime"),
    .init("a time before 1970", ticker("eventTime", "-7"), .outOfRange, path: "body.eventTime", says: "before 1970"),
    .init("an integer too large", ticker("eventTime", "9007199254740992"), .outOfRange, path: "body.eventTime"),
    .init(
        "a very long integer", ticker("eventTime", String(repeating: "9", count: 400)), .outOfRange,
        path: "body.eventTime"),
    .init("an integer that begins with 0", ticker("eventTime", "07"), .badNumber, path: "body.eventTime", says: "07"),
    .init("no symbol", ticker("symbol", #""BTCUSDT""#), .badValue, path: "body.symbol", says: "BTCUSDT"),
    .init("a lower-case symbol", ticker("symbol", #""btc/usdt""#), .badValue, path: "body.symbol"),
    .init(
        "an unknown word",
        "{" + envelope.replacingOccurrences(of: "ticker", with: "health")
            + #","body":{"service":"feed","condition":"fine"}}"#, .badValue, path: "body.condition",
        says: "none of \"starting\""),
    .init(
        "a fault in a list",
        "{" + envelope.replacingOccurrences(of: "ticker", with: "book")
            + #","body":{"symbol":"A/B","venue":"x","bids":[{"price":"1","quantity":"1"},{"price":"1"}]}}"#,
        .missingField,
        path: "body.bids[1].quantity"),
    .init(
        "a number that is too large",
        "{" + envelope.replacingOccurrences(of: "ticker", with: "reading")
            + #","body":{"name":"x","value":1e999}}"#, .unknownKind, path: "kind"),
]

@Suite struct ErrorTests {
    @Test(arguments: faults)
    func aFaultIsRefusedWithItsNameAndPlace(_ fault: FaultCase) {
        do throws(WireError) {
            _ = try WireCatalog.decodeAny(fault.bytes)
            Issue.record("\(fault.name) was accepted")
        } catch {
            #expect(error.code == fault.code, "\(error)")
            #expect(error.path == fault.path, "\(error)")
            #expect(fault.says.isEmpty || error.description.contains(fault.says), "\(error)")
            #expect((0...fault.bytes.count).contains(error.offset), "\(error)")
            if !fault.path.isEmpty { #expect(error.description.contains(fault.path)) }
        }
    }

    @Test func theTickerThatTheFaultsAreMadeFromIsSound() throws {
        #expect(try WireCatalog.decodeAny(frame(ticker())).envelope.kind == "ticker")
    }

    @Test func aNumberBeyondDoubleIsRefused() {
        #expect(throws: WireError(.outOfRange, offset: 0, "1e999 is beyond the largest number")) {
            try WireJSON.decode(Double.self, from: Array("1e999".utf8))
        }
        #expect(throws: Never.self) { try WireJSON.decode(Double.self, from: Array(" -1E+2 ".utf8)) }
    }

    @Test func nestingUpToTheLimitIsAccepted() throws {
        func text(_ depth: Int) -> String {
            ticker(
                replacing: "}}",
                with: ",\"x\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}}")
        }
        // The envelope and the body are the first two.
        #expect(throws: Never.self) { try WireCatalog.decodeAny(frame(text(30))) }
        #expect(throws: WireError.self) { try WireCatalog.decodeAny(frame(text(31))) }
    }

    @Test func theLargestFrameIsReadAndOneByteMoreIsNot() throws {
        let room = WireProtocol.maximumFrameBytes - ticker("venue", "\"\"").utf8.count
        let full = ticker("venue", "\"" + String(repeating: "x", count: room) + "\"")
        #expect(throws: Never.self) { try WireCatalog.decodeAny(frame(full)) }
        #expect(throws: WireError.self) { try WireCatalog.decodeAny(frame(full + " ")) }
    }

    @Test func membersAfterTheBodyAreSeen() throws {
        let cause = #","cause":{"source":"a","session":"b","topic":"c","seq":1}"#
        let plain = try WireCatalog.decodeAny(frame(ticker(replacing: "}}", with: "}\(cause)}")))
        #expect(plain.envelope.cause == Cause(source: "a", session: "b", topic: "c", sequence: 1))
        let late = try WireCatalog.decodeAny(
            frame(ticker(replacing: "}}", with: #"},"expiresAt":9,"id":"r","x":{"y":{}}}"#)))
        #expect(late.envelope.id == "r" && late.envelope.expiresAt?.micros == 9)
    }
}
