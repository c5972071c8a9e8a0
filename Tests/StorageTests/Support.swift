import Foundation
import Portfolio
import Storage
import Testing
import TradingModel

/// A directory of its own that goes away with the test.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array((NSTemporaryDirectory() + "quartet-storage.XXXXXX").utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? ""
        #expect(!path.isEmpty)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

let btc = Symbol("BTC/USDT")!
let eth = Symbol("ETH/USDT")!
func money(_ text: String) -> Money { Money(text)! }
func price(_ text: String) -> Price { Price(text)! }
func quantity(_ text: String) -> Quantity { Quantity(text)! }
func id(_ text: String) -> ClientOrderID { ClientOrderID(text)! }
func market(_ seconds: Int64) -> MarketTime { MarketTime(micros: 1_000_000_000_000 + seconds * 1_000_000) }
func wall(_ seconds: Int64) -> WallTime { WallTime(micros: 2_000_000_000_000 + seconds * 1_000_000) }

func order(
    _ name: String, _ side: OrderSide = .buy, _ amount: String = "1", symbol: Symbol = btc,
    status: OrderStatus = .accepted,
    filled: String = "0", at text: String = "100"
) -> StoredOrder {
    var order = Order()
    order.request.clientOrderID = id(name)
    order.request.proposalID = "proposal-" + name
    order.request.strategy = "momentum"
    order.request.symbol = symbol
    order.request.side = side
    order.request.quantity = quantity(amount)
    order.request.referencePrice = price(text)
    order.request.leverage = 3
    order.request.purpose = side == .buy ? .entry : .exit
    order.request.exitReason = side == .buy ? nil : .takeProfit
    order.request.decidedAt = market(1)
    order.status = status
    order.venueOrderID = status == .denied || status == .submitted ? nil : "paper-" + name
    order.filledQuantity = quantity(filled)
    order.filledNotional = .notional(price(text), quantity(filled))
    order.reason = status == .denied || status == .rejected ? "BECAUSE: of a test" : nil
    order.createdAt = market(1)
    order.updatedAt = market(2)
    return StoredOrder(order: order, attempts: 1, isCancelRequested: false, isExternal: false)
}

func fill(
    _ fillID: String, of stored: StoredOrder, _ amount: String, at text: String, fee: String = "0.06",
    seconds: Int64 = 2
) -> Fill {
    let request = stored.order.request
    var fill = Fill()
    fill.id = fillID
    fill.clientOrderID = request.clientOrderID
    fill.symbol = request.symbol
    fill.side = request.side
    fill.price = price(text)
    fill.quantity = quantity(amount)
    fill.fee = money(fee)
    fill.feeCurrency = "USDT"
    fill.purpose = request.purpose
    fill.exitReason = request.exitReason
    fill.strategy = request.strategy
    fill.proposalID = request.proposalID
    fill.leverage = request.leverage
    fill.eventTime = market(seconds)
    return fill
}

/// Writes what execution would write for these fills, each of an order of its own.
final class Bookkeeper {
    let store: ExecutionStore
    var ledger = Ledger(startingBalance: money("10000"))

    init(_ store: ExecutionStore) throws {
        self.store = store
        let account = StoredAccount(startingBalance: money("10000"))
        try store.commit([.account(account), .paperAccount(account)], at: wall(0))
    }

    func trade(
        _ name: String, _ side: OrderSide, _ amount: String, at text: String, symbol: Symbol = btc, seconds: Int64
    ) throws {
        let stored = order(name, side, amount, symbol: symbol, status: .filled, filled: amount, at: text)
        var fill = fill(name + "-1", of: stored, amount, at: text, seconds: seconds)
        let before = ledger.holdings[symbol]
        let outcome = ledger.apply(fill)
        fill.realizedPnL = outcome.realizedPnL
        var rows: [ExecutionRow] = [
            .newOrder(order(name, side, amount, symbol: symbol, status: .submitted)), .order(stored), .fill(fill),
        ]
        if let trade = outcome.trade, let before {
            var closed = before.position
            closed.quantity = .zero
            closed.cost = .zero
            closed.realizedPnL = trade.grossPnL
            closed.fees = trade.fees
            rows.append(
                .position(
                    StoredPosition(
                        position: closed, enteredQuantity: before.enteredQuantity,
                        enteredNotional: before.enteredNotional)))
            rows.append(.trade(trade, closingFillID: fill.id))
        }
        let holding = ledger.holdings[symbol].map { StoredPosition($0) }
        if let holding { rows.append(.position(holding)) }
        let account = StoredAccount(
            startingBalance: money("10000"), realizedPnL: ledger.realizedPnL, fees: ledger.fees,
            eventTime: fill.eventTime)
        rows += [.account(account), .paperAccount(account), .paperPosition(symbol, holding, matchedAt: fill.eventTime)]
        try store.commit(rows, at: wall(seconds))
    }

    /// A long in two parts, closed in two; a flip; one that stays open.
    func tradeAWhile() throws {
        try trade("a", .buy, "1", at: "100", seconds: 2)
        try trade("b", .buy, "2", at: "103.33", seconds: 3)
        try trade("c", .sell, "0.7", at: "105", seconds: 4)
        try trade("d", .sell, "2.3", at: "101", seconds: 5)
        try trade("e", .sell, "1", at: "99", seconds: 6)
        try trade("f", .buy, "3", at: "98", seconds: 7)
        try trade("g", .buy, "0.5", at: "51.01", symbol: eth, seconds: 8)
    }
}
