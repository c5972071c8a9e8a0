import Portfolio
import ServiceRuntime
import TradingModel
import Wire

extension Replica {
    /// A service that says nothing for so long is silent.
    static let patience = Span.seconds(5)

    func status(at now: WallTime, settings: Settings, startedAt: WallTime) -> StatusView {
        var view = StatusView()
        view.at = now
        view.mode = settings.mode.rawValue
        view.marketTime = clock?.marketTime
        view.rate = clock?.rate
        view.risk = risk
        view.tradingState = risk?.state.rawValue ?? "unknown"
        view.account = liveAccount
        view.services = ServiceName.quartet.map { service($0, at: now) }
        view.feeds = quotes.values.sorted { $0.ticker.symbol < $1.ticker.symbol }.map { quote in
            var feed = FeedView()
            feed.symbol = quote.ticker.symbol
            (feed.last, feed.bid, feed.ask) = (quote.ticker.last, quote.ticker.bid, quote.ticker.ask)
            feed.ageMillis = Int(max(0, (now - quote.heardAt).micros / 1_000))
            feed.isStale = stale[quote.ticker.symbol]?.isStale ?? false
            return feed
        }
        view.openOrders = orders.values.count { !$0.status.isTerminal }
        view.unresolvedOrders = orders.values.count { $0.status == .unresolved }
        view.drawdownWarningPct = settings.risk.maxDrawdownWarningPct.value.double
        view.drawdownStopPct = settings.risk.maxDrawdownStopPct.value.double
        view.dailyLossLimitPct = settings.risk.maxDailyLossPct.value.double
        view.startedAt = startedAt
        view.revision = revision
        return view
    }

    func service(_ name: ServiceName, at now: WallTime) -> ServiceView {
        var view = ServiceView()
        view.service = name.rawValue
        guard let peer = peers[name] else {
            view.reason = "nothing has been heard of it since the dashboard started"
            return view
        }
        view.restarts = peer.restarts
        view.gaps = peer.gaps
        guard let heardAt = peer.heardAt else { return view }
        let silence = max(.zero, now - heardAt)
        view.silentMillis = Int(silence.micros / 1_000)
        if silence < Replica.patience {
            view.condition = peer.health.condition.rawValue
            view.reason = peer.health.reason
            (view.publishedPerSecond, view.receivedPerSecond) = (peer.publishedPerSecond, peer.receivedPerSecond)
        } else {
            view.reason = "nothing has been heard of it since \(heardAt)"
        }
        view.pid = peer.health.pid
        view.startedAt = peer.health.startedAt
        view.residentBytes = peer.health.residentBytes
        view.readings = peer.health.readings
        return view
    }

    func openPositions() -> [PositionView] {
        positions.values.filter(\.isOpen).sorted { $0.symbol < $1.symbol }.map { position in
            var view = PositionView()
            view.position = position
            view.averageEntryPrice = position.averageEntryPrice
            let plan = plans[position.symbol]
            view.plan = plan
            if let plan, let begin = plan.firstFillAt, let now = clock?.marketTime {
                view.timeToLiveLeftMicros = max(.zero, plan.timeToLive - (now - begin))
            }
            guard let mark = quotes[position.symbol]?.ticker.last, mark.isPositive else { return view }
            view.mark = mark
            let result = position.unrealizedPnL(at: mark)
            view.unrealizedPnL = result
            let margin = position.cost.double / Double(max(1, position.leverage))
            if margin > 0 { view.returnPct = result.double / margin * 100 }
            guard let plan else { return view }
            let sign = position.side == .long ? 1.0 : -1.0
            func distance(_ price: Price) -> Double? {
                price.isPositive ? (price.double - mark.double) / mark.double * 100 * sign : nil
            }
            view.stopDistancePct = distance(plan.stopLoss)
            view.targetDistancePct = distance(plan.takeProfit)
            view.restingStopDistancePct = distance(plan.restingStop)
            return view
        }
    }

    func metrics(at now: WallTime, settings: Settings, startedAt: WallTime, maxDrawdown: Ratio) -> MetricsView {
        var view = MetricsView()
        view.at = now
        let start = startingBalance(settings)
        view.startingBalance = start
        if let account = liveAccount {
            view.currency = account.currency
            (view.balance, view.equity, view.unrealizedPnL) = (account.balance, account.equity, account.unrealizedPnL)
            let total = account.equity - start - (account.netDeposits ?? .zero)
            view.totalPnL = total
            if start.isPositive { view.returnPct = total.double / start.double * 100 }
            view.marginUsed = account.marginUsed
        }
        if let risk {
            view.peakEquity = risk.peakEquity
            view.drawdownPct = risk.drawdown.double * 100
            view.maxDrawdownPct = max(maxDrawdown, risk.drawdown).double * 100
            view.grossExposure = risk.grossExposure
            view.dailyLossPct = risk.dailyLoss.double * 100
            view.dailyTrades = risk.dailyTrades
        }
        let summary = PerformanceSummary(trades: trades, startingBalance: start)
        view.all = GroupView("all", summary)
        (view.sharpeRatio, view.sortinoRatio) = (summary.sharpeRatio, summary.sortinoRatio)
        view.byStrategy = GroupView.groups(trades, start) { $0.strategy }
        view.bySymbol = GroupView.groups(trades, start) { $0.symbol.name }
        view.byExit = GroupView.groups(trades, start) { $0.exitReason.rawValue }
        view.uptimeSeconds = Int(max(0, (now - startedAt).micros / 1_000_000))
        return view
    }

    /// The account with its open positions at the last prices: execution tells it with its fills, prices move in between.
    var liveAccount: AccountState? {
        guard var account else { return nil }
        var open = Money.zero
        for position in positions.values {
            guard let mark = quotes[position.symbol]?.ticker.last, mark.isPositive else { return account }
            open += position.unrealizedPnL(at: mark)
        }
        account.unrealizedPnL = open
        account.equity = account.balance + open
        account.openPositions = positions.count
        return account
    }

    /// What the account began with: on paper the configuration says it, live the account's own books do.
    func startingBalance(_ settings: Settings) -> Money {
        guard settings.mode == .live, let account else { return settings.execution.startingBalance }
        return account.balance - account.realizedPnL + account.fees - (account.netDeposits ?? .zero)
    }
}
