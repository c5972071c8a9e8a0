import Foundation
import Testing
import TradingModel

@testable import Wire

/// Writes the grammar of all messages in CDDL (RFC 8610) from the visits that write and read them.
private struct Grammar {
    private(set) var objects: [(name: String, rule: String)] = []
    private(set) var words: [(name: String, rule: String)] = []

    mutating func add<B: WireBody>(_ type: B.Type) {
        guard !objects.contains(where: { $0.name == B.kind }) else { return }
        let place = objects.count
        objects.append((B.kind, ""))
        var visitor = GrammarVisitor(grammar: self)
        var body = B()
        try? body.visit(&visitor)
        self = visitor.grammar
        let members = visitor.members.map { "  " + $0 + ",\n" }.joined()
        objects[place].rule = "\(B.kind) = {\n\(members)  * tstr => any\n}"
    }

    /// What a field of that type is called; objects and words met on the way are added.
    mutating func name<T: WireValue>(of type: T.Type) -> String {
        if let body = type as? any WireBody.Type {
            func add<B: WireBody>(_: B.Type) -> String {
                self.add(B.self)
                return B.kind
            }
            return add(body)
        }
        if let list = type as? any ListType.Type { return "[* \(list.elementName(&self))]" }
        if let closed = type as? any ClosedWords.Type {
            let name = String(reflecting: type).split(separator: ".").dropFirst().joined(separator: ".")
            if !words.contains(where: { $0.name == name }) { words.append((name, Self.choice(name, closed.words))) }
            return name
        }
        let names: [ObjectIdentifier: String] = [
            ObjectIdentifier(Bool.self): "bool", ObjectIdentifier(Int.self): "integer",
            ObjectIdentifier(Int64.self): "integer",
            ObjectIdentifier(Double.self): "number", ObjectIdentifier(String.self): "tstr",
            ObjectIdentifier(Price.self): "price", ObjectIdentifier(Quantity.self): "quantity",
            ObjectIdentifier(Money.self): "money", ObjectIdentifier(Ratio.self): "ratio",
            ObjectIdentifier(MarketTime.self): "market-time", ObjectIdentifier(WallTime.self): "wall-time",
            ObjectIdentifier(Span.self): "span", ObjectIdentifier(Symbol.self): "symbol",
            ObjectIdentifier(VenueID.self): "venue",
            ObjectIdentifier(ClientOrderID.self): "order-id",
            ObjectIdentifier(ProtocolMajor.self): String(WireProtocol.major),
        ]
        return names[ObjectIdentifier(type)] ?? "?"
    }

    private static func choice(_ name: String, _ words: [String]) -> String {
        var lines = ["\(name) ="]
        for word in words {
            let piece = (word == words[0] ? " " : " / ") + "\"\(word)\""
            if lines[lines.count - 1].utf8.count + piece.utf8.count > 116 { lines.append("   ") }
            lines[lines.count - 1] += piece
        }
        return lines.joined(separator: "\n")
    }

    var text: String { (words.map(\.rule) + objects.map(\.rule)).joined(separator: "\n\n") }
}

private struct GrammarVisitor: FieldVisitor {
    var grammar: Grammar
    var members: [String] = []

    mutating func field<T: WireValue>(_ name: StaticString, _ value: inout T) throws(WireError) {
        members.append("\(name): \(grammar.name(of: T.self))")
    }
    mutating func optional<T: WireValue>(_ name: StaticString, _ value: inout T?) throws(WireError) {
        members.append("? \(name): \(grammar.name(of: T.self))")
    }
}

private protocol ListType {
    static func elementName(_ grammar: inout Grammar) -> String
}

extension Array: ListType where Element: WireValue {
    fileprivate static func elementName(_ grammar: inout Grammar) -> String { grammar.name(of: Element.self) }
}

private protocol ClosedWords {
    static var words: [String] { get }
}

extension ClosedWords where Self: CaseIterable & RawRepresentable, RawValue == String {
    fileprivate static var words: [String] { allCases.map(\.rawValue) }
}

extension Timeframe: ClosedWords {}
extension PositionSide: ClosedWords {}
extension OrderSide: ClosedWords {}
extension SignalAction: ClosedWords {}
extension Regime: ClosedWords {}
extension ContributionOutcome: ClosedWords {}
extension DialogueOutcome: ClosedWords {}
extension DenialReason: ClosedWords {}
extension TradingState: ClosedWords {}
extension ExitReason: ClosedWords {}
extension ExitPlanStatus: ClosedWords {}
extension OrderPurpose: ClosedWords {}
extension OrderType: ClosedWords {}
extension TimeInForce: ClosedWords {}
extension OrderStatus: ClosedWords {}
extension Liquidity: ClosedWords {}
extension OperatorCommand.Verb: ClosedWords {}
extension Refusal.Code: ClosedWords {}
extension Health.Condition: ClosedWords {}
extension AlertCommand.Verb: ClosedWords {}

/// The written protocol says what the code does.
@Suite struct GrammarTests {
    private var document: URL {
        here.deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/wire.md")
    }

    /// How each kind travels, as table rows.
    private var table: String {
        WireCatalog.kinds.flatMap { kind in
            kind.uses.enumerated().map { index, use in
                let way =
                    switch use {
                    case .fact(let topic, let services): "`\(topic)` of \(names(services))"
                    case .request(let services, let clients, let reply):
                        "asked of \(names(services)) by \(names(clients)) → `\(reply)`"
                    case .reply: "reply"
                    }
                return "| `\(kind.kind)` | \(way) | \(index == 0 ? kind.summary : "") |"
            }
        }.joined(separator: "\n")
    }

    private func names(_ services: [ServiceName]) -> String {
        services == ServiceName.speaking ? "each service" : services.map(\.rawValue).joined(separator: ", ")
    }

    /// With `QUARTET_WRITE_DOCS=1` the generated parts of the document are written instead.
    @Test func theWrittenProtocolListsEveryMessageAndEveryField() throws {
        var grammar = Grammar()
        grammar.add(Envelope.self)
        for kind in WireCatalog.kinds {
            func add<B: WireBody>(_: B) { grammar.add(B.self) }
            add(kind.blank())
        }
        #expect(!grammar.text.contains(": ?") && !grammar.text.contains("[* ?"), "a type has no name in the grammar")
        var text = try String(contentsOf: document, encoding: .utf8)
        let before = text
        for (name, content) in [
            ("kinds", "| Kind | Travels as | What it says |\n|---|---|---|\n" + table),
            ("grammar", "```cddl\n\(grammar.text)\n```"),
        ] {
            let open = "<!-- \(name): made by Tests/WireTests/GrammarTests.swift -->\n"
            let close = "\n<!-- end of \(name) -->"
            let start = try #require(text.range(of: open), "docs/wire.md has no place for \(name)")
            let end = try #require(text.range(of: close), "docs/wire.md has no end of \(name)")
            text.replaceSubrange(start.upperBound..<end.lowerBound, with: content)
        }
        guard ProcessInfo.processInfo.environment["QUARTET_WRITE_DOCS"] == nil else {
            return try text.write(to: document, atomically: true, encoding: .utf8)
        }
        #expect(
            text == before,
            "docs/wire.md is behind the code: run the test once with QUARTET_WRITE_DOCS=1 and look at it")
    }

    /// The examples of the document are real.
    @Test func theExamplesOfTheWrittenProtocolDecode() throws {
        let text = try String(contentsOf: document, encoding: .utf8)
        let examples = text.components(separatedBy: "```json\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
        #expect(examples.count >= 3)
        for example in examples {
            #expect(throws: Never.self) { try WireCatalog.decodeAny(frame(example)) }
        }
    }
}
