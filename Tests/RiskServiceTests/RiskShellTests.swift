import Foundation
import ServiceRuntime
import Testing
import TradingModel
import Wire

@testable import RiskService

/// Risk's shell on a real bus, with the test as feed, execution, strategy and operator.
@Suite(.serialized, .timeLimit(.minutes(20))) struct RiskShellTests {
    private func order(_ seen: Stage.Seen) -> OrderRequest? { if case .order(let order) = seen { order } else { nil } }
    private func verdict(_ seen: Stage.Seen) -> Verdict? {
        if case .verdict(let verdict) = seen { verdict } else { nil }
    }
    private func result(_ seen: Stage.Seen) -> CommandResult? {
        if case .result(let result) = seen { result } else { nil }
    }
    private func snapshot(_ seen: Stage.Seen) -> RiskSnapshot? {
        if case .snapshot(let snapshot) = seen { snapshot } else { nil }
    }

    @Test func `a proposal becomes an order, a watched position and an exit, over restarts of risk`() async throws {
        let stage = try Stage()
        var sights = Stage.Sights(stage)
        var risk = try await stage.startRisk()
        stage.propose("p1")
        let entry = try await sights.next(order)
        let first = try await sights.next(verdict)
        #expect(first.isApproved && first.clientOrderID == entry.clientOrderID && first.orderStatus == .accepted)
        stage.publish("100", minute: 1)
        stage.fill(entry)
        // Asked for, not listened for: a fact published before the subscription was in force is never heard.
        var plan = ExitPlan()
        while plan.status != .active {
            stage.askForSnapshot()
            plan = try #require(try await sights.next(snapshot).plans.first)
        }
        #expect(plan.entryPrice == Price("100"))

        // Risk is away while the entry's repeat and the stop come.
        await stage.stop(risk)
        stage.propose("p1")
        stage.publish("94", minute: 2)
        risk = try await stage.startRisk()
        let exit = try await sights.next(order)
        #expect(
            exit.purpose == .exit && exit.exitReason == .stopLoss && exit.isReduceOnly
                && exit.quantity == entry.quantity)
        let second = try await sights.next(verdict)
        #expect(second == first)

        // The exit fills while risk is away again.
        await stage.stop(risk)
        stage.fill(exit, isSilent: true)
        risk = try await stage.startRisk()
        stage.propose("p2")
        let third = try await sights.next(verdict)
        #expect(third.proposalID == "p2" && third.denial?.reason == .stopOnWrongSide)
        await stage.stop(risk)
        await stage.close()
    }

    @Test func `the operator's halt and the kill file are obeyed`() async throws {
        let stage = try Stage()
        var sights = Stage.Sights(stage)
        let risk = try await stage.startRisk()
        stage.command(.halt)
        let halted = try await sights.next(result)
        #expect(halted.isDone && halted.state.state == .halted)
        stage.propose("p1")
        let denied = try await sights.next(verdict)
        #expect(denied.denial?.reason == .tradingHalted)
        stage.command(.resume)
        let resumed = try await sights.next(result)
        #expect(resumed.state.state == .active)
        #expect(FileManager.default.createFile(atPath: stage.directory.path + "/bus/KILL", contents: nil))
        // The file is looked for every second; the operator asks until it has been seen.
        var state = TradingState.active
        while state == .active {
            stage.command(.resume)
            let answer = try await sights.next(result)
            state = answer.state.state
        }
        #expect(state == .halted)
        await stage.stop(risk)
        await stage.close()
    }
}
