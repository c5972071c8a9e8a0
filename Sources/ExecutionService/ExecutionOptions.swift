import ExecutionCore
import ServiceRuntime
import Storage
import TradingModel

extension PaperRules {
    init(_ settings: ExecutionSettings) {
        self.init(
            slippage: settings.slippagePct.ratio, makerFee: settings.makerFeePct.ratio,
            takerFee: settings.takerFeePct.ratio,
            fillShare: settings.partialFills ? settings.fillSharePct.ratio : nil, maxLeverage: settings.maxLeverage,
            maintenanceMargin: settings.maintenanceMarginPct.ratio)
    }
}

extension ExecutionPolicy {
    /// The paper venue answers at once, so that there is nothing to wait for and nothing to ask again.
    init(_ settings: Settings) {
        self.init()
        isLockStep = settings.feed.speed == 0
        maxLeverage = settings.execution.maxLeverage
    }
}

extension Settings {
    /// What a commit of the order journal survives (`docs/decisions/0004-journal-durability.md`).
    var journalDurability: SQLiteDatabase.Durability {
        switch execution.synchronous {
        case .auto: mode == .live ? .power : .process
        case .normal: .process
        case .full: .power
        }
    }
}

extension StorageError {
    /// How a process ends that met this error.
    var status: ExitStatus {
        switch code {
        case .newerSchema, .corrupt: .dataFormat
        case .alreadyOpen: .temporary
        case .cannotOpen, .diskFull: .inputOutput
        case .constraint, .failed: .software
        }
    }
}
