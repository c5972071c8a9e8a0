import Foundation
import RiskArchive
import RiskCore
import ServiceRuntime
import Storage
import Testing
import TradingModel
import Wire

@testable import OperatorCLI

/// `quartet risk simulate` while risk is down: the same gate over what the databases hold.
@Suite struct StoredRiskTests {
    private static let symbol = Symbol("BTC/USDT")!
    private static let end = MarketTime(micros: 1_767_225_600_000_000)

    private func settings() -> Settings {
        var settings = Settings()
        settings.symbols = [Self.symbol]
        return settings
    }

    /// An hour of candles at 100, one instrument, an account nobody has traded with.
    private func write(_ directory: String, _ records: [RiskRecord] = []) throws {
        let feed = try FeedStore(path: directory + "/feed.sqlite", lookBack: 500)
        var instrument = Instrument()
        instrument.symbol = Self.symbol
        instrument.tickSize = Price("0.01")!
        instrument.lotSize = Quantity("0.001")!
        instrument.minQuantity = Quantity("0.001")!
        instrument.maxQuantity = Quantity("1000")!
        instrument.minNotional = Money(5)
        instrument.maxLeverage = 50
        try feed.store(instrument)
        for minute in 0..<60 {
            var candle = Candle()
            candle.symbol = Self.symbol
            candle.timeframe = .oneMinute
            candle.openTime = Self.end - .minutes(Int64(60 - minute))
            let price = Price("100")!
            (candle.open, candle.high, candle.low, candle.close) = (price, price, price, price)
            candle.volume = Quantity("1")!
            try feed.store(candle)
        }
        feed.shut()
        let risk = try RiskStore(path: directory + "/risk.sqlite")
        for record in records { try risk.save(record) }
        risk.shut()
        try ExecutionStore(path: directory + "/execution.sqlite", access: .readWrite(owner: "test")).shut()
    }

    private func proposal() -> Proposal {
        var proposal = Proposal()
        proposal.symbol = Self.symbol
        proposal.action = .enterLong
        proposal.strategy = "by hand"
        proposal.confidence = 1
        proposal.leverage = 2
        proposal.stopLoss = Price("98")!
        proposal.takeProfit = Price("106")!
        return proposal
    }

    private func inDirectory(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "quartet-stored-risk-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func ask(_ directory: String) throws -> StoredSimulation {
        let now = WallTime(micros: Self.end.micros + 5_000_000)
        return try StoredRisk(Books(directory: directory), settings(), at: now).simulation(of: proposal(), at: now)
    }

    @Test("while risk is down its gate sizes a proposal from the databases and says as of when")
    func approved() throws {
        try inDirectory { directory in
            try write(directory)
            let answer = try ask(directory)
            #expect(answer.simulation.verdict.denial == nil)
            #expect(answer.simulation.verdict.isApproved)
            // 20 % of 10,000 at leverage 2 and a price of 100.
            #expect(answer.simulation.verdict.quantity == Quantity("40"))
            #expect(answer.asOf == Self.end)
            #expect(RiskView.lines(answer, on: .pipe).first?.contains("not running") == true)
            #expect(JSONText.of(answer).contains("\"provenance\":\"database\""))
        }
    }

    @Test("a hold that risk had saved denies while risk is down")
    func held() throws {
        try inDirectory { directory in
            var control = TradingControl()
            control.hold = TradingControl.Hold(state: .halted, who: "ann", why: "a test", since: Self.end)
            try write(directory, [.control(control)])
            let answer = try ask(directory)
            #expect(answer.simulation.verdict.denial?.reason == .tradingHalted)
        }
    }

    @Test("a database that is not there is named")
    func nothing() throws {
        try inDirectory { directory in
            let failure = #expect(throws: Failure.self) { try ask(directory) }
            #expect(failure?.description.contains("risk.sqlite is not there") == true)
        }
    }
}
