import Portfolio
import Storage
import TradingModel

/// The services' databases, opened read-only for as long as a question takes.
struct Books: Sendable {
    /// One database and the schema this program knows.
    struct File: Sendable {
        let name: String
        let path: String
        let migrations: [String]
    }

    let directory: String

    var files: [File] {
        [
            ("feed", FeedStore.migrations), ("strategy", StrategyStore.migrations),
            ("risk", RiskStore.migrations), ("execution", ExecutionStore.migrations),
        ].map { name, migrations in
            File(name: name + ".sqlite", path: "\(directory)/\(name).sqlite", migrations: migrations)
        }
    }

    /// With those on which nothing depends.
    var allFiles: [File] {
        files
            + [("dashboard", DashboardStore.migrations), ("alerts", AlertStore.migrations)].map { name, migrations in
                File(name: name + ".sqlite", path: "\(directory)/\(name).sqlite", migrations: migrations)
            }
    }

    /// Opens `execution.sqlite` and asks it; the sentence of a failure says what to do.
    func execution<R>(_ question: (ExecutionStore) throws(StorageError) -> R) throws(Failure) -> R {
        let path = directory + "/execution.sqlite"
        guard Machine.facts(path) != nil else {
            throw Failure("nothing has been traded yet: \(path) is not there; quartet up makes it")
        }
        do throws(StorageError) {
            let store = try ExecutionStore(path: path, access: .readOnly)
            defer { store.shut() }
            return try question(store)
        } catch {
            throw Failure(error.description)
        }
    }

    /// The account as execution last booked it; `nil` where there is none to read. Equity is at cost: no price is known.
    func account() -> AccountReport? {
        let answer = try? execution { (store) throws(StorageError) in
            (account: try store.account(), positions: try store.openPositions(), orders: try store.openOrders().count)
        }
        guard let answer, let account = answer.account else { return nil }
        var report = AccountReport()
        report.provenance = .database
        report.account.balance = account.balance
        report.account.equity = account.balance
        report.account.realizedPnL = account.realizedPnL
        report.account.fees = account.fees
        report.account.openPositions = answer.positions.count
        report.account.eventTime = account.eventTime
        for stored in answer.positions {
            report.account.marginUsed += stored.position.cost.divided(by: max(1, stored.position.leverage), .halfEven)
        }
        report.openOrders = answer.orders
        return report
    }

    /// What is open according to the database; `nil` where there is none to read.
    func positions() -> [Position]? {
        try? execution { (store) throws(StorageError) in try store.openPositions().map(\.position) }
    }

    /// What risk last decided: the drawdown's word or the strictest hold by hand; `nil` where there is nothing to read.
    func riskState() -> RiskState? {
        let path = directory + "/risk.sqlite"
        guard Machine.facts(path) != nil, let store = try? RiskStore(path: path, access: .readOnly) else { return nil }
        defer { store.shut() }
        // A database that risk has made and not yet written to stands for the state every account begins in.
        var state = RiskState()
        state.reason = "as risk's database says"
        if let control = try? store.control() {
            (state.state, state.since) = (control.automatic, control.automaticSince)
            if !control.automaticReason.isEmpty { state.reason = control.automaticReason }
            for hold in control.holds where hold.symbol == nil && hold.state > state.state {
                (state.state, state.since) = (hold.state, hold.since)
                state.reason = "set by \(hold.who)" + (hold.why.isEmpty ? "" : ": \(hold.why)")
            }
        }
        state.peakEquity = (try? store.peakEquity()) ?? .zero
        if let day = try? store.day() {
            state.dayStartEquity = day.startEquity
            state.dailyLoss = day.reachedLoss
            state.dailyTrades = day.trades
        }
        return state
    }
}
