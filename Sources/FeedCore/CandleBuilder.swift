import TradingModel

/// The candles of one symbol in all timeframes from its source's up, built from the source's closed candles.
///
/// A higher candle is the fold of those source candles that lie in its bucket and are in the look-back, so no forming
/// state exists beside the series, and a restart that has the series has everything. Buckets start at multiples of
/// their length since 1970 UTC. A bucket closes when its last source candle closes or when a candle of a later bucket
/// arrives; a bucket without any source candle is not invented.
struct CandleBuilder: Sendable {
    /// What became of a source candle.
    enum Outcome: Hashable, Sendable {
        /// Newer than all before it; `missing` source candles lie between it and the one before.
        case appended(missing: Int)
        /// Already here with the same content.
        case duplicate
        /// Already here with other content: what was published first stands.
        case conflicting
        /// It fills a hole behind newer candles.
        case late
        /// Older than the look-back reaches.
        case tooOld
    }

    let sourceTimeframe: Timeframe
    private(set) var source: CandleSeries
    private(set) var higher: [CandleSeries]

    init(symbol: Symbol, venue: VenueID, sourceTimeframe: Timeframe, lookBack: Int) {
        self.sourceTimeframe = sourceTimeframe
        // A bucket is folded out of the look-back, so that must hold the longest one whole.
        let longest = Int((Timeframe.fourHours.span.micros / sourceTimeframe.span.micros))
        source = CandleSeries(
            symbol: symbol, venue: venue, timeframe: sourceTimeframe, capacity: max(lookBack, longest))
        higher = Timeframe.allCases.filter { $0.isBuilt(from: sourceTimeframe) }.map {
            CandleSeries(symbol: symbol, venue: venue, timeframe: $0, capacity: lookBack)
        }
    }

    func series(_ timeframe: Timeframe) -> CandleSeries? {
        timeframe == sourceTimeframe ? source : higher.first { $0.timeframe == timeframe }
    }

    /// Takes a closed candle of any of the timeframes from an earlier run or a backfill; nothing follows from it.
    @discardableResult mutating func restore(_ candle: Candle) -> Bool {
        if candle.timeframe == sourceTimeframe { return source.insert(candle) }
        guard let index = higher.firstIndex(where: { $0.timeframe == candle.timeframe }) else { return false }
        return higher[index].insert(candle)
    }

    /// Takes a sound source candle. `closed` gets what closed by it, in order of closing; `repaired` gets candles
    /// behind the newest that are new or have changed: for the look-back and the store, not for the bus.
    mutating func take(_ candle: Candle, closed: inout [Candle], repaired: inout [Candle]) -> Outcome {
        precondition(
            candle.timeframe == sourceTimeframe, "Invariant: a builder takes candles of its source's timeframe")
        guard let newest = source.lastOpenTime else {
            append(candle, closed: &closed)
            return .appended(missing: 0)
        }
        if candle.openTime > newest {
            closeBuckets(before: candle, closed: &closed)
            append(candle, closed: &closed)
            let steps = (candle.openTime - newest).micros / sourceTimeframe.span.micros
            return .appended(missing: Int(steps) - 1)
        }
        if let known = source.candle(openingAt: candle.openTime) {
            return known.isSameMarketFact(as: candle) ? .duplicate : .conflicting
        }
        var late = candle
        late.isBackfill = true
        guard source.insert(late) else { return .tooOld }
        repaired.append(late)
        rebuildBuckets(around: late, repaired: &repaired)
        return .late
    }

    /// Closes buckets that ended before `candle` opens and still wait for a last source candle that never came.
    private mutating func closeBuckets(before candle: Candle, closed: inout [Candle]) {
        guard let newest = source.lastOpenTime else { return }
        for index in higher.indices {
            let bucket = higher[index].timeframe.openTime(containing: newest)
            guard bucket + higher[index].timeframe.span <= candle.openTime else { continue }
            close(index, bucket, receivedTime: candle.receivedTime, closed: &closed)
        }
    }

    private mutating func append(_ candle: Candle, closed: inout [Candle]) {
        source.insert(candle)
        closed.append(candle)
        for index in higher.indices where candle.closeTime.micros % higher[index].timeframe.span.micros == 0 {
            close(
                index, higher[index].timeframe.openTime(containing: candle.openTime), receivedTime: candle.receivedTime,
                closed: &closed)
        }
    }

    private mutating func close(_ index: Int, _ bucket: MarketTime, receivedTime: WallTime, closed: inout [Candle]) {
        if let last = higher[index].lastOpenTime, last >= bucket { return }
        guard let candle = fold(higher[index].timeframe, bucket, receivedTime: receivedTime) else { return }
        higher[index].insert(candle)
        closed.append(candle)
    }

    /// Folds again each bucket behind the forming one that a late candle falls into, as far as all of it is still in
    /// the look-back.
    private mutating func rebuildBuckets(around late: Candle, repaired: inout [Candle]) {
        guard let newest = source.lastOpenTime else { return }
        for index in higher.indices {
            let timeframe = higher[index].timeframe
            let bucket = timeframe.openTime(containing: late.openTime)
            let isClosed = higher[index].lastOpenTime.map { bucket <= $0 } ?? false
            guard isClosed || bucket < timeframe.openTime(containing: newest) else { continue }
            if source.isFull, let oldest = source.firstOpenTime, oldest > bucket { continue }
            guard var candle = fold(timeframe, bucket, receivedTime: late.receivedTime) else { continue }
            candle.isBackfill = true
            if higher[index].insert(candle) { repaired.append(candle) }
        }
    }

    /// Open of the first, close of the last, highest high, lowest low, sum of volumes; `nil` for an empty bucket.
    private func fold(_ timeframe: Timeframe, _ bucket: MarketTime, receivedTime: WallTime) -> Candle? {
        var whole: Candle?
        var present = 0
        source.forEach(from: bucket, to: bucket + timeframe.span) { part in
            present += 1
            guard var candle = whole else {
                whole = part
                return
            }
            candle.high = max(candle.high, part.high)
            candle.low = min(candle.low, part.low)
            candle.close = part.close
            candle.volume += part.volume
            candle.isBackfill = candle.isBackfill || part.isBackfill
            whole = candle
        }
        guard var candle = whole else { return nil }
        let expected = Int(timeframe.span.micros / sourceTimeframe.span.micros)
        precondition(present <= expected, "Invariant: a bucket never holds more candles than fit")
        candle.timeframe = timeframe
        candle.openTime = bucket
        candle.missing = expected - present
        candle.receivedTime = receivedTime
        return candle
    }
}

extension Timeframe {
    /// Whether whole candles of `source` fill one of this.
    func isBuilt(from source: Timeframe) -> Bool { self > source && span.micros % source.span.micros == 0 }
}

extension Candle {
    /// Equal in what the market did; when it reached us does not count.
    func isSameMarketFact(as other: Candle) -> Bool {
        openTime == other.openTime && open == other.open && high == other.high && low == other.low
            && close == other.close
            && volume == other.volume
    }
}
