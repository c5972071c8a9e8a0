/// What is traded, as `BASE/QUOTE` or `BASE/QUOTE:SETTLE` for a derivative: `BTC/USDT`, `BTC/USDT:USDT`.
///
/// The venue's own spelling (`BTCUSDT`) exists only inside `Venues`.
public struct Symbol: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let name: String

    /// `nil` unless both halves are 1...20 characters of `A-Z 0-9 . _ -` and there is exactly one `/`.
    public init?(_ name: String) {
        var name = name
        guard name.withUTF8(Symbol.isLegal) else { return nil }
        self.name = name
    }

    /// The same from the bytes of a name; for decoders, without a string in between.
    public init?(utf8: UnsafeBufferPointer<UInt8>) {
        guard Symbol.isLegal(utf8) else { return nil }
        name = String(decoding: utf8, as: UTF8.self)
    }

    /// Reads the parts in one pass: BASE, then `/` and QUOTE, then perhaps `:` and SETTLE.
    private static func isLegal(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
        guard utf8.count <= 48 else { return false }
        var part = 0
        var length = 0
        for byte in utf8 {
            if isAllowed(byte) {
                length += 1
            } else {
                let isNext = part == 0 ? byte == UInt8(ascii: "/") : part == 1 && byte == UInt8(ascii: ":")
                guard isNext, length >= 1 else { return false }
                part += 1
                length = 0
            }
            guard length <= 20 else { return false }
        }
        return part >= 1 && length >= 1
    }

    private init(unchecked name: String) { self.name = name }
    /// The value of a body before it is decoded; never published.
    public static let none = Symbol(unchecked: "")

    public var baseCurrency: String { String(name.prefix { $0 != "/" }) }
    public var quoteCurrency: String { String(name.drop { $0 != "/" }.dropFirst().prefix { $0 != ":" }) }
    public var isDerivative: Bool { name.contains(":") }
    public var description: String { name }
    public static func < (a: Symbol, b: Symbol) -> Bool { a.name < b.name }

    @inline(__always)
    private static func isAllowed(_ byte: UInt8) -> Bool {
        byte &- 65 <= 25 || byte &- 48 <= 9 || byte == 46 || byte == 95 || byte == 45
    }
}

/// An exchange, or what stands in for one: `simulated`, `recording`, `binance`, `bybit`, `mexc`.
public struct VenueID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }
    public static func < (a: VenueID, b: VenueID) -> Bool { a.name < b.name }
    public static let simulated = VenueID("simulated")
    public static let recording = VenueID("recording")
    public static let none = VenueID("")
}

/// The seven candle lengths.
public enum Timeframe: String, Sendable, CaseIterable, Comparable, CustomStringConvertible {
    case oneMinute = "1m"
    case threeMinutes = "3m"
    case fiveMinutes = "5m"
    case fifteenMinutes = "15m"
    case thirtyMinutes = "30m"
    case oneHour = "1h"
    case fourHours = "4h"

    public var span: Span {
        switch self {
        case .oneMinute: .minutes(1)
        case .threeMinutes: .minutes(3)
        case .fiveMinutes: .minutes(5)
        case .fifteenMinutes: .minutes(15)
        case .thirtyMinutes: .minutes(30)
        case .oneHour: .hours(1)
        case .fourHours: .hours(4)
        }
    }

    public var description: String { rawValue }
    public static func < (a: Timeframe, b: Timeframe) -> Bool { a.span < b.span }

    /// The open time of the candle that contains `time`: buckets start at multiples of the length since 1970 UTC.
    @inlinable public func openTime(containing time: MarketTime) -> MarketTime {
        let length = span.micros
        return MarketTime(micros: time.micros - time.micros % length)
    }
}

/// Which way a position looks.
public enum PositionSide: String, Sendable, CaseIterable {
    case long, short

    public var opposite: PositionSide { self == .long ? .short : .long }
    /// +1 long, -1 short.
    public var sign: Int { self == .long ? 1 : -1 }
    /// The order side that opens or adds to it.
    public var opening: OrderSide { self == .long ? .buy : .sell }
    /// The order side that reduces it.
    public var closing: OrderSide { self == .long ? .sell : .buy }
}

/// Which way an order trades.
public enum OrderSide: String, Sendable, CaseIterable {
    case buy, sell
    public var opposite: OrderSide { self == .buy ? .sell : .buy }
}
