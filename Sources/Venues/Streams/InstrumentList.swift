public import JSONText
public import TradingModel

/// An exchange's instruments out of its own list: the only source of which spelling is which symbol.
public struct InstrumentList: Sendable {
    public struct Entry: Hashable, Sendable {
        /// The exchange's spelling: `BTCUSDT`.
        public var venueSymbol: String
        public var instrument: Instrument
        /// It can be traded now.
        public var isTrading: Bool
    }

    /// In the order of the exchange.
    public private(set) var entries: [Entry] = []
    /// What cannot be used, each with one sentence: a delivery contract, a name that is no symbol, a rule that is missing.
    public private(set) var skipped: [(venueSymbol: String, reason: String)] = []
    private var byVenueSymbol: [String: Int] = [:]
    private var bySymbol: [Symbol: Int] = [:]

    public init() {}

    /// Adds the instruments of a message of type `instruments`.
    /// Errors: a message of another type.
    public mutating func add(_ message: ParsedMessage, venue: VenueID) throws(JSONError) {
        guard message.type == "instruments" else {
            throw JSONError(.wrongType, "the message is no list of instruments but \(message.type)")
        }
        for node in try message.data.node.elements() {
            let name = (try? node["symbol"].string()) ?? "?"
            do throws(JSONError) {
                add(try InstrumentList.entry(node, message.venue, venue))
            } catch {
                skipped.append((name, error.description))
            }
        }
    }

    private mutating func add(_ entry: Entry) {
        if let place = byVenueSymbol[entry.venueSymbol] {
            entries[place] = entry
        } else if bySymbol[entry.instrument.symbol] != nil {
            skipped.append((entry.venueSymbol, "another instrument is \(entry.instrument.symbol) already"))
        } else {
            byVenueSymbol[entry.venueSymbol] = entries.count
            bySymbol[entry.instrument.symbol] = entries.count
            entries.append(entry)
        }
    }

    /// Our symbol of an exchange's spelling.
    public func symbol(_ venueSymbol: String) -> Symbol? { self[venueSymbol: venueSymbol]?.instrument.symbol }
    public subscript(venueSymbol name: String) -> Entry? { byVenueSymbol[name].map { entries[$0] } }
    public subscript(symbol: Symbol) -> Entry? { bySymbol[symbol].map { entries[$0] } }

    /// What a symbol of the configuration means here: the instrument of that name, else the perpetual contract of the pair
    /// that is settled in its quote currency, under the name it was asked for.
    public func entry(for symbol: Symbol) -> Entry? {
        if let entry = self[symbol] { return entry }
        guard let contract = Symbol(symbol.name + ":" + symbol.quoteCurrency), var entry = self[contract] else {
            return nil
        }
        entry.instrument.symbol = symbol
        return entry
    }

    // MARK: One instrument

    private static func entry(
        _ node: JSONNode, _ dialect: VenueDialect, _ venue: VenueID
    ) throws(JSONError) -> Entry {
        let base = try node["base"].string()
        let quote = try node["quote"].string()
        let contract = try node["contract_type"].ifPresent?.string()
        var name = base + "/" + quote
        if let contract {
            guard contract == "perpetual" || contract == "linear_perpetual" else {
                throw node["contract_type"].bad("is no perpetual contract settled in its quote currency")
            }
            name += ":" + (try node["settle"].ifPresent?.string() ?? quote)
        }
        guard let symbol = Symbol(name) else { throw node["symbol"].bad("is \(name), which is no symbol of ours") }
        var instrument = Instrument()
        instrument.symbol = symbol
        instrument.venue = venue
        switch dialect {
        case .binance, .binanceUSDM:
            try applyFilters(node, to: &instrument)
            if contract != nil { instrument.maxLeverage = 125 }
        case .bybit: try applyMembers(node, to: &instrument)
        case .mexc: try applyPrecisions(node, to: &instrument)
        }
        guard instrument.tickSize.isPositive, instrument.lotSize.isPositive else {
            throw node["symbol"].bad("has no price step or no quantity step")
        }
        let status = try node["status"].string()
        return Entry(
            venueSymbol: try node["symbol"].string(), instrument: instrument,
            isTrading: ["trading", "1", "enabled"].contains(status))
    }

    /// Binance's filters. How much leverage a contract takes, Binance tells an account only: until then it is what its
    /// interface takes at all, and an order whose leverage the exchange does not confirm never leaves.
    private static func applyFilters(_ node: JSONNode, to instrument: inout Instrument) throws(JSONError) {
        for filter in try node["filters"].elements() {
            switch try filter["type"].string() {
            case "price_filter": instrument.tickSize = try filter["tick_size"].decimal()
            case "lot_size":
                instrument.lotSize = try filter["quantity_step"].decimal()
                instrument.minQuantity = try filter["min_quantity"].decimal()
                instrument.maxQuantity = try filter["max_quantity"].decimal()
            case "min_notional", "notional":
                instrument.minNotional = try filter["min_notional"].ifPresent?.decimal() ?? .zero
            default: continue
            }
        }
    }

    private static func applyMembers(_ node: JSONNode, to instrument: inout Instrument) throws(JSONError) {
        instrument.tickSize = try node["tick_size"].decimal()
        instrument.lotSize = try node["quantity_step"].decimal()
        instrument.minQuantity = try node["min_quantity"].decimal()
        instrument.maxQuantity = try node["max_quantity"].decimal()
        instrument.minNotional = try node["min_notional"].ifPresent?.decimal() ?? .zero
        if let most = try node["max_leverage"].ifPresent?.double() { instrument.maxLeverage = max(1, Int(most)) }
    }

    /// MEXC gives numbers of decimals; a quantity step of 0 means that the precision of the base currency counts.
    private static func applyPrecisions(_ node: JSONNode, to instrument: inout Instrument) throws(JSONError) {
        let prices = Int(try node["quote_precision"].integer())
        let quantities = Int(try node["base_asset_precision"].integer())
        guard (0...12).contains(prices), (0...12).contains(quantities) else {
            throw node["quote_precision"].bad("is no number of decimals between 0 and 12")
        }
        instrument.tickSize = Price(raw: PowerOfTen.of(12 - prices))
        instrument.lotSize = Quantity(raw: PowerOfTen.of(12 - quantities))
        if let step: Quantity = try node["quantity_step"].ifPresent?.decimal(), step.isPositive {
            instrument.lotSize = step
        }
        instrument.minQuantity = instrument.lotSize
        instrument.maxQuantity = Quantity(1_000_000_000)
        instrument.minNotional = try node["min_notional"].ifPresent?.decimal() ?? .zero
        if let fee: Ratio = try node["maker_fee"].ifPresent?.decimal() { instrument.makerFee = fee }
        if let fee: Ratio = try node["taker_fee"].ifPresent?.decimal() { instrument.takerFee = fee }
    }
}
