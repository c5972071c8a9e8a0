import ExecutionCore
import Foundation
import Portfolio
import Testing
import TradingModel

/// Random orders and prices from printed seeds.
@Suite("Whatever is ordered and whatever the market does")
struct PropertyTests {
    /// A random market of two symbols and a random trader, from one seed.
    struct Dice {
        var generator: SeededGenerator
        var mid: [Symbol: Double] = [btc: 100, eth: 50]
        var count = 0

        init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

        mutating func below(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }
        mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
        mutating func symbol() -> Symbol { chance(60) ? btc : eth }

        mutating func ticker(at time: MarketTime) -> Ticker {
            let symbol = symbol()
            var mid = self.mid[symbol] ?? 100
            mid *= 1 + (generator.uniform() - 0.5) * (chance(3) ? 0.3 : 0.01)
            mid = min(max(mid, 5), 5_000)
            self.mid[symbol] = mid
            let bid = Price(rounding: mid, .down)!.rounded(toMultipleOf: price("0.01"), .down)
            var ticker = Ticker()
            ticker.symbol = symbol
            ticker.bid = bid
            ticker.ask = bid + price("0.01").times(1 + below(5))
            ticker.last = chance(50) ? ticker.bid : ticker.ask
            ticker.bidQuantity = chance(5) ? .zero : quantity("0.0005").times(below(6_000))
            ticker.askQuantity = chance(5) ? .zero : quantity("0.0005").times(below(6_000))
            ticker.eventTime = time
            return ticker
        }

        mutating func request(at time: MarketTime, position: Position?) -> OrderRequest {
            count += 1
            var request = OrderRequest()
            request.clientOrderID = id("r\(count)")
            request.proposalID = "p\(count)"
            request.strategy = "dice"
            request.symbol = position?.symbol ?? symbol()
            let mid = Price(rounding: self.mid[request.symbol] ?? 100, .down)!.rounded(
                toMultipleOf: price("0.01"), .down)
            request.referencePrice = mid
            request.decidedAt = time
            request.side = chance(50) ? .buy : .sell
            request.leverage = position?.leverage ?? 1 + below(25)
            request.quantity = quantity("0.001").times(1 + below(4_000))
            if let position, chance(50) {
                request.isReduceOnly = true
                request.purpose = .exit
                request.exitReason = .signal
                if !chance(10) { request.side = position.side.closing }
                if chance(60) { request.quantity = position.quantity }
            }
            request.type = OrderType.allCases[chance(50) ? 0 : below(5)]
            let near = mid + price("0.01").times(below(200) - 100)
            if request.type == .limit || request.type == .stopLimit { request.limitPrice = max(price("0.01"), near) }
            if request.type != .limit && request.type != .market {
                request.stopPrice = max(price("0.01"), mid + price("0.01").times(below(400) - 200))
            }
            request.timeInForce = chance(70) ? .goodTilCanceled : TimeInForce.allCases[below(3)]
            request.isPostOnly = request.type == .limit && request.timeInForce == .goodTilCanceled && chance(30)
            if chance(2) { request.quantity = quantity("0.0001") }
            return request
        }
    }

    @Test(
        "Positions and cash equal a naive recomputation from the fills, nothing is overfilled, reductions only reduce",
        arguments: 1...20)
    func books(seed: UInt64) throws {
        var dice = Dice(seed: seed)
        let rig = Rig(.inside)
        try rig.start()
        var quotes: [Symbol: Ticker] = [:]
        for turn in 0..<400 {
            let time = market(Int64(turn))
            let before = rig.core.ledger
            let fillsBefore = rig.disk.fills.count
            let position = dice.chance(60) ? before.positions.randomElement(using: &dice.generator) : nil
            if dice.chance(25) {
                try rig.order(dice.request(at: time, position: position))
            } else if dice.chance(5), let open = rig.venue.orders.randomElement(using: &dice.generator) {
                try rig.cancel(open.id.text)
            } else if dice.chance(2) {
                try rig.start()
                for symbol in quotes.keys.sorted() { if let quote = quotes[symbol] { try rig.tick(quote) } }
            } else {
                let ticker = dice.ticker(at: time)
                quotes[ticker.symbol] = ticker
                try rig.tick(ticker)
                check(rig.disk.fills[fillsBefore...], against: ticker, before, rig, seed: seed)
            }
            let broken = rig.disk.imbalances() + rig.core.ledger.checkInvariants()
            #expect(broken == [], "seed \(seed), turn \(turn)")
            #expect(rig.core.ledger.balance == rig.venue.ledger.balance, "seed \(seed), turn \(turn)")
            #expect(
                Set(rig.core.ledger.holdings.keys) == Set(rig.venue.ledger.holdings.keys), "seed \(seed), turn \(turn)")
            guard broken.isEmpty else { return }
        }
    }

    /// What every fill of one ticker must be.
    private func check(_ fills: ArraySlice<Fill>, against ticker: Ticker, _ before: Ledger, _ rig: Rig, seed: UInt64) {
        var taken: [OrderSide: Quantity] = [:]
        var held = before.position(ticker.symbol).map { $0.side == .long ? $0.quantity : -$0.quantity } ?? .zero
        for fill in fills {
            let request = rig.disk.orders.first { $0.order.id == fill.clientOrderID }!.order.request
            let note: Comment = "seed \(seed), fill \(fill.id)"
            #expect(fill.eventTime == ticker.eventTime && fill.symbol == ticker.symbol, note)
            let after = held + (fill.side == .buy ? fill.quantity : -fill.quantity)
            if request.isReduceOnly {
                #expect(after.magnitude < held.magnitude && (after.isZero || after.isNegative == held.isNegative), note)
            }
            held = after
            #expect(fill.price.isMultiple(of: price("0.01")), note)
            if fill.exitReason == .liquidation { continue }
            #expect(fill.eventTime > request.decidedAt, note)
            #expect(fill.quantity.isMultiple(of: quantity("0.001")), note)
            taken[fill.side, default: .zero] += fill.quantity
            if let limit = request.limitPrice {
                #expect(fill.side == .buy ? fill.price <= limit : fill.price >= limit, note)
            } else {
                #expect(fill.side == .buy ? fill.price > ticker.ask : fill.price < ticker.bid, note)
            }
            #expect(
                fill.fee
                    == fill.notional.share(fill.liquidity == .maker ? ratio("0.0002") : ratio("0.0006"), .halfEven),
                note)
        }
        for (side, quantity) in taken {
            let quoted = side == .buy ? ticker.askQuantity : ticker.bidQuantity
            #expect(quoted.isZero || quantity <= quoted, "seed \(seed): \(quantity) of \(quoted)")
        }
    }

    /// `QUARTET_TEST_SEEDS=5000` plays as many.
    private static let hostileSeeds = UInt64(ProcessInfo.processInfo.environment["QUARTET_TEST_SEEDS"] ?? "") ?? 60

    /// The network has dice and a memory of its own: its closure outlives each act.
    private final class Network {
        var dice: Dice
        var isHostile = true
        /// Reports on their way.
        var late: [VenueReport] = []
        init(seed: UInt64) { dice = Dice(seed: seed) }
    }

    @Test(
        "Behind a network that loses commands and answers, repeats and reorders reports, and with our own deaths: one truth",
        arguments: 1...hostileSeeds)
    func hostile(seed: UInt64) throws {
        var dice = Dice(seed: seed &* 7_919)
        var policy = ExecutionPolicy()
        policy.acknowledgementTimeout = .seconds(2)
        policy.proofDelay = .seconds(1)
        policy.jitterSeed = seed
        policy.reconciliationInterval = seed % 2 == 0 ? .seconds(20) : nil
        let rig = Rig(.outside, policy: policy)
        let network = Network(seed: seed &* 104_729)
        rig.network = { command, deliver in
            // Reordered fills are averaged in another order: an exact comparison of cash has no meaning here.
            let deliver = { (command: VenueCommand) in deliver(command).map(\.withoutCash) }
            guard network.isHostile else { return deliver(command) }
            if network.dice.chance(15) { return [] }
            var reports = deliver(command)
            if network.dice.chance(15) { return [] }
            if network.dice.chance(10) { reports += deliver(command) }
            if network.dice.chance(10), case .submit(let request) = command {
                return [.unknown(request.clientOrderID, .submit, reason: "connection reset")]
            }
            if network.dice.chance(10) {
                network.late += reports
                return []
            }
            return reports
        }
        try rig.start()
        var asked: Set<ClientOrderID> = []
        for turn in 0..<150 {
            let time = market(Int64(turn))
            do {
                try act(turn, time, rig, &dice, network, &asked)
                try rig.wait(.milliseconds(Int64(dice.below(1_500))))
            } catch is Crash {
                rig.life = nil
                try rig.start()
            }
        }
        network.isHostile = false
        rig.life = nil
        network.late = []
        try rig.take([.resumed])
        try rig.wait(.seconds(300))
        settle(rig, asked, seed: seed)
    }

    private func act(
        _ turn: Int, _ time: MarketTime, _ rig: Rig, _ dice: inout Dice, _ network: Network,
        _ asked: inout Set<ClientOrderID>
    ) throws {
        if dice.chance(4) { rig.life = dice.below(8) }
        if dice.chance(20) {
            let position = dice.chance(50) ? rig.core.ledger.positions.randomElement(using: &dice.generator) : nil
            var request = dice.request(at: time, position: position)
            request.leverage = 1
            asked.insert(request.clientOrderID)
            try rig.order(request)
            if dice.chance(20) { try rig.order(request) }
        } else if dice.chance(10), let open = rig.core.image.openOrders.randomElement(using: &dice.generator) {
            try rig.cancel(open.id.text)
        } else if dice.chance(20), !network.late.isEmpty {
            let reports = network.late.shuffled(using: &dice.generator).filter {
                if case .account = $0 { false } else { true }
            }
            network.late = []
            try rig.take(reports)
        } else {
            let ticker = dice.ticker(at: time)
            var reports: [VenueReport] = []
            rig.venue.observe(ticker, into: &reports)
            try rig.handle(.ticker(ticker))
            if dice.chance(30) { reports.shuffle(using: &dice.generator) }
            if dice.chance(20) { reports += reports }
            if dice.chance(15) {
                // The stream breaks and comes back: what it carried is lost.
                return try rig.take([.resumed])
            }
            try rig.take(reports)
        }
    }

    private func settle(_ rig: Rig, _ asked: Set<ClientOrderID>, seed: UInt64) {
        #expect(rig.disk.imbalances() == [], "seed \(seed)")
        let atVenue = Set(rig.venue.state.orders.map(\.id))
        for record in rig.disk.orders {
            let order = record.order
            #expect(
                order.status.isTerminal != atVenue.contains(order.id), "seed \(seed): \(order.id) is \(order.status)")
            #expect(order.filledQuantity <= order.request.quantity, "seed \(seed): \(order.id) is overfilled")
            let theirs = rig.venueOrder(order.id)
            #expect((theirs?.filledQuantity ?? .zero) == order.filledQuantity, "seed \(seed): \(order.id)")
        }
        for order in rig.venue.state.orders {
            #expect(asked.contains(order.id), "seed \(seed): \(order.id) was never asked for")
        }
        for symbol in [btc, eth] {
            let (ours, theirs) = (rig.core.ledger.position(symbol), rig.venue.ledger.position(symbol))
            #expect(ours?.side == theirs?.side && ours?.quantity == theirs?.quantity, "seed \(seed): \(symbol)")
        }
        #expect(rig.core.ledger.fees == rig.venue.ledger.fees, "seed \(seed)")
    }
}

extension Rig {
    func venueOrder(_ id: ClientOrderID) -> VenueOrder? {
        var reports: [VenueReport] = []
        venue.handle(.query(OrderReference(clientOrderID: id, symbol: btc)), at: now, into: &reports)
        guard case .answer(_, .known(let order)) = reports.first else { return nil }
        return order
    }
}

extension VenueReport {
    fileprivate var withoutCash: VenueReport {
        guard case .account(var account) = self else { return self }
        account.cash = nil
        return .account(account)
    }
}
