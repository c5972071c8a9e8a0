import ExecutionCore
import FeedCore
import Portfolio
import RiskCore
import StrategyCore
import TradingModel
import Venues

extension Backtest {
    /// Plays up to the next decision boundary after which something has happened in the market.
    mutating func playQuickly() {
        guard let first = nextEventTime() else {
            isFinished = true
            return
        }
        postRates()
        let boundary = planner.boundary(atOrAfter: first)
        if !open.isEmpty || isExpectant {
            if isExpectant || !isQuiet(from: first, to: boundary) { return playCarefully(to: boundary) }
            absorbOpen(to: boundary)
        }
        pass(to: boundary)
        conclude(at: boundary)
    }

    /// An order is open, so that every price is shown.
    var isExpectant: Bool { !quartet.venue.orders.isEmpty || quartet.risk.hasUnsettledOrders }

    @inline(__always)
    func nextEventTime() -> MarketTime? {
        if tracks.count == 1 { return tracks[0].nextTime }
        var first: MarketTime?
        // By index: a track is large to copy.
        for index in tracks.indices {
            guard let time = tracks[index].nextTime else { continue }
            if first.map({ time < $0 }) ?? true { first = time }
        }
        return first
    }

    // MARK: What has passed

    /// Whether no price up to the boundary can matter to what is open.
    mutating func isQuiet(from first: MarketTime, to boundary: MarketTime) -> Bool {
        var (low, high) = (cash, cash)
        for index in open {
            guard let band = tracks[index].band, tracks[index].quietUntil > boundary else { return false }
            // The first price at or after a funding time says what is paid.
            if setup.funding != nil, nextFunding[index] < boundary { return false }
            let rows = tracks[index].tape.source.rows
            var row = tracks[index].next
            var (least, most) = (Int64.max, Int64.min)
            while row < rows.count, rows[row].openTime < boundary {
                least = min(least, rows[row].low)
                most = max(most, rows[row].high)
                row += 1
            }
            if least > most {
                guard let last = lastUnits(index) else { return false }
                (least, most) = (last, last)
            }
            guard band.lowerBound <= least, most <= band.upperBound else { return false }
            let worth = (tracks[index].value(least), tracks[index].value(most))
            low += min(worth.0, worth.1)
            high += max(worth.0, worth.1)
        }
        guard low > quietEquity else { return false }
        if calendar.day(of: boundary) != quartet.risk.dayNumber {
            let before = MarketTime(micros: boundary.micros - 1)
            guard calendar.day(of: before) == quartet.risk.dayNumber else { return false }
        }
        if high > nearPeak { notePeak(to: boundary) }
        return low > quietEquity
    }

    func lastUnits(_ index: Int) -> Int64? {
        if let unshown = tracks[index].unshown { return points(of: index, row: unshown.row)[unshown.point] }
        if tracks[index].point > 0 {
            return points(of: index, row: tracks[index].next)[min(tracks[index].point, 4) - 1]
        }
        guard tracks[index].next > 0 else { return nil }
        return tracks[index].tape.source.rows[tracks[index].next - 1].close
    }

    /// The four prices of a candle in the order in which they come, in units.
    func points(of index: Int, row: Int) -> [Int64] {
        let candle = tracks[index].tape.source.rows[row]
        let isHighFirst =
            switch tickers.path {
            case .highFirst: true
            case .lowFirst: false
            case .nearestFirst: candle.high - candle.open <= candle.open - candle.low
            }
        return [
            candle.open, isHighFirst ? candle.high : candle.low, isHighFirst ? candle.low : candle.high, candle.close,
        ]
    }

    /// Follows the equity price by price through what will not be shown, where it may reach a new peak.
    mutating func notePeak(to boundary: MarketTime) {
        var worth: [Int: Money] = [:]
        var equity = quartet.execution.ledger.balance
        var moments: [(time: MarketTime, track: Int, price: Price)] = []
        for index in open {
            let track = tracks[index]
            guard let position = positions[index] else { continue }
            let known = lastUnits(index).map { position.unrealizedPnL(at: track.source.price($0)) } ?? .zero
            worth[index] = known
            equity += known
            var row = track.next
            while row < track.source.count, track.source.rows[row].openTime < boundary {
                let prices = points(of: index, row: row)
                for point in (row == track.next ? track.point : 0)..<4 {
                    let time = track.time(row: row, point: point)
                    if time <= boundary { moments.append((time, index, track.source.price(prices[point]))) }
                }
                row += 1
            }
        }
        moments.sort { ($0.time, $0.track) < ($1.time, $1.track) }
        var top = peak
        for moment in moments {
            guard let position = positions[moment.track] else { continue }
            let result = position.unrealizedPnL(at: moment.price)
            equity += result - (worth.updateValue(result, forKey: moment.track) ?? .zero)
            top = max(top, equity)
        }
        guard top > peak else { return }
        peak = top
        nearPeak = peak.double * (1 - 1e-12)
        quietEquity = quartet.risk.quietEquity(withPeak: peak).map { $0.double * (1 + 1e-9) } ?? .infinity
    }

    /// Notes the most favourable candle of the open positions up to the boundary.
    mutating func absorbOpen(to boundary: MarketTime) {
        for index in open {
            let rows = tracks[index].tape.source.rows
            var row = tracks[index].next
            while row < rows.count, rows[row].openTime < boundary {
                let value = tracks[index].side == .long ? rows[row].high : rows[row].low
                if tracks[index].side == .long ? value > tracks[index].best : value < tracks[index].best {
                    tracks[index].best = value
                    tracks[index].extreme = row
                }
                row += 1
            }
        }
    }

    /// Moves every track past what happens up to the boundary without showing it.
    @inline(__always)
    mutating func pass(to boundary: MarketTime) {
        for index in tracks.indices {
            while let time = tracks[index].nextTime, time <= boundary {
                if tracks[index].point == 0, tracks[index].time(row: tracks[index].next, point: 4) <= boundary {
                    tracks[index].unshown = (tracks[index].next, 3)
                    tracks[index].next += 1
                } else if tracks[index].point == 4 {
                    tracks[index].next += 1
                    tracks[index].point = 0
                } else {
                    tracks[index].unshown = (tracks[index].next, tracks[index].point)
                    tracks[index].point += 1
                }
            }
        }
        position = boundary
    }

    // MARK: The boundary

    /// Gives the strategies their candles, and makes a decision where one may come to something.
    mutating func conclude(at boundary: MarketTime) {
        let mayAct = takeCandles(upTo: boundary)
        let isLast = nextEventTime() == nil
        let end = isLast ? min(boundary, lastTime) : boundary
        let isNewDay = !open.isEmpty && calendar.day(of: boundary) != quartet.risk.dayNumber
        if mayAct || isNewDay || isLast {
            show(until: end, isLast: isLast)
            settle()
        } else {
            for lane in lanes { quartet.strategy.passOver(lane.series) }
            quartet.strategy.pass(boundaryAt: end)
            quartet.record.decisionCount += tracks.count
        }
        sample()
        isFinished = isLast
    }

    /// Hands closed candles to the strategies. Returns whether one of them may lead to a proposal.
    mutating func takeCandles(upTo time: MarketTime) -> Bool {
        var mayAct = false
        for number in lanes.indices {
            let track = lanes[number].track
            while let candle = nextCandle(number, upTo: time) {
                lanes[number].next += 1
                take(candle, number)
            }
            if quartet.strategy.mayPropose(lanes[number].series) {
                mayAct = true
                tracks[track].isWanted = true
            }
        }
        return mayAct
    }

    @inline(__always)
    func nextCandle(_ number: Int, upTo time: MarketTime) -> Candle? {
        let next = lanes[number].next
        guard next < lanes[number].table.count, lanes[number].table.rows[next].availableAt <= time else { return nil }
        return lanes[number].table[next]
    }

    mutating func take(_ candle: Candle, _ number: Int) {
        let origin = StrategyCore.Origin(session: SimulatedQuartet.session, sequence: lanes[number].next)
        quartet.takeAhead(candle, origin, of: lanes[number].series) { limit in
            let lane = lanes[number]
            let count = min(limit, setup.lookBack)
            let played = (max(0, lane.next - count)..<lane.next).map { lane.table[$0] }
            return lane.history.suffix(max(0, count - played.count)) + played
        }
    }
}

extension Track {
    /// The open result at a price, as a number.
    @inline(__always)
    func value(_ units: Int64) -> Double {
        let worth = Double(units) * priceUnit * quantity - cost
        return side == .long ? worth : -worth
    }

    mutating func hold(_ position: Position) {
        isOpen = true
        side = position.side
        quantity = position.quantity.double
        cost = position.cost.double
    }

    mutating func close() {
        isOpen = false
        band = nil
        extreme = nil
    }

    /// Sets the best price known to risk, from which on a better one is noted.
    mutating func start(from price: Price) {
        let step = tape.source.priceStep
        // Off the grid (an average of fills): the next unit that would be better is noted, which is never too late.
        best = Int64(clamping: side == .long ? price.raw / step : (price.raw + step - 1) / step)
    }

    /// Narrows the quiet band to whole units, and by the price at which the venue would liquidate.
    mutating func limit(_ position: Position, to quiet: QuietBand?, maintenance: Double) {
        guard let quiet else {
            band = nil
            return
        }
        let step = tape.source.priceStep
        var low = Int64(clamping: quiet.above.raw / step + 1)
        var high = quiet.below.map { Int64(clamping: ($0.raw + step - 1) / step - 1) } ?? .max
        let margin = position.marginUsed.double
        if side == .long {
            let ruin = (cost - margin) / (quantity * (1 - maintenance)) * (1 + 1e-9)
            if ruin > 0 { low = max(low, Int64(ruin / priceUnit) + 1) }
        } else {
            high = min(high, Int64((cost + margin) / (quantity * (1 + maintenance)) * (1 - 1e-9) / priceUnit) - 1)
        }
        band = low <= high ? low...high : nil
        quietUntil = quiet.before
    }
}
