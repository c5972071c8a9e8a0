/// The last `capacity` numbers of a series in fixed storage.
struct Ring: Sendable {
    let capacity: Int
    private(set) var storage: ContiguousArray<Double>
    /// Where the next number goes; the oldest is there once the ring is full.
    private(set) var next = 0
    private(set) var isFull = false

    init(_ capacity: Int) {
        precondition(capacity >= 1, "a window holds at least one value")
        self.capacity = capacity
        storage = ContiguousArray(repeating: 0, count: capacity)
    }

    /// The number that the next one displaces; of a full ring.
    var oldest: Double { storage[next] }

    /// Stores a number and returns the one it displaces; `nil` while the ring fills.
    @inline(__always)
    mutating func push(_ x: Double) -> Double? {
        let displaced: Double? = isFull ? storage[next] : nil
        storage[next] = x
        next += 1
        if next == capacity {
            next = 0
            isFull = true
        }
        return displaced
    }
}
