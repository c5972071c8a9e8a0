/// Names one watched descriptor of one loop; never used twice.
public struct WatchID: Hashable, Sendable {
    let index: UInt32
    let generation: UInt32

    /// The loop's own descriptor, by which other threads wake it.
    static let wake = WatchID(token: .max)
    /// The loop's kernel timer.
    static let timer = WatchID(token: .max - 1)

    init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    init(token: UInt64) {
        index = UInt32(truncatingIfNeeded: token)
        generation = UInt32(truncatingIfNeeded: token >> 32)
    }

    /// What epoll hands back.
    var token: UInt64 { UInt64(generation) << 32 | UInt64(index) }
}

/// What to run for which descriptor. Slots are used again under a new generation, so that an event of a watch that has
/// ended in the same round finds nothing.
struct WatchTable {
    private struct Slot {
        var generation: UInt32 = 0
        var descriptor: Int32 = -1
        var isPending = false
        var isUrgent = false
        var body: (() -> Void)?
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []

    mutating func add(_ descriptor: Int32, isUrgent: Bool, _ body: @escaping () -> Void) -> WatchID {
        let index = free.popLast() ?? UInt32(slots.count)
        if index == slots.count { slots.append(Slot()) }
        slots[Int(index)].descriptor = descriptor
        slots[Int(index)].body = body
        slots[Int(index)].isPending = false
        slots[Int(index)].isUrgent = isUrgent
        return WatchID(index: index, generation: slots[Int(index)].generation)
    }

    /// The descriptor of the watch that ended, or `nil` where it had ended before.
    @discardableResult
    mutating func remove(_ id: WatchID) -> Int32? {
        guard isLive(id) else { return nil }
        slots[Int(id.index)].generation &+= 1
        slots[Int(id.index)].body = nil
        free.append(id.index)
        return slots[Int(id.index)].descriptor
    }

    func isUrgent(_ id: WatchID) -> Bool { isLive(id) && slots[Int(id.index)].isUrgent }

    func body(of id: WatchID) -> (() -> Void)? { isLive(id) ? slots[Int(id.index)].body : nil }

    /// Whether it was not pending before.
    mutating func setPending(_ id: WatchID) -> Bool {
        guard isLive(id), !slots[Int(id.index)].isPending else { return false }
        slots[Int(id.index)].isPending = true
        return true
    }

    mutating func takePending(_ id: WatchID) -> (() -> Void)? {
        guard isLive(id) else { return nil }
        slots[Int(id.index)].isPending = false
        return slots[Int(id.index)].body
    }

    mutating func removeAll() {
        slots.removeAll()
        free.removeAll()
    }

    private func isLive(_ id: WatchID) -> Bool {
        id.index < slots.count && slots[Int(id.index)].generation == id.generation && slots[Int(id.index)].body != nil
    }
}
