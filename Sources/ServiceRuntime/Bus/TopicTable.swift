import Glibc

/// Values by the bytes of a topic, looked up without making a string.
///
/// Open addressing over indices into an array, at most half full; topics are added and never removed, all at once apart.
final class TopicTable<Value> {
    private var names: [[UInt8]] = []
    private(set) var values: [Value] = []
    /// -1 is empty.
    private var slots: [Int32] = Array(repeating: -1, count: 32)

    var count: Int { values.count }

    subscript(index: Int) -> Value { values[index] }

    /// Where the topic is. O(length).
    func index(of topic: UnsafeRawBufferPointer) -> Int? {
        var slot = TopicTable.hash(topic) & (slots.count - 1)
        while true {
            let index = Int(slots[slot])
            if index < 0 { return nil }
            if isEqual(names[index], topic) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    /// Adds a topic that is not there and returns where it is.
    func add(_ topic: UnsafeRawBufferPointer, _ value: Value) -> Int {
        if (values.count + 1) * 2 > slots.count { grow() }
        names.append(Array(topic))
        values.append(value)
        place(values.count - 1)
        return values.count - 1
    }

    func removeAll() {
        names.removeAll()
        values.removeAll()
        slots = Array(repeating: -1, count: 32)
    }

    private func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for index in values.indices { place(index) }
    }

    private func place(_ index: Int) {
        var slot = names[index].withUnsafeBytes { TopicTable.hash($0) } & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(index)
    }

    private func isEqual(_ name: [UInt8], _ topic: UnsafeRawBufferPointer) -> Bool {
        guard name.count == topic.count else { return false }
        guard let start = topic.baseAddress else { return true }
        return name.withUnsafeBytes { memcmp($0.baseAddress ?? start, start, topic.count) == 0 }
    }

    /// FNV-1a over words of eight bytes; topics come from our own processes, so that nobody aims at collisions.
    private static func hash(_ topic: UnsafeRawBufferPointer) -> Int {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        var offset = 0
        while offset + 8 <= topic.count {
            value = (value ^ topic.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01b3
            value ^= value >> 29
            offset += 8
        }
        while offset < topic.count {
            value = (value ^ UInt64(topic[offset])) &* 0x100_0000_01b3
            offset += 1
        }
        return Int(truncatingIfNeeded: (value ^ value >> 32) & 0x7fff_ffff)
    }
}
