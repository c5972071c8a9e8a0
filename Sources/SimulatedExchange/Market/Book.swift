import TradingModel

/// An order book with price-time priority, in ticks and lots.
///
/// Its orders are the account's, by their ids, and those of the house (id 0), which stand for everybody else.
struct Book: Sendable {
    static let house: Int64 = 0

    struct Entry: Hashable, Sendable {
        /// The order; ``house`` for everybody else's.
        var order: Int64
        var lots: Int64
    }

    struct Level: Hashable, Sendable {
        var ticks: Int64
        /// First come, first served.
        var entries: [Entry]
        var lots: Int64 { entries.reduce(0) { $0 + $1.lots } }
    }

    struct Match: Hashable, Sendable {
        var ticks: Int64
        var lots: Int64
        var maker: Int64
    }

    /// Best last on both sides.
    private(set) var bids: [Level] = []
    private(set) var asks: [Level] = []
    /// Prices whose quantity changed since ``clearChanges()``.
    private(set) var changedBids: Set<Int64> = []
    private(set) var changedAsks: Set<Int64> = []

    private subscript(side: OrderSide) -> [Level] {
        get { side == .buy ? bids : asks }
        _modify {
            if side == .buy { yield &bids } else { yield &asks }
        }
    }

    func best(_ side: OrderSide) -> (ticks: Int64, lots: Int64)? {
        (side == .buy ? bids : asks).last.map { ($0.ticks, $0.lots) }
    }

    /// The best levels, best first.
    func levels(_ side: OrderSide, depth: Int) -> [(ticks: Int64, lots: Int64)] {
        (side == .buy ? bids : asks).suffix(depth).reversed().map { ($0.ticks, $0.lots) }
    }

    func lots(_ side: OrderSide, at ticks: Int64) -> Int64 {
        let list = side == .buy ? bids : asks
        let place = Book.place(of: ticks, in: list, side)
        return place < list.count && list[place].ticks == ticks ? list[place].lots : 0
    }

    /// Whether an order of that side and limit would trade at once.
    func crosses(_ side: OrderSide, limit: Int64) -> Bool {
        guard let best = best(side.opposite)?.ticks else { return false }
        return side == .buy ? best <= limit : best >= limit
    }

    /// How much an order of that side could take, up to `lots`, without what rests for `account`; and what it would cost,
    /// as the sum of ticks × lots.
    func available(_ side: OrderSide, limit: Int64?, lots: Int64) -> (lots: Int64, value: Int128) {
        var (found, value): (Int64, Int128) = (0, 0)
        for level in (side == .buy ? asks : bids).reversed() {
            if let limit, side == .buy ? level.ticks > limit : level.ticks < limit { break }
            for entry in level.entries where entry.order == Book.house {
                let taken = min(entry.lots, lots - found)
                found += taken
                value += Int128(level.ticks) * Int128(taken)
                if found == lots { return (found, value) }
            }
        }
        return (found, value)
    }

    /// Takes up to `lots` from the other side, best prices and earliest orders first.
    ///
    /// A taker of the account never trades with an order of the account: that one is taken out and told in `expired`.
    mutating func take(
        _ side: OrderSide, limit: Int64?, lots: Int64, isAccount: Bool, expired: inout [Int64]
    ) -> [Match] {
        var matches: [Match] = []
        var rest = lots
        let other = side.opposite
        while rest > 0, var level = self[other].last {
            if let limit, side == .buy ? level.ticks > limit : level.ticks < limit { break }
            note(other, level.ticks)
            var gone = 0
            while gone < level.entries.count, rest > 0 {
                if isAccount, level.entries[gone].order != Book.house {
                    expired.append(level.entries[gone].order)
                    gone += 1
                    continue
                }
                let taken = min(rest, level.entries[gone].lots)
                matches.append(Match(ticks: level.ticks, lots: taken, maker: level.entries[gone].order))
                rest -= taken
                level.entries[gone].lots -= taken
                if level.entries[gone].lots == 0 { gone += 1 }
            }
            level.entries.removeFirst(gone)
            self[other].removeLast()
            if !level.entries.isEmpty {
                self[other].append(level)
                if rest > 0 { break }
            }
        }
        return matches
    }

    /// Puts an order behind those of its price.
    mutating func rest(_ side: OrderSide, at ticks: Int64, order: Int64, lots: Int64) {
        guard lots > 0 else { return }
        note(side, ticks)
        let place = Book.place(of: ticks, in: self[side], side)
        if place < self[side].count, self[side][place].ticks == ticks {
            self[side][place].entries.append(Entry(order: order, lots: lots))
        } else {
            self[side].insert(Level(ticks: ticks, entries: [Entry(order: order, lots: lots)]), at: place)
        }
    }

    /// Takes an order out; the lots it still had.
    @discardableResult
    mutating func remove(_ side: OrderSide, at ticks: Int64, order: Int64) -> Int64 {
        let place = Book.place(of: ticks, in: self[side], side)
        guard place < self[side].count, self[side][place].ticks == ticks,
            let entry = self[side][place].entries.firstIndex(where: { $0.order == order })
        else { return 0 }
        note(side, ticks)
        let lots = self[side][place].entries.remove(at: entry).lots
        if self[side][place].entries.isEmpty { self[side].remove(at: place) }
        return lots
    }

    /// Makes the house's orders of one side those of `target` (price → lots), without trading: what it adds comes behind
    /// what is there. Prices that trade with the account's orders have been dealt with before.
    mutating func setHouse(_ side: OrderSide, _ target: [(ticks: Int64, lots: Int64)]) {
        var wanted: [Int64: Int64] = [:]
        for level in target { wanted[level.ticks] = level.lots }
        for place in self[side].indices.reversed() {
            let level = self[side][place]
            let had = level.entries.reduce(0) { $0 + ($1.order == Book.house ? $1.lots : 0) }
            guard had > 0 else { continue }
            let want = wanted[level.ticks] ?? 0
            if had != want { trim(side, place, by: had - want) }
            if had > want || had == want { wanted[level.ticks] = nil } else { wanted[level.ticks] = want - had }
        }
        for level in target {
            if let more = wanted[level.ticks], more > 0 {
                rest(side, at: level.ticks, order: Book.house, lots: more)
            }
        }
    }

    /// Takes lots from the house's orders at a level, the latest first.
    private mutating func trim(_ side: OrderSide, _ place: Int, by lots: Int64) {
        guard lots > 0 else { return }
        note(side, self[side][place].ticks)
        var rest = lots
        for index in self[side][place].entries.indices.reversed() where rest > 0 {
            guard self[side][place].entries[index].order == Book.house else { continue }
            let taken = min(rest, self[side][place].entries[index].lots)
            self[side][place].entries[index].lots -= taken
            rest -= taken
            if self[side][place].entries[index].lots == 0 { self[side][place].entries.remove(at: index) }
        }
        if self[side][place].entries.isEmpty { self[side].remove(at: place) }
    }

    private mutating func note(_ side: OrderSide, _ ticks: Int64) {
        if side == .buy { changedBids.insert(ticks) } else { changedAsks.insert(ticks) }
    }

    mutating func clearChanges() {
        changedBids.removeAll(keepingCapacity: true)
        changedAsks.removeAll(keepingCapacity: true)
    }

    var hasChanges: Bool { !changedBids.isEmpty || !changedAsks.isEmpty }

    /// Where a price is, or belongs: bids ascend, asks descend, so that the best is last.
    private static func place(of ticks: Int64, in list: [Level], _ side: OrderSide) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            let isBefore = side == .buy ? list[middle].ticks < ticks : list[middle].ticks > ticks
            if isBefore { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What must hold after every change; one sentence for what does not.
    var fault: String? {
        if let bid = bids.last?.ticks, let ask = asks.last?.ticks, bid >= ask { return "the book is crossed" }
        for (list, isBid) in [(bids, true), (asks, false)] {
            for (index, level) in list.enumerated() {
                if level.entries.isEmpty || level.entries.contains(where: { $0.lots <= 0 }) {
                    return "a level has an order of nothing"
                }
                if index > 0, (list[index - 1].ticks < level.ticks) != isBid { return "the levels are out of order" }
            }
        }
        return nil
    }
}
