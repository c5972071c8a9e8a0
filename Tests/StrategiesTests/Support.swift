import Testing
@testable import StrategyCore

@Test func `momentum is in the catalog with its warm-up and load`() throws {
    let momentum = try StrategyCatalog.make(id: "momentum")
    #expect(momentum.warmUp == 27 && momentum.load == 300)
}
