import Foundation
import TradingModel

@testable import Wire

/// Fills a body with values from a seeded generator, field by field, through the visit that the codec uses.
struct Randomizer: FieldVisitor {
    var generator: SeededGenerator
    /// Wild values reach every corner a type allows; tame ones look like those of a quiet day.
    var isWild = true

    init(seed: UInt64, isWild: Bool = true) {
        generator = SeededGenerator(seed: seed)
        self.isWild = isWild
    }

    mutating func field<T: WireValue>(_ name: StaticString, _ value: inout T) throws(WireError) {
        value = isWild ? make(T.self) : tame[name.description] as? T ?? make(T.self)
    }

    /// Tame bodies have every optional field, wild ones about half.
    mutating func optional<T: WireValue>(_ name: StaticString, _ value: inout T?) throws(WireError) {
        value = chance(2) || !isWild ? make(T.self) : nil
    }

    /// What fields of these names usually hold.
    private let tame: [String: any WireValue & Sendable] = [
        "source": "feed", "session": "0f3k9x2m7q4ab", "topic": "candle.BTC/USDT.5m", "strategy": "momentum",
        "currency": "USDT",
        "feeCurrency": "USDT", "service": "feed", "confidence": 0.725, "leverage": 3, "pid": 4_711,
    ]

    mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &generator) == 0 }

    mutating func make<T: WireValue>(_ type: T.Type) -> T {
        if let type = type as? any WireBody.Type { return body(type) as! T }
        if let type = type as? any Randomizable.Type { return type.random(&self) as! T }
        fatalError("no random value for \(type)")
    }

    mutating func body<B: WireBody>(_: B.Type) -> B {
        var body = B()
        try! body.visit(&self)
        return body
    }

    /// A body of the type that the kind has.
    mutating func body(of kind: MessageKind) -> any WireBody {
        func fill<B: WireBody>(_: B) -> any WireBody { body(B.self) }
        return fill(kind.blank())
    }

    mutating func envelope() -> Envelope { body(Envelope.self) }
}

protocol Randomizable {
    static func random(_ source: inout Randomizer) -> Self
}

extension ProtocolMajor: Randomizable {
    static func random(_ source: inout Randomizer) -> ProtocolMajor { .blank }
}

extension Bool: Randomizable {
    static func random(_ source: inout Randomizer) -> Bool { source.chance(2) }
}

extension Int: Randomizable {
    static func random(_ source: inout Randomizer) -> Int {
        if !source.isWild { return .random(in: 0...500, using: &source.generator) }
        let bits = Int.random(in: 0...53, using: &source.generator)
        let magnitude = Int.random(in: 0..<(1 << bits), using: &source.generator)
        return source.chance(3) ? -magnitude : magnitude
    }
}

extension Double: Randomizable {
    static func random(_ source: inout Randomizer) -> Double {
        if !source.isWild { return Double(Int.random(in: 0...100_000, using: &source.generator)) / 1_000 }
        while true {
            let value = Double(bitPattern: source.generator.next())
            if value.isFinite { return value }
        }
    }
}

extension String: Randomizable {
    static func random(_ source: inout Randomizer) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        if !source.isWild {
            return String((0..<8).map { _ in letters[Int.random(in: 0..<letters.count, using: &source.generator)] })
        }
        let odd: [Character] = [
            "\"", "\\", "/", "\n", "\t", "\r", "\u{0}", "\u{1f}", "\u{7f}", "é", "→", "漢", "😀", "{", "}", "]", ",", ":",
        ]
        return String(
            (0..<Int.random(in: 0...24, using: &source.generator)).map { _ in
                source.chance(4)
                    ? odd[Int.random(in: 0..<odd.count, using: &source.generator)]
                    : letters[Int.random(in: 0..<letters.count, using: &source.generator)]
            })
    }
}

extension Array: Randomizable where Element: WireValue {
    static func random(_ source: inout Randomizer) -> [Element] {
        (0..<(source.isWild ? Int.random(in: 0...4, using: &source.generator) : 2)).map { _ in source.make(Element.self)
        }
    }
}

extension Randomizable where Self: FixedPoint {
    static func random(_ source: inout Randomizer) -> Self {
        if !source.isWild {
            return Self(
                raw: Int128(Int.random(in: 1...9_999_999, using: &source.generator)) * PowerOfTen.of(fractionDigits - 2)
            )
        }
        let limit = Self.largestWhole * Self.scale
        let bits = Int.random(in: 0...126, using: &source.generator)
        var raw = Int128(truncatingIfNeeded: UInt128(source.generator.next()) << 64 | UInt128(source.generator.next()))
        raw = raw & ((1 << bits) - 1)
        // Whole numbers and short decimals are as likely as long ones.
        if source.chance(2) { raw -= raw % PowerOfTen.of(Int.random(in: 0...fractionDigits, using: &source.generator)) }
        if raw > limit { raw = raw % limit }
        return Self(raw: source.chance(3) ? -raw : raw)
    }
}

extension Price: Randomizable {}
extension Quantity: Randomizable {}
extension Money: Randomizable {}
extension Ratio: Randomizable {}

extension Randomizable where Self: Instant {
    static func random(_ source: inout Randomizer) -> Self {
        source.isWild
            ? Self(micros: .random(in: 0...JSONWriter.largestInteger, using: &source.generator))
            : Self(micros: 1_747_699_200_000_000 + .random(in: 0...86_400_000_000, using: &source.generator))
    }
}

extension MarketTime: Randomizable {}
extension WallTime: Randomizable {}

extension Span: Randomizable {
    static func random(_ source: inout Randomizer) -> Span { Span(micros: Int64(Int.random(&source))) }
}

extension Symbol: Randomizable {
    static func random(_ source: inout Randomizer) -> Symbol {
        let names = ["BTC/USDT", "ETH/USDT", "SOL/USDT", "1000SHIB/USDT:USDT", "A/B", "BTC/USD:BTC-250627"]
        return Symbol(names[Int.random(in: 0..<(source.isWild ? names.count : 3), using: &source.generator)])!
    }
}

extension VenueID: Randomizable {
    static func random(_ source: inout Randomizer) -> VenueID { source.isWild ? VenueID(.random(&source)) : .simulated }
}

extension ClientOrderID: Randomizable {
    static func random(_ source: inout Randomizer) -> ClientOrderID {
        .derived(from: String(source.generator.next()), purpose: OrderPurpose.random(&source), attempt: 0)
    }
}

extension Randomizable where Self: CaseIterable {
    static func random(_ source: inout Randomizer) -> Self { allCases.randomElement(using: &source.generator)! }
}

extension Timeframe: Randomizable {}
extension PositionSide: Randomizable {}
extension OrderSide: Randomizable {}
extension SignalAction: Randomizable {}
extension Regime: Randomizable {}
extension ContributionOutcome: Randomizable {}
extension DialogueOutcome: Randomizable {}
extension DenialReason: Randomizable {}
extension TradingState: Randomizable {}
extension ExitReason: Randomizable {}
extension ExitPlanStatus: Randomizable {}
extension OrderPurpose: Randomizable {}
extension OrderType: Randomizable {}
extension TimeInForce: Randomizable {}
extension OrderStatus: Randomizable {}
extension Liquidity: Randomizable {}
extension OperatorCommand.Verb: Randomizable {}
extension AlertCommand.Verb: Randomizable {}
extension Refusal.Code: Randomizable {}
extension Health.Condition: Randomizable {}

/// One frame of that kind with values from the seed.
func randomFrame(_ kind: MessageKind, seed: UInt64, isWild: Bool = true) throws -> [UInt8] {
    var source = Randomizer(seed: seed, isWild: isWild)
    let envelope = source.envelope()
    return try encode(envelope, source.body(of: kind))
}

func encode(_ envelope: Envelope, _ body: any WireBody) throws -> [UInt8] { try WireMessage.encode(envelope, body) }

/// The JSON text of a frame.
func text(of frame: [UInt8]) -> String { String(decoding: frame.dropFirst(WireProtocol.headerBytes), as: UTF8.self) }

/// A frame around any text, even an empty one.
func frame(_ text: some Collection<UInt8>) -> [UInt8] {
    withUnsafeBytes(of: UInt32(text.count).bigEndian) { Array($0) } + Array(text)
}

func frame(_ text: String) -> [UInt8] { frame(text.utf8) }

/// Where this test's files are.
let here = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
