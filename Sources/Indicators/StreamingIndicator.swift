/// A number (or a few) derived from a series, one input at a time.
///
/// Conforming types are values. ``update(_:)`` costs O(1) (amortised, where a type does not say otherwise) and
/// allocates nothing after `init`. Everything else is made from it, so that stream, batch and preview cannot
/// disagree.
public protocol StreamingIndicator: Sendable {
    associatedtype Input
    associatedtype Output

    /// What the last input gave; `nil` until the indicator is defined.
    var value: Output? { get }

    /// Takes the next closed candle (or value) and returns the new ``value``.
    @discardableResult
    mutating func update(_ input: Input) -> Output?
}

extension StreamingIndicator {
    /// Whether the indicator is defined.
    public var isWarm: Bool { value != nil }

    /// What ``update(_:)`` would return for a candle still forming; changes nothing.
    ///
    /// Windowed indicators copy their window for it: O(window) and an allocation. The others cost one update.
    public func preview(_ input: Input) -> Output? {
        var copy = self
        return copy.update(input)
    }

    /// The whole series at once, starting from this indicator's state: `result[t]` is ``value`` after `inputs[t]`.
    public func series(_ inputs: some Sequence<Input>) -> [Output?] {
        var copy = self
        return inputs.map { copy.update($0) }
    }
}
