import Portfolio
import ServiceRuntime
import Storage
import TradingModel

/// What a session's report is made of, gathered while it runs.
struct SessionLog {
    let startedAt: WallTime
    private(set) var firstBalance: Money = .zero
    private(set) var startingBalance: Money = .zero
    private(set) var mode = TradingMode.paper
    private(set) var trades: [Trade] = []
    private(set) var fills = 0
    private(set) var firstEventTime: MarketTime?
    private(set) var lastEventTime: MarketTime = .distantPast
    /// The last equity of each hour of market time: enough for daily returns, small for years.
    private(set) var hourlyEquity: [EquityPoint] = []
    /// Seen on every account fact, so that no fall between two hours is missed.
    private(set) var peak = PeakEquity()
    private(set) var maxDrawdown: Ratio = .zero
    private(set) var maxDrawdownAmount: Money = .zero

    init(startedAt: WallTime) { self.startedAt = startedAt }

    mutating func begin(with account: StoredAccount, settings: Settings) {
        startingBalance = account.startingBalance
        firstBalance = account.balance
        mode = settings.mode
    }

    mutating func count(_ trade: Trade) { trades.append(trade) }
    mutating func count(_ fill: Fill) { fills += 1 }

    mutating func observe(_ account: AccountState) {
        peak.observe(account.equity)
        maxDrawdown = max(maxDrawdown, peak.drawdown)
        maxDrawdownAmount = max(maxDrawdownAmount, peak.peak - account.equity)
        guard account.eventTime > .distantPast else { return }
        firstEventTime = firstEventTime ?? account.eventTime
        lastEventTime = max(lastEventTime, account.eventTime)
        let hour = Span.hours(1).micros
        let point = EquityPoint(time: account.eventTime, equity: account.equity)
        if let last = hourlyEquity.last, last.time.micros / hour == point.time.micros / hour {
            hourlyEquity[hourlyEquity.count - 1] = point
        } else {
            hourlyEquity.append(point)
        }
    }
}
