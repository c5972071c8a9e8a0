// The batch form for plotting and measuring: plain numbers, NaN where nothing is defined, in half the memory of
// optionals. Each is `update(_:)` in a loop, from the indicator's own state, which does not change.

extension StreamingIndicator where Output == Double {
    /// One number an input; NaN where it is undefined.
    @_specialize(where Self == SMA)
    @_specialize(where Self == EMA)
    @_specialize(where Self == WilderAverage)
    @_specialize(where Self == RSI)
    @_specialize(where Self == ROC)
    @_specialize(where Self == ATR)
    @_specialize(where Self == MFI)
    @_specialize(where Self == ParabolicSAR)
    public func numbers(_ inputs: [Input]) -> [Double] {
        inputs.withUnsafeBufferPointer { inputs in
            [Double](unsafeUninitializedCapacity: inputs.count) { outputs, count in
                // Here and not outside: the compiler keeps the state in registers only where nothing else can see it.
                var copy = self
                for index in inputs.indices {
                    outputs.initializeElement(at: index, to: copy.update(inputs[index]) ?? .nan)
                }
                count = inputs.count
            }
        }
    }
}

extension MACD {
    /// Line, signal and histogram, one number a close each.
    public func numbers(_ closes: [Double]) -> (macd: [Double], signal: [Double], histogram: [Double]) {
        var copy = self
        return columns(closes) { close in
            guard let now = copy.update(close) else { return (.nan, .nan, .nan) }
            return (now.macd, now.signal, now.histogram)
        }
    }
}

extension BollingerBands {
    /// `middle + k · deviation`, the middle and `middle - k · deviation`, one number a value each.
    public func numbers(_ values: [Double], k: Double = 2) -> (upper: [Double], middle: [Double], lower: [Double]) {
        var copy = self
        return columns(values) { value in
            guard let now = copy.update(value) else { return (.nan, .nan, .nan) }
            return (now.upper(k), now.middle, now.lower(k))
        }
    }
}

extension ADX {
    /// The average directional index, one number a candle.
    public func numbers(_ bars: [Bar]) -> [Double] {
        bars.withUnsafeBufferPointer { bars in
            [Double](unsafeUninitializedCapacity: bars.count) { outputs, count in
                var copy = self
                for index in bars.indices {
                    outputs.initializeElement(at: index, to: copy.update(bars[index])?.adx ?? .nan)
                }
                count = bars.count
            }
        }
    }
}

/// Three columns filled in one pass.
@inline(__always)
private func columns(
    _ inputs: [Double], _ row: (Double) -> (Double, Double, Double)
) -> ([Double], [Double], [Double]) {
    var (second, third): ([Double], [Double]) = ([], [])
    let first = [Double](unsafeUninitializedCapacity: inputs.count) { first, count in
        second = [Double](unsafeUninitializedCapacity: inputs.count) { second, count in
            third = [Double](unsafeUninitializedCapacity: inputs.count) { third, count in
                inputs.withUnsafeBufferPointer { inputs in
                    for index in inputs.indices {
                        let (one, two, three) = row(inputs[index])
                        first.initializeElement(at: index, to: one)
                        second.initializeElement(at: index, to: two)
                        third.initializeElement(at: index, to: three)
                    }
                }
                count = inputs.count
            }
            count = inputs.count
        }
        count = inputs.count
    }
    return (first, second, third)
}
