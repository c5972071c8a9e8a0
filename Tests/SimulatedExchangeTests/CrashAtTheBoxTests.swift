import ExecutionCore
import Foundation
import Testing
import TradingModel

@testable import SimulatedExchange

/// Execution dies at any step between "decided" and "recorded" while the box does everything wrong that it can: at the box
/// there is one order for each that was asked for, or none and a reason, and the journal's cash is the box's to the last digit.
@Suite("Dying at the box")
struct CrashAtTheBoxTests {
    /// More of them where `QUARTET_TEST_CRASH_SEEDS` says so, from `QUARTET_TEST_CRASH_FIRST` on.
    private static let seeds = number("QUARTET_TEST_CRASH_SEEDS") ?? 6
    private static let first = number("QUARTET_TEST_CRASH_FIRST") ?? 1

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }.map { max(1, $0) }
    }

    private static let faults = """
        [{"kind":"reply_lost","rate":0.08,"match":"POST /fapi/v1/order"},{"kind":"disconnect","on":"rest","rate":0.03},
        {"kind":"unknown_outcome","rate":0.05,"match":"POST /fapi/v1/order"},{"kind":"server_error","rate":0.03},
        {"kind":"reply_hung","rate":0.03},{"kind":"latency","on":"rest","rate":0.1,"milliseconds":1500},
        {"kind":"garbage","on":"rest","rate":0.02},{"kind":"clock_refusal","rate":0.02},
        {"kind":"gap","on":"user","rate":0.1},{"kind":"duplicate","on":"user","rate":0.1},
        {"kind":"out_of_order","on":"user","rate":0.1},{"kind":"disconnect","on":"user","rate":0.02},
        {"kind":"latency","on":"user","rate":0.1,"milliseconds":1200},{"kind":"garbage","on":"user","rate":0.02},
        {"kind":"late_fill","rate":0.1,"milliseconds":1500},{"kind":"partial","rate":0.1},
        {"kind":"fill_before_reply","rate":0.1},{"kind":"disconnect_after_accept","rate":0.05},
        {"kind":"balance_lag","rate":0.05,"milliseconds":3000},{"kind":"reject","rate":0.04}]
        """

    @Test("one order for each that was asked for, or none and a reason; fills and cash are the box's")
    func everyStep() throws {
        var (deaths, orders, missing, fills) = (0, 0, 0, 0)
        for seed in Self.first..<(Self.first + Self.seeds) {
            let run = try run(seed: UInt64(seed))
            deaths += run.deaths
            orders += run.journal.orders.count
            fills += run.journal.fills.count
            missing += try audit(run, seed)
        }
        print(
            "dying at the box: seeds \(Self.first) to \(Self.first + Self.seeds - 1), \(deaths) deaths, \(orders) orders, \(missing) never at the box, \(fills) fills"
        )
        #expect(deaths >= Self.seeds && fills >= Self.seeds)
    }

    private func run(seed: UInt64) throws -> CrashAtTheBox {
        var chance = SeededGenerator(seed: seed)
        let run = try CrashAtTheBox(seed: seed)
        run.pass(.seconds(10))
        #expect(run.isServing, "seed \(seed): execution does not serve")
        run.administer("POST", Self.faults)
        for number in 0..<8 {
            var request = TradingModel.OrderRequest()
            request.symbol = try #require(Symbol("BTC/USDT"))
            let held = run.position
            let isExit = held != nil && chance.next() % 4 != 0
            request.clientOrderID = .derived(from: "crash-\(seed)-\(number)", purpose: isExit ? .exit : .entry)
            request.purpose = isExit ? .exit : .entry
            request.side = chance.next() & 1 == 0 ? .buy : .sell
            request.quantity = Quantity(raw: Quantity.scale / 1_000 * Int128(2 + chance.next() % 20))
            request.leverage = 20
            if let held {
                request.side = isExit ? held.side.closing : held.side.opening
                if isExit { request.quantity = held.quantity }
                request.isReduceOnly = isExit
            }
            request.referencePrice = run.price
            request.decidedAt = run.now
            run.fuse = chance.next() % 5 == 0 ? nil : Int(chance.next() % 40)
            run.ask(request)
            run.pass(.milliseconds(Int64(chance.next() % 3_000)))
        }
        run.administer("DELETE", "")
        run.fuse = nil
        #expect(run.settle(within: .seconds(300)), "seed \(seed): orders stay unsettled in peace")
        try close(run, seed)
        return run
    }

    /// Both books flat: while something is open, what is realized depends on the order in which fills were heard.
    private func close(_ run: CrashAtTheBox, _ seed: UInt64) throws {
        for attempt in 0..<5 {
            guard let held = run.position else { return }
            var request = TradingModel.OrderRequest()
            (request.symbol, request.side) = (held.symbol, held.side.closing)
            (request.quantity, request.leverage) = (held.quantity, held.leverage)
            request.clientOrderID = .derived(from: "close-\(seed)-\(attempt)", purpose: .exit)
            (request.purpose, request.isReduceOnly) = (.exit, true)
            (request.referencePrice, request.decidedAt) = (run.price, run.now)
            run.ask(request)
            #expect(run.settle(within: .seconds(300)), "seed \(seed): the position stays open")
        }
    }

    /// How many orders never came to the box.
    private func audit(_ run: CrashAtTheBox, _ seed: Int) throws -> Int {
        var missing = 0
        var theirs: [String] = []
        for (client, fills) in run.truth {
            #expect(
                run.journal.orders.keys.contains { $0.text == client }, "seed \(seed): \(client) is only at the box")
            theirs += fills.map { "BTCUSDT-\($0.id)-\($0.side == .buy ? "b" : "s")" }
        }
        for (id, record) in run.journal.orders {
            let real = run.truth.filter { $0.client == id.text }
            #expect(real.count <= 1, "seed \(seed): \(id) was placed \(real.count) times")
            #expect(record.order.status.isTerminal, "seed \(seed): \(id) is \(record.order.status)")
            guard real.isEmpty else { continue }
            missing += 1
            #expect(record.order.reason != nil, "seed \(seed): \(id) never came to the box, and nothing says why")
        }
        #expect(run.journal.fills.map(\.id).sorted() == theirs.sorted(), "seed \(seed): fills")
        #expect(
            run.journal.balance == run.wallet, "seed \(seed): cash \(run.journal.balance), at the box \(run.wallet)")
        return missing
    }
}
