import ExecutionCore
import FeedCore
import Portfolio
import RiskCore
import StrategyCore
import TradingModel
import Venues

// What is shown to the cores: at a boundary the last prices, where it matters every one.

extension Backtest {
    // MARK: Showing

    /// Shows the cores what they have not seen: of every open position the best price and the last, of a symbol that may
    /// be traded the last.
    mutating func show(until end: MarketTime, isLast: Bool) {
        var quiet: [(ticker: Ticker, best: (price: Price, time: MarketTime)?)] = []
        for index in tracks.indices where tracks[index].isOpen || tracks[index].isWanted || isLast {
            tracks[index].isWanted = false
            guard let unshown = tracks[index].unshown else { continue }
            var best: (price: Price, time: MarketTime)?
            if let row = tracks[index].extreme,
                let point = points(of: index, row: row).firstIndex(of: tracks[index].best)
            {
                best = (
                    tracks[index].tape.source.price(tracks[index].best), tracks[index].time(row: row, point: point)
                )
            }
            quiet.append((ticker(of: index, row: unshown.row, point: unshown.point), best))
            tracks[index].unshown = nil
            tracks[index].extreme = nil
        }
        quartet.catchUp(quiet, peak: peak)
        tellRisk(upTo: end)
        quartet.run(tickers: [], until: end, isLast: isLast)
    }

    /// Gives risk the hours that have closed: a year of quiet ones costs what is kept of them.
    mutating func tellRisk(upTo end: MarketTime) {
        for index in tracks.indices {
            guard let hours = tracks[index].tape.hours else { continue }
            var next = tracks[index].nextHour
            var due: [Candle] = []
            while next < hours.count, hours.rows[next].availableAt <= end {
                due.append(hours[next])
                next += 1
            }
            tracks[index].nextHour = next
            for candle in due.suffix(600) { quartet.tellRisk(candle) }
        }
    }

    func ticker(of index: Int, row: Int, point: Int) -> Ticker {
        var points: [MarketEvent] = []
        tickers.append(tracks[index].tape.source[row], instrument: tracks[index].instrument, into: &points)
        guard case .ticker(let ticker) = points[point] else {
            preconditionFailure("Invariant: the first four events of a candle are tickers")
        }
        return ticker
    }

    // MARK: Price by price

    /// Shows every price up to the boundary, or until all that is left of them is quiet.
    mutating func playCarefully(to boundary: MarketTime) {
        if tracks.indices.contains(where: { tracks[$0].isOpen && tracks[$0].unshown != nil }) {
            show(until: position, isLast: false)
            settle()
        }
        while position < boundary {
            postRates()
            guard let first = nextEventTime(),
                let end = planner.end(after: position, next: first, isAttentive: quartet.isAttentive)
            else { break }
            var events: [(time: MarketTime, track: Int, ticker: Ticker)] = []
            for index in tracks.indices { showNext(of: index, upTo: end, into: &events) }
            if takeCandles(upTo: end) { showWanted(into: &events) }
            events.sort { ($0.time, $0.track) < ($1.time, $1.track) }
            let isLast = nextEventTime() == nil
            tellRisk(upTo: end)
            quartet.run(tickers: events.map(\.ticker), until: isLast ? min(end, lastTime) : end, isLast: isLast)
            position = end
            settle()
            sample()
            if isLast {
                isFinished = true
                return
            }
            guard position < boundary, !isExpectant else { continue }
            postRates()
            if open.isEmpty || isQuiet(from: position, to: boundary) {
                absorbRest(to: boundary)
                pass(to: boundary)
                conclude(at: boundary)
                return
            }
        }
    }

    /// Moves a track past its events up to `end`; those of an open or ordered symbol are shown.
    mutating func showNext(
        of index: Int, upTo end: MarketTime, into events: inout [(time: MarketTime, track: Int, ticker: Ticker)]
    ) {
        let symbol = tracks[index].symbol
        let isShown = tracks[index].isOpen || quartet.venue.orders.contains { $0.request.symbol == symbol }
        while let time = tracks[index].nextTime, time <= end {
            let (row, point) = (tracks[index].next, tracks[index].point)
            if point == 4 {
                tracks[index].next += 1
                tracks[index].point = 0
                continue
            }
            tracks[index].point += 1
            if isShown {
                events.append((time, index, ticker(of: index, row: row, point: point)))
                tracks[index].unshown = nil
            } else {
                tracks[index].unshown = (row, point)
            }
        }
    }

    /// Of a symbol that may be traded the last price is shown.
    mutating func showWanted(into events: inout [(time: MarketTime, track: Int, ticker: Ticker)]) {
        for index in tracks.indices where tracks[index].isWanted {
            tracks[index].isWanted = false
            guard let unshown = tracks[index].unshown else { continue }
            let ticker = ticker(of: index, row: unshown.row, point: unshown.point)
            events.append((ticker.eventTime, index, ticker))
            tracks[index].unshown = nil
        }
    }

    /// What is left of the candles under way is judged by the prices that are left of them.
    mutating func absorbRest(to boundary: MarketTime) {
        for index in open {
            let rows = tracks[index].tape.source.rows
            var row = tracks[index].next
            var point = tracks[index].point
            while row < rows.count, rows[row].openTime < boundary {
                let prices = points(of: index, row: row)
                for value in prices[min(point, 4)...] {
                    if tracks[index].side == .long ? value > tracks[index].best : value < tracks[index].best {
                        tracks[index].best = value
                        tracks[index].extreme = row
                    }
                }
                (row, point) = (row + 1, 0)
            }
        }
    }

    // MARK: After something has happened

    /// Looks at what is open now, and at what it may meet without anybody having to judge.
    mutating func settle() {
        cash = quartet.execution.ledger.balance.double
        peak = max(peak, quartet.risk.peakEquity)
        nearPeak = peak.double * (1 - 1e-12)
        quietEquity = quartet.risk.quietEquity(withPeak: peak).map { $0.double * (1 + 1e-9) } ?? .infinity
        open.removeAll(keepingCapacity: true)
        for index in tracks.indices {
            let position = quartet.execution.ledger.position(tracks[index].symbol)
            guard let position else {
                if tracks[index].isOpen {
                    tracks[index].close()
                    positions[index] = nil
                }
                continue
            }
            open.append(index)
            positions[index] = position
            tracks[index].hold(position)
            tracks[index].limit(
                position, to: quartet.risk.quietBand(of: position.symbol),
                maintenance: setup.rules.maintenanceMargin.double)
            if let best = quartet.risk.bestPrice(of: position.symbol) { tracks[index].start(from: best) }
        }
    }

    mutating func sample() {
        guard position >= nextSample else { return }
        nextSample = nextMoment(after: position)
        var worth = quartet.execution.ledger.balance
        for index in open {
            guard let position = positions[index], let last = lastUnits(index) else { continue }
            worth += position.unrealizedPnL(at: tracks[index].tape.source.price(last))
        }
        equity.append(EquityPoint(time: position, equity: worth))
    }
}
