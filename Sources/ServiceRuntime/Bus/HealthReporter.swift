import Glibc
public import TradingModel
public import Wire

/// What a service says about itself: every second, and at once when its condition changes.
///
/// Belongs to a ``ServiceBus`` and is used where that is, on the loop's thread.
public final class HealthReporter {
    /// The venue's clock as the service knows it.
    public var marketTime: MarketTime?
    public private(set) var condition: Health.Condition = .starting
    /// One sentence; empty when healthy.
    public private(set) var reason = ""
    let startedAt: WallTime
    /// Called when the condition or its reason is another one.
    var onChange: () -> Void = {}
    private let service: ServiceName
    private var readings: [String: Double] = [:]

    init(service: ServiceName, startedAt: WallTime) {
        self.service = service
        self.startedAt = startedAt
    }

    /// Sets the condition, and the reason where it is not ``Health/Condition/healthy``.
    public func set(_ condition: Health.Condition, reason: String = "") {
        guard condition != self.condition || reason != self.reason else { return }
        self.condition = condition
        self.reason = reason
        onChange()
    }

    /// Adds to a counter of the service, such as `risk.denied`.
    public func count(_ name: String, by amount: Int = 1) { readings[name, default: 0] += Double(amount) }

    /// Sets a reading of the service, such as `execution.openOrders`.
    public func gauge(_ name: String, _ value: Double) { readings[name] = value }

    /// All of it, with `more` readings, sorted by name.
    func report(with more: [String: Double], sequences: [TopicSequence]) -> Health {
        var health = Health()
        health.service = service.rawValue
        health.condition = condition
        health.reason = reason
        health.pid = Int(getpid())
        health.startedAt = startedAt
        health.marketTime = marketTime
        health.residentBytes = HealthReporter.residentBytes()
        health.readings = readings.merging(more) { own, _ in own }.sorted { $0.key < $1.key }
            .map { Reading($0.key, $0.value.isFinite ? $0.value : 0) }
        health.sequences = sequences
        return health
    }

    /// Resident memory of this process, from `/proc/self/statm` (proc(5)); 0 where there is none.
    static func residentBytes() -> Int {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &bytes, bytes.count)
        let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        guard words.count > 1, let pages = Int(words[1]) else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
