import JSONText
import Testing

@testable import Venues

/// Messages in the shapes that the exchanges' documentation prints, with what they are to be understood as. Written from the
/// documentation of Binance (spot and USDⓈ-M), Bybit v5 and MEXC spot v3; none of them was recorded.
private struct Documented: CustomTestStringConvertible, Sendable {
    let venue: VenueDialect
    let kind: MessageKind
    let text: String
    let type: String
    /// Parts of the data, as it is written out.
    let parts: [String]
    var testDescription: String { "\(venue) \(kind) \(text.prefix(80))" }

    init(_ venue: VenueDialect, _ kind: MessageKind, _ text: String, _ type: String, _ parts: String...) {
        (self.venue, self.kind, self.text, self.type, self.parts) = (venue, kind, text, type, parts)
    }
}

private let binance: [Documented] = [
    .init(
        .binance, .rest,
        #"{"timezone":"UTC","serverTime":1565246363776,"rateLimits":[],"exchangeFilters":[],"symbols":[],"sors":[]}"#,
        "instruments", "[]"),
    .init(
        .binance, .rest,
        #"[{"symbol":"LTCBTC","openPrice":"0.1","highPrice":"0.2","lowPrice":"0.05","lastPrice":"0.15","volume":"100","quoteVolume":"15","openTime":1499783499040,"closeTime":1499869899040,"firstId":1,"lastId":2,"count":2}]"#,
        "ticker_24h", #""last":"0.15""#, #""trade_count":2"#),
    .init(
        .binance, .rest, #"{"mins":5,"price":"9.35751834","closeTime":1694061154503}"#, "average_price",
        #""price":"9.35751834""#),
    .init(
        .binance, .ws,
        #"{"e":"1hTicker","E":1672515782136,"s":"BNBBTC","p":"0.0015","P":"250.00","o":"0.0010","h":"0.0025","l":"0.0010","c":"0.0025","w":"0.0018","v":"10000","q":"18","O":0,"C":1675216573749,"F":0,"L":18150,"n":18151}"#,
        "ticker_24h", #""last":"0.0025""#, #""price_change_percent":"250""#),
    .init(
        .binance, .ws,
        #"{"stream":"bnbbtc@depth5","data":{"lastUpdateId":160,"bids":[["0.0024","10"]],"asks":[["0.0026","100"]]}}"#,
        "order_book", #""bids":[["0.0024","10"]]"#),
    .init(
        .binance, .ws,
        #"{"id":"x","status":429,"error":{"code":-1003,"msg":"Too much request weight used; current limit is 1200 request weight per 1 MINUTE.","data":{"serverTime":1655199619000,"retryAfter":1655199625000}},"rateLimits":[]}"#,
        "error", #""category":"rate_limited""#, #""banned_until":1655199625000000"#),
    .init(.binance, .ws, #"{"code":0,"msg":"Unknown property","id":"1"}"#, "error", #""category":"invalid_request""#),
    .init(
        .binance, .ws, #"{"code":2,"msg":"Invalid request: unknown variant %s, expected one of SUBSCRIBE"}"#, "error",
        #""category":"invalid_request""#),
    .init(
        .binance, .ws, #"{"code":3,"msg":"Invalid JSON: expected value at line %s column %s"}"#, "error",
        #""category":"invalid_request""#),
    .init(.binance, .ws, #"{"result":null,"id":1}"#, "acknowledgement"),
    .init(
        .binanceUSDM, .rest,
        #"[{"symbol":"BTCUSDT","fundingRate":"-0.03750000","fundingTime":1570608000000,"markPrice":""}]"#,
        "funding_rate", #""funding_rate":"-0.0375""#, #""funding_time":1570608000000000"#),
    .init(
        .binanceUSDM, .rest,
        #"{"symbol":"BTCUSDT","markPrice":"11793.63104562","indexPrice":"11781.80495970","estimatedSettlePrice":"11781.16138815","lastFundingRate":"0.00038246","interestRate":"0.00010000","nextFundingTime":1597392000000,"time":1597370495002}"#,
        "mark_price", #""funding_rate":"0.00038246""#, #""next_funding_time":1597392000000000"#),
    .init(
        .binanceUSDM, .ws,
        #"{"e":"continuous_kline","E":1607443058651,"ps":"BTCUSDT","ct":"PERPETUAL","k":{"t":1607443020000,"T":1607443079999,"i":"1m","f":1,"L":2,"o":"18787.00","c":"18804.04","h":"18804.04","l":"18786.54","v":"197.664","n":543,"x":false,"q":"3715253.19494","V":"184.769","Q":"3472925.84746","B":"0"}}"#,
        "candle", #""pair":"BTCUSDT""#, #""is_closed":false"#, #""open":"18787""#),
    .init(
        .binanceUSDM, .ws,
        #"{"e":"forceOrder","E":1568014460893,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"9910","ap":"9910","X":"FILLED","l":"0.014","z":"0.014","T":1568014460893}}"#,
        "liquidation", #""side":"sell""#, #""average_price":"9910""#),
    .init(
        .binanceUSDM, .rest,
        #"{"code":-1003,"msg":"Way too many requests; IP(1.2.3.4) banned until 1680000000000. Please use the websocket for live updates to avoid bans."}"#,
        "error", #""category":"banned""#, #""banned_until":1680000000000000"#),
]

private let bybit: [Documented] = [
    .init(
        .bybit, .rest,
        #"{"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSDT","category":"linear","list":[["1670608800000","17164.16","17164.16","17121.5","17131.64"]]},"retExtInfo":{},"time":1672026361839}"#,
        "price_candle", #""close":"17131.64""#),
    .init(
        .bybit, .rest,
        #"{"retCode":0,"retMsg":"OK","result":{"s":"BTCUSDT","a":[["65557.7","16.606555"]],"b":[["65485.47","47.081829"]],"ts":1716863719031,"u":230704,"seq":1432604333,"cts":1716863718905},"retExtInfo":{},"time":1716863719382}"#,
        "order_book", #""bids":[["65485.47","47.081829"]]"#, #""last_update_id":230704"#),
    .init(
        .bybit, .ws,
        #"{"topic":"kline_lt.5.EOS3LUSDT","type":"snapshot","ts":1672325246233,"data":[{"start":1672325100000,"end":1672325399999,"interval":"5","open":"0.16618","close":"0.16618","high":"0.16618","low":"0.16618","confirm":false,"timestamp":1672325239838}]}"#,
        "candle", #""is_closed":false"#),
    .init(
        .bybit, .ws,
        #"{"topic":"allLiquidation.ROSEUSDT","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,"s":"ROSEUSDT","S":"Sell","v":"20000","p":"0.04499"}]}"#,
        "liquidation", #""side":"sell""#, #""bankruptcy_price":"0.04499""#),
    .init(
        .bybit, .ws,
        #"{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":"17217.33"},"cs":24987956059,"ts":1673272861686}"#,
        "ticker_24h", #""mark_price":"17217.33""#),
    .init(
        .bybit, .rest,
        #"{"retCode":10006,"retMsg":"Too many visits!","result":{},"retExtInfo":{},"time":1672053548579}"#,
        "error", #""category":"rate_limited""#),
]

private let mexc: [Documented] = [
    .init(
        .mexc, .ws,
        #"{"channel":"spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT","publicdeals":{"dealsList":[{"price":"93220.00","quantity":"0.04438243","tradetype":2,"time":1736409765051}],"eventtype":"spot@public.aggre.deals.v3.api.pb@100ms"},"symbol":"BTCUSDT","sendtime":1736409765052}"#,
        "trade", #""price":"93220""#, #""side":"sell""#, #""time":1736409765051000"#),
    .init(
        .mexc, .ws,
        #"{"channel":"spot@public.kline.v3.api.pb@BTCUSDT@Min15","publicspotkline":{"interval":"Min15","windowstart":1736410500,"openingprice":"92925","closingprice":"93158.47","highestprice":"93158.47","lowestprice":"92800","volume":"36.83803224","amount":"3424811.05","windowend":1736411400},"symbol":"BTCUSDT","symbolid":"2fb9","createtime":1736410707571}"#,
        "candle", #""open_time":1736410500000000"#, #""close":"93158.47""#, #""quote_volume":"3424811.05""#),
    .init(
        .mexc, .ws,
        #"{"channel":"spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT","publicincreasedepths":{"asksList":[],"bidsList":[{"price":"92877.58","quantity":"0.00000000"}],"eventtype":"spot@public.aggre.depth.v3.api.pb@100ms","fromVersion":"10589632358","toVersion":"10589632359"},"symbol":"BTCUSDT","sendtime":1736411507002}"#,
        "book_update", #""bids":[["92877.58","0"]]"#, #""asks":[]"#, #""first_update_id":10589632358"#,
        #""last_update_id":10589632359"#),
    .init(
        .mexc, .ws,
        #"{"channel":"spot@public.limit.depth.v3.api.pb@BTCUSDT@5","publiclimitdepths":{"asksList":[{"price":"93180.18","quantity":"0.21976424"}],"bidsList":[{"price":"93179.98","quantity":"2.82651000"}],"eventtype":"spot@public.limit.depth.v3.api.pb","version":"36913565463"},"symbol":"BTCUSDT","sendtime":1736411838730}"#,
        "order_book", #""asks":[["93180.18","0.21976424"]]"#, #""last_update_id":36913565463"#),
    .init(
        .mexc, .ws,
        #"{"channel":"spot@public.aggre.bookTicker.v3.api.pb@100ms@BTCUSDT","publicbookticker":{"bidprice":"93387.28","bidquantity":"3.73485","askprice":"93387.29","askquantity":"7.669875"},"symbol":"BTCUSDT","sendtime":1736412092433}"#,
        "best_bid_ask", #""bid":"93387.28""#, #""ask_quantity":"7.669875""#),
    .init(
        .mexc, .ws,
        #"{"channel":"spot@public.bookTicker.batch.v3.api.pb@BTCUSDT","symbol":"BTCUSDT","sendTime":"1739503249114","publicBookTickerBatch":{"items":[{"bidPrice":"96567.37","bidQuantity":"3.362925","askPrice":"96567.38","askQuantity":"1.545255"}]}}"#,
        "best_bid_ask", #""bid":"96567.37""#),
    .init(.mexc, .ws, #"{"id":0,"code":0,"msg":"spot@public.deals.v3.api.pb@BTCUSDT"}"#, "acknowledgement"),
    .init(.mexc, .ws, #"{"id":0,"code":0,"msg":"PONG"}"#, "heartbeat"),
    .init(
        .mexc, .ws,
        #"{"id":0,"code":0,"msg":"Not Subscribed successfully! [spot@public.deals.v3.api@BTCUSDT]. Reason: Blocked!"}"#,
        "error", #""category":"invalid_request""#),
    .init(
        .mexc, .rest,
        #"[{"id":null,"price":"23","qty":"0.478468","quoteQty":"11.004764","time":1640830579240,"isBuyerMaker":true,"isBestMatch":true,"tradeType":"ASK"}]"#,
        "trade", #""side":"sell""#),
]

@Suite("Messages as the exchanges document them")
struct DocumentedMessagesTests {
    @Test(
        "each is understood, whatever else stands in it, and cut short it is an error and no crash",
        arguments: binance + bybit + mexc)
    fileprivate func understood(message: Documented) throws {
        let parsed = try VenueMessages.parse(message.text, venue: message.venue, kind: message.kind)
        #expect(parsed.type == message.type)
        #expect(parsed.unknown.isEmpty, "\(parsed.unknown)")
        let text = parsed.data.text()
        for part in message.parts { #expect(text.contains(part), "\(part) is not in \(text)") }
        // A member that nobody knows changes nothing but the list of what was unknown.
        if message.text.hasPrefix("{") {
            let more = #"{"aFutureMember":{"x":[1,"y",null]},"# + message.text.dropFirst()
            let again = try VenueMessages.parse(more, venue: message.venue, kind: message.kind)
            #expect(again.type == message.type)
            for part in message.parts { #expect(again.data.text().contains(part)) }
        }
        for length in stride(from: 0, to: message.text.utf8.count, by: 7) {
            let cut = String(decoding: message.text.utf8.prefix(length), as: UTF8.self)
            #expect(throws: JSONError.self) {
                try VenueMessages.parse(cut, venue: message.venue, kind: message.kind)
            }
        }
    }
}
