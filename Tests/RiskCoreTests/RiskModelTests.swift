import Testing

/// The core against ``NaiveRisk``, the rules written a second time. `Benchmarks/risk/model.sh` plays millions of events.
@Suite struct RiskModelTests {
    @Test(arguments: 1...48 as ClosedRange<UInt64>)
    func `a second, naive risk agrees with the core after every event`(seed: UInt64) {
        var run = ModelRun(seed: seed)
        let fault = run.play(steps: 400)
        #expect(fault == nil)
        #expect(run.events > 400)
    }
}
