import Indicators

/// The indicators behind ``IndicatorTable``, each at the periods the strategies use.
struct IndicatorColumns: Sendable {
    private static let smaPeriods = [5, 12, 20, 48, 200]
    private static let emaPeriods = [5, 12, 13, 20, 26]
    private static let rsiPeriods = [2, 14]
    private static let atrPeriods = [10, 14, 20]
    private static let supertrends = [(4, 8), (7, 9), (1, 8), (1, 16), (3, 18), (6, 18)]

    /// In the order of the cells that ``update(_:)`` returns.
    static let names: [String] =
        smaPeriods.map { "sma_\($0)" } + emaPeriods.map { "ema_\($0)" } + rsiPeriods.map { "rsi_\($0)" }
        + atrPeriods.map { "atr_\($0)" } + ["adx_14", "plus_di_14", "minus_di_14", "macd", "macd_signal", "macd_hist"]
        + ["bb_upper", "bb_lower", "tpbb_mid", "tpbb_sd", "mfi_14", "obv", "sar", "stoch_k", "stoch_d"]
        + ["cci_20", "roc_10", "willr_14", "aroon_down_14", "aroon_up_14"]
        + supertrends.map { "st_\($0.0)_\($0.1)" } + ["kc_upper", "kc_lower"]
        + ["don_high_10", "don_low_10", "don_high_20", "don_low_20", "tenkan", "kijun", "span_a", "span_b"]
        + ["vwap_96", "vwap_sd_96", "sqz_mom"]

    private var sma = smaPeriods.map { SMA($0) }
    private var ema = emaPeriods.map { EMA($0) }
    private var rsi = rsiPeriods.map { RSI($0) }
    private var atr = atrPeriods.map { ATR($0) }
    private var adx = ADX(14)
    private var macd = MACD()
    private var bands = BollingerBands(20)
    private var typicalBands = BollingerBands(20, deviation: .sample)
    private var mfi = MFI(14)
    private var obv = OBV()
    private var sar = ParabolicSAR()
    private var stochastic = Stochastic()
    private var cci = CCI(20)
    private var roc = ROC(10)
    private var williams = WilliamsR(14)
    private var aroon = Aroon(14)
    private var supertrend = supertrends.map { Supertrend(multiplier: Double($0.0), period: $0.1) }
    private var keltner = KeltnerChannel(20, rangePeriod: 10)
    private var squeezeChannel = KeltnerChannel(20, rangePeriod: 20)
    private var donchian = [DonchianChannel(10), DonchianChannel(20)]
    private var ichimoku = Ichimoku()
    private var vwap = VWAP(96)
    private var momentum = SqueezeMomentum(20)

    /// Whether the Bollinger bands are inside the Keltner channel (20, 1.5, ATR 20); `nil` before both are defined.
    var isSqueezed: Bool? {
        guard let bands = bands.value, let channel = squeezeChannel.value else { return nil }
        return bands.upper(2) < channel.upper(1.5) && bands.lower(2) > channel.lower(1.5)
    }

    /// Appends one number a column, NaN where it is undefined.
    mutating func update(_ bar: Bar, appendingTo values: inout [Double]) {
        squeezeChannel.update(bar)
        appendAverages(bar, to: &values)
        appendOscillators(bar, to: &values)
        appendChannels(bar, to: &values)
    }

    private mutating func appendAverages(_ bar: Bar, to values: inout [Double]) {
        for index in sma.indices { values.append(sma[index].update(bar.close) ?? .nan) }
        for index in ema.indices { values.append(ema[index].update(bar.close) ?? .nan) }
        for index in rsi.indices { values.append(rsi[index].update(bar.close) ?? .nan) }
        for index in atr.indices { values.append(atr[index].update(bar) ?? .nan) }
        let adx = adx.update(bar)
        values.append(adx?.adx ?? .nan)
        values.append(adx?.plusDI ?? .nan)
        values.append(adx?.minusDI ?? .nan)
        let macd = macd.update(bar.close)
        values.append(macd?.macd ?? .nan)
        values.append(macd?.signal ?? .nan)
        values.append(macd?.histogram ?? .nan)
    }

    private mutating func appendOscillators(_ bar: Bar, to values: inout [Double]) {
        let bands = bands.update(bar.close)
        values.append(bands?.upper(2) ?? .nan)
        values.append(bands?.lower(2) ?? .nan)
        let typical = typicalBands.update(bar.typicalPrice)
        values.append(typical?.middle ?? .nan)
        values.append(typical?.deviation ?? .nan)
        values.append(mfi.update(bar) ?? .nan)
        values.append(obv.update(bar) ?? .nan)
        values.append(sar.update(bar) ?? .nan)
        let stochastic = stochastic.update(bar)
        values.append(stochastic?.k ?? .nan)
        values.append(stochastic?.d ?? .nan)
        values.append(cci.update(bar) ?? .nan)
        values.append(roc.update(bar.close) ?? .nan)
        values.append(williams.update(bar) ?? .nan)
        let aroon = aroon.update(bar)
        values.append(aroon?.down ?? .nan)
        values.append(aroon?.up ?? .nan)
    }

    private mutating func appendChannels(_ bar: Bar, to values: inout [Double]) {
        for index in supertrend.indices { values.append(supertrend[index].update(bar)?.line ?? .nan) }
        let keltner = keltner.update(bar)
        values.append(keltner?.upper(2) ?? .nan)
        values.append(keltner?.lower(2) ?? .nan)
        for index in donchian.indices {
            let range = donchian[index].update(bar)
            values.append(range?.high ?? .nan)
            values.append(range?.low ?? .nan)
        }
        let cloud = ichimoku.update(bar)
        values.append(cloud?.tenkan ?? .nan)
        values.append(cloud?.kijun ?? .nan)
        values.append(cloud?.spanA ?? .nan)
        values.append(cloud?.spanB ?? .nan)
        let vwap = vwap.update(bar)
        values.append(vwap?.mean ?? .nan)
        values.append(vwap?.deviation ?? .nan)
        values.append(momentum.update(bar) ?? .nan)
    }
}
