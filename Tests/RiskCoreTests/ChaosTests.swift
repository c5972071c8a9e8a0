import Portfolio
import RiskCore
import Testing
import TradingModel

/// Random days with everything going wrong: crashes between any two directives, lost requests and answers, rejections,
/// orders filled in parts. What must hold holds all the time, and at the end everything is closed.
@Suite struct ChaosTests {
    private static let symbols = [bitcoin, ether, solana]

    @Test(arguments: [false, true], 0..<25 as Range<UInt64>)
    func `whatever dies or gets lost, every position is watched and left once`(isLockStep: Bool, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &* 7_919 &+ (isLockStep ? 1 : 0))
        let world = World(
            limits {
                $0.dailyTrades = 1_000
                $0.dailyLoss = .one
                $0.drawdownWarning = .one
                $0.drawdownStop = .one
            }, isLockStep: isLockStep)
        try world.boot()
        for symbol in Self.symbols { try world.tick(price("100"), symbol) }
        var best: [Symbol: Price] = [:]
        var proposals = 0
        for step in 0..<400 {
            if random.next() % 6 == 0 { world.crashBefore = world.obeyed + Int(random.next() % 12) }
            if random.next() % 10 == 0 { world.lostAnswers = 1 }
            if random.next() % 10 == 0 { world.lostSubmissions = 1 }
            if random.next() % 10 == 0 { world.broker.rejections = 1 }
            if random.next() % 5 == 0 { world.broker.fillPercent = [Int(random.next() % 101)] }
            var proposal: Proposal?
            if random.next() % 3 == 0 {
                proposals += 1
                proposal = randomProposal(proposals, world, &random)
            }
            let symbol = Self.symbols[Int(random.next() % 3)]
            let cents = world.broker.prices[symbol]!.raw / 10_000_000_000 + Int128(random.next() % 121) - 60
            do {
                if let proposal {
                    try world.propose(proposal)
                } else {
                    try world.tick(Price(raw: cents * 10_000_000_000), symbol)
                }
            } catch is World.Crash {
                world.crashBefore = nil
                try world.boot()
                if let proposal { try world.propose(proposal) }
            }
            world.crashBefore = nil
            if let fault = fault(world, &best) {
                Issue.record(
                    "seed \(seed) lock-step \(isLockStep) step \(step): \(fault)\n\(world.log.suffix(30).joined(separator: "\n"))"
                )
                return
            }
        }
        try end(world, &best)
        let open = world.broker.ledger.positions.count
        if open > 0 || !world.core.openPlans.isEmpty {
            Issue.record(
                "seed \(seed) lock-step \(isLockStep): \(open) positions and \(world.core.openPlans.count) plans are left\n\(world.log.suffix(30).joined(separator: "\n"))"
            )
        }
        #expect(world.entries.count > 5)
    }

    private func randomProposal(_ number: Int, _ world: World, _ random: inout SeededGenerator) -> Proposal {
        let symbol = Self.symbols[Int(random.next() % 3)]
        let isLong = Bool.random(using: &random)
        let action: SignalAction =
            random.next() % 6 == 0 ? (isLong ? .exitLong : .exitShort) : (isLong ? .enterLong : .enterShort)
        var proposal = proposal(
            "p\(number)", action, symbol, confidence: 0.6, leverage: 1 + Int(random.next() % 10), at: world.time)
        let last = world.broker.prices[symbol]!
        let distance = Price(raw: last.raw / 100)
        proposal.stopLoss = isLong ? last - distance : last + distance
        proposal.takeProfit = isLong ? last + distance + distance : last - distance - distance
        return proposal
    }

    private func end(_ world: World, _ best: inout [Symbol: Price]) throws {
        world.broker.fillPercent = []
        world.broker.rejections = 0
        (world.lostAnswers, world.lostSubmissions) = (0, 0)
        for _ in 0..<3 { try world.wait(.seconds(6)) }
        for _ in 0..<3 {
            _ = try world.command(.flatten)
            for _ in 0..<2 {
                for symbol in Self.symbols { try world.tick(world.broker.prices[symbol]!, symbol) }
            }
            try world.wait(.seconds(6))
        }
    }

    private func fault(_ world: World, _ best: inout [Symbol: Price]) -> String? {
        let faults = world.broker.checkInvariants()
        if !faults.isEmpty { return faults.joined(separator: ", ") }
        for symbol in Self.symbols {
            guard let position = world.broker.ledger.position(symbol), let last = world.tickers[symbol]?.last else {
                best[symbol] = nil
                continue
            }
            guard let plan = world.core.openPlans.first(where: { $0.symbol == symbol }) else {
                return "the position in \(symbol) is not watched"
            }
            if plan.id != position.proposalID {
                return "the position of \(position.proposalID) is watched by the plan of \(plan.id)"
            }
            // Every price since the entry counts, whether risk lived through it or not.
            let before = best[symbol] ?? position.averageEntryPrice
            let now = position.side == .long ? max(before, last) : min(before, last)
            best[symbol] = now
            if plan.status == .active, plan.best != now { return "\(symbol): best is \(plan.best) and was \(now)" }
            if plan.status == .active, world.store.plan(plan.id)?.best != plan.best {
                return "\(symbol): the best on disk is another"
            }
            let isBeyond = position.side == .long ? last <= plan.stopLoss : last >= plan.stopLoss
            if plan.status == .active, isBeyond {
                return "\(symbol): the stop \(plan.stopLoss) was passed by \(last), and nothing happened"
            }
            let exits = world.exits.filter { $0.request.proposalID == plan.id && !$0.status.isTerminal }
            if exits.count > 1 { return "\(symbol): two exits at once" }
        }
        return nil
    }
}
