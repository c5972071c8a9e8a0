/// The tables of what belongs to an account: orders, fills, positions, balances, user streams. See ``MessageReader`` for
/// their form.
enum TradingMessages {
    static let binanceSpotResponses = BinanceTrading.spotResponses
    static let binanceSpotStreams = BinanceTrading.spotStreams
    static let binanceFuturesResponses = BinanceTrading.futuresResponses
    static let binanceFuturesStreams = BinanceTrading.futuresStreams
    static let bybitResponses = BybitTrading.responses
    static let bybitStreams = BybitTrading.streams
    static let mexcResponses = MexcTrading.responses
    static let mexcStreams = MexcTrading.streams
}
