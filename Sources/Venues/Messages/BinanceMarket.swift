/// Binance's market data: the REST API and streams of spot ("binance-spot-api-docs") and of USDⓈ-M futures.
enum BinanceMarket {
    // MARK: Spot

    static let spotResponses: [MessageReader] = [
        MessageReader("time", "server_time", ["/api/v3/time"], .object(serverTime)),
        MessageReader("exchange_info", "instruments", ["/api/v3/exchangeInfo", "exchangeInfo"], exchangeInfo),
        MessageReader("depth", "order_book", ["/api/v3/depth"], .object(book)),
        MessageReader(
            "trades", "trade", ["/api/v3/trades", "/api/v3/historicalTrades", "trades.recent", "trades.historical"],
            .list(trade)),
        MessageReader("agg_trades", "trade", ["/api/v3/aggTrades", "trades.aggregate"], .list(aggregateTrade)),
        MessageReader("klines", "candle", ["/api/v3/klines", "/api/v3/uiKlines"], .tuples(kline)),
        MessageReader("avg_price", "average_price", ["/api/v3/avgPrice"], .object(averagePrice)),
        MessageReader(
            "ticker_24hr", "ticker_24h", ["/api/v3/ticker/24hr", "/api/v3/ticker/tradingDay", "/api/v3/ticker"],
            .either(ticker)),
        MessageReader("ticker_price", "price", ["/api/v3/ticker/price"], .either(price)),
        MessageReader("ticker_book_ticker", "best_bid_ask", ["/api/v3/ticker/bookTicker"], .either(bookTicker)),
        MessageReader(
            "execution_rules", "execution_rules", ["/api/v3/executionRules"],
            .page("symbolRules", .list(Layout("symbol:s! rules:a!")), header: Layout(""))),
        MessageReader(
            "reference_price", "reference_price", ["/api/v3/referencePrice"],
            .object(Layout("symbol:s! referencePrice:d! timestamp>time:t!"))),
        MessageReader(
            "reference_price_calculation", "reference_price_calculation", ["/api/v3/referencePrice/calculation"],
            .object(Layout("symbol:s! calculationType:w! bucketCount:i bucketWidthMs:i externalCalculationId:s"))),
    ]

    static let spotStreams: [MessageReader] = [
        MessageReader("agg_trade", "trade", ["aggTrade", "@aggTrade"], .object(aggregateTradeEvent)),
        MessageReader("trade", "trade", ["trade", "@trade"], .object(tradeEvent)),
        MessageReader("kline", "candle", ["kline", "@kline"], .object(klineEvent)),
        MessageReader("mini_ticker", "ticker_24h", ["24hrMiniTicker", "@miniTicker"], .either(miniTicker)),
        MessageReader(
            "ticker", "ticker_24h", ["24hrTicker", "1hTicker", "4hTicker", "1dTicker", "@ticker"], .either(tickerEvent)),
        MessageReader("book_ticker", "best_bid_ask", ["bookTicker", "@bookTicker"], .object(bookTickerEvent)),
        MessageReader("avg_price_event", "average_price", ["avgPrice", "@avgPrice"], .object(averagePriceEvent)),
        MessageReader("depth_update", "book_update", ["depthUpdate", "@depth"], .object(depthEvent)),
        MessageReader("partial_depth", "order_book", ["@depth5", "@depth10", "@depth20"], .object(book)),
    ]

    // MARK: USDⓈ-M futures

    static let futuresResponses: [MessageReader] = [
        MessageReader("time", "server_time", ["/fapi/v1/time"], .object(serverTime)),
        MessageReader("exchange_info", "instruments", ["/fapi/v1/exchangeInfo"], exchangeInfo),
        MessageReader("depth", "order_book", ["/fapi/v1/depth", "/fapi/v1/rpiDepth"], .object(book)),
        MessageReader("trades", "trade", ["/fapi/v1/trades", "/fapi/v1/historicalTrades"], .list(trade)),
        MessageReader("agg_trades", "trade", ["/fapi/v1/aggTrades"], .list(aggregateTrade)),
        MessageReader("klines", "candle", ["/fapi/v1/klines", "/fapi/v1/continuousKlines"], .tuples(kline)),
        MessageReader(
            "price_klines", "price_candle",
            ["/fapi/v1/indexPriceKlines", "/fapi/v1/markPriceKlines", "/fapi/v1/premiumIndexKlines"],
            .tuples(priceKline)),
        MessageReader("premium_index", "mark_price", ["/fapi/v1/premiumIndex"], .either(premiumIndex)),
        MessageReader("funding_rate", "funding_rate", ["/fapi/v1/fundingRate"], .list(fundingRate)),
        MessageReader("funding_info", "funding_info", ["/fapi/v1/fundingInfo"], .list(fundingInfo)),
        MessageReader("ticker_24hr", "ticker_24h", ["/fapi/v1/ticker/24hr"], .either(ticker)),
        MessageReader(
            "ticker_price", "price", ["/fapi/v1/ticker/price", "/fapi/v2/ticker/price", "ticker.price"], .either(price)),
        MessageReader(
            "ticker_book_ticker", "best_bid_ask", ["/fapi/v1/ticker/bookTicker", "ticker.book"], .either(bookTicker)),
        MessageReader(
            "open_interest", "open_interest", ["/fapi/v1/openInterest"],
            .object(Layout("symbol:s! openInterest:d! time:t"))),
        MessageReader(
            "open_interest_hist", "open_interest", ["/futures/data/openInterestHist"],
            .list(
                Layout(
                    "symbol:s! sumOpenInterest>open_interest:d! sumOpenInterestValue>open_interest_value:d CMCCirculatingSupply>circulating_supply:d timestamp>time:t!"
                ))),
        MessageReader(
            "long_short_ratio", "long_short_ratio",
            [
                "/futures/data/topLongShortPositionRatio", "/futures/data/topLongShortAccountRatio",
                "/futures/data/globalLongShortAccountRatio",
            ],
            .list(
                Layout(
                    "symbol:s pair:s longShortRatio:d! longAccount:d longPosition:d shortAccount:d shortPosition:d timestamp>time:t!"
                ))),
        MessageReader(
            "taker_volume", "taker_volume", ["/futures/data/takerlongshortRatio"],
            .list(Layout("buySellRatio:d! buyVol>buy_volume:d! sellVol>sell_volume:d! timestamp>time:t!"))),
        MessageReader(
            "basis", "basis", ["/futures/data/basis"],
            .list(
                Layout(
                    "pair:s! contractType:w basis:d! basisRate:d futuresPrice:d! indexPrice:d! annualizedBasisRate:d timestamp>time:t!"
                ))),
        MessageReader("index_info", "composite_index", ["/fapi/v1/indexInfo"], .either(indexInfo)),
        MessageReader("asset_index", "asset_index", ["/fapi/v1/assetIndex"], .either(assetIndex)),
        MessageReader(
            "constituents", "index_constituents", ["/fapi/v1/constituents"],
            .object(
                Layout("symbol:s! time:t").list("constituents", Layout("exchange:s! symbol:s! price:d weight:d")))),
        MessageReader(
            "insurance_balance", "insurance_fund", ["/fapi/v1/insuranceBalance"],
            .either(Layout("symbols:a!").list("assets", Layout("asset:s! marginBalance:d! updateTime:t")))),
        MessageReader(
            "delivery_price", "delivery_price", ["/futures/data/delivery-price"],
            .list(Layout("deliveryTime:t! deliveryPrice:d!"))),
    ]

    static let futuresStreams: [MessageReader] = [
        MessageReader("agg_trade", "trade", ["aggTrade", "@aggTrade"], .object(aggregateTradeEvent)),
        MessageReader("trade", "trade", ["trade", "@trade"], .object(tradeEvent)),
        MessageReader(
            "mark_price", "mark_price", ["markPriceUpdate", "@markPrice", "!markPrice@arr"], .either(markPriceEvent)),
        MessageReader("kline", "candle", ["kline", "@kline"], .object(klineEvent)),
        MessageReader("continuous_kline", "candle", ["continuous_kline", "@continuousKline"], .object(klineEvent)),
        MessageReader("mini_ticker", "ticker_24h", ["24hrMiniTicker", "@miniTicker"], .either(miniTicker)),
        MessageReader("ticker", "ticker_24h", ["24hrTicker", "@ticker"], .either(tickerEvent)),
        MessageReader("book_ticker", "best_bid_ask", ["bookTicker", "@bookTicker"], .object(bookTickerEvent)),
        MessageReader("force_order", "liquidation", ["forceOrder", "@forceOrder"], .object(liquidationEvent)),
        MessageReader("depth_update", "book_update", ["depthUpdate", "@depth"], .object(depthEvent)),
        MessageReader("composite_index", "composite_index", ["compositeIndex"], .object(compositeIndexEvent)),
        MessageReader("contract_info", "instrument_update", ["contractInfo"], .object(contractInfoEvent)),
        MessageReader("asset_index", "asset_index", ["assetIndexUpdate", "!assetIndex@arr"], .either(assetIndexEvent)),
        MessageReader(
            "trading_session", "trading_session", ["tradingSession", "!tradingSession"],
            .either(Layout("e>event:s! E>event_time:t t>start_time:t T>end_time:t S>session:w"))),
    ]
}
