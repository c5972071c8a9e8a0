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

    mutating func update(_ bar: Bar) -> [Cell] {
        squeezeChannel.update(bar)
        let values = averages(bar) + oscillators(bar) + channels(bar)
        return values.map { Cell($0) }
    }

    private mutating func averages(_ bar: Bar) -> [Double?] {
        var values: [Double?] = []
        for index in sma.indices { values.append(sma[index].update(bar.close)) }
        for index in ema.indices { values.append(ema[index].update(bar.close)) }
        for index in rsi.indices { values.append(rsi[index].update(bar.close)) }
        for index in atr.indices { values.append(atr[index].update(bar)) }
        let adx = adx.update(bar)
        values += [adx?.adx, adx?.plusDI, adx?.minusDI]
        let macd = macd.update(bar.close)
        values += [macd?.macd, macd?.signal, macd?.histogram]
        return values
    }

    private mutating func oscillators(_ bar: Bar) -> [Double?] {
        let bands = bands.update(bar.close)
        let typical = typicalBands.update(bar.typicalPrice)
        let stochastic = stochastic.update(bar)
        var values = [bands?.upper(2), bands?.lower(2), typical?.middle, typical?.deviation]
        values += [mfi.update(bar), obv.update(bar), sar.update(bar), stochastic?.k, stochastic?.d]
        values += [cci.update(bar), roc.update(bar.close), williams.update(bar)]
        let aroon = aroon.update(bar)
        return values + [aroon?.down, aroon?.up]
    }

    private mutating func channels(_ bar: Bar) -> [Double?] {
        var values: [Double?] = []
        for index in supertrend.indices { values.append(supertrend[index].update(bar)?.line) }
        let keltner = keltner.update(bar)
        values += [keltner?.upper(2), keltner?.lower(2)]
        for index in donchian.indices {
            let range = donchian[index].update(bar)
            values += [range?.high, range?.low]
        }
        let cloud = ichimoku.update(bar)
        let vwap = vwap.update(bar)
        values += [cloud?.tenkan, cloud?.kijun, cloud?.spanA, cloud?.spanB, vwap?.mean, vwap?.deviation]
        return values + [momentum.update(bar)]
    }
}
