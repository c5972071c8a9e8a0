import ServiceRuntime
import Storage

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
    var status: ExitStatus { ExitStatus(rawValue: code.exitStatus) ?? .software }
}
