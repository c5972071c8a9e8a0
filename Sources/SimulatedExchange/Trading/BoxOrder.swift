import TradingModel

/// An order of the account at one of the two markets.
struct BoxOrder: Sendable {
    enum Kind: String, Sendable {
        case limit = "LIMIT"
        case market = "MARKET"
        case limitMaker = "LIMIT_MAKER"
        case stopLoss = "STOP_LOSS"
        case stopLossLimit = "STOP_LOSS_LIMIT"
        case takeProfit = "TAKE_PROFIT"
        case takeProfitLimit = "TAKE_PROFIT_LIMIT"

        var isLimit: Bool { [.limit, .limitMaker, .stopLossLimit, .takeProfitLimit].contains(self) }
        var isConditional: Bool { [.stopLoss, .stopLossLimit, .takeProfit, .takeProfitLimit].contains(self) }
        var isTarget: Bool { self == .takeProfit || self == .takeProfitLimit }
    }

    enum Force: String, Sendable {
        case goodTillCanceled = "GTC"
        case immediateOrCancel = "IOC"
        case fillOrKill = "FOK"
        case postOnly = "GTX"
    }

    enum Status: String, Sendable {
        case new = "NEW"
        case partiallyFilled = "PARTIALLY_FILLED"
        case filled = "FILLED"
        case canceled = "CANCELED"
        case expired = "EXPIRED"
        case expiredInMatch = "EXPIRED_IN_MATCH"

        var isOpen: Bool { self == .new || self == .partiallyFilled }
    }

    enum PositionSide: String, Sendable {
        case both = "BOTH"
        case long = "LONG"
        case short = "SHORT"
    }

    let id: Int64
    let listing: Int
    let clientID: String
    let side: OrderSide
    let kind: Kind
    let force: Force
    /// 0 for a market order whose size is given in the quote currency.
    var lots: Int64
    /// 0 where it has no limit.
    var limit: Int64
    /// Quote currency a market order may spend.
    var spending: Money?
    var stop: Int64 = 0
    /// A conditional order whose trigger has come.
    var isTriggered = false
    var isReduceOnly = false
    var closesPosition = false
    var positionSide = PositionSide.both
    /// The conditional order it came from.
    var algoID: Int64?

    var status = Status.new
    var filledLots: Int64 = 0
    var filledValue = Money.zero
    let createdAt: Int64
    var updatedAt: Int64
    /// It rests in the book.
    var isResting = false
    /// What it holds back: quote currency of a buy, base currency of a sell (spot only).
    var locked = Money.zero

    var restLots: Int64 { lots - filledLots }
    var isOpen: Bool { status.isOpen }
    var isWorking: Bool { !kind.isConditional || isTriggered }
}

/// One execution of the account.
struct BoxFill: Sendable {
    let id: Int64
    let order: Int64
    let clientID: String
    let listing: Int
    let side: OrderSide
    let positionSide: BoxOrder.PositionSide
    let ticks: Int64
    let lots: Int64
    let value: Money
    let fee: Money
    let feeAsset: String
    let realized: Money
    let isMaker: Bool
    /// Milliseconds since 1970.
    let time: Int64
}

/// All orders and fills of the account.
struct OrderStore: Sendable {
    private struct Name: Hashable, Sendable {
        var listing: Int
        var client: String
    }

    private var orders: [Int64: BoxOrder] = [:]
    private(set) var open: [Int64] = []
    private var byName: [Name: [Int64]] = [:]
    private(set) var fills: [BoxFill] = []
    private var fillsOfOrder: [Int64: [Int]] = [:]
    private(set) var byListing: [Int: [Int64]] = [:]
    private var lastID: Int64 = 4_000_000
    var upcomingID: Int64 { lastID + 1 }

    mutating func nextID() -> Int64 {
        lastID += 1
        return lastID
    }

    subscript(id: Int64) -> BoxOrder? { orders[id] }
    /// In the order they were placed.
    var all: [BoxOrder] { orders.keys.sorted().compactMap { orders[$0] } }

    mutating func add(_ order: BoxOrder) {
        orders[order.id] = order
        byName[Name(listing: order.listing, client: order.clientID), default: []].append(order.id)
        byListing[order.listing, default: []].append(order.id)
        if order.isOpen { open.append(order.id) }
    }

    /// Changes an order; one that is no longer open leaves the open ones.
    mutating func change(_ id: Int64, _ body: (inout BoxOrder) -> Void) {
        guard var order = orders[id] else { return }
        let wasOpen = order.isOpen
        body(&order)
        orders[id] = order
        if wasOpen, !order.isOpen { open.removeAll { $0 == id } }
    }

    mutating func add(_ fill: BoxFill) {
        fillsOfOrder[fill.order, default: []].append(fills.count)
        fills.append(fill)
    }

    func fills(of order: Int64) -> [BoxFill] { (fillsOfOrder[order] ?? []).map { fills[$0] } }

    /// The open order of that client id, which is unique among open orders only.
    func openOrder(_ listing: Int, _ client: String) -> BoxOrder? {
        (byName[Name(listing: listing, client: client)] ?? []).reversed().lazy.compactMap { orders[$0] }.first {
            $0.isOpen
        }
    }

    /// The open order of that client id, else the last one.
    func order(_ listing: Int, _ client: String) -> BoxOrder? {
        if let open = openOrder(listing, client) { return open }
        return byName[Name(listing: listing, client: client)]?.last.flatMap { orders[$0] }
    }

    func openOrders(of listing: Int) -> [BoxOrder] {
        open.compactMap { orders[$0] }.filter { $0.listing == listing }
    }
}
