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
    ///
    /// The same ``update(_:)`` in a loop, compiled here once for each indicator of numbers or candles in an array, so
    /// that the compiler sees the whole of it.
    @_specialize(where Self == SMA, S == [Double])
    @_specialize(where Self == EMA, S == [Double])
    @_specialize(where Self == WilderAverage, S == [Double])
    @_specialize(where Self == RSI, S == [Double])
    @_specialize(where Self == MACD, S == [Double])
    @_specialize(where Self == BollingerBands, S == [Double])
    @_specialize(where Self == ROC, S == [Double])
    @_specialize(where Self == ATR, S == [Bar])
    @_specialize(where Self == ADX, S == [Bar])
    @_specialize(where Self == MFI, S == [Bar])
    @_specialize(where Self == ParabolicSAR, S == [Bar])
    @_specialize(where Self == Stochastic, S == [Bar])
    @_specialize(where Self == Supertrend, S == [Bar])
    @_specialize(where Self == KeltnerChannel, S == [Bar])
    public func series<S: Sequence>(_ inputs: S) -> [Output?] where S.Element == Input {
        var copy = self
        let whole = inputs.withContiguousStorageIfAvailable { inputs in
            [Output?](unsafeUninitializedCapacity: inputs.count) { outputs, count in
                for index in inputs.indices {
                    outputs.initializeElement(at: index, to: copy.update(inputs[index]))
                }
                count = inputs.count
            }
        }
        return whole ?? inputs.map { copy.update($0) }
    }
}
