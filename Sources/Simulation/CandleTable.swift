public import TradingModel

/// The closed candles of one series in whole numbers of their smallest decimal step, 56 bytes a candle.
///
/// Exact: what goes in comes out. The steps are powers of ten and grow finer as finer values come.
public struct CandleTable: Sendable {
    /// One candle in units of the table's steps.
    public struct Row: Hashable, Sendable {
        public var openTime: MarketTime
        public var open: Int64
        public var high: Int64
        public var low: Int64
        public var close: Int64
        public var volume: Int64
        /// From when on it may be used: its close, or later where a candle of the next bucket had to close it.
        public var availableAt: MarketTime
    }

    public let symbol: Symbol
    public let venue: VenueID
    public let timeframe: Timeframe
    public private(set) var rows: ContiguousArray<Row> = []
    /// The raw value of one unit of price and of volume.
    public private(set) var priceStep: Int128 = 1_000_000_000_000
    public private(set) var volumeStep: Int128 = 1_000_000_000_000
    /// Source candles missing inside a candle, where any are.
    private var missing: [Int: Int32] = [:]

    public init(symbol: Symbol, venue: VenueID, timeframe: Timeframe) {
        self.symbol = symbol
        self.venue = venue
        self.timeframe = timeframe
    }

    public var count: Int { rows.count }

    /// Appends a candle; `false` where its values are too far apart for 64 bits.
    public mutating func append(_ candle: Candle, availableAt: MarketTime) -> Bool {
        guard let open = units(of: candle.open), let high = units(of: candle.high), let low = units(of: candle.low),
            let close = units(of: candle.close), let volume = volumeUnits(of: candle.volume)
        else { return false }
        if candle.missing > 0 { missing[rows.count] = Int32(clamping: candle.missing) }
        // A finer step that a later value of the same candle asked for holds for the earlier ones too.
        let isSame = open.step == priceStep && high.step == priceStep && low.step == priceStep
        guard isSame else { return append(candle, availableAt: availableAt) }
        rows.append(
            Row(
                openTime: candle.openTime, open: open.value, high: high.value, low: low.value, close: close.value,
                volume: volume, availableAt: availableAt))
        return true
    }

    /// The candle at a position.
    public subscript(_ position: Int) -> Candle {
        let row = rows[position]
        return Candle(
            symbol: symbol, venue: venue, timeframe: timeframe, openTime: row.openTime, open: price(row.open),
            high: price(row.high), low: price(row.low), close: price(row.close),
            volume: Quantity(raw: Int128(row.volume) * volumeStep),
            missing: missing.isEmpty ? 0 : Int(missing[position] ?? 0))
    }

    @inline(__always)
    public func price(_ units: Int64) -> Price { Price(raw: Int128(units) * priceStep) }

    /// The price as the nearest number; the same as ``FixedPoint/double`` gives.
    @inline(__always)
    public func double(_ units: Int64) -> Double { price(units).double }

    private mutating func units(of price: Price) -> (value: Int64, step: Int128)? {
        while !Self.isMultiple(price.raw, of: priceStep) {
            guard refine(\.priceStep, [\.open, \.high, \.low, \.close]) else { return nil }
        }
        return Self.quotient(price.raw, priceStep).map { ($0, priceStep) }
    }

    private mutating func volumeUnits(of volume: Quantity) -> Int64? {
        while !Self.isMultiple(volume.raw, of: volumeStep) {
            guard refine(\.volumeStep, [\.volume]) else { return nil }
        }
        return Self.quotient(volume.raw, volumeStep)
    }

    /// Makes a step ten times finer and every value that counts in it ten times larger.
    private mutating func refine(
        _ step: WritableKeyPath<CandleTable, Int128>, _ fields: [WritableKeyPath<Row, Int64>]
    ) -> Bool {
        for index in rows.indices {
            for field in fields {
                let (value, overflow) = rows[index][keyPath: field].multipliedReportingOverflow(by: 10)
                if overflow { return false }
                rows[index][keyPath: field] = value
            }
        }
        self[keyPath: step] /= 10
        return true
    }

    /// Nearly every value fits 64 bits, where a division costs a tenth.
    private static func isMultiple(_ raw: Int128, of step: Int128) -> Bool {
        if let small = Int64(exactly: raw) { return small % Int64(step) == 0 }
        return raw % step == 0
    }

    private static func quotient(_ raw: Int128, _ step: Int128) -> Int64? {
        if let small = Int64(exactly: raw) { return small / Int64(step) }
        return Int64(exactly: raw / step)
    }
}
