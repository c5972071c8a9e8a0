/// The tables of what belongs to an account: orders, fills, positions, balances, user streams. See ``MessageReader`` for
/// their form, ``BinanceMarket`` for examples.
enum TradingMessages {
    static let binanceSpotResponses: [MessageReader] = []
    static let binanceSpotStreams: [MessageReader] = []
    static let binanceFuturesResponses: [MessageReader] = []
    static let binanceFuturesStreams: [MessageReader] = []
    static let bybitResponses: [MessageReader] = []
    static let bybitStreams: [MessageReader] = []
    static let mexcResponses: [MessageReader] = []
    static let mexcStreams: [MessageReader] = []
}
