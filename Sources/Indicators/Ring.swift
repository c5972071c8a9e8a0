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

    /// Stores a number and returns the one it displaces; `nil` while the ring fills.
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

    /// The number that the next push displaces; `nil` while the ring fills.
    var oldest: Double? { isFull ? storage[next] : nil }
}

/// The value a series had `distance` inputs ago.
struct Delay: Sendable {
    private var ring: Ring

    init(_ distance: Int) { ring = Ring(distance) }

    /// Takes the present value and returns that of `distance` inputs ago.
    mutating func update(_ x: Double) -> Double? { ring.push(x) }
}
