public import ExecutionCore
public import ServiceRuntime

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
    /// The paper venue answers at once, so that there is nothing to wait for and nothing to ask again.
    public init(_ settings: Settings) {
        self.init()
        isLockStep = settings.feed.marketSpeed == 0
        maxLeverage = settings.execution.maxLeverage
    }
}
