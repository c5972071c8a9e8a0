import Foundation
import Testing
import TradingModel

@testable import ServiceRuntime

@Suite("Fault points")
struct FaultPointsTests {
    private func sentence(_ wish: String, _ mode: TradingMode) -> String? {
        do {
            _ = try FaultPoints(environment: [FaultPoints.variable: wish], mode: mode)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("nothing is armed unless the environment says so")
    func unarmed() throws {
        let faults = try FaultPoints(environment: [:], mode: .live)
        #expect(!faults.isArmed)
        for point in FaultPoint.allCases { faults.pass(point) }
    }

    @Test("where orders go to a real exchange a fault is refused")
    func live() throws {
        #expect(try #require(sentence("committed", .live)).contains("faults are for paper only"))
        #expect(sentence("committed", .paper) == nil)
    }

    @Test(
        "a wish that cannot be granted is refused with what can be written",
        arguments: ["nowhere", "committed:0", "committed:x", ":3", "committed:"])
    func misspelt(wish: String) throws {
        #expect(try #require(sentence(wish, .paper)).contains("POINT one of requested, decided"))
    }

    @Test("the process ends at the named passage of the named point and at no other")
    func ends() async {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            let faults = try FaultPoints(environment: [FaultPoints.variable: "committed:2"], mode: .paper)
            faults.pass(.decided)
            faults.pass(.committed)
            faults.pass(.decided)
            faults.pass(.committed)
            exit(0)
        }
        await #expect(processExitsWith: .exitCode(0)) {
            let faults = try FaultPoints(environment: [FaultPoints.variable: "committed:2"], mode: .paper)
            faults.pass(.committed)
            for _ in 0..<9 { faults.pass(.published) }
            exit(0)
        }
    }
}
