import TradingModel

/// The series of all symbols, ordered by symbol and timeframe, so that those of one symbol lie together.
struct SeriesTable: Sendable {
    private(set) var keys: [SeriesKey]
    private var all: [CandleSeries]
    private let positions: [SeriesKey: Int]
    private let ranges: [Symbol: Range<Int>]

    init(_ series: [SeriesKey: CandleSeries]) {
        let sorted = series.sorted { $0.key < $1.key }
        keys = sorted.map(\.key)
        all = sorted.map(\.value)
        var positions: [SeriesKey: Int] = [:]
        var ranges: [Symbol: Range<Int>] = [:]
        for (position, key) in keys.enumerated() {
            positions[key] = position
            ranges[key.symbol] = (ranges[key.symbol]?.lowerBound ?? position)..<(position + 1)
        }
        self.positions = positions
        self.ranges = ranges
    }

    var indices: Range<Int> { all.indices }
    func position(of key: SeriesKey) -> Int? { positions[key] }
    /// Where the series of a symbol are, shortest timeframe first.
    func positions(of symbol: Symbol) -> Range<Int> { ranges[symbol] ?? 0..<0 }

    /// The series at a position; changed in place.
    subscript(position: Int) -> CandleSeries {
        get { all[position] }
        _modify { yield &all[position] }
    }
}
