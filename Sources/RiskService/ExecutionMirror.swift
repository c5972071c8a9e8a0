import RiskCore
import ServiceRuntime
import TradingModel
import Wire

/// Execution's facts as risk hears them: those that come while a snapshot is awaited wait, those it contains are dropped.
///
/// The core asks for the snapshots, since only it knows when its truth is in doubt; this keeps the order (*Clone*).
struct ExecutionMirror {
    private var awaited: Int?
    private var waiting: [Inbound] = []
    private var session = ""
    private var contained: [String: Int] = [:]

    /// A snapshot of this number has been asked for; earlier ones no longer count.
    mutating func await(_ number: Int) {
        awaited = number
        waiting.removeAll(keepingCapacity: true)
    }

    func isAwaited(_ number: Int) -> Bool { awaited == number }

    /// The snapshot has come: returns what waited and is newer, in order.
    mutating func take(_ snapshot: ExecutionSnapshot, from message: Inbound) -> [Inbound] {
        awaited = nil
        session = message.envelope.session
        contained = Dictionary(snapshot.sequences.map { ($0.topic, $0.sequence) }) { $1 }
        defer { waiting.removeAll(keepingCapacity: true) }
        return waiting.filter(isNewer)
    }

    /// Whether a fact is to be handled now; one that has to wait is kept.
    mutating func admits(_ message: Inbound) -> Bool {
        if awaited != nil {
            waiting.append(message)
            return false
        }
        return isNewer(message)
    }

    private func isNewer(_ message: Inbound) -> Bool {
        guard message.envelope.session == session else { return false }
        return message.envelope.sequence > contained[message.topic] ?? 0
    }
}
