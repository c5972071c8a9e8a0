import TradingModel

/// Why a saved state of the simulated market cannot be used. One sentence.
public struct SavedMarketError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

extension SimulatedMarket {
    private static let heading = "quartet simulated market 1"

    /// The whole state as text: from it the market goes on as if it had never stopped.
    ///
    /// A heading, then one line of words for the market, the factor and each symbol. Floating-point numbers are their
    /// 64 bits in hexadecimal, so that nothing is lost.
    public func saved() -> String {
        var lines = [Self.heading]
        lines.append(["time", "\(minute.micros)", "\(ticksDone)"].joined(separator: " "))
        lines.append(
            (["factor", "\(factor.generator.state)"]
                + [factor.fastVolatility, factor.slowVolatility, factor.level].map(Self.word)
                + Self.words(factor.regime)).joined(separator: " "))
        for state in symbols {
            let forming = state.forming
            lines.append(
                (["symbol", state.symbol.name, "\(state.generator.state)"]
                    + [state.mid, state.fastVolatility, state.slowVolatility].map(Self.word)
                    + Self.words(state.regime) + ["\(state.last)", forming.isEmpty ? "0" : "1"]
                    + [forming.open, forming.high, forming.low, forming.close, forming.lots].map(String.init)).joined(
                        separator: " "))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The market of these settings in a saved state. Throws where the text is damaged or of other symbols.
    public init(_ settings: Settings, saved text: String) throws(SavedMarketError) {
        self.init(settings)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: true)[...]
        guard lines.popFirst().map(String.init) == Self.heading else {
            throw SavedMarketError(
                description:
                    "the saved state of the simulated market does not begin with \"\(Self.heading)\": it is of another version or damaged"
            )
        }
        var time = try Self.reader(lines.popFirst(), "time")
        minute = MarketTime(micros: try time.integer())
        ticksDone = Int(try time.integer())
        try time.end()
        guard minute.micros >= 0, minute.micros % Span.minutes(1).micros == 0, ticksDone >= 0,
            Int64(ticksDone) * settings.tickerInterval.micros <= Span.minutes(1).micros
        else {
            throw SavedMarketError(
                description: "the saved state of the simulated market stands at no minute: it is damaged")
        }

        var words = try Self.reader(lines.popFirst(), "factor")
        factor.generator = SeededGenerator(seed: try words.unsigned())
        factor.fastVolatility = try words.double()
        factor.slowVolatility = try words.double()
        factor.level = try words.double()
        factor.regime = try words.regime()
        try words.end()
        for index in symbols.indices {
            var words = try Self.reader(lines.popFirst(), "symbol")
            let name = try words.next()
            guard name == symbols[index].symbol.name else {
                throw SavedMarketError(
                    description:
                        "the saved state of the simulated market has \(name) where the configuration has \(symbols[index].symbol): "
                        + "use the symbols it was made with or another data directory")
            }
            try words.read(into: &symbols[index])
        }
        guard lines.isEmpty else {
            throw SavedMarketError(
                description:
                    "the saved state of the simulated market has more symbols than the configuration: use another data directory"
            )
        }
    }

    fileprivate static func word(_ value: Double) -> String { String(value.bitPattern, radix: 16) }

    private static func words(_ regime: SimulatedRegime) -> [String] {
        [regime.kind.rawValue] + [regime.minutesLeft, regime.drift, regime.anchor].map(word)
    }

    private static func reader(_ line: Substring?, _ label: String) throws(SavedMarketError) -> WordReader {
        var reader = WordReader(words: (line ?? "").split(separator: " ")[...])
        guard try reader.next() == label else {
            throw SavedMarketError(
                description:
                    "the saved state of the simulated market has no line \"\(label)\" where one belongs: it is damaged")
        }
        return reader
    }
}

/// Reads the words of one line in order.
private struct WordReader {
    var words: ArraySlice<Substring>

    private func damaged(_ word: some StringProtocol) -> SavedMarketError {
        SavedMarketError(description: "the saved state of the simulated market is damaged at \"\(word)\"")
    }

    mutating func next() throws(SavedMarketError) -> String {
        guard let word = words.popFirst() else { throw damaged("the end of a line") }
        return String(word)
    }

    mutating func integer() throws(SavedMarketError) -> Int64 {
        let word = try next()
        guard let value = Int64(word) else { throw damaged(word) }
        return value
    }

    mutating func unsigned() throws(SavedMarketError) -> UInt64 {
        let word = try next()
        guard let value = UInt64(word) else { throw damaged(word) }
        return value
    }

    mutating func double() throws(SavedMarketError) -> Double {
        let word = try next()
        guard let bits = UInt64(word, radix: 16), Double(bitPattern: bits).isFinite else { throw damaged(word) }
        return Double(bitPattern: bits)
    }

    mutating func regime() throws(SavedMarketError) -> SimulatedRegime {
        let word = try next()
        guard let kind = SimulatedRegime.Kind(rawValue: word) else { throw damaged(word) }
        return SimulatedRegime(kind: kind, minutesLeft: try double(), drift: try double(), anchor: try double())
    }

    mutating func read(into state: inout SimulatedSymbol) throws(SavedMarketError) {
        state.generator = SeededGenerator(seed: try unsigned())
        state.mid = try double()
        state.fastVolatility = try double()
        state.slowVolatility = try double()
        state.regime = try regime()
        state.last = try integer()
        state.forming.isEmpty = try integer() == 0
        state.forming.open = try integer()
        state.forming.high = try integer()
        state.forming.low = try integer()
        state.forming.close = try integer()
        state.forming.lots = try integer()
        try end()
        guard state.mid > 0, state.last > 0 else { throw damaged(state.symbol.name) }
    }

    func end() throws(SavedMarketError) {
        if let word = words.first { throw damaged(word) }
    }
}
