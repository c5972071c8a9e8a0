import Indicators
import Simulation
import StrategyCore
import Synchronization
import Testing
import TradingModel

/// What a cheat remembers between its lives.
private final class Memory: Sendable {
    let closes = Mutex<[MarketTime: Double]>([:])
}
private let learned = Memory()
private let smuggled = Memory()

/// Parameters, state and the rest that the cheats below have in common.
private protocol Cheat: Strategy {}
extension Cheat {
    static var summary: String { "Looks ahead." }
    static var timeframe: Timeframe { .fiveMinutes }
    static var strengthScale: Double { 1 }
    static var defaultWarmUp: Int { 2 }
    static var defaultLoad: Int { 10 }
    static var ownParameters: [Parameter] { [] }
    func indicatorReadings(at now: MarketTime) -> [Reading] { [] }
}

/// Writes down every close it sees, in whatever run, and asks its notes for the next one.
private struct Learner: Cheat {
    static let id = "learner"
    let values: ParameterValues
    var state = StrategyState()
    let warmUp = 2
    init(_ values: ParameterValues) { self.values = values }
    mutating func advance(_ bar: Bar) -> StrategyConditions {
        var conditions = StrategyConditions()
        let next = learned.closes.withLock { closes in
            closes[bar.openTime] = bar.close
            return closes[bar.openTime + .minutes(5)]
        }
        conditions.enterLong = next.map { $0 > bar.close } ?? false
        return conditions
    }
}

/// Brings the whole series with it, as one that opens the file itself would.
private struct Smuggler: Cheat {
    static let id = "smuggler"
    let values: ParameterValues
    var state = StrategyState()
    let warmUp = 2
    init(_ values: ParameterValues) { self.values = values }
    mutating func advance(_ bar: Bar) -> StrategyConditions {
        var conditions = StrategyConditions()
        let next = smuggled.closes.withLock { $0[bar.openTime + .minutes(5)] }
        conditions.enterLong = next.map { $0 > bar.close } ?? false
        return conditions
    }
}

/// Says after how many candles it began, for ever: no history is long enough for it.
private struct Counter: Cheat {
    static let id = "counter"
    let values: ParameterValues
    var state = StrategyState()
    let warmUp = 2
    private var seen = 0
    init(_ values: ParameterValues) { self.values = values }
    mutating func advance(_ bar: Bar) -> StrategyConditions {
        seen += 1
        var conditions = StrategyConditions()
        conditions.enterLong = seen % 7 == 0
        return conditions
    }
}

private func bars(_ count: Int, seed: UInt64) throws -> [Bar] {
    let symbol = try #require(Symbol("BTC/USDT"))
    let candles = wanderingCandles([symbol], timeframe: .fiveMinutes, count: count, seed: seed)[symbol] ?? []
    return try candles.map { try Bar($0) }
}

@Suite("Strategy audit")
struct StrategyAuditTests {
    @Test("a strategy that learned the future in an earlier run is caught by the cut")
    func learner() throws {
        let audit = StrategyAudit(try Learner.make(), on: try bars(400, seed: 1))
        #expect(audit.findings.first?.kind == .lookAhead, "\(audit.findings)")
    }

    @Test("a strategy that brings the future with it is caught by moving the market")
    func smuggler() throws {
        let series = try bars(400, seed: 2)
        smuggled.closes.withLock { closes in for bar in series { closes[bar.openTime] = bar.close } }
        let audit = StrategyAudit(try Smuggler.make(), on: series)
        #expect(audit.findings.first?.kind == .lookAhead, "\(audit.findings)")
    }

    @Test("a strategy that never forgets where it began has too short a warm-up")
    func counter() throws {
        let audit = StrategyAudit(try Counter.make(), on: try bars(600, seed: 3))
        #expect(audit.findings.first?.kind == .warmUp, "\(audit.findings)")
    }

    @Test("the strategies of the catalogue look nowhere but back", arguments: StrategyCatalog.all.map { $0.id })
    func catalogue(id: String) throws {
        let audit = StrategyAudit(try StrategyCatalog.make(id: id), on: try bars(1_200, seed: 4), places: 3)
        #expect(!audit.findings.contains { $0.kind == .lookAhead || $0.kind == .refused }, "\(id): \(audit.findings)")
    }
}
