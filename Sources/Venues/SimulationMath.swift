import TradingModel

/// The few functions the simulated market needs, from additions and multiplications alone.
///
/// The mathematical library of one machine may differ from another's in the last digit, and the same seed has to be the
/// same market everywhere; IEEE 754 arithmetic does not differ.
enum SimulationMath {
    private static let ln2 = 0.693_147_180_559_945_3

    /// `e^x` for finite x in -700...700, within 1e-15 of the value.
    static func exp(_ x: Double) -> Double {
        precondition(x.magnitude <= 700, "Invariant: an exponent of the simulation stays in range")
        let power = (x * (1 / ln2)).rounded()
        let r = x - power * ln2
        // Taylor's series to the 13th power, |r| < 0.35; its coefficients are the reciprocals of factorials.
        let high =
            ((((((r / 6_227_020_800 + 1 / 479_001_600) * r + 1 / 39_916_800) * r + 1 / 3_628_800) * r + 1 / 362_880) * r
                + 1 / 40_320) * r
                + 1 / 5_040) * r + 1 / 720
        let sum = ((((((high * r + 1 / 120) * r + 1 / 24) * r + 1 / 6) * r + 0.5) * r + 1) * r + 1)
        return sum * Double(sign: .plus, exponent: Int(power), significand: 1)
    }

    /// The natural logarithm of a positive finite number, within 1e-15 of the value.
    static func ln(_ x: Double) -> Double {
        precondition(x > 0 && x.isFinite, "Invariant: the simulation takes logarithms of positive numbers")
        var (significand, exponent) = (x.significand, Double(x.exponent))
        if significand > 1.414_213_562_373_095_1 {
            significand /= 2
            exponent += 1
        }
        // 2 · artanh(s) with |s| < 0.172.
        let s = (significand - 1) / (significand + 1)
        let q = s * s
        let tail = (((((q / 21 + 1.0 / 19) * q + 1.0 / 17) * q + 1.0 / 15) * q + 1.0 / 13) * q + 1.0 / 11) * q + 1.0 / 9
        let sum = (((tail * q + 1.0 / 7) * q + 1.0 / 5) * q + 1.0 / 3) * q + 1
        return 2 * s * sum + exponent * ln2
    }

    /// The value below which a standard normal variable lies with probability `p` in 0..<1, exclusive; relative error
    /// below 1.2e-9.
    ///
    /// Peter J. Acklam, *An algorithm for computing the inverse normal cumulative distribution function*, 2003.
    static func normalQuantile(_ p: Double) -> Double {
        let low = 0.02425
        if p < low {
            let q = (-2 * ln(p)).squareRoot()
            return tail(q)
        }
        if p > 1 - low {
            let q = (-2 * ln(1 - p)).squareRoot()
            return -tail(q)
        }
        let q = p - 0.5
        let r = q * q
        let upper =
            ((((-3.969683028665376e+01 * r + 2.209460984245205e+02) * r - 2.759285104469687e+02) * r
                + 1.383577518672690e+02) * r
                - 3.066479806614716e+01) * r + 2.506628277459239e+00
        let lower =
            ((((-5.447609879822406e+01 * r + 1.615858368580409e+02) * r - 1.556989798598866e+02) * r
                + 6.680131188771972e+01) * r
                - 1.328068155288572e+01) * r + 1
        return upper * q / lower
    }

    private static func tail(_ q: Double) -> Double {
        let upper =
            ((((-7.784894002430293e-03 * q - 3.223964580411365e-01) * q - 2.400758277161838e+00) * q
                - 2.549732539343734e+00) * q
                + 4.374664141464968e+00) * q + 2.938163982698783e+00
        let lower =
            (((7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996e+00) * q
                + 3.754408661907416e+00) * q + 1
        return upper / lower
    }
}

extension SeededGenerator {
    /// Uniform strictly between 0 and 1.
    mutating func open() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }
    /// Standard normal.
    mutating func normal() -> Double { SimulationMath.normalQuantile(open()) }
    /// Exponential with mean 1.
    mutating func exponential() -> Double { -SimulationMath.ln(open()) }
    /// Uniform in `low..<high`.
    mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }
}
