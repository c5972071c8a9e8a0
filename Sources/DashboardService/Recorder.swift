import Portfolio
import ServiceRuntime
import Storage
import TradingModel

/// Keeps the equity curve and the snapshots of the figures, in memory for the page and on disk for the next start.
struct Recorder {
    /// A point of the curve is kept for each of these spans of market time.
    static let equityStep = Span.minutes(5)
    /// Market time for which the curve is kept on disk: 26,000 points, about 3 MB.
    static let equityRetention = Span.hours(24 * 90)
    static let metricsStep = Span.minutes(5)
    static let metricsRetention = Span.hours(24 * 365)
    /// Points in memory; more are thinned out for drawing anyway.
    static let keptPoints = 26_000

    private let store: DashboardStore
    private let benchmarkSymbol: Symbol?
    private(set) var curve: [EquitySample] = []
    private(set) var maxDrawdown = Ratio.zero
    private(set) var snapshots = 0
    private var nextMetrics = WallTime.distantPast
    private var peak = PeakEquity()

    init(_ store: DashboardStore, benchmark: Symbol?) throws(StorageError) {
        self.store = store
        benchmarkSymbol = benchmark
        curve = try store.equity(limit: Recorder.keptPoints)
        snapshots = try store.metricsCount()
        for point in curve { maxDrawdown = max(maxDrawdown, point.drawdown) }
    }

    /// What the account is compared with: bitcoin where it is traded, else the first symbol.
    static func benchmark(of settings: Settings) -> Symbol? {
        settings.symbols.first { $0.name.hasPrefix("BTC/") } ?? settings.symbols.first
    }

    mutating func record(_ replica: Replica, at now: WallTime) throws(StorageError) {
        guard let account = replica.liveAccount, let market = replica.clock?.marketTime, account.equity.isPositive
        else {
            return
        }
        if let risk = replica.risk { maxDrawdown = max(maxDrawdown, risk.drawdown) }
        try recordEquity(account, market, replica)
        guard now >= nextMetrics else { return }
        nextMetrics = now + Recorder.metricsStep
        try recordMetrics(account, market, replica, now)
        try store.prune(
            equityBefore: market - Recorder.equityRetention, metricsBefore: now - Recorder.metricsRetention)
    }

    private mutating func recordEquity(
        _ account: AccountState, _ market: MarketTime, _ replica: Replica
    ) throws(StorageError) {
        let step = Recorder.equityStep.micros
        let moment = MarketTime(micros: market.micros / step * step)
        // Market time that runs backwards is another market: a demo that was started anew.
        if let last = curve.last, last.time > moment { curve.removeAll { $0.time > moment } }
        guard curve.last?.time != moment else { return }
        var sample = EquitySample()
        sample.time = moment
        sample.equity = account.equity
        sample.balance = account.balance
        sample.drawdown = replica.risk?.drawdown ?? .zero
        sample.benchmark = benchmarkSymbol.flatMap { replica.quotes[$0]?.ticker.last }
        try store.store(sample)
        curve.append(sample)
        if curve.count > Recorder.keptPoints { curve.removeFirst(1_000) }
    }

    private mutating func recordMetrics(
        _ account: AccountState, _ market: MarketTime, _ replica: Replica, _ now: WallTime
    ) throws(StorageError) {
        var sample = MetricsSample()
        sample.at = now
        sample.marketTime = market
        sample.state = replica.risk?.state.rawValue ?? "unknown"
        (sample.equity, sample.balance) = (account.equity, account.balance)
        (sample.unrealizedPnL, sample.realizedPnL) = (account.unrealizedPnL, account.realizedPnL)
        sample.fees = account.fees
        sample.drawdown = replica.risk?.drawdown ?? .zero
        sample.exposure = replica.risk?.grossExposure ?? .zero
        sample.openPositions = replica.positions.count
        sample.trades = replica.trades.count
        sample.wins = replica.trades.count { $0.netPnL.isPositive }
        try store.store(sample)
        snapshots = try store.metricsCount()
    }

    /// The curve in at most `points` steps, its last point always among them, with the starting capital in the benchmark.
    func view(points: Int, startingBalance: Money) -> [EquityView] {
        let first = curve.first { $0.benchmark != nil }?.benchmark
        let stride = max(1, (curve.count + points - 1) / max(1, points))
        return curve.enumerated().filter { $0.offset % stride == 0 || $0.offset == curve.count - 1 }.map { _, sample in
            var view = EquityView()
            view.time = sample.time
            view.equity = sample.equity
            view.drawdown = sample.drawdown
            if let first, first.isPositive, let price = sample.benchmark {
                view.benchmark = Money(
                    rounding: startingBalance.double * price.double / first.double, .halfEven)?
                    .rounded(toDigits: 2, .halfEven)
            }
            return view
        }
    }

    mutating func shut() { store.shut() }
}
