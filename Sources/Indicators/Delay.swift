/// The value a series had `distance` inputs ago. First defined at index `distance`.
public struct Delay: StreamingIndicator {
    public let distance: Int
    public private(set) var value: Double?
    private var ring: Ring

    public init(_ distance: Int) {
        self.distance = distance
        ring = Ring(distance)
    }

    /// Takes the present value and returns that of `distance` inputs ago.
    @discardableResult
    public mutating func update(_ x: Double) -> Double? {
        value = ring.push(x)
        return value
    }
}
