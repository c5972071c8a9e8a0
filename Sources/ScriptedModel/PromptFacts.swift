/// What a prompt of the agent says, read back from its text.
struct PromptFacts {
    struct Market {
        var symbol: String
        var price: Double
        /// By timeframe, each indicator by its name: `["1h": ["EMA(12)": 64250.1]]`.
        var readings: [String: [String: Double]] = [:]
    }

    struct Position {
        var symbol: String
        var isLong: Bool
        /// Change of the price in its favour, in percent.
        var result = 0.0
        /// Another strategy opened it.
        var isForeign = false
    }

    private(set) var markets: [Market] = []
    private(set) var positions: [Position] = []
    private(set) var isTradingActive = true

    private enum Section {
        case other, market, positions, account
    }

    init(_ prompt: String) {
        var section = Section.other
        for line in prompt.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.hasPrefix("=== ") {
                section = open(line)
                continue
            }
            // What others wrote is no data.
            if line.drop(while: { $0 == " " }).hasPrefix("quote:") { continue }
            switch section {
            case .market: readMarket(line)
            case .positions: readPosition(line)
            case .account:
                if line.hasPrefix("trading state:") { isTradingActive = line.hasPrefix("trading state: active") }
            case .other: break
            }
        }
        markets.removeAll { $0.price <= 0 }
    }

    private mutating func open(_ heading: Substring) -> Section {
        let words = heading.split(separator: " ")
        guard words.count >= 3 else { return .other }
        switch words[1] {
        case "MARKET":
            markets.append(Market(symbol: words.count > 3 ? String(words[3]) : "", price: 0))
            return .market
        case "TECHNICAL": return markets.isEmpty ? .other : .market
        case "OPEN": return .positions
        case "ACCOUNT": return .account
        default: return .other
        }
    }

    private mutating func readMarket(_ line: Substring) {
        guard let last = markets.indices.last, let colon = line.firstIndex(of: ":") else { return }
        let name = line[..<colon]
        let rest = line[line.index(after: colon)...]
        if name == "last price" {
            markets[last].price = Self.number(rest) ?? 0
        } else if ["1m", "3m", "5m", "15m", "30m", "1h", "4h"].contains(name) {
            for part in rest.split(separator: ",") {
                guard let equals = part.lastIndex(of: "="), let value = Self.number(part[part.index(after: equals)...])
                else { continue }
                let key = part[..<equals].drop(while: { $0 == " " })
                markets[last].readings[String(name), default: [:]][String(key)] = value
            }
        }
    }

    private mutating func readPosition(_ line: Substring) {
        if !line.hasPrefix(" ") {
            let words = line.split(separator: " ")
            guard words.count > 1 else { return }
            positions.append(Position(symbol: String(words[0]), isLong: words[1].hasPrefix("long")))
        } else if let last = positions.indices.last {
            if line.contains("opened by another strategy") { positions[last].isForeign = true }
            if let favour = line.firstRange(of: "in its favour: ") {
                positions[last].result = Self.number(line[favour.upperBound...]) ?? 0
            }
        }
    }

    /// The number a text begins with, a sign and blanks before it allowed.
    static func number(_ text: Substring) -> Double? {
        let digits = text.drop { $0 == " " || $0 == "+" }.prefix { $0.isNumber || $0 == "." || $0 == "-" }
        return Double(digits)
    }
}
