import ExecutionCore
import Simulation
import StrategyCore
import Testing
import TradingModel

private let symbols = ["BTC/USDT", "ETH/USDT"].compactMap { Symbol($0) }
private let bitcoin = symbols[0]

private func ratio(_ text: String) -> Ratio { Ratio(text) ?? .zero }

@Suite("Funding in a backtest")
struct FundingTests {
    private func played(
        _ funding: FundingSchedule?, _ playing: Backtest.Playing, seed: UInt64, strategy: String = "ema_cross",
        leverage: Int = 3
    ) throws -> Backtest {
        let candles = wanderingCandles(symbols, timeframe: .fiveMinutes, count: 1_500, seed: seed, violence: 1.2)
        var setup = makeSetup(
            symbols, [StrategyCore.StrategyChoice(id: strategy, timeframe: .fiveMinutes)], leverage: leverage)
        setup.funding = funding
        setup.playing = playing
        var backtest = try Backtest(tapes: makeTapes(candles, timeframes: [.fiveMinutes]), setup: setup)
        backtest.play()
        return backtest
    }

    @Test("playing quickly charges what playing every price charges", arguments: [UInt64(1), 2, 3])
    func quickIsExact(seed: UInt64) throws {
        let schedule = FundingSchedule(constant: ratio("0.0003"), interval: .hours(1))
        let (quick, every) = (try played(schedule, .quick, seed: seed), try played(schedule, .everyPrice, seed: seed))
        expectSameRecord(quick, every, "seed \(seed)")
        let (a, b) = (quick.quartet.record, every.quartet.record)
        #expect(a.fundingPayments > 20, "seed \(seed): too few payments to prove anything")
        #expect(a.fundingPayments == b.fundingPayments && a.funding == b.funding)
    }

    @Test("cash is the trades' gross results less fees and funding, and without a schedule nothing is paid")
    func cashAddsUp() throws {
        let schedule = FundingSchedule(constant: ratio("0.0003"), interval: .hours(1))
        let (with, without) = (try played(schedule, .quick, seed: 4), try played(nil, .quick, seed: 4))
        #expect(without.quartet.record.fundingPayments == 0 && without.quartet.record.funding.isZero)
        let record = with.quartet.record
        let realized = record.fills.reduce(Money.zero) { $0 + $1.realizedPnL - $1.fee }
        #expect(with.balance == with.setup.startingBalance + realized - record.funding)
        #expect(with.balance != without.balance)
    }

    @Test("of opposite rates the one side pays what the other receives while the trades are the same")
    func signs() throws {
        // So small that no limit, size or stop differs.
        let plus = try played(FundingSchedule(constant: ratio("0.000000001"), interval: .hours(1)), .quick, seed: 5)
        let minus = try played(FundingSchedule(constant: ratio("-0.000000001"), interval: .hours(1)), .quick, seed: 5)
        let first = try #require(plus.quartet.record.trades.first),
            other = try #require(minus.quartet.record.trades.first)
        #expect(first.entryPrice == other.entryPrice && first.quantity == other.quantity)
        #expect(!plus.quartet.record.funding.isZero)
    }

    @Test("a table gives each symbol its own rates, and a line that is none is refused with its number")
    func table() throws {
        let text =
            "ts_ms,symbol,rate\n1700006400000,BTCUSDT,0.0001\n1700035200000,BTC/USDT,-0.0002\n1700006400000,XRPUSDT,0.1\n"
        let schedule = try FundingSchedule(table: text, symbols: symbols)
        let start = MarketTime(micros: 1_700_006_400_000_000)
        #expect(schedule.next(of: bitcoin, from: start)?.rate == ratio("0.0001"))
        let second = schedule.next(of: bitcoin, from: MarketTime(micros: start.micros + 1))
        #expect(second?.rate == ratio("-0.0002") && second?.time == MarketTime(micros: 1_700_035_200_000_000))
        #expect(schedule.next(of: bitcoin, from: MarketTime(micros: 1_700_035_200_000_001)) == nil)
        #expect(schedule.next(of: symbols[1], from: start) == nil)
        let shared = try FundingSchedule(table: "fundingTime,fundingRate\n1700006400000,0.0001\n", symbols: symbols)
        #expect(shared.next(of: symbols[1], from: start)?.rate == ratio("0.0001"))
        for bad in [
            "", "a,b\n1,2\n", "ts_ms,rate\n17,1,2\n", "ts_ms,rate\nnow,0.1\n", "ts_ms,rate\n17,NaN\n",
            "ts_ms,rate\n17,2\n",
        ] {
            #expect(throws: FundingTableError.self) { try FundingSchedule(table: bad, symbols: symbols) }
        }
    }

    @Test("a constant rate falls on multiples of its interval, the moment itself included")
    func multiples() {
        let schedule = FundingSchedule(constant: ratio("0.0001"))
        let hours = Span.hours(8).micros
        for (from, expected) in [(0, 0), (1, hours), (hours - 1, hours), (hours, hours), (hours + 1, 2 * hours)]
            as [(Int64, Int64)]
        {
            #expect(schedule.next(of: bitcoin, from: MarketTime(micros: from))?.time == MarketTime(micros: expected))
        }
    }
}
