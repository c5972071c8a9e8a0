import AgentCore
import Logging
import ServiceRuntime
import Storage
import StrategyCore
import TradingModel
import Wire

extension AgentDesk {
    /// What the records hold: today's money, why open positions were opened, closed trades, positions on paper.
    func restore() throws(StorageError) {
        var image = AgentImage()
        let day: Int64 = 86_400_000_000
        let now = bus.now
        image.spentToday = try store.spent(since: WallTime(micros: now.micros / day * day))
        for row in try store.openModelProposals() { image.openings[row.id] = (Self.opening(row), row.model) }
        image.closedTrades = try store.closedModelProposals(limit: core.settings.memory).compactMap(Self.closed)
        image.paper = try store.paperPositions(open: true).map(Self.paper)
        core.handle(.restored(image), at: now, into: &directives)
    }

    private static func opening(_ row: ModelProposalRow) -> OpeningMemory {
        OpeningMemory(
            openedAt: row.decidedAt, confidence: row.confidence, reasoning: row.reasoning,
            invalidation: row.invalidation)
    }

    private static func closed(_ row: ModelProposalRow) -> ClosedTradeBrief? {
        guard let entry = row.entryPrice, let exit = row.exitPrice, let side = row.side, let closedAt = row.closedAt,
            let reason = row.exitReason, entry.isPositive
        else { return nil }
        func favour(_ price: Price) -> Ratio {
            let change = price.change(from: entry, .halfEven)
            return side == .long ? change : -change
        }
        return ClosedTradeBrief(
            symbol: row.symbol, side: side, leverage: row.leverage, memory: opening(row), closedAt: closedAt,
            result: favour(exit), exitReason: reason, promisedTarget: row.takeProfit.map(favour) ?? .zero,
            promisedStop: row.stopLoss.map(favour) ?? .zero)
    }

    private static func paper(_ row: PaperPositionRow) -> PaperPosition {
        PaperPosition(
            id: row.id, model: row.model, symbol: row.symbol, side: row.side, exposure: row.exposure,
            entryPrice: row.entryPrice, stopLoss: row.stopLoss, takeProfit: row.takeProfit, openedAt: row.openedAt)
    }

    // MARK: Feed's memory

    /// Candles a panel needs at start: the longest average, and as many again for it to settle.
    static let lookBack = 120

    /// Asks feed for the candles of every symbol and timeframe it builds; live ones wait until theirs have come.
    func load(_ timeframes: [Timeframe]) {
        for symbol in core.settings.symbols {
            for timeframe in timeframes { load(SeriesKey(symbol: symbol, timeframe: timeframe)) }
        }
    }

    private func load(_ key: SeriesKey) {
        if loading[key] == nil { loading[key] = [] }
        var request = CandlesRequest()
        request.symbol = key.symbol
        request.timeframe = key.timeframe
        request.limit = Self.lookBack
        bus.request(request, to: .feed, id: bus.newRequestID(), timeToLive: .seconds(5)) { self.take($0, key) }
    }

    private func take(_ outcome: RequestOutcome, _ key: SeriesKey) {
        switch outcome {
        case .reply(let message):
            do throws(WireError) {
                finish(key, try message.body(Candles.self), session: message.envelope.session)
            } catch {
                log.error("feed's candles of \(key) were not understood: \(error)")
                finish(key, Candles(), session: "")
            }
        case .refused(let refusal):
            log.warning("feed refused the candles of \(key): \(refusal.sentence)")
            finish(key, Candles(), session: "")
        case .expired: load(key)
        }
    }

    private func finish(_ key: SeriesKey, _ reply: Candles, session: String) {
        for candle in reply.candles { handle(.candle(candle, session: session, sequence: reply.sequence)) }
        for (candle, session, sequence) in loading.removeValue(forKey: key) ?? [] {
            handle(.candle(candle, session: session, sequence: sequence))
        }
    }

    /// Execution's books: cash, and trades that were closed while nobody listened.
    func loadAccount() {
        bus.request(
            ExecutionSnapshotRequest(), to: .execution, id: bus.newRequestID(), timeToLive: .seconds(5)
        ) { self.take($0) }
    }

    private func take(_ outcome: RequestOutcome) {
        switch outcome {
        case .reply(let message):
            do throws(WireError) {
                let snapshot = try message.body(ExecutionSnapshot.self)
                take(snapshot.account)
                for trade in snapshot.recentTrades ?? [] { take(trade) }
                publishLeaderboard()
            } catch {
                log.error("execution's snapshot was not understood: \(error)")
            }
        case .refused(let refusal):
            log.warning("execution refused its snapshot: \(refusal.sentence)")
            _ = bus.after(.milliseconds(500)) { self.loadAccount() }
        case .expired: loadAccount()
        }
    }
}
