import StrategyCore
import Testing

struct `strategy parameters` {
    @Test func `of every strategy have defaults in range, a help sentence and names that do not repeat`() throws {
        for type in StrategyCatalog.all {
            #expect(Set(type.parameters.map(\.name)).count == type.parameters.count, "\(type.id)")
            #expect(!type.summary.isEmpty && type.strengthScale > 0)
            for parameter in type.parameters {
                #expect(parameter.range.contains(parameter.defaultValue), "\(type.id).\(parameter.name)")
                #expect(parameter.help.hasSuffix("."), "\(type.id).\(parameter.name)")
                #expect(!parameter.name.contains { $0.isUppercase || $0 == " " }, "\(type.id).\(parameter.name)")
            }
            let values = try StrategyCatalog.make(id: type.id).values
            #expect(values.all.map(\.value) == type.parameters.map(\.defaultValue), "\(type.id)")
        }
    }

    @Test func `at either end of its range each makes a strategy, or is refused only for its order with another`()
        throws
    {
        for type in StrategyCatalog.all {
            for parameter in type.parameters {
                for value in [parameter.range.lowerBound, parameter.range.upperBound] {
                    do {
                        var strategy = try StrategyCatalog.make(id: type.id, parameters: [parameter.name: value])
                        #expect(strategy.values[parameter] == value)
                        for bar in try walk(60, seed: 3) { try strategy.onCandle(bar) }
                    } catch let error as ParameterError {
                        #expect(error.code == .notInOrder, "\(error)")
                    }
                }
            }
        }
    }

    @Test func `outside their range are refused with name, value and range`() throws {
        for type in StrategyCatalog.all {
            for parameter in type.parameters {
                let beyond = [
                    parameter.range.lowerBound - 1, parameter.range.upperBound + 1, .nan, .infinity, -.infinity,
                ]
                for value in beyond {
                    let error = #expect(throws: ParameterError.self) {
                        try StrategyCatalog.make(id: type.id, parameters: [parameter.name: value])
                    }
                    #expect(
                        error?.code == .outOfRange && error?.parameter == parameter.name, "\(type.id).\(parameter.name)"
                    )
                }
            }
        }
    }

    @Test func `are refused in sentences an operator can act on`() {
        func sentence(_ id: String, _ parameters: [String: Double]) -> String {
            do throws(ParameterError) {
                _ = try StrategyCatalog.make(id: id, parameters: parameters)
                return ""
            } catch {
                return error.description
            }
        }
        #expect(sentence("momentum", ["fast": 1]) == "momentum.fast = 1 is outside its range 2 to 200.")
        #expect(sentence("momentum", ["fast": 12.5]) == "momentum.fast = 12.5 is not a whole number from 2 to 200.")
        #expect(sentence("momentum", ["fast": 30]) == "momentum.fast = 30 must be below momentum.slow = 26.")
        #expect(
            sentence("bandtastic", ["entry_trigger": 5]) == "bandtastic.entry_trigger = 5 is outside its range 1 to 4.")
        #expect(
            sentence("donchian", ["exits": 5])
                == "Strategy donchian has no parameter \"exits\"; did you mean exit? It has entry, exit, stop_atr, target_atr."
        )
        #expect(
            sentence("momentun", [:]).hasPrefix(
                "There is no strategy \"momentun\"; did you mean momentum?"))
    }

    @Test func `reach the rule: another threshold gives other entries`() throws {
        func entries(_ parameters: [String: Double]) throws -> Int {
            var strategy = try StrategyCatalog.make(id: "momentum", parameters: parameters)
            return try walk(3_000, seed: 4).count { bar in
                try strategy.onCandle(bar)
                let conditions = strategy.state.latest
                return conditions?.enterLong == true || conditions?.enterShort == true
            }
        }
        let (none, few, many) = try (entries(["adx_threshold": 100]), entries([:]), entries(["adx_threshold": 0]))
        #expect(none == 0 && few > 0 && many > few)
    }

    @Test func `of universal_macd are sorted, so crossed bounds mean the same`() throws {
        let bars = try walk(3_000, seed: 5, step: 3)
        func run(_ parameters: [String: Double]) throws -> [StrategyConditions?] {
            var strategy = try UniversalMACD.make(parameters)
            return try bars.map { bar in
                try strategy.onCandle(bar)
                return strategy.state.latest
            }
        }
        let crossed = ["entry_from": -0.01176, "entry_to": -0.01416, "exit_from": -0.02323, "exit_to": -0.00707]
        #expect(try run([:]) == run(crossed))
        #expect(try run([:]).contains { $0?.exitLong == true })
    }
}
