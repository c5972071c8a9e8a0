import Composition
import Portfolio
import RiskArchive
import RiskCore
import ServiceRuntime
import Storage
import TradingModel
import Wire

/// Risk's core as the databases leave it, for questions while the service is down. It decides nothing and writes nothing.
struct StoredRisk {
    private(set) var core: RiskCore
    /// The close of the last candle that is stored: what its prices are as of.
    private(set) var asOf = MarketTime.distantPast

    /// Brings a core to where the service would stand: what risk had saved, the market that feed had stored, and execution's
    /// books, taken as reconciled.
    init(_ books: Books, _ settings: Settings, at now: WallTime) throws(Failure) {
        core = RiskCore(limits: RiskLimits(settings), isLockStep: false)
        var unused: [RiskDirective] = []
        do throws(StorageError) {
            let store = try RiskStore(path: try books.file("risk.sqlite"), access: .readOnly)
            defer { store.shut() }
            core.handle(.restored(try store.memory()), at: now, into: &unused)
        } catch {
            throw Failure(error.description)
        }
        let market = try Self.market(books, settings)
        asOf = market.view.clock.marketTime
        core.handle(.feedSession(market.view.session), at: now, into: &unused)
        core.handle(.executionGap, at: now, into: &unused)
        core.handle(.feedSnapshot(market.view), at: now, into: &unused)
        for (series, candles) in market.candles {
            core.handle(.candles(series.symbol, series.timeframe, candles), at: now, into: &unused)
        }
        core.handle(.executionSnapshot(try Self.account(books, settings), 1), at: now, into: &unused)
    }

    func simulation(of proposal: Proposal, at now: WallTime) -> StoredSimulation {
        var request = RiskSimulationRequest()
        request.isHypothetical = true
        request.proposal = proposal
        var answer = StoredSimulation()
        answer.asOf = asOf
        answer.simulation = core.simulation(of: request, at: now)
        return answer
    }

    // MARK: What the databases say

    private typealias Market = (view: FeedView, candles: [(CandleSeries, [Candle])])

    /// The last stored close of each symbol stands for its price.
    private static func market(_ books: Books, _ settings: Settings) throws(Failure) -> Market {
        do throws(StorageError) {
            let store = try FeedStore(path: try books.file("feed.sqlite"), lookBack: 500, access: .readOnly)
            defer { store.shut() }
            var market: Market = (FeedView(), [])
            market.view.session = "stored"
            market.view.instruments = try store.instruments()
            for symbol in settings.symbols {
                var latest: Candle?
                for timeframe in Timeframe.allCases {
                    let series = CandleSeries(symbol, timeframe)
                    let newestFirst = try store.candles(symbol, timeframe, closedBy: MarketTime(micros: .max / 2))
                    guard let newest = newestFirst.first else { continue }
                    market.view.awaitedSeries.insert(series)
                    market.candles.append((series, newestFirst.reversed()))
                    if newest.closeTime > latest?.closeTime ?? .distantPast { latest = newest }
                }
                guard let latest else { continue }
                var ticker = Ticker()
                ticker.symbol = symbol
                (ticker.last, ticker.bid, ticker.ask) = (latest.close, latest.close, latest.close)
                ticker.eventTime = latest.closeTime
                market.view.tickers.append(ticker)
                market.view.clock.marketTime = max(market.view.clock.marketTime, latest.closeTime)
            }
            return market
        } catch {
            throw Failure(error.description)
        }
    }

    private static func account(_ books: Books, _ settings: Settings) throws(Failure) -> ExecutionView {
        try books.execution { (store) throws(StorageError) in
            var view = ExecutionView()
            view.isReconciled = true
            view.positions = try store.openPositions().map(\.position)
            view.openOrders = try store.openOrders().map(\.stored.order)
            view.account.balance = settings.execution.startingBalance
            if let account = try store.account() {
                view.account.balance = account.balance
                view.account.netDeposits = account.netDeposits
                view.account.eventTime = account.eventTime
            }
            view.account.equity = view.account.balance
            return view
        }
    }
}

extension Books {
    /// The path of a database; a sentence where it is not there.
    fileprivate func file(_ name: String) throws(StorageError) -> String {
        let path = "\(directory)/\(name)"
        guard Machine.facts(path) != nil else {
            throw StorageError(
                code: .cannotOpen,
                description: "\(path) is not there: without it nothing can be said while risk is down")
        }
        return path
    }
}

/// A simulation out of the databases, marked as such.
struct StoredSimulation: WireBody {
    static let kind = "storedRiskSimulation"
    var provenance: Provenance = .database
    var asOf = MarketTime.distantPast
    var simulation = RiskSimulation()
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("provenance", &provenance)
        try visitor.field("asOf", &asOf)
        try simulation.visit(&visitor)
    }
}
