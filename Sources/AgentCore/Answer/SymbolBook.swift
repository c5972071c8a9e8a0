import TradingModel

/// The configured symbols under the spellings that models use for them.
struct SymbolBook: Sendable {
    enum Match: Equatable {
        case exact(Int)
        /// Another spelling that can mean only this one.
        case spelled(Int)
        case ambiguous
        case unknown
    }

    let symbols: [Symbol]
    /// By the hash of letters and digits: `btcusdt`, `btc`, `btcusd`; -1 where two symbols share a spelling.
    private var spellings: [UInt64: Int] = [:]
    private var exact: [[UInt8]] = []

    init(_ symbols: [Symbol]) {
        self.symbols = symbols
        exact = symbols.map { Array($0.name.utf8) }
        for (index, symbol) in symbols.enumerated() {
            let base = symbol.baseCurrency
            let quote = symbol.quoteCurrency
            var forms = [
                base, base + quote, base + quote + quote, base + quote + "swap", base + quote + "perp", base + "perp",
                base + quote + "p",
            ]
            // A dollar is what models call the dollar coin a symbol is quoted in; another coin is another market.
            if quote == "USDT" { forms += [base + "usd", base + "usdperp", base + "usdswap"] }
            for form in Set(forms) {
                let key = KeyHash.of(form)
                spellings[key] = spellings[key] == nil ? index : -1
            }
        }
    }

    func match(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Match {
        for (index, name) in exact.enumerated() where name.elementsEqual(text) { return .exact(index) }
        guard text.count <= 40, !text.isEmpty else { return .unknown }
        switch spellings[KeyHash.of(text)] {
        case nil: return .unknown
        case -1: return .ambiguous
        case .some(let index): return .spelled(index)
        }
    }
}
