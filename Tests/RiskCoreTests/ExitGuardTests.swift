import Testing
import TradingModel

@testable import RiskCore

@Suite struct ExitGuardTests {
    /// What a path did to a plan: judged with the guard alone, as the core does it.
    private struct Outcome: Equatable, CustomStringConvertible {
        var reason = "hold"
        var price: String?
        var at: Int64?
        var also: [String] = []
        var restingStop = ""
        var best = ""
        var description: String {
            "\(reason) at \(price ?? "-") @\(at.map(String.init) ?? "-") also \(also), best \(best), stop \(restingStop)"
        }
    }

    private enum Step {
        case price(String, Int64)
        case close(String, Int64)
        case timer(Int64)
    }

    private func run(_ plan: ExitPlan, tick: String, level: String? = nil, _ steps: [Step]) -> Outcome {
        let exits = ExitGuard(rules: ExitRules())
        var plan = plan
        let invalidation = level.flatMap {
            try? Invalidation(parsing: "close \(plan.side == .long ? "below" : "above") \($0)", timeframe: .fiveMinutes)
        }
        _ = exits.tighten(&plan, tickSize: price(tick))
        var outcome = Outcome()
        var last = plan.entryPrice
        for step in steps {
            var call: ExitCall?
            let at: Int64
            switch step {
            case .price(let text, let time), .close(let text, let time):
                at = time
                last = price(text)
                _ = exits.follow(last, &plan, tickSize: price(tick))
                var candle = Candle()
                candle.timeframe = .fiveMinutes
                candle.close = last
                var isInvalidated = false
                if case .close = step { isInvalidated = invalidation.map { isFulfilled($0, by: candle) } ?? false }
                call = exits.judge(plan, at: last, time: start + Span(micros: at), isInvalidated: isInvalidated)
            case .timer(let time):
                at = time
                if exits.hasExpired(plan, at: start + Span(micros: at)) {
                    call = ExitCall(reason: .ttl, price: last, alsoFired: [])
                }
            }
            if let call {
                outcome.reason = call.reason.rawValue
                outcome.price = call.price.description
                outcome.at = at
                outcome.also = call.alsoFired.map(\.rawValue)
                break
            }
        }
        outcome.restingStop = plan.restingStop.description
        outcome.best = plan.best.description
        return outcome
    }

    @Test(arguments: GoldenExit.all)
    func `every worked case leaves as written`(_ golden: GoldenExit) {
        let side: PositionSide = golden.side == "long" ? .long : .short
        let plan = activePlan(
            side, leverage: golden.leverage, entry: golden.entry, stop: golden.stop, target: golden.target,
            best: golden.savedBest)
        let steps: [Step] = golden.path.map { step in
            switch step.kind {
            case "close": .close(step.price!, step.atUs)
            case "timer": .timer(step.atUs)
            default: .price(step.price!, step.atUs)
            }
        }
        let outcome = run(plan, tick: golden.tick, level: golden.invalidationLevel, steps)
        #expect(outcome.reason == golden.expect.reason, "\(golden.id): \(outcome)")
        #expect(outcome.price == golden.expect.price.map { price($0).description })
        #expect(outcome.at == golden.expect.atUs)
        #expect(outcome.also == golden.expect.alsoFired)
        #expect(outcome.restingStop == price(golden.expect.restingStop).description)
        // Peak in percent to four decimals, as the table has it.
        let best = price(outcome.best)
        let change = best.change(from: plan.entryPrice, .halfEven).times(side.sign * golden.leverage).percent
        #expect(change.rounded(toDigits: 4, .halfEven) == ratio(golden.expect.peakPnlPct))
    }

    /// Ten of the cases by hand, so that they are held without the file.
    @Test(
        arguments: [
            (PositionSide.long, 1, "95", "150", ["97", "95"], "stop_loss", "95", "95"),
            (.short, 1, "105", "50", ["100", "112"], "stop_loss", "112", "105"),
            (.long, 1, "95", "106", ["104", "109"], "take_profit", "109", "103"),
            (.long, 10, "95", "150", ["100.8", "100.57", "100.56"], "peak_pullback", "100.56", "100.3"),
            (.long, 10, "95", "150", ["100.79", "100"], "hold", nil, "95"),
            (.long, 10, "95", "150", ["100.8", "100.3"], "ladder", "100.3", "100.3"),
            (.long, 10, "95", "150", ["101.5", "100.8"], "ladder", "100.8", "100.8"),
            (.long, 10, "95", "150", ["104", "102.81", "102.8"], "peak_pullback", "102.8", "101.5"),
            (.long, 10, "95", "150", ["104", "94"], "stop_loss", "94", "101.5"),
            (.short, 25, "105", "50", ["99.68", "99.88"], "ladder", "99.88", "99.88"),
            (.long, 25, "95", "150", ["100.32", "100.23", "100.224"], "peak_pullback", "100.224", "100.12"),
        ] as [(PositionSide, Int, String, String, [String], String, String?, String)])
    func `the order of the rules decides the name`(
        side: PositionSide, leverage: Int, stop: String, target: String, path: [String], reason: String, at: String?,
        restingStop: String
    ) {
        let plan = activePlan(side, leverage: leverage, entry: "100", stop: stop, target: target)
        let steps = path.enumerated().map { Step.price($1, Int64($0 + 1) * 60_000_000) }
        let outcome = run(plan, tick: "0.01", steps)
        #expect(outcome.reason == reason && outcome.price == at && outcome.restingStop == restingStop, "\(outcome)")
    }

    @Test func `time to live ends to the microsecond`() {
        let plan = activePlan(.long, leverage: 1, entry: "100", stop: "95", target: "150")
        let life = Span.hours(36).micros
        #expect(run(plan, tick: "0.01", [.price("101", life - 1), .timer(life - 1)]).reason == "hold")
        #expect(run(plan, tick: "0.01", [.price("101", life - 1), .timer(life)]).reason == "ttl")
        #expect(run(plan, tick: "0.01", [.price("94", life)]).also == ["ttl"])
    }

    @Test func `the resting stop never loosens, not even when an added entry raises the average`() {
        let exits = ExitGuard(rules: ExitRules())
        var plan = activePlan(.long, leverage: 10, entry: "100", stop: "95", target: "150")
        _ = exits.follow(price("101.6"), &plan, tickSize: price("0.01"))
        #expect(plan.restingStop == price("100.8"))
        plan.entryPrice = price("101")
        _ = exits.tighten(&plan, tickSize: price("0.01"))
        #expect(plan.restingStop == price("100.8"))
        #expect(exits.tier(of: plan) == nil)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `random walks obey the written rules in fractions of whole numbers`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let exits = ExitGuard(rules: ExitRules())
        for walk in 0..<2_000 {
            let side: PositionSide = Bool.random(using: &random) ? .long : .short
            let leverage = 1 + Int(random.next() % 25)
            let entry = Int128(10_000 + random.next() % 90_000)
            let distance = Int128(1 + random.next() % 3_000)
            let sign = Int128(side.sign)
            func cents(_ value: Int128) -> Price { Price(raw: value * Price.scale / 100) }
            var plan = activePlan(side, leverage: leverage, entry: "1", stop: "1", target: "1")
            plan.entryPrice = cents(entry)
            plan.best = plan.entryPrice
            plan.stopLoss = cents(entry - sign * distance)
            plan.takeProfit = cents(entry + sign * distance * 2)
            var (now, best) = (entry, entry)
            for step in 1...60 {
                now = max(1, now + Int128(random.next() % 401) - 200)
                let time = start + .hours(Int64(step))
                _ = exits.follow(cents(now), &plan, tickSize: price("0.01"))
                best = sign > 0 ? max(best, now) : min(best, now)
                // pnl = gain / entry in units of 1/leverage; all thresholds times 100 to stay whole.
                let (pnl, peak) = (sign * (now - entry) * Int128(leverage), sign * (best - entry) * Int128(leverage))
                var expected: [ExitReason] = []
                if sign * (now - (entry - sign * distance)) <= 0 { expected.append(.stopLoss) }
                let line =
                    peak * 100 >= 25 * entry
                    ? 15 : peak * 100 >= 15 * entry ? 8 : peak * 100 >= 8 * entry ? 3 : Int128(-1)
                if line > 0, pnl * 100 <= line * entry { expected.append(.ladder) }
                if line > 0, pnl * 10 <= peak * 7 { expected.append(.peakPullback) }
                if sign * (now - (entry + sign * distance * 2)) >= 0 { expected.append(.takeProfit) }
                if step >= 36 { expected.append(.ttl) }
                let call = exits.judge(plan, at: cents(now), time: time)
                guard (call.map { [$0.reason] + $0.alsoFired } ?? []) == expected, plan.best == cents(best) else {
                    Issue.record(
                        "seed \(seed) walk \(walk) step \(step): \(String(describing: call)), expected \(expected)")
                    return
                }
            }
        }
    }
}

/// Whether a candle alone fulfils a condition.
private func isFulfilled(_ condition: Invalidation, by candle: Candle) -> Bool {
    var watch = InvalidationWatch(condition)
    watch.take(candle)
    return watch.holds(at: candle.closeTime, funding: nil) ?? false
}
