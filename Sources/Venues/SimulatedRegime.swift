import TradingModel

/// What a simulated price is doing for some hours.
struct SimulatedRegime: Hashable, Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// A steady climb or fall beneath the noise.
        case rising, falling
        /// Noise that is pulled back to where it began.
        case choppy
        /// Little noise and no direction.
        case calm
    }

    var kind: Kind = .calm
    /// Minutes until it ends.
    var minutesLeft: Double = 0
    /// Relative change a minute.
    var drift: Double = 0
    /// Where a choppy price is pulled to.
    var anchor: Double = 0

    /// What the noise is multiplied with.
    var noise: Double {
        switch kind {
        case .rising, .falling: 1
        case .choppy: 0.9
        case .calm: 0.55
        }
    }

    var isTrend: Bool { kind == .rising || kind == .falling }

    /// Share of the distance from the anchor that is left after a minute, as a rate.
    static let pull = 1.0 / 45

    /// The regime that follows, for a price whose noise over a minute is `minuteNoise`, at `price` with its usual
    /// level `home`.
    ///
    /// A trend over a quarter of an hour is worth 0.25 to 0.65 deviations of the noise in that time, which lifts the
    /// trend strength (ADX) well above 25. Far from home trends toward it become likelier, so that prices stay on
    /// earth.
    static func following(
        _ previous: SimulatedRegime, minuteNoise: Double, price: Double, home: Double,
        _ generator: inout SeededGenerator
    ) -> SimulatedRegime {
        var next = SimulatedRegime()
        next.anchor = price
        let draw = generator.uniform()
        let direction = generator.uniform()
        let distance = min(max(SimulationMath.ln(price / home) * 0.8, -0.45), 0.45)
        let strength = generator.uniform(0.25, 0.65)
        let length = generator.uniform()
        let isRising: Bool
        switch (previous.kind, draw) {
        case (.rising, ..<0.5): (next.kind, isRising) = (.falling, false)
        case (.falling, ..<0.5): (next.kind, isRising) = (.rising, true)
        case (_, ..<0.75) where previous.isTrend: (next.kind, isRising) = (.choppy, false)
        case (_, _) where previous.isTrend: (next.kind, isRising) = (.calm, false)
        case (_, ..<0.75):
            isRising = direction < 0.5 - distance
            next.kind = isRising ? .rising : .falling
        case (.choppy, _): (next.kind, isRising) = (.calm, false)
        default: (next.kind, isRising) = (.choppy, false)
        }
        if next.isTrend {
            // Over n minutes noise grows with the root of n, drift with n: 15 minutes of drift are `strength`
            // deviations.
            next.drift = (isRising ? 1 : -1) * strength * minuteNoise / 15.0.squareRoot()
            next.minutesLeft = 150 + 360 * length
        } else {
            next.minutesLeft = 120 + 300 * length
        }
        return next
    }
}
