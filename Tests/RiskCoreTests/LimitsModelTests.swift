import Portfolio
import RiskCore
import Testing
import TradingModel

/// The limits a second time, naively: everything is worked out again from the history each time it is asked, from
/// execution's own truth, without the core's types or shortcuts.
private struct NaiveLimits {
    let world: World
    /// Equities in the order in which they could be seen, since the peak was last counted anew.
    var equities: [Money]
    var automatic = TradingState.active
    var hold: TradingState?
    var symbolHolds: [Symbol: TradingState] = [:]
    var day: Int64
    var dayStart: Money
    var isDayLost = false
    /// The days on which entries were approved.
    var approvals: [Int64] = []

    init(_ world: World) {
        self.world = world
        equities = [world.broker.ledger.balance]
        dayStart = world.broker.ledger.balance
        day = Self.day(world.time)
    }

    static func day(_ time: MarketTime) -> Int64 { time.micros / 86_400_000_000 }

    var equity: Money { world.broker.ledger.equity(at: world.broker.prices) }
    var peak: Money { equities.max()! }

    mutating func see() {
        equities.append(equity)
        if equities.count > 500 { equities = [peak, equity] }
        let (peak, now) = (self.peak.raw, equity.raw)
        if (peak - now) * 100 >= 20 * peak {
            automatic = .halted
        } else if (peak - now) * 100 >= 15 * peak {
            if automatic == .active { automatic = .reducing }
        } else if (peak - now) * 100 < 10 * peak {
            automatic = .active
        }
        if (dayStart - equity).raw * 100 >= 5 * dayStart.raw { isDayLost = true }
    }

    /// A price: what it filled is seen while the old day still runs, then the new day begins, then the price is seen.
    mutating func tick(filled: Bool, equityBefore: Money) {
        if filled { see() }
        if Self.day(world.time) > day {
            day = Self.day(world.time)
            dayStart = filled ? equity : equityBefore
            isDayLost = false
        }
        see()
    }

    enum Answer: Equatable {
        case approved(Quantity)
        case denied(DenialReason)
    }

    /// The entry proposals of this test are well formed, fresh and have stop and target where they belong.
    func answer(_ proposal: Proposal) -> Answer {
        let symbol = proposal.symbol
        let held = [hold, symbolHolds[symbol]].compactMap { $0 }.max()
        if held == .halted { return .denied(.tradingHalted) }
        if held == .reducing { return .denied(.tradingReducing) }
        if proposal.confidence < 0.5 { return .denied(.confidenceBelowMinimum) }
        if world.broker.ledger.position(symbol) != nil { return .denied(.positionAlreadyOpen) }
        let waiting = world.broker.open.compactMap { world.broker.journal[$0] }.filter { $0.request.purpose == .entry }
        if waiting.contains(where: { $0.request.symbol == symbol }) { return .denied(.orderInFlight) }
        if isDayLost { return .denied(.dailyLossLimit) }
        if approvals.filter({ $0 == day }).count >= 20 { return .denied(.dailyTradeLimit) }
        if automatic != .active { return .denied(.drawdownLimit) }

        // Confidence in ten-thousandths; size in 10^-12, rounded down, between 1 % and 20 %.
        let confidence = Int128((proposal.confidence * 10_000).rounded())
        let size = max(10_000_000_000, min(200_000_000_000, 200_000_000_000 * (confidence - 5_000) / 5_000))
        let margin = floored(equity.raw, size, 1_000_000_000_000 * 10_000_000_000_000_000)
        let last = world.broker.prices[symbol]!
        // Margin is in 10^-8, price in 10^-12, a lot is 10^-3.
        let lots = floored(margin * Int128(proposal.leverage), 10_000_000, last.raw)
        if lots < 1 { return .denied(.belowMinimumQuantity) }
        let quantity = Quantity(raw: lots * 1_000_000_000)
        let notional = Money(raw: last.raw * quantity.raw)
        if notional < Money(5) { return .denied(.belowMinimumNotional) }
        let used = notional.divided(by: proposal.leverage, .up)
        var total = Money.zero
        for position in world.broker.ledger.positions { total += position.cost.divided(by: position.leverage, .up) }
        for order in waiting {
            total += Money.notional(order.request.referencePrice, order.request.quantity).divided(
                by: order.request.leverage, .up)
        }
        if (total + used).raw > floored(equity.raw, 3, 100_000_000_000_000_000) * 10_000_000_000_000_000 {
            return .denied(.totalExposureLimit)
        }
        let fee = Money(raw: (notional.raw * 6 / 10_000 / 10_000_000_000_000_000 + 1) * 10_000_000_000_000_000)
        if used + fee > min(world.broker.ledger.balance, equity) - total { return .denied(.insufficientFunds) }
        return .approved(quantity)
    }

    /// a · b / divisor toward zero, with a wide product; for values that are not negative.
    private func floored(_ a: Int128, _ b: Int128, _ divisor: Int128) -> Int128 {
        let wide = max(0, a).magnitude.multipliedFullWidth(by: b.magnitude)
        return Int128(divisor.magnitude.dividingFullWidth(wide).quotient)
    }
}

@Suite struct LimitsModelTests {
    private static let symbols = [bitcoin, ether, solana]

    @Test(arguments: [101, 102, 103, 104] as [UInt64])
    func `a naive model of the limits agrees over random histories`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let world = World(limits { $0.totalExposure = ratio("0.3") })
        for symbol in Self.symbols { try world.tick(price("100"), symbol) }
        try world.boot()
        var naive = NaiveLimits(world)
        var answers: [String: Int] = [:]
        var proposals = 0
        // Odd seeds have busy days that meet the daily limits, even ones long moves that meet the drawdown.
        let pace: UInt64 = seed % 2 == 1 ? 400 : 7_200
        for step in 0..<10_000 {
            switch random.next() % 20 {
            case 0..<11: try move(world, &naive, &random, pace: pace)
            case 11..<18:
                proposals += 1
                let proposal = randomProposal(proposals, world, &random)
                let expected = naive.answer(proposal)
                let verdict = try world.verdict(on: proposal)
                let actual: NaiveLimits.Answer =
                    verdict.denial.map { .denied($0.reason) } ?? .approved(verdict.quantity)
                answers[verdict.denial?.reason.rawValue ?? "approved", default: 0] += 1
                guard actual == expected else {
                    Issue.record(
                        "seed \(seed) step \(step): \(actual), naively \(expected); \(verdict.denial?.description ?? "") \(proposal)"
                    )
                    return
                }
                if verdict.isApproved { naive.approvals.append(naive.day) }
            case 18: try command(world, &naive, &random)
            default:
                // A restart changes nothing.
                if random.next() % 8 == 0 { try world.boot() }
            }
            if let fault = difference(world, naive) {
                Issue.record("seed \(seed) step \(step): \(fault)")
                return
            }
        }
        // About 40,000 prices, clocks, proposals and commands a seed.
        #expect(answers.count >= 8 && answers["approved", default: 0] > 100, "\(answers)")
        #expect(world.broker.checkInvariants().isEmpty)
    }

    private func move(_ world: World, _ naive: inout NaiveLimits, _ random: inout SeededGenerator, pace: UInt64) throws
    {
        let symbol = Self.symbols[Int(random.next() % 3)]
        let cents = Int128(world.broker.prices[symbol]!.raw / 10_000_000_000)
        let next = min(100_000, max(1_000, cents + Int128(random.next() % 161) - 80))
        let (fills, before) = (world.broker.fills.count, naive.equity)
        try world.tick(Price(raw: next * 10_000_000_000), symbol, after: .seconds(Int64(1 + random.next() % pace)))
        naive.tick(filled: world.broker.fills.count > fills, equityBefore: before)
        // Every symbol has a fresh price when a proposal may come.
        for other in Self.symbols where other != symbol {
            let before = naive.equity
            let fills = world.broker.fills.count
            try world.tick(world.broker.prices[other]!, other, after: .seconds(1))
            naive.tick(filled: world.broker.fills.count > fills, equityBefore: before)
        }
    }

    private func randomProposal(_ number: Int, _ world: World, _ random: inout SeededGenerator) -> Proposal {
        let symbol = Self.symbols[Int(random.next() % 3)]
        let isLong = Bool.random(using: &random)
        let last = world.broker.prices[symbol]!
        let distance = Price(raw: last.raw / 100 * Int128(1 + random.next() % 4) / 2)
        let confidence = Double(4_800 + random.next() % 5_201) / 10_000
        var proposal = proposal(
            "p\(number)", isLong ? .enterLong : .enterShort, symbol, confidence: confidence,
            leverage: 1 + Int(random.next() % 20), at: world.time)
        proposal.stopLoss = isLong ? last - distance : last + distance
        proposal.takeProfit = isLong ? last + distance + distance : last - distance - distance
        return proposal
    }

    private func command(_ world: World, _ naive: inout NaiveLimits, _ random: inout SeededGenerator) throws {
        let symbol = random.next() % 2 == 0 ? Self.symbols[Int(random.next() % 3)] : nil
        switch random.next() % 12 {
        case 0:
            _ = try world.command(.halt, symbol)
            if let symbol { naive.symbolHolds[symbol] = .halted } else { naive.hold = .halted }
        case 1:
            _ = try world.command(.reduce, symbol)
            if let symbol { naive.symbolHolds[symbol] = .reducing } else { naive.hold = .reducing }
        case 2: _ = try world.command(.flatten, symbol)
        default:
            _ = try world.command(.resume, symbol)
            if let symbol {
                naive.symbolHolds[symbol] = nil
            } else {
                naive.hold = nil
                naive.symbolHolds = [:]
                if naive.automatic != .active {
                    naive.automatic = .active
                    naive.equities = [naive.equity]
                }
            }
        }
    }

    private func difference(_ world: World, _ naive: NaiveLimits) -> String? {
        let state = world.core.state
        if state.equity != naive.equity { return "equity \(state.equity), naively \(naive.equity)" }
        if state.peakEquity != naive.peak { return "peak \(state.peakEquity), naively \(naive.peak)" }
        if state.state != max(naive.automatic, naive.hold ?? .active) {
            return "state \(state.state), naively \(naive.automatic) and \(String(describing: naive.hold))"
        }
        if state.dayStartEquity != naive.dayStart {
            return "day start \(state.dayStartEquity), naively \(naive.dayStart)"
        }
        let today = naive.approvals.filter { $0 == naive.day }.count
        if state.dailyTrades != today || today > 20 { return "trades \(state.dailyTrades), naively \(today)" }
        // At most one position a symbol, and each with a plan that watches it.
        for position in world.broker.ledger.positions
        where !world.core.openPlans.contains(where: { $0.symbol == position.symbol }) {
            return "the position in \(position.symbol) has no plan"
        }
        return nil
    }
}
