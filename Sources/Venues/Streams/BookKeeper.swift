public import TradingModel

/// One symbol's order book out of a snapshot and the changes after it, by the exchange's own rule of continuity.
///
/// A hole is told at once and the book is empty until a new snapshot has come: a book that may be wrong is none. Changes
/// that come before their snapshot are kept, at most ``capacity`` of them.
public struct BookKeeper: Sendable {
    /// When a change follows the one before.
    public enum Rule: Sendable {
        /// Binance spot and MEXC: a change begins where the last ended, `first = last + 1`; the first after a snapshot
        /// covers `snapshot + 1`.
        case contiguous
        /// Binance futures: a change names the one before, `previous = last`; the first covers the snapshot itself.
        case linked
        /// Bybit: messages are numbered one by one, and a snapshot may come at any time.
        case numbered

        public init(_ dialect: VenueDialect) {
            switch dialect {
            case .binance, .mexc: self = .contiguous
            case .binanceUSDM: self = .linked
            case .bybit: self = .numbered
            }
        }
    }

    public enum Outcome: Hashable, Sendable {
        case applied
        /// It says nothing new.
        case old
        /// It is kept until the snapshot comes.
        case waiting
        /// Something is missing between the id that was reached and the first of the change: a snapshot is needed.
        case gap(reached: Int64, next: Int64)
        /// The best bid is not below the best ask: a snapshot is needed.
        case crossed
    }

    public let rule: Rule
    /// Best first.
    public private(set) var bids: [BookLevel] = []
    /// Best first.
    public private(set) var asks: [BookLevel] = []
    /// The last change in the book; `nil` while there is none.
    public private(set) var lastID: Int64?
    public private(set) var eventTime: MarketTime?
    private var waiting: [BookUpdate] = []
    private var isFirstAfterSnapshot = false

    /// How many changes wait for a snapshot; the oldest are dropped beyond.
    public static let capacity = 1_000

    public init(_ rule: Rule) { self.rule = rule }

    /// The book is whole.
    public var isSynchronized: Bool { lastID != nil }

    /// Takes a snapshot or a change.
    public mutating func apply(_ update: BookUpdate) -> Outcome {
        if update.isSnapshot { return load(update) }
        guard let reached = lastID else {
            if waiting.count >= BookKeeper.capacity { waiting.removeFirst(waiting.count - BookKeeper.capacity + 1) }
            waiting.append(update)
            return .waiting
        }
        return extend(update, reached)
    }

    /// Forgets the book, as after a connection was lost.
    public mutating func reset() {
        (bids, asks, lastID, waiting) = ([], [], nil, [])
    }

    private mutating func load(_ snapshot: BookUpdate) -> Outcome {
        let isBid = { (a: BookLevel, b: BookLevel) in a.price > b.price }
        let isAsk = { (a: BookLevel, b: BookLevel) in a.price < b.price }
        bids = snapshot.bids.filter { $0.quantity.isPositive }.sorted(by: isBid)
        asks = snapshot.asks.filter { $0.quantity.isPositive }.sorted(by: isAsk)
        lastID = snapshot.lastID
        eventTime = snapshot.eventTime
        isFirstAfterSnapshot = true
        let kept = waiting
        waiting = []
        for (index, update) in kept.enumerated() {
            guard let reached = lastID else { break }
            let outcome = extend(update, reached)
            if case .gap = outcome {
                // The snapshot is older than what waits for it: the rest may still follow a newer one.
                waiting = Array(kept[index...])
                return outcome
            }
            if outcome == .crossed { return outcome }
        }
        return isCrossed ? lose(.crossed) : .applied
    }

    private mutating func extend(_ update: BookUpdate, _ reached: Int64) -> Outcome {
        switch rule {
        case .contiguous:
            if update.lastID <= reached { return .old }
            guard update.firstID <= reached + 1 else { return lose(.gap(reached: reached, next: update.firstID)) }
        case .linked:
            if update.lastID < reached { return .old }
            if isFirstAfterSnapshot {
                guard update.firstID <= reached else { return lose(.gap(reached: reached, next: update.firstID)) }
            } else {
                guard update.previousID == reached else {
                    // The same change once more says nothing new.
                    if update.lastID == reached { return .old }
                    return lose(.gap(reached: reached, next: update.previousID ?? update.firstID))
                }
            }
        case .numbered:
            if update.lastID <= reached { return .old }
            guard update.lastID == reached + 1 else { return lose(.gap(reached: reached, next: update.lastID)) }
        }
        isFirstAfterSnapshot = false
        for level in update.bids { BookKeeper.set(level, in: &bids) { $0 > $1 } }
        for level in update.asks { BookKeeper.set(level, in: &asks) { $0 < $1 } }
        lastID = update.lastID
        eventTime = update.eventTime ?? eventTime
        return isCrossed ? lose(.crossed) : .applied
    }

    private var isCrossed: Bool {
        guard let bid = bids.first, let ask = asks.first else { return false }
        return bid.price >= ask.price
    }

    private mutating func lose(_ outcome: Outcome) -> Outcome {
        reset()
        return outcome
    }

    /// Puts a level in its place, or takes it out; O(log n) to find it.
    private static func set(
        _ level: BookLevel, in levels: inout [BookLevel], _ isBefore: (Price, Price) -> Bool
    ) {
        var low = 0
        var high = levels.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(levels[middle].price, level.price) { low = middle + 1 } else { high = middle }
        }
        let isThere = low < levels.count && levels[low].price == level.price
        switch (isThere, level.quantity.isPositive) {
        case (true, true): levels[low].quantity = level.quantity
        case (true, false): levels.remove(at: low)
        case (false, true): levels.insert(level, at: low)
        case (false, false): break
        }
    }

    /// The best levels of a whole book; `nil` while it is none.
    public func book(depth: Int, symbol: Symbol, venue: VenueID, receivedTime: WallTime) -> OrderBook? {
        guard lastID != nil else { return nil }
        var book = OrderBook()
        book.symbol = symbol
        book.venue = venue
        book.bids = Array(bids.prefix(depth))
        book.asks = Array(asks.prefix(depth))
        book.eventTime = eventTime ?? .distantPast
        book.receivedTime = receivedTime
        return book
    }
}
