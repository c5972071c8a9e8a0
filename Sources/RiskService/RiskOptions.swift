import ServiceRuntime
import Storage

extension Settings {
    /// What a commit of risk's database survives: the same as the order journal's (`docs/decisions/0004-journal-durability.md`).
    var riskDurability: SQLiteDatabase.Durability {
        switch execution.synchronous {
        case .auto: mode == .live ? .power : .process
        case .normal: .process
        case .full: .power
        }
    }
}

extension StorageError {
    /// How a process ends that met this error.
    var status: ExitStatus { ExitStatus(rawValue: code.exitStatus) ?? .software }
}
