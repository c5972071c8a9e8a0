import ExecutionCore
import Portfolio
import Storage
import TradingModel

/// A venue as the shell drives it. A live connector reports later, when the network has spoken; the paper venue at once.
protocol VenueDesk: AnyObject {
    /// Its books are saved in the journal's own transactions, so that a command does not leave the process.
    var isInsideTheJournal: Bool { get }
    func list(_ instruments: [Instrument])
    func handle(_ command: VenueCommand, at now: WallTime, into reports: inout [VenueReport])
    func observe(_ ticker: Ticker, into reports: inout [VenueReport])
    func observe(_ book: OrderBook)
    func observe(_ rate: FundingRate)
    /// What has changed in its books since the last call, to be committed with whatever it caused.
    func takeRows() -> [ExecutionRow]
}

/// The paper venue with its books in `execution.sqlite`.
final class PaperDesk: VenueDesk {
    private var venue: PaperVenue

    /// Goes on from the saved books; a new file gets its account, here and in the journal.
    init(_ store: ExecutionStore, startingBalance: Money, rules: PaperRules) throws(StorageError) {
        if try store.account() == nil {
            let account = StoredAccount(startingBalance: startingBalance)
            try store.commit([.account(account), .paperAccount(account)], at: .distantPast)
        }
        guard let books = try store.paperBooks() else {
            throw StorageError(
                code: .failed,
                description: "\(store.path) was not traded on paper before: use another data_directory for paper")
        }
        venue = PaperVenue(rules: rules, state: try PaperState(books, store: store))
    }

    var isInsideTheJournal: Bool { true }
    func list(_ instruments: [Instrument]) { venue.list(instruments) }
    func observe(_ ticker: Ticker, into reports: inout [VenueReport]) { venue.observe(ticker, into: &reports) }
    func observe(_ book: OrderBook) { venue.observe(book) }
    func observe(_ rate: FundingRate) { venue.observe(rate) }
    func handle(_ command: VenueCommand, at now: WallTime, into reports: inout [VenueReport]) {
        venue.handle(command, at: now, into: &reports)
    }

    func takeRows() -> [ExecutionRow] {
        var rows: [ExecutionRow] = []
        for change in venue.takeChanges() {
            switch change {
            case .order(let order):
                rows.append(
                    .paperOrder(
                        StoredPaperOrder(
                            id: order.id, number: order.number, isTriggered: order.isTriggered,
                            hasArrived: order.hasArrived)))
            case .removed(let id): rows.append(.paperOrderRemoved(id))
            case .books(let books):
                rows.append(
                    .paperAccount(
                        StoredAccount(
                            startingBalance: books.startingBalance, netDeposits: books.netDeposits,
                            realizedPnL: books.realizedPnL,
                            fees: books.fees, eventTime: books.matchedAt)))
                rows.append(
                    .paperPosition(books.symbol, books.holding.map { StoredPosition($0) }, matchedAt: books.matchedAt))
            }
        }
        return rows
    }
}

extension PaperState {
    /// The venue's books as they were saved. Requests and fills of its open orders come from the journal beside them.
    init(_ books: StoredPaperBooks, store: ExecutionStore) throws(StorageError) {
        self.init(startingBalance: books.account.startingBalance)
        netDeposits = books.account.netDeposits
        realizedPnL = books.account.realizedPnL
        fees = books.account.fees
        holdings = books.positions.map(\.holding)
        matchedAt = books.matchedAt
        fundedAt = try store.lastFundings()
        for paper in books.orders {
            guard let report = try store.order(paper.id) else { continue }
            orders.append(
                PaperOrder(
                    request: report.stored.order.request, number: paper.number, isTriggered: paper.isTriggered,
                    hasArrived: paper.hasArrived,
                    fills: report.fills.map { VenueFill($0, venueOrderID: report.stored.order.venueOrderID) }))
        }
    }
}

extension VenueFill {
    fileprivate init(_ fill: Fill, venueOrderID: String?) {
        self.init(
            id: fill.id, clientOrderID: fill.clientOrderID, venueOrderID: venueOrderID, symbol: fill.symbol,
            side: fill.side,
            price: fill.price, quantity: fill.quantity, fee: fill.fee, feeCurrency: fill.feeCurrency,
            liquidity: fill.liquidity,
            eventTime: fill.eventTime)
        paidFee = fill.paidFee
        paidFeeCurrency = fill.paidFeeCurrency
    }
}
