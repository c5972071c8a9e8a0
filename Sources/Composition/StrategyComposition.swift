public import ServiceRuntime
public import StrategyCore
import TradingModel

extension StrategyCore.Settings {
    /// The strategies and their manager as configured.
    public init(_ settings: Settings) {
        self.init()
        symbols = settings.symbols
        decisionInterval = .minutes(Int64(settings.strategy.decisionMinutes))
        minimumConfidence = settings.strategy.minimumConfidence
        leverage = settings.strategy.leverage
        isShortAllowed = settings.strategy.allowShort
        isLockStep = settings.feed.marketSpeed == 0
        var activation = RegimeActivation.default
        for type in StrategyCatalog.diagnostics { activation.regimes[type.id] = Set(Regime.allCases) }
        self.activation = activation
        configuredParameters = settings.strategy.parameters
        management.weights = settings.strategy.weights
        management.allocations = settings.strategy.allocationsPercent.mapValues { $0 / 100 }
        management.regimes = settings.strategy.regimes
        management.maximumExposure = settings.strategy.maxExposure
        management.maximumSideExposure = settings.strategy.maxSideExposure
        strategies = settings.strategy.active.map { id in
            var parameters = ["stop_atr": settings.strategy.stopAtr, "target_atr": settings.strategy.targetAtr]
            for (name, value) in settings.strategy.parameters where name.hasPrefix(id + ".") {
                parameters[String(name.dropFirst(id.count + 1))] = value
            }
            return StrategyCore.StrategyChoice(id: id, parameters: parameters)
        }
    }
}
