import Testing
import TradingModel

@testable import RiskCore

@Suite struct GateTests {
    /// An inquiry that nothing speaks against: price 100, equity 10,000, confidence 0.75, size 10 %.
    private func inquiry(_ change: (inout Inquiry) -> Void = { _ in }) -> Inquiry {
        var inquiry = Inquiry()
        inquiry.proposal = proposal()
        inquiry.limits = limits()
        inquiry.marketTime = start
        inquiry.silence = .zero
        inquiry.feedSession = "feed-1"
        inquiry.instrument = instrument()
        inquiry.ticker = ticker(price("100"), at: start)
        inquiry.isReconciled = true
        inquiry.day = DayRecord(day: 1, startEquity: money("10000"))
        inquiry.equity = money("10000")
        inquiry.balance = money("10000")
        change(&inquiry)
        return inquiry
    }

    private func answer(_ change: (inout Inquiry) -> Void = { _ in }) -> String {
        var inquiry = inquiry(change)
        return Check.firstDenial(&inquiry)?.description
            ?? "size \(inquiry.sizing?.size.description ?? "-") quantity \(inquiry.sizing?.quantity.description ?? "-")"
    }

    @Test func `a sound proposal is sized by its confidence`() {
        #expect(answer() == "size 0.1 quantity 10")
        #expect(answer { $0.proposal.confidence = 1 } == "size 0.2 quantity 20")
        #expect(answer { $0.proposal.confidence = 0.5 } == "size 0.01 quantity 1")
        #expect(
            answer {
                $0.proposal.confidence = 1
                $0.proposal.share = Ratio("0.25")
            } == "size 0.05 quantity 5")
        #expect(
            answer {
                $0.proposal.confidence = 1
                $0.proposal.share = Ratio(7)
            } == "size 0.2 quantity 20")
        #expect(answer { $0.proposal.leverage = 5 } == "size 0.1 quantity 50")
        #expect(
            answer {
                $0.proposal.action = .enterShort
                $0.proposal.stopLoss = price("105")
                $0.proposal.takeProfit = price("90")
            } == "size 0.1 quantity 10")
    }

    @Test func `the size is clamped, rounded down to the lot and never up to a minimum`() {
        #expect(answer { $0.proposal.confidence = 0.51 } == "size 0.01 quantity 1")
        #expect(
            answer {
                $0.ticker = ticker(price("101"), at: start)
                $0.proposal.takeProfit = price("120")
            } == "size 0.1 quantity 9.9")
        #expect(answer { $0.instrument?.lotSize = quantity("7") } == "size 0.1 quantity 7")
        #expect(answer { $0.instrument?.lotSize = quantity("11") } == "BELOW_MINIMUM_QUANTITY: quantity=0 minimum=11")
        #expect(
            answer { $0.instrument?.minNotional = money("1000.01") }
                == "BELOW_MINIMUM_NOTIONAL: notional=1000 minimum=1000.01")
        #expect(answer { $0.instrument?.maxQuantity = quantity("4") } == "size 0.1 quantity 4")
        #expect(answer { $0.ticker?.ask = price("125") } == "size 0.1 quantity 8")
    }

    @Test func `each refusal names its reason and its figures`() {
        let hold = TradingControl.Hold(state: .halted, who: "ann@pts/0", why: "news", since: start)
        #expect(answer { $0.proposal.id = "" } == "MALFORMED: id=empty")
        #expect(answer { $0.proposal.action = .hold } == "MALFORMED: action=hold")
        #expect(answer { $0.proposal.confidence = .nan } == "MALFORMED: confidence=nan")
        #expect(answer { $0.proposal.confidence = 1.0000001 } == "MALFORMED: confidence=1.0000001")
        #expect(answer { $0.isReconciled = false } == "NOT_RECONCILED: execution=unknown")
        #expect(answer { $0.hold = hold } == "TRADING_HALTED: by=ann@pts/0 why=\"news\"")
        #expect(
            answer {
                $0.hold = hold
                $0.hold?.state = .reducing
            } == "TRADING_REDUCING: by=ann@pts/0 why=\"news\"")
        #expect(answer { $0.limits.symbols = [ether] } == "UNKNOWN_SYMBOL: symbol=BTC/USDT")
        #expect(answer { $0.instrument = nil } == "UNKNOWN_SYMBOL: symbol=BTC/USDT")
        #expect(answer { $0.proposal.confidence = 0.4999 } == "CONFIDENCE_BELOW_MINIMUM: confidence=0.4999 minimum=0.5")
        #expect(answer { $0.proposal.evidence = [] } == "STALE_EVIDENCE: evidence=none")
        #expect(
            answer { $0.proposal.evidence[0].session = "old" }
                == "FEED_SESSION_CHANGED: topic=candle.BTC/USDT.15m session=old present=feed-1")
        #expect(answer { $0.proposal.evidence[0].gaps = 2 } == "GAPPY_EVIDENCE: topic=candle.BTC/USDT.15m gaps=2")
        #expect(
            answer { $0.marketTime = start + .seconds(901) }
                == "STALE_EVIDENCE: topic=candle.BTC/USDT.15m age=15m 1s limit=15m")
        #expect(answer { $0.ticker = nil } == "NO_MARKET_DATA: symbol=BTC/USDT")
        #expect(answer { $0.staleness = "\"no trade for 31s\"" } == "STALE_PRICE: feed=\"no trade for 31s\"")
        #expect(answer { $0.marketTime = start + .seconds(121) } == "STALE_PRICE: age=2m 1s limit=2m")
        #expect(answer { $0.silence = .seconds(121) } == "STALE_PRICE: age=2m 1s limit=2m")
        #expect(answer { $0.unresolved = ClientOrderID("q1") } == "ORDER_UNRESOLVED: order=q1")
        #expect(answer { $0.inFlight = ClientOrderID("q1") } == "ORDER_IN_FLIGHT: order=q1")
        #expect(
            answer {
                $0.limits.isShortAllowed = false
                $0.proposal.action = .enterShort
            } == "SHORT_SIDE_DISABLED: symbol=BTC/USDT")
        #expect(answer { $0.proposal.leverage = 26 } == "LEVERAGE_OUT_OF_RANGE: leverage=26 maximum=25")
        #expect(answer { $0.proposal.leverage = 0 } == "LEVERAGE_OUT_OF_RANGE: leverage=0 maximum=25")
        #expect(
            answer {
                $0.proposal.leverage = 4
                $0.limits.leverageBySymbol = [bitcoin: 3]
            } == "LEVERAGE_OUT_OF_RANGE: leverage=4 maximum=3")
        #expect(
            answer {
                $0.proposal.leverage = 4
                $0.instrument?.maxLeverage = 2
            } == "LEVERAGE_OUT_OF_RANGE: leverage=4 maximum=2")
        #expect(answer { $0.proposal.stopLoss = nil } == "STOP_MISSING")
        #expect(answer { $0.proposal.stopLoss = price("100") } == "STOP_ON_WRONG_SIDE: stop=100 price=100 side=long")
        #expect(
            answer { $0.proposal.takeProfit = price("100") } == "TARGET_ON_WRONG_SIDE: target=100 price=100 side=long")
        #expect(answer { $0.proposal.takeProfit = price("104.99") } == "REWARD_TO_RISK_TOO_LOW: ratio=0.998 minimum=1")
        #expect(answer { $0.proposal.takeProfit = nil } == "REWARD_TO_RISK_TOO_LOW: target=none minimum=1")
        #expect(
            answer {
                $0.proposal.leverage = 25
                $0.proposal.stopLoss = price("96.5")
            } == "LIQUIDATION_BEFORE_STOP: liquidation=96.5 stop=96.5")
        #expect(
            answer { $0.proposal.invalidation = "ADX <> 25" }
                == "INVALIDATION_UNREADABLE: at=6 problem=\"a measure such as close or RSI(14), or a number, was expected, not \">\"\" text=\"ADX <> 25\""
        )
        #expect(answer { $0.equity = money("9500") } == "DAILY_LOSS_LIMIT: lost=5% limit=5%")
        #expect(answer { $0.equity = money("9480") } == "DAILY_LOSS_LIMIT: lost=5.2% limit=5%")
        #expect(answer { $0.day.reachedLoss = ratio("0.051") } == "DAILY_LOSS_LIMIT: lost=5.1% limit=5%")
        #expect(answer { $0.day.trades = 20 } == "DAILY_TRADE_LIMIT: trades=20 limit=20")
        #expect(answer { $0.drawdown = ratio("0.15") } == "DRAWDOWN_LIMIT: drawdown=15% limit=15% recovery=10%")
        #expect(
            answer {
                $0.automatic = .reducing
                $0.drawdown = ratio("0.12")
            } == "DRAWDOWN_LIMIT: drawdown=12% limit=15% recovery=10%")
        #expect(
            answer {
                $0.automatic = .halted
                $0.drawdown = ratio("0.19")
            } == "DRAWDOWN_LIMIT: drawdown=19% limit=20% recovery=10%")
        #expect(answer { $0.symbolMargin = money("1000.01") } == "SYMBOL_EXPOSURE_LIMIT: margin=2000.01 limit=2000")
        #expect(answer { $0.totalMargin = money("9000.01") } == "TOTAL_EXPOSURE_LIMIT: margin=10000.01 limit=10000")
        #expect(answer { $0.totalMargin = money("8999.41") } == "INSUFFICIENT_FUNDS: needed=1000.6 free=1000.59")
        #expect(answer { $0.balance = money("900") } == "INSUFFICIENT_FUNDS: needed=1000.6 free=900")
    }

    @Test func `what is just inside every bound passes`() {
        #expect(answer { $0.marketTime = start + .seconds(120) } == "size 0.1 quantity 10")
        #expect(
            answer {
                $0.equity = money("9500.01")
                $0.balance = money("9500.01")
            }.hasPrefix("size 0.1"))
        #expect(answer { $0.proposal.takeProfit = price("105") } == "size 0.1 quantity 10")
        #expect(
            answer {
                $0.proposal.leverage = 25
                $0.proposal.stopLoss = price("96.51")
                $0.proposal.confidence = 0.6
            } == "size 0.04 quantity 100")
        #expect(answer { $0.symbolMargin = money("1000") } == "size 0.1 quantity 10")
        #expect(answer { $0.totalMargin = money("8999.4") } == "size 0.1 quantity 10")
        #expect(answer { $0.day.trades = 19 } == "size 0.1 quantity 10")
        #expect(
            answer {
                $0.limits.minimumRewardToRisk = .zero
                $0.proposal.takeProfit = nil
            } == "size 0.1 quantity 10")
        #expect(answer { $0.proposal.invalidation = "close 1h below 90" } == "size 0.1 quantity 10")
    }

    @Test func `an open position or plan takes no second entry`() {
        #expect(
            answer {
                var position = Position()
                position.quantity = quantity("2")
                $0.position = position
            } == "POSITION_ALREADY_OPEN: side=long quantity=2")
        #expect(
            answer { $0.plan = activePlan(.long, leverage: 1, entry: "100", stop: "95", target: "110") }
                == "POSITION_ALREADY_OPEN: plan=p1 status=active")
    }

    @Test func `the rules are asked in the documented order`() {
        #expect(
            Check.entry.map(\.name) == [
                "well formed", "reconciled", "trading state", "protections", "order rate", "symbol", "confidence",
                "evidence", "price", "clock offset", "nothing open", "side", "leverage",
                "stop", "target", "reward to risk", "liquidation", "invalidation", "daily limits", "drawdown", "size",
                "exposure", "correlated exposure", "funds", "value at risk",
            ])
    }

    @Test func `liquidation prices follow the leverage`() {
        func level(_ side: PositionSide, _ leverage: Int) -> String {
            Check.liquidationPrice(of: side, at: price("100"), leverage: leverage, maintenance: ratio("0.005"))
                .description
        }
        #expect(level(.long, 1) == "0.5" && level(.long, 10) == "90.5" && level(.long, 25) == "96.5")
        #expect(level(.short, 1) == "199.5" && level(.short, 10) == "109.5" && level(.short, 3) == "132.833333333333")
        #expect(level(.long, 3) == "67.166666666667")
    }

    @Test(arguments: [11, 12] as [UInt64])
    func `a naive gate in small whole numbers gives the same size and the same first refusal`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var answers: [String: Int] = [:]
        for round in 0..<50_000 {
            let sample = GateSample(&random)
            var inquiry = sample.inquiry(inquiry())
            let denial = Check.firstDenial(&inquiry)
            let expected = sample.naiveVerdict()
            let actual: GateSample.Answer =
                denial.map { .denied($0.reason) } ?? .sized(lots: inquiry.sizing!.quantity.raw / sample.lot.raw)
            answers[denial?.reason.rawValue ?? "sized", default: 0] += 1
            guard actual == expected else {
                Issue.record("seed \(seed) round \(round): \(actual), naively \(expected): \(sample)")
                return
            }
            guard let sizing = inquiry.sizing, denial == nil else { continue }
            // The limits themselves, to the last digit, however the size came about.
            let equity = inquiry.equity.raw
            let isWithin =
                sizing.margin.raw * 5 <= equity && (sizing.margin + inquiry.symbolMargin).raw * 5 <= equity
                && (sizing.margin + inquiry.totalMargin).raw <= equity
                && sizing.notional.raw <= equity / 5 * Int128(inquiry.proposal.leverage)
                && sizing.notional >= inquiry.instrument!.minNotional && sizing.quantity.isMultiple(of: sample.lot)
            guard isWithin else {
                Issue.record("seed \(seed) round \(round): a limit is exceeded: \(sizing), \(sample)")
                return
            }
        }
        // The samples reach every rule they can reach.
        #expect(
            answers.count == 16 && answers.values.allSatisfy { $0 > 5 } && answers["sized", default: 0] > 1_000,
            "\(answers)")
    }
}

/// A random question to the gate in whole cents, lots and basis points, with the answer worked out a second time: plainly,
/// by fractions of small integers, without the gate's types or order of operations.
private struct GateSample: CustomStringConvertible {
    enum Answer: Equatable {
        case denied(DenialReason)
        case sized(lots: Int128)
    }

    /// Cents, and a lot of a thousandth.
    let price, stop, target, equity, balance, dayStart, symbolMargin, totalMargin, minNotional: Int128
    /// Ten-thousandths.
    let confidence, drawdown: Int128
    let leverage, trades, evidenceAge, priceAge: Int
    let isLong: Bool
    let lot = quantity("0.001")

    init(_ random: inout SeededGenerator) {
        func pick(_ range: ClosedRange<Int>) -> Int128 { Int128(Int.random(in: range, using: &random)) }
        price = pick(100...20_000_00)
        isLong = Bool.random(using: &random)
        let distance = max(1, price * pick(1...900) / 10_000)
        let sign: Int128 = (isLong ? 1 : -1) * (pick(0...40) == 0 ? -1 : 1)
        stop = max(1, price - sign * distance)
        target = max(1, price + sign * distance * pick(8...30) / 10)
        equity = pick(1_00...50_000_00)
        balance = equity + pick(-200_00...200_00)
        dayStart = equity * 10_000 / pick(9_400...10_200)
        symbolMargin = pick(0...9) == 0 ? equity * pick(0...2_000) / 10_000 : 0
        totalMargin = symbolMargin + (pick(0...1) == 0 ? equity * pick(0...9_000) / 10_000 : 0)
        minNotional = pick(1...200_00)
        confidence = pick(4_500...10_000)
        drawdown = pick(0...1_600)
        leverage = Int(pick(0...27))
        trades = Int(pick(0...20))
        evidenceAge = Int(pick(0...950))
        priceAge = Int(pick(0...125))
    }

    var description: String {
        "price \(price) stop \(stop) target \(target) equity \(equity) balance \(balance) dayStart \(dayStart) margins \(symbolMargin)/\(totalMargin) minNotional \(minNotional) confidence \(confidence) drawdown \(drawdown) leverage \(leverage) trades \(trades) ages \(evidenceAge)/\(priceAge) long \(isLong)"
    }

    func inquiry(_ base: Inquiry) -> Inquiry {
        func cents(_ value: Int128) -> Money { Money(raw: value * (Money.scale / 100)) }
        func level(_ value: Int128) -> Price { Price(raw: value * (Price.scale / 100)) }
        var inquiry = base
        inquiry.proposal.action = isLong ? .enterLong : .enterShort
        inquiry.proposal.confidence = Double(Int(confidence)) / 10_000
        inquiry.proposal.stopLoss = level(stop)
        inquiry.proposal.takeProfit = level(target)
        inquiry.proposal.leverage = leverage
        inquiry.proposal.evidence = [evidence(at: start - .seconds(Int64(evidenceAge)))]
        inquiry.ticker = ticker(level(price), at: start - .seconds(Int64(priceAge)))
        inquiry.instrument?.minNotional = cents(minNotional)
        inquiry.equity = cents(equity)
        inquiry.balance = cents(balance)
        inquiry.day = DayRecord(day: 1, startEquity: cents(dayStart), trades: trades)
        inquiry.symbolMargin = cents(symbolMargin)
        inquiry.totalMargin = cents(totalMargin)
        inquiry.drawdown = Ratio(raw: drawdown * (Ratio.scale / 10_000))
        return inquiry
    }

    func naiveVerdict() -> Answer {
        if confidence < 5_000 { return .denied(.confidenceBelowMinimum) }
        if evidenceAge > 900 { return .denied(.staleEvidence) }
        if priceAge > 120 { return .denied(.stalePrice) }
        if leverage < 1 || leverage > 25 { return .denied(.leverageOutOfRange) }
        let away = isLong ? price - stop : stop - price
        let gain = isLong ? target - price : price - target
        if away <= 0 { return .denied(.stopOnWrongSide) }
        if gain <= 0 { return .denied(.targetOnWrongSide) }
        if gain < away { return .denied(.rewardToRiskTooLow) }
        // away / price < 1 / leverage - 0.005
        let lever = Int128(leverage)
        if away * lever * 1_000 >= price * (1_000 - 5 * lever) { return .denied(.liquidationBeforeStop) }
        if (dayStart - equity) * 100 >= 5 * dayStart { return .denied(.dailyLossLimit) }
        if trades >= 20 { return .denied(.dailyTradeLimit) }
        if drawdown >= 1_500 { return .denied(.drawdownLimit) }
        // Size in ten-thousandths of equity, exact: 0.2 (c - 0.5) / 0.5 = 0.4 c - 0.2.
        let size = max(100, min(2_000, (4 * confidence - 20_000) / 10))
        let rest = (4 * confidence - 20_000) % 10
        // Margin in cents times 10^5, with the fraction of a ten-thousandth that confidence may leave.
        let share = (4 * confidence - 20_000) < 1_000 ? 1_000 : size * 10 + rest
        let margin = equity * share
        // A thousandth of a coin costs price / 1000 cents; margin is in 10^-5 cents.
        let lots = margin * lever * 1_000 / (price * 100_000)
        if lots < 1 { return .denied(.belowMinimumQuantity) }
        if lots * price < minNotional * 1_000 { return .denied(.belowMinimumNotional) }
        // In thousandths of a cent, times leverage.
        let used = lots * price
        if used + symbolMargin * 1_000 * lever > equity * 200 * lever { return .denied(.symbolExposureLimit) }
        if used + totalMargin * 1_000 * lever > equity * 1_000 * lever { return .denied(.totalExposureLimit) }
        // Fee 0.06 % of the notional, rounded up to 8 decimals of a unit: compare in 10^-8 units, times leverage.
        let fee = (lots * price * 6 + 9) / 10
        let needed = used * 1_000 + fee * lever
        let free = (min(balance, equity) - totalMargin) * 1_000_000 * lever
        if needed > free { return .denied(.insufficientFunds) }
        return .sized(lots: lots)
    }
}
