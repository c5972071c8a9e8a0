import TradingModel

/// One candle in ticks and lots, closed or forming.
struct BoxCandle: Hashable, Sendable {
    /// Milliseconds since 1970.
    var openTime: Int64
    var open: Int64
    var high: Int64
    var low: Int64
    var close: Int64
    var lots: Int64 = 0
    /// Sum of ticks × lots.
    var value: Int128 = 0
    var trades: Int64 = 0
    /// What takers bought.
    var takerLots: Int64 = 0
    var takerValue: Int128 = 0

    /// Without a trade, at the price before it.
    init(flat price: Int64, openTime: Int64) {
        self.openTime = openTime
        (open, high, low, close) = (price, price, price, price)
    }

    mutating func add(_ ticks: Int64, lots added: Int64, isBuyerMaker: Bool) {
        if trades == 0, lots == 0 { (open, high, low) = (ticks, ticks, ticks) }
        high = max(high, ticks)
        low = min(low, ticks)
        close = ticks
        lots &+= added
        value += Int128(ticks) * Int128(added)
        // A price without a quantity counts as one, or the next would be taken for the first.
        trades += 1
        if !isBuyerMaker {
            takerLots &+= added
            takerValue += Int128(ticks) * Int128(added)
        }
    }

    mutating func merge(_ next: BoxCandle) {
        if trades == 0, lots == 0 { (open, high, low) = (next.open, next.high, next.low) }
        if next.trades > 0 || next.lots > 0 {
            high = max(high, next.high)
            low = min(low, next.low)
            close = next.close
        }
        lots &+= next.lots
        value += next.value
        trades += next.trades
        takerLots &+= next.takerLots
        takerValue += next.takerValue
    }
}

/// An interval of Binance's candles: one of the seven that are kept, or one made of those.
struct KlineInterval: Hashable, Sendable {
    let name: String
    /// The slot of the candles it is made of.
    let base: Int

    private static let kept = Timeframe.allCases.map(\.rawValue)
    private static let made: [String: Int64] = [
        "2h": 2, "6h": 6, "8h": 8, "12h": 12, "1d": 24, "3d": 72, "1w": 168,
    ]

    init?(_ name: String) {
        self.name = name
        if let slot = KlineInterval.kept.firstIndex(of: name) {
            base = slot
        } else if name == "2h" || name == "6h" {
            base = 5
        } else if KlineInterval.made[name] != nil || name == "1M" {
            base = 6
        } else {
            return nil
        }
    }

    init(slot: Int) {
        name = KlineInterval.kept[slot]
        base = slot
    }

    var isKept: Bool { KlineInterval.kept[base] == name }

    /// Opening and end of the candle that contains a moment, in milliseconds since 1970.
    func bounds(containing milliseconds: Int64) -> (open: Int64, end: Int64) {
        if name == "1M" {
            let date = CivilTime(micros: milliseconds * 1_000)
            let open = CivilTime.micros(year: date.year, month: date.month, day: 1)
            let next = CivilTime.micros(
                year: date.month == 12 ? date.year + 1 : date.year, month: date.month % 12 + 1, day: 1)
            return (open / 1_000, next / 1_000)
        }
        let length =
            isKept ? Timeframe.allCases[base].span.micros / 1_000 : (KlineInterval.made[name] ?? 4) * 3_600_000
        // Weeks open on Mondays; 1970 began on a Thursday.
        let shift: Int64 = name == "1w" ? 4 * 86_400_000 : 0
        let open = (milliseconds - shift) / length * length + shift
        return (open, open + length)
    }
}

/// The candles of one listing in seven lengths, made of its trades; longer ones are made of those on demand.
struct CandleBoard: Sendable {
    /// By timeframe, oldest first: those of before the start, which both markets of a symbol share, and those since.
    private var past: [[BoxCandle]]
    private(set) var closed: [[BoxCandle]]
    /// By timeframe; empty before the first price.
    private(set) var forming: [BoxCandle] = []
    private(set) var hasHistory = false
    /// By timeframe: older candles than those kept here are no longer known, so that no past belongs in front of them.
    private var isCut = Timeframe.allCases.map { _ in false }
    private let start: Int64
    static let lengths = Timeframe.allCases.map { $0.span.micros / 1_000 }
    /// Closed candles kept of each length.
    static let capacity = 6_000

    init(start: MarketTime) {
        closed = Timeframe.allCases.map { _ in [] }
        past = closed
        self.start = Timeframe.oneMinute.openTime(containing: start).micros / 1_000
    }

    /// Puts the past in front, and into the candles that were forming when the market began.
    mutating func load(_ history: [[BoxCandle]]) {
        guard !hasHistory else { return }
        hasHistory = true
        past = zip(history, isCut).map { $1 ? [] : $0 }
        for slot in closed.indices {
            // The longer candle the market begins in the middle of has its first part in the shorter ones.
            let length = CandleBoard.lengths[slot]
            let open = start / length * length
            guard open < start, !isCut[slot] else { continue }
            let parts = history[0].filter { $0.openTime >= open && $0.openTime < start }
            guard var whole = parts.first else { continue }
            for part in parts.dropFirst() { whole.merge(part) }
            whole.openTime = open
            if let place = closed[slot].lastIndex(where: { $0.openTime == open }) {
                whole.merge(closed[slot][place])
                closed[slot][place] = whole
            } else if slot < forming.count, forming[slot].openTime == open {
                whole.merge(forming[slot])
                forming[slot] = whole
            }
        }
    }

    /// A trade, or a price of which no quantity is known.
    mutating func add(_ ticks: Int64, lots: Int64, isBuyerMaker: Bool, at time: MarketTime) {
        if forming.isEmpty {
            let now = time.micros / 1_000
            forming = CandleBoard.lengths.map { BoxCandle(flat: ticks, openTime: now / $0 * $0) }
        }
        for slot in forming.indices { forming[slot].add(ticks, lots: lots, isBuyerMaker: isBuyerMaker) }
    }

    /// Closes what ends at a full minute; the slots that closed.
    mutating func close(at boundary: Int64) -> [Int] {
        guard !forming.isEmpty else { return [] }
        var slots: [Int] = []
        for slot in forming.indices where boundary % CandleBoard.lengths[slot] == 0 {
            if closed[slot].count >= CandleBoard.capacity * 2 {
                closed[slot].removeFirst(CandleBoard.capacity)
                // A hole between the past and these would look like the exchange's own.
                isCut[slot] = true
                past[slot] = []
            }
            closed[slot].append(forming[slot])
            forming[slot] = BoxCandle(flat: forming[slot].close, openTime: boundary)
            slots.append(slot)
        }
        return slots
    }

    /// Goes on from saved candles: the closed ones of each length, whether older ones are missing, and those that form.
    mutating func restore(closed saved: [(rows: [BoxCandle], isCut: Bool)], forming current: [BoxCandle]) {
        closed = saved.map(\.rows)
        isCut = saved.map(\.isCut)
        forming = current
    }

    /// The newest closed candles of a length, and whether older ones are left out or missing.
    func newest(_ count: Int, slot: Int) -> (rows: ArraySlice<BoxCandle>, isCut: Bool) {
        (closed[slot].suffix(count), isCut[slot] || closed[slot].count > count)
    }

    /// Candles of an interval that open in `since...until`, the forming one included: the first `limit` where `since` is
    /// given, else the last. Milliseconds since 1970.
    func candles(_ interval: KlineInterval, since: Int64?, until: Int64?, limit: Int) -> [BoxCandle] {
        let slot = interval.base
        var series: [BoxCandle] = []
        if interval.isKept {
            for list in [past[slot], closed[slot]] {
                let low = since.map { CandleBoard.place(of: $0, in: list) } ?? 0
                let high = until.map { CandleBoard.place(of: $0 + 1, in: list) } ?? list.count
                guard low < high else { continue }
                let range = list[low..<high]
                series += since == nil ? range.suffix(limit) : range.prefix(limit)
            }
            if let last = forming.isEmpty ? nil : forming[slot], last.openTime >= since ?? 0,
                last.openTime <= until ?? .max
            {
                series.append(last)
            }
        } else {
            for part in past[slot] + closed[slot] + (forming.isEmpty ? [] : [forming[slot]]) {
                let bounds = interval.bounds(containing: part.openTime)
                if let last = series.indices.last, series[last].openTime == bounds.open {
                    series[last].merge(part)
                } else {
                    var whole = part
                    whole.openTime = bounds.open
                    series.append(whole)
                }
            }
            series = series.filter { $0.openTime >= since ?? 0 && $0.openTime <= until ?? .max }
        }
        return since == nil ? Array(series.suffix(limit)) : Array(series.prefix(limit))
    }

    private static func place(of time: Int64, in list: [BoxCandle]) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].openTime < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What the last 24 hours were, the forming minute included; `nil` before the first price.
    func day(endingAt now: Int64) -> BoxCandle? {
        guard let current = forming.first else { return nil }
        let since = now - 86_400_000
        // 5m candles of the day, then the minutes of the last five.
        let five = forming[2]
        var whole: BoxCandle?
        let recent = closed[2].suffix(288)
        for candle in past[2].suffix(288 - recent.count) + recent where candle.openTime >= since {
            if whole == nil { whole = candle } else { whole?.merge(candle) }
        }
        guard var day = whole else {
            var only = five
            if only.trades == 0 { only = current }
            return only
        }
        day.merge(five)
        return day
    }
}
