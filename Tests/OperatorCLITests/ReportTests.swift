import Portfolio
import Testing
import TradingModel
import Wire

@testable import OperatorCLI

@Suite("Reports as JSON")
struct ReportTests {
    @Test("a service's sign of life becomes a row with rates since its start")
    func serviceReport() throws {
        var health = Health()
        health.service = "risk"
        health.condition = .healthy
        health.pid = 4711
        health.startedAt = WallTime(micros: 1_000_000_000_000_000)
        health.residentBytes = 9_000_000
        health.readings = [
            Reading("bus.gaps", 2), Reading("bus.published", 50), Reading("bus.received", 1_000),
            Reading("latency.candle.p50Micros", 99), Reading("latency.candle.p99Micros", 199),
            Reading("latency.ticker.p50Micros", 63), Reading("latency.ticker.p99Micros", 127),
        ]
        let report = ServiceReport(health, session: "s1", at: health.startedAt + .seconds(10))
        #expect(
            JSONText.of(report)
                == #"{"service":"risk","condition":"healthy","reason":"","supervisorState":"","pid":4711,"uptimeMicros":10000000,"#
                + #""residentBytes":9000000,"session":"s1","receivedPerSecond":100.0,"publishedPerSecond":5.0,"received":1000,"published":50,"#
                + #""gaps":2,"latencyOf":"ticker","latencyP50Micros":63.0,"latencyP99Micros":127.0}"#)
    }

    @Test("with an earlier look the rates are of the time between, unless the process is another one")
    func rates() {
        var (before, after) = (ServiceReport(), ServiceReport())
        (before.session, before.received, before.published) = ("s1", 1_000, 10)
        (after.session, after.received, after.published) = ("s1", 1_300, 12)
        after.measure(since: before, .seconds(2))
        #expect(after.receivedPerSecond == 150)
        #expect(after.publishedPerSecond == 1)
        var other = ServiceReport()
        (other.session, other.received, other.published, other.receivedPerSecond) = ("s2", 5, 5, 7)
        other.measure(since: before, .seconds(2))
        #expect(other.receivedPerSecond == 7)
    }

    @Test("a position is valued at the mark and guarded by its plan")
    func position() throws {
        var position = Position()
        position.symbol = try #require(Symbol("BTC/USDT"))
        position.quantity = try Quantity.parse("0.5")
        position.cost = try Money.parse("30000")
        var ticker = Ticker()
        ticker.last = try Price.parse("61000")
        var plan = ExitPlan()
        plan.restingStop = try Price.parse("59000")
        let report = PositionReport(position, provenance: .live, ticker: ticker, plan: plan)
        #expect(report.unrealizedPnL == Money(500))
        #expect(report.averageEntryPrice == Price(60_000))
        #expect(report.restingStop == Price(59_000))
        let lines = PositionsView.table([report], isExact: false).lines(
            on: Canvas(isTerminal: true, width: 130, palette: .plain))
        #expect(lines[2].contains("+500.00"))
        #expect(lines[2].contains("59,000"))
        let blind = PositionReport(position, provenance: .database, ticker: nil, plan: nil)
        #expect(blind.mark == nil && blind.unrealizedPnL == nil)
    }

    @Test("a status with everything down shows four rows and says how that is known")
    func statusDown() {
        var report = StatusReport()
        report.services = ["feed", "execution", "risk", "strategy"].map { name in
            var service = ServiceReport()
            service.service = name
            service.reason = "nobody listens"
            return service
        }
        let lines = StatusView.lines(report, on: .pipe)
        #expect(lines.filter { $0.hasPrefix("feed\tdown") }.count == 1)
        #expect(lines.contains { $0.hasSuffix("nobody listens") })
        #expect(JSONText.of(report).contains(#""isHealthy":false"#))
    }

    @Test("a report of trades counts by symbol and by what closed them")
    func sessionReport() throws {
        func trade(_ id: String, _ symbol: String, _ net: String, _ reason: ExitReason, day: Int) throws -> Trade {
            var trade = Trade()
            trade.id = id
            trade.symbol = try #require(Symbol(symbol))
            trade.strategy = "momentum"
            trade.grossPnL = try Money.parse(net) + Money(1)
            trade.fees = Money(1)
            trade.netPnL = try Money.parse(net)
            trade.exitReason = reason
            trade.entryTime = MarketTime(micros: CivilTime.micros(year: 2025, month: 5, day: day))
            trade.exitTime = trade.entryTime + .hours(2)
            return trade
        }
        let trades = [
            try trade("a", "BTC/USDT", "100", .takeProfit, day: 1),
            try trade("b", "BTC/USDT", "-50", .stopLoss, day: 2),
            try trade("c", "ETH/USDT", "-25", .stopLoss, day: 3),
        ]
        var report = SessionReport(trades: trades, startingBalance: Money(1_000))
        report.balance = Money(1_025)
        #expect(report.overall.summary.netPnL == Money(25))
        #expect(report.overall.summary.profitFactor == 100.0 / 75.0)
        #expect(report.bySymbol.map(\.name) == ["BTC/USDT", "ETH/USDT"])
        #expect(report.byExitReason.map(\.summary.trades) == [2, 1])
        let json = JSONText.of(report)
        #expect(json.contains(#""overall":{"name":"all","trades":3,"wins":1,"losses":2,"#))
        #expect(json.contains(#""netPnl":"25""#))
        let lines = ReportView.lines(report, on: Canvas(isTerminal: true, width: 120, palette: .plain)).joined(
            separator: "\n")
        #expect(lines.contains("net +25.00"))
        #expect(lines.contains("by exit"))
        #expect(ReportView.lines(report, on: .pipe).contains { $0.hasPrefix("exit\tstop_loss\t2\t0\t2\t0.0000\t") })
    }

    @Test("a report of no trades is a report, not an error")
    func emptyReport() {
        let report = SessionReport(trades: [], startingBalance: Money(1_000))
        #expect(JSONText.of(report).contains(#""trades":0"#))
        #expect(!ReportView.lines(report, on: Canvas(isTerminal: true, width: 100, palette: .plain)).isEmpty)
    }

    @Test("the answer of risk is shown with the state it leads to")
    func steering() throws {
        var result = CommandResult()
        result.isDone = true
        result.sentence = "Trading is halted by anna@pts/1: news."
        result.state.state = .halted
        result.orders = [try #require(ClientOrderID("qx1"))]
        let lines = Steering.lines(result, on: .pipe)
        #expect(lines == ["Trading is halted by anna@pts/1: news.", "orders sent: qx1", "trading\thalted\t"])
    }
}
