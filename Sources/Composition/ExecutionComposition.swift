public import ExecutionCore
public import ServiceRuntime
import TradingModel

extension PaperRules {
    /// The paper venue as configured.
    public init(_ settings: ExecutionSettings) {
        self.init(
            slippage: settings.slippagePct.ratio, makerFee: settings.makerFeePct.ratio,
            takerFee: settings.takerFeePct.ratio,
            fillShare: settings.partialFills ? settings.fillSharePct.ratio : nil, maxLeverage: settings.maxLeverage,
            maintenanceMargin: settings.maintenanceMarginPct.ratio)
    }
}

extension ExecutionPolicy {
    /// The paper venue answers at once, so that there is nothing to wait for and nothing to ask again. A real exchange is
    /// waited for longer than its requests may take, and believed when it denies an order only after the order's request
    /// would be refused for its age. `seed` spreads retries.
    public init(_ settings: Settings, seed: UInt64? = nil) {
        self.init()
        if settings.mode == .live {
            let execution = settings.execution
            acknowledgementTimeout = .milliseconds(Int64(execution.requestTimeoutMillis * 4 / 3))
            proofDelay = .milliseconds(Int64(execution.receiveWindowMillis * 12 / 5))
            reconciliationInterval = .seconds(Int64(execution.reconcileSeconds))
            jitterSeed = seed
        }
        isLockStep = settings.feed.marketSpeed == 0
        maxLeverage = settings.execution.maxLeverage
        entryDeviation = settings.execution.maxEntryDeviationPct.ratio
    }
}
