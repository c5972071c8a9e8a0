import Foundation
import Messaging
import ServiceRuntime
import Testing
import TradingModel
import Wire

@testable import ExecutionService
@testable import Storage

/// Execution's shell on a real bus, with the test as feed and risk.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct ExecutionShellTests {
    private func report(_ name: String) -> (Stage.Seen) -> OrderReport? {
        { if case .report(name, let report) = $0 { report } else { nil } }
    }
    private func trade(_ seen: Stage.Seen) -> Trade? { if case .trade(let trade) = seen { trade } else { nil } }
    private func fill(_ seen: Stage.Seen) -> Fill? { if case .fill(let fill) = seen { fill } else { nil } }
    private func barrier(_ seen: Stage.Seen) -> Barrier? {
        if case .barrier(let barrier) = seen { barrier } else { nil }
    }
    private func snapshot(_ seen: Stage.Seen) -> ExecutionSnapshot? {
        if case .snapshot(let image) = seen { image } else { nil }
    }
    private func refusal(_ seen: Stage.Seen) -> Refusal? {
        if case .refusal(_, let refusal) = seen { refusal } else { nil }
    }

    /// The last barrier, which a snapshot tells also to those who missed the fact.
    private func barrier(in stage: Stage, _ sights: inout Stage.Sights) async throws -> Barrier {
        while true {
            stage.askForSnapshot()
            if let barrier = try await sights.next(snapshot).barrier { return barrier }
        }
    }

    private func check(_ stage: Stage, fills: Int) throws {
        let store = try ExecutionStore(path: stage.directory.path + "/execution.sqlite", access: .readOnly)
        let check = try store.verify()
        #expect(check.difference == nil)
        #expect(check.fills == fills)
        store.shut()
    }

    @Test("An order is answered, filled by the next price, closed, and reported at the end")
    func wholeLife() async throws {
        let stage = try Stage()
        var sights = Stage.Sights(stage)
        let shell = try await stage.start()
        stage.order(request("a", .buy, "2", leverage: 10))
        #expect(try await sights.next(report("a")).order?.status == .accepted)
        stage.publish(ticker(at: 1))
        let first = try await sights.next(fill)
        #expect(first.price == price("100.05"))
        stage.order(request("x", .sell, "2", reduceOnly: true, leverage: 10, at: 1))
        #expect(try await sights.next(report("x")).order?.status == .accepted)
        stage.publish(ticker(btc, "110", "110.1", at: 2))
        let done = try await sights.next(trade)
        #expect(done.netPnL == money("19.528012"))
        stage.askForSnapshot()
        let image = try await sights.next(snapshot)
        #expect(image.account.balance == money("10019.528012"))
        #expect(image.isReconciled && image.positions.isEmpty && image.openOrders.isEmpty)
        #expect(image.sequences.contains { $0.topic == "trade.BTC/USDT" && $0.sequence == 1 })
        await stage.stop(shell)
        try check(stage, fills: 2)
        let files = try FileManager.default.contentsOfDirectory(atPath: stage.directory.path).filter {
            $0.hasPrefix("session-")
        }
        #expect(files.count == 2)
        let text = try String(
            contentsOfFile: stage.directory.path + "/" + files.first { $0.hasSuffix(".txt") }!, encoding: .utf8)
        #expect(text.contains("net result                19.53"))
        let json = try Data(
            contentsOf: URL(fileURLWithPath: stage.directory.path + "/" + files.first { $0.hasSuffix(".json") }!))
        let object = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect((object["session"] as? [String: Any])?["netPnl"] as? String == "19.528012")
        await stage.close()
    }

    @Test("Killed and started again it goes on where it was: open orders, positions, cash, and every answer")
    func restart() async throws {
        let stage = try Stage()
        var sights = Stage.Sights(stage)
        var shell = try await stage.start()
        stage.order(request("a", .buy, "2"))
        _ = try await sights.next(report("a"))
        stage.publish(ticker(quantity: "0.5", at: 1))
        _ = try await sights.next(fill)
        stage.order(request("rest", .buy, "1", symbol: eth, limit: "90", at: 1))
        _ = try await sights.next(report("rest"))
        await stage.kill(shell)

        stage.order(request("late", .buy, "1", symbol: eth, at: 1))
        shell = try await stage.start()
        #expect(try await sights.next(report("late")).order?.status == .accepted)
        stage.order(request("a", .buy, "2"))
        let again = try await sights.next(report("a"))
        #expect(again.order?.status == .partiallyFilled)
        #expect(again.fills.map(\.id) == ["a-1"])
        stage.publish(ticker(at: 2))
        // A subscriber that is not connected again yet misses the fact; a question is never missed.
        var filled = again
        while filled.order?.status != .filled {
            stage.query("a")
            filled = try await sights.next(report("query a"))
        }
        #expect(filled.fills.map { "\($0.id) \($0.quantity)" } == ["a-1 0.5", "a-2 1.5"])
        stage.askForSnapshot()
        let image = try await sights.next(snapshot)
        #expect(image.openOrders.map(\.id) == [id("rest"), id("late")])
        #expect(image.positions.map(\.quantity) == [quantity("2")])
        stage.order(request("a", .buy, "3"))
        #expect(try await sights.next(refusal).code == .malformed)
        stage.cancel("rest")
        #expect(try await sights.next(report("cancel rest")).order?.status == .canceled)
        await stage.stop(shell)
        try check(stage, fills: 2)
        await stage.close()
    }

    @Test("In lock-step each step ends with one barrier, also for the step in which execution was away")
    func lockStep() async throws {
        let stage = try Stage(lockStep: true)
        var sights = Stage.Sights(stage)
        var shell = try await stage.start()
        #expect(try await barrier(in: stage, &sights).step == 0)
        stage.publish(ticker(at: 1))
        stage.endStep(1, at: 1)
        #expect(try await sights.next(barrier) == Barrier(step: 1, isAttentive: false))
        stage.order(request("a", .buy, "1", at: 1))
        #expect(try await sights.next(report("a")).order?.status == .accepted)
        await stage.kill(shell)
        stage.publish(ticker(at: 2))
        stage.endStep(2, at: 2)
        shell = try await stage.start()
        // The fill was made from the snapshot's price.
        #expect(try await barrier(in: stage, &sights) == Barrier(step: 2, isAttentive: true))
        stage.askForSnapshot()
        let image = try await sights.next(snapshot)
        #expect(image.positions.map(\.quantity) == [quantity("1")])
        await stage.stop(shell)
        try check(stage, fills: 1)
        await stage.close()
    }

    @Test("When the journal refuses a commit nothing is answered or told, and the process is asked to end")
    func journalFailure() async throws {
        let stage = try Stage()
        var sights = Stage.Sights(stage)
        let shell = try await stage.start()
        stage.order(request("a", .buy, "1", limit: "90"))
        _ = try await sights.next(report("a"))
        try await shell.fillDisk()
        for index in 0..<200 { stage.order(request("full\(index)", .buy, "1", limit: "90")) }
        let refusal = try await sights.next(refusal)
        #expect(refusal.code == .unavailable)
        #expect(stage.loop.run { stage.failures }.first?.contains("the disk of") == true)
        await stage.kill(shell)
        try check(stage, fills: 0)
        await stage.close()
    }

    @Test("Live mode is refused as long as there is no exchange to speak to")
    func live() throws {
        let stage = try Stage()
        var context = stage.context(.execution, stage.loop)
        var settings = context.settings
        settings.mode = .live
        context = ServiceContext(name: .execution, settings: settings, loop: stage.loop, log: context.log)
        #expect(throws: ServiceFailure.self) { try ExecutionShell(context: context) }
    }
}

extension ExecutionShell {
    /// Lets go of everything without flushing or saying anything.
    func drop() {
        hasFailed = true
        bus.close()
        store.shut()
    }

    /// From here on the journal's file cannot grow.
    func fillDisk() throws { try store.limitPages(to: 1) }
}
