import ServiceRuntime
import Testing

@testable import OperatorCLI

@Suite("The strategies of a configuration")
struct ConfiguredStrategiesTests {
    private func fault(_ change: (inout Settings) -> Void) -> String? {
        var settings = Settings()
        change(&settings)
        return Installation(settings: settings, configurationFile: nil, programDirectory: nil, deployDirectory: nil)
            .strategyFault
    }

    @Test("the default strategies are known")
    func defaults() { #expect(fault { _ in } == nil) }

    @Test("a strategy that does not exist is told before anything is started, with its name")
    func unknownStrategy() throws {
        let sentence = try #require(fault { $0.strategy.active = ["momentun"] })
        #expect(sentence.hasPrefix("strategy.active or strategy.parameters: "))
        #expect(sentence.contains("momentun") && sentence.contains("momentum"))
    }

    @Test("a parameter that a strategy does not take is told with its name")
    func unknownParameter() throws {
        let sentence = try #require(
            fault {
                $0.strategy.active = ["momentum"]
                $0.strategy.parameters = ["momentum.perriod": 14]
            })
        #expect(sentence.contains("perriod"))
    }
}
