import Portfolio
import Storage
import TradingModel
import Wire

/// The state of the four services, folded from what they publish. Time is an argument; nothing here waits or writes.
struct Replica {
    /// What is known of one service.
    struct Peer {
        var health = Health()
        var session = ""
        var restarts = 0
        var gaps = 0
        var heardAt: WallTime?
        var publishedPerSecond: Double?
        var receivedPerSecond: Double?
    }

    /// A symbol's last price and when it came here.
    struct Quote {
        var ticker: Ticker
        var heardAt: WallTime
    }

    static let keptDecisions = 500
    static let keptVerdicts = 500
    static let keptOrders = 500
    static let keptDialogues = 50

    var peers: [ServiceName: Peer] = [:]
    var quotes: [Symbol: Quote] = [:]
    var stale: [Symbol: Staleness] = [:]
    var clock: MarketClock?
    var risk: RiskState?
    var plans: [Symbol: ExitPlan] = [:]
    var account: AccountState?
    var positions: [Symbol: Position] = [:]
    var orders: [ClientOrderID: Order] = [:]
    /// Ids of ``orders`` as they were first heard of.
    private var orderSequence: [ClientOrderID] = []
    private(set) var trades: [Trade] = []
    private var tradeIDs: Set<String> = []
    private(set) var decisions: [Decision] = []
    private(set) var verdicts: [Verdict] = []
    var leaderboard: Leaderboard?
    private(set) var dialogues: [Dialogue] = []
    /// Counts up with each change of a list that a page fetches.
    var revision = 0

    // MARK: Facts

    mutating func take(_ health: Health, session: String, from service: ServiceName, at now: WallTime) {
        var peer = peers[service] ?? Peer()
        if !peer.session.isEmpty, peer.session != session { peer.restarts += 1 }
        if peer.session == session, let before = peer.heardAt, now > before {
            let seconds = Double((now - before).micros) / 1_000_000
            // Signs of life that follow at once on a change tell no rate.
            if seconds >= 0.5 {
                peer.publishedPerSecond = Replica.rate("bus.published", peer.health, health, seconds)
                peer.receivedPerSecond = Replica.rate("bus.received", peer.health, health, seconds)
                (peer.health, peer.heardAt) = (health, now)
            } else {
                peer.health.condition = health.condition
                peer.health.reason = health.reason
            }
        } else {
            (peer.publishedPerSecond, peer.receivedPerSecond) = (nil, nil)
            (peer.health, peer.heardAt) = (health, now)
        }
        peer.session = session
        peers[service] = peer
    }

    private static func rate(_ name: String, _ before: Health, _ after: Health, _ seconds: Double) -> Double? {
        guard let first = before.readings.first(where: { $0.name == name })?.value,
            let last = after.readings.first(where: { $0.name == name })?.value, last >= first
        else { return nil }
        return (last - first) / seconds
    }

    mutating func noteGap(of service: ServiceName) { peers[service, default: Peer()].gaps += 1 }

    mutating func take(_ ticker: Ticker, at now: WallTime) {
        quotes[ticker.symbol] = Quote(ticker: ticker, heardAt: now)
    }

    mutating func take(_ order: Order) {
        revision += 1
        if orders.updateValue(order, forKey: order.id) == nil { orderSequence.append(order.id) }
        guard orders.count > Replica.keptOrders,
            let index = orderSequence.firstIndex(where: { orders[$0]?.status.isTerminal ?? true })
        else { return }
        orders[orderSequence.remove(at: index)] = nil
    }

    /// Takes a completed round trip in, once.
    mutating func take(_ trade: Trade) {
        guard tradeIDs.insert(trade.id).inserted else { return }
        revision += 1
        let place = trades.lastIndex { ($0.exitTime, $0.id) <= (trade.exitTime, trade.id) }
        trades.insert(trade, at: place.map { $0 + 1 } ?? 0)
    }

    mutating func take(_ position: Position) {
        revision += 1
        positions[position.symbol] = position.isOpen ? position : nil
    }

    mutating func take(_ plan: ExitPlan) {
        if plan.status == .spent {
            if plans[plan.symbol]?.id == plan.id { plans[plan.symbol] = nil }
        } else {
            plans[plan.symbol] = plan
        }
    }

    mutating func take(_ decision: Decision) {
        guard !decisions.suffix(100).contains(where: { $0.id == decision.id }) else { return }
        revision += 1
        decisions.append(decision)
        if decisions.count > Replica.keptDecisions { decisions.removeFirst() }
    }

    /// A verdict replaces an earlier one on the same proposal: the status of its order may be newer.
    mutating func take(_ verdict: Verdict) {
        revision += 1
        if let index = verdicts.lastIndex(where: { $0.proposalID == verdict.proposalID }) {
            verdicts[index] = verdict
            return
        }
        verdicts.append(verdict)
        if verdicts.count > Replica.keptVerdicts { verdicts.removeFirst() }
    }

    mutating func take(_ dialogue: Dialogue) {
        revision += 1
        if let index = dialogues.firstIndex(where: { $0.id == dialogue.id }) {
            dialogues[index] = dialogue
            return
        }
        dialogues.append(dialogue)
        if dialogues.count > Replica.keptDialogues { dialogues.removeFirst() }
    }

    // MARK: Snapshots replace what was there

    mutating func take(_ snapshot: FeedSnapshot, at now: WallTime) {
        clock = snapshot.clock
        for ticker in snapshot.tickers { take(ticker, at: now) }
    }

    mutating func take(_ snapshot: RiskSnapshot) {
        risk = snapshot.state
        plans = [:]
        for plan in snapshot.plans { take(plan) }
        revision += 1
    }

    mutating func take(_ snapshot: ExecutionSnapshot) {
        account = snapshot.account
        positions = [:]
        for position in snapshot.positions { take(position) }
        // What was open and is no longer told has ended while nobody listened.
        for (id, order) in orders where !order.status.isTerminal { orders[id] = nil }
        orderSequence.removeAll { orders[$0] == nil }
        for order in snapshot.openOrders { take(order) }
        for trade in snapshot.recentTrades ?? [] { take(trade) }
        revision += 1
    }

    /// Orders in the sequence in which they were heard of, newest first.
    var newestOrders: [Order] { orderSequence.reversed().compactMap { orders[$0] } }
}
