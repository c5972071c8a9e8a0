public import TradingModel

/// A condition under which an idea is wrong, asked when a candle closes.
///
/// So far one sentence is understood: `close [TIMEFRAME] below PRICE` or `close [TIMEFRAME] above PRICE`, strictly; the
/// timeframe is the proposal's unless named. Anything else is unreadable, and a proposal that brings it is denied rather
/// than guarded without it.
public struct Invalidation: Hashable, Sendable, CustomStringConvertible {
    public enum Direction: String, Sendable { case below, above }
    public let timeframe: Timeframe
    public let direction: Direction
    public let level: Price

    /// `nil` where the text is not understood.
    public init?(parsing text: String, timeframe: Timeframe) {
        var words = text.split(separator: " ").map(String.init)
        guard words.count == 3 || words.count == 4, words.removeFirst() == "close" else { return nil }
        if words.count == 3 {
            guard let named = Timeframe(rawValue: words.removeFirst()) else { return nil }
            self.timeframe = named
        } else {
            self.timeframe = timeframe
        }
        guard let direction = Direction(rawValue: words[0]), let level = Price(words[1]), level.isPositive else {
            return nil
        }
        self.direction = direction
        self.level = level
    }

    /// The sentence with its timeframe, which parses to the same condition.
    public var description: String { "close \(timeframe) \(direction.rawValue) \(level)" }

    /// Whether a closed candle fulfils it.
    public func isFulfilled(by candle: Candle) -> Bool {
        guard candle.timeframe == timeframe else { return false }
        return direction == .below ? candle.close < level : candle.close > level
    }
}
