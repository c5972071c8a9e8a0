public import TradingModel

/// The funding rates of perpetual contracts that a backtest charges: a recording of candles has none.
///
/// Only when and how much; who pays, on what value and in which order is the paper venue's, as in live paper trading.
public struct FundingSchedule: Hashable, Sendable {
    /// One rate: what longs pay shorts (positive) at a funding time, as a share of the position's value.
    public struct Entry: Hashable, Sendable {
        public var time: MarketTime
        public var rate: Ratio
        public init(time: MarketTime, rate: Ratio) {
            self.time = time
            self.rate = rate
        }
    }

    /// Published rates by symbol, oldest first, one a moment.
    public private(set) var published: [Symbol: [Entry]] = [:]
    /// The rate of every symbol without published ones, at each multiple of ``interval`` since 1970 UTC.
    public let constant: Ratio?
    public let interval: Span

    /// The same rate for every symbol. `interval` is positive; 8 hours is what the large venues use.
    public init(constant: Ratio, interval: Span = .hours(8)) {
        precondition(interval > .zero, "funding is paid in positive intervals")
        self.constant = constant
        self.interval = interval
    }

    /// Published rates; a symbol without any pays nothing. Of two of one moment the later in the list stands.
    public init(published: [Symbol: [Entry]]) {
        constant = nil
        interval = .hours(8)
        self.published = published.mapValues { entries in
            var kept: [Entry] = []
            for (_, entry) in entries.enumerated().sorted(by: {
                ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
            }) {
                if kept.last?.time == entry.time { kept.removeLast() }
                kept.append(entry)
            }
            return kept
        }
    }

    /// The first funding time at or after a moment; `nil` where none is known. O(log n).
    public func next(of symbol: Symbol, from time: MarketTime) -> Entry? {
        if let entries = published[symbol] {
            var (low, high) = (0, entries.count)
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].time < time { low = middle + 1 } else { high = middle }
            }
            return low < entries.count ? entries[low] : nil
        }
        guard let constant else { return nil }
        let length = interval.micros
        return Entry(time: MarketTime(micros: (time.micros + length - 1) / length * length), rate: constant)
    }
}

/// Why a table of funding rates cannot be read. One sentence that names the line.
public struct FundingTableError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

extension FundingSchedule {
    /// Reads a table with a header: a column `ts_ms` (or `fundingTime`; milliseconds since 1970 UTC), one `rate` (or
    /// `fundingRate`; 0.0001 is 0.01 %) and, where it speaks of more than one symbol, one `symbol`.
    ///
    /// Without that column the rates are those of every one of `symbols`. A venue's spelling without the slash is
    /// understood where it is that of one of `symbols`.
    public init(table text: String, symbols: [Symbol]) throws(FundingTableError) {
        var lines = text.split(whereSeparator: \.isNewline).enumerated().makeIterator()
        guard let header = lines.next() else {
            throw FundingTableError(description: "the table of funding rates is empty")
        }
        let names = Self.fields(header.element)
        guard let time = names.firstIndex(where: { $0 == "ts_ms" || $0 == "fundingTime" }),
            let rate = names.firstIndex(where: { $0 == "rate" || $0 == "fundingRate" })
        else {
            throw FundingTableError(
                description:
                    "the table of funding rates has the columns \(names.joined(separator: ", ")): it needs ts_ms and rate"
            )
        }
        let symbol = names.firstIndex(of: "symbol")
        var published: [Symbol: [Entry]] = [:]
        while let (number, line) = lines.next() {
            let fields = Self.fields(line)
            guard fields.count == names.count, let millis = Int64(fields[time]), abs(millis) < 1 << 50,
                let value = Ratio(fields[rate]), value.magnitude < .one
            else {
                throw FundingTableError(
                    description:
                        "line \(number + 1) of the funding rates, \"\(line)\", is not a time in milliseconds and a rate below 1"
                )
            }
            let entry = Entry(time: MarketTime(micros: millis * 1_000), rate: value)
            guard let symbol else {
                for one in symbols { published[one, default: []].append(entry) }
                continue
            }
            let name = fields[symbol]
            let known = symbols.first { $0.name == name || "\($0.baseCurrency)\($0.quoteCurrency)" == name }
            if let known { published[known, default: []].append(entry) }
        }
        self.init(published: published)
    }

    private static func fields(_ line: Substring) -> [String] {
        line.split(separator: ",", omittingEmptySubsequences: false).map { field in
            String(field.drop { $0 == " " || $0 == "\"" }.prefix { $0 != "\"" && $0 != "\r" && $0 != " " })
        }
    }
}
