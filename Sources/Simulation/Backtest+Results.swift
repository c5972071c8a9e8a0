import ExecutionCore
import Portfolio
public import TradingModel

/// What is asked of a backtest once it has been played.
extension Backtest {
    /// The furthest the price went against and in favour of a trade between its first and last moment, as shares of its entry
    /// price; by the candles that overlap it, so that the first and the last count whole.
    public func excursion(of trade: Trade) -> (adverse: Double, favourable: Double)? {
        guard let track = tracks.first(where: { $0.symbol == trade.symbol }), trade.entryPrice.isPositive else {
            return nil
        }
        let rows = track.source.rows
        let span = track.source.timeframe.span
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].openTime + span <= trade.entryTime { low = middle + 1 } else { high = middle }
        }
        var (least, most) = (Int64.max, Int64.min)
        var row = low
        while row < rows.count, rows[row].openTime < trade.exitTime {
            least = min(least, rows[row].low)
            most = max(most, rows[row].high)
            row += 1
        }
        guard least <= most else { return nil }
        let entry = trade.entryPrice.double
        let (bottom, top) = (track.source.double(least) / entry - 1, track.source.double(most) / entry - 1)
        return trade.side == .long ? (max(0, -bottom), max(0, top)) : (max(0, top), max(0, -bottom))
    }

    /// At most about `limit` bars of a symbol's candles, each of a whole number of them.
    public func bars(
        of symbol: Symbol, limit: Int
    ) -> (span: Span, bars: [(time: MarketTime, open: Double, high: Double, low: Double, close: Double)]) {
        guard let track = tracks.first(where: { $0.symbol == symbol }) else { return (.zero, []) }
        let table = track.source
        let factor = max(1, (table.count + limit - 1) / limit)
        let span = track.source.timeframe.span * Int64(factor)
        var bars: [(time: MarketTime, open: Double, high: Double, low: Double, close: Double)] = []
        for row in table.rows {
            let bucket = MarketTime(micros: row.openTime.micros - row.openTime.micros % span.micros)
            let (high, low, close) = (table.double(row.high), table.double(row.low), table.double(row.close))
            if let last = bars.last, last.time == bucket {
                bars[bars.count - 1].high = max(last.high, high)
                bars[bars.count - 1].low = min(last.low, low)
                bars[bars.count - 1].close = close
            } else {
                bars.append((bucket, table.double(row.open), high, low, close))
            }
        }
        return (span, bars)
    }

    /// The length of a symbol's source candles, and how many there are.
    public func timeframe(of symbol: Symbol) -> Timeframe {
        tracks.first { $0.symbol == symbol }?.source.timeframe ?? .oneMinute
    }
    public func candleCount(of symbol: Symbol) -> Int {
        tracks.first { $0.symbol == symbol }?.source.count ?? 0
    }

    /// The last price of a symbol that was played.
    public func lastPrice(of symbol: Symbol) -> Price? {
        guard let track = tracks.first(where: { $0.symbol == symbol }), let row = track.source.rows.last
        else {
            return nil
        }
        return track.source.price(row.close)
    }

    /// Positions open now, by symbol.
    public var openPositions: [Position] { quartet.execution.image.positions }
    public var balance: Money { quartet.execution.ledger.balance }
    /// The first and the last moment of the candles.
    public var range: (from: MarketTime, to: MarketTime) { (firstTime, lastTime) }
}
