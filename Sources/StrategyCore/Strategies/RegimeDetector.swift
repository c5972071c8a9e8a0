import Indicators
import TradingModel

/// What the market of one symbol and timeframe is like, from its closed candles.
///
/// Two facts are kept apart. *Trend state*: trending if ADX14 >= 25, sideways if ADX14 < 20, between them what it
/// was; unknown until ADX has decided once, never before index 27. *Hot*: `ATR14 / C` is above the 90th percentile of
/// its last 500 values, this one included; never before index 513. The regime is `highVolatility` while hot, else the
/// trend state, which goes on being updated meanwhile, so that what stands after a hot spell is the trend and not the
/// spell.
public struct RegimeDetector: Sendable {
    public private(set) var regime = Regime.unknown
    /// The trend state alone: trending, sideways or unknown.
    public private(set) var trend = Regime.unknown
    public private(set) var isHot = false
    /// `ATR14 / C`, a share of the price.
    public private(set) var normalizedRange: Double?

    /// Candles after which every fact is defined.
    public static let warmUp = 513
    /// Candles to load so that ADX has forgotten its seed and the percentile stands on settled values.
    public static let load = 800

    private let trendingFrom: Double
    private let sidewaysBelow: Double
    private var order = BarOrder()
    private var directional = ADX(14)
    private var range = ATR(14)
    private var percentile: RollingPercentile

    /// `sidewaysBelow` does not exceed `trendingFrom`; both are values of ADX.
    public init(
        trendingFrom: Double = 25, sidewaysBelow: Double = 20, hotFraction: Double = 0.9, window: Int = 500
    ) {
        precondition(sidewaysBelow <= trendingFrom, "a market is not sideways and trending at once")
        self.trendingFrom = trendingFrom
        self.sidewaysBelow = sidewaysBelow
        percentile = RollingPercentile(window, fraction: hotFraction)
    }

    public var adx: Double? { directional.adx }
    public var averageTrueRange: Double? { range.value }
    /// The 90th percentile of ``normalizedRange``.
    public var hotBound: Double? { percentile.value }
    public var lastOpenTime: MarketTime? { order.lastOpenTime }

    /// Takes the next closed candle and returns the regime as of its close; refuses one that is out of order.
    @discardableResult
    public mutating func onCandle(_ bar: Bar) throws(BarError) -> Regime {
        try order.admit(bar)
        directional.update(bar)
        if let adx = directional.adx {
            if adx >= trendingFrom { trend = .trending } else if adx < sidewaysBelow { trend = .sideways }
        }
        if let range = range.update(bar) {
            let share = range / bar.close
            normalizedRange = share
            isHot = percentile.update(share).map { share > $0 } ?? false
        }
        regime = isHot ? .highVolatility : trend
        return regime
    }
}

/// In which regimes a strategy may open positions. Exits go on in every regime.
public struct RegimeActivation: Hashable, Sendable {
    /// By configuration name of the strategy. A strategy that is not named is active in the regimes
    /// its type names.
    public var regimes: [String: Set<Regime>]

    public init(regimes: [String: Set<Regime>]) { self.regimes = regimes }

    public func isActive(_ strategy: String, in regime: Regime) -> Bool { regimes[strategy]?.contains(regime) ?? false }

    /// Trend followers in trends, reverters when sideways, breakouts also when volatile; `unknown` activates nothing.
    public static let `default` = RegimeActivation(regimes: [
        "momentum": [.trending],
        "multi_supertrend": [.trending],
        "adx_sma": [.trending],
        "ichimoku": [.trending],
        "parabolic_sar": [.trending],
        "trend_following": [.trending],
        "keltner": [.trending, .highVolatility],
        "donchian": [.trending, .highVolatility],
        "volatility_system": [.trending, .highVolatility],
        "squeeze": [.trending, .sideways],
        "connors_rsi2": [.trending, .sideways],
        "scalping": [.trending, .sideways],
        "mean_reversion": [.sideways],
        "bandtastic": [.sideways],
        "vwap_reversion": [.sideways],
        "universal_macd": [.sideways],
    ])
}
