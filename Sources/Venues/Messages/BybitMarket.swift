/// Bybit v5 market data: REST and public streams, as described in "docs/v5" of bybit-exchange.
enum BybitMarket {
    static let responses: [MessageReader] = [
        MessageReader(
            "time", "server_time", ["/v5/market/time"], .object(Layout("timeSecond>server_time_seconds:T! timeNano:s!"))
        ),
        MessageReader(
            "kline", "candle", ["/v5/market/kline"],
            page(.tuples(Layout("open_time:t! open:d! high:d! low:d! close:d! volume:d! quote_volume:d!")))),
        MessageReader(
            "price_kline", "price_candle",
            ["/v5/market/mark-price-kline", "/v5/market/index-price-kline", "/v5/market/premium-index-price-kline"],
            page(.tuples(Layout("open_time:t! open:d! high:d! low:d! close:d!")))),
        MessageReader(
            "instruments_info", "instruments", ["/v5/market/instruments-info", "/v5/account/instruments-info"],
            page(.list(instrument))),
        MessageReader(
            "orderbook", "order_book", ["/v5/market/orderbook", "/v5/market/rpi_orderbook"],
            .object(
                Layout(
                    "s>symbol:s b>bids:L! a>asks:L! ts>event_time:t! u>last_update_id:i! seq>sequence:i cts>matching_time:t"
                ))),
        MessageReader("tickers", "ticker_24h", ["/v5/market/tickers"], page(.list(ticker))),
        MessageReader(
            "funding_history", "funding_rate", ["/v5/market/funding/history"],
            page(.list(Layout("symbol:s! fundingRate:d! fundingRateTimestamp>funding_time:t!")))),
        MessageReader(
            "recent_trade", "trade", ["/v5/market/recent-trade", "/v5/spread/recent-trade"],
            page(
                .list(
                    Layout(
                        """
                        execId>id:s! symbol:s! price:d! size>quantity:d! side:x! time:t! isBlockTrade:b isRPITrade:b
                        seq>sequence:i mP>mark_price:d iP>index_price:d mIv>mark_volatility:d iv>volatility:d
                        """)))),
        MessageReader(
            "open_interest", "open_interest", ["/v5/market/open-interest"],
            page(.list(Layout("openInterest:d! timestamp>time:t!")))),
        MessageReader(
            "risk_limit", "risk_limit", ["/v5/market/risk-limit"],
            page(
                .list(
                    Layout(
                        """
                        id:s! symbol:s! riskLimitValue:d limit>risk_limit_value:d maintenanceMargin:d
                        maintainMargin>maintenance_margin:d initialMargin:d! isLowestRisk:b maxLeverage:d! mmDeduction:d
                        section:a
                        """)))),
        MessageReader(
            "account_ratio", "long_short_ratio", ["/v5/market/account-ratio"],
            page(.list(Layout("symbol:s! buyRatio:d! sellRatio:d! timestamp>time:t!")))),
        MessageReader(
            "insurance", "insurance_fund", ["/v5/market/insurance"],
            .page(
                "list", .list(Layout("coin>asset:s! symbols:s balance:d! value:d!")),
                header: Layout("updatedTime>update_time:t"))),
        MessageReader(
            "delivery_price", "delivery_price", ["/v5/market/delivery-price"],
            page(.list(Layout("symbol:s! deliveryPrice:d! deliveryTime:t!")))),
        MessageReader(
            "price_limit", "price_limit", ["/v5/market/price-limit"],
            .object(Layout("symbol:s! buyLmt>buy_limit:d! sellLmt>sell_limit:d! ts>time:t"))),
        MessageReader(
            "historical_volatility", "volatility", ["/v5/market/historical-volatility"],
            .list(Layout("period:i! value:d! time:t!"))),
        MessageReader(
            "index_price_components", "index_constituents", ["/v5/market/index-price-components"],
            .object(
                Layout("indexName:s! lastPrice:d! updateTime:t").list(
                    "components",
                    Layout("exchange:s! spotPair:s equivalentPrice:d multiplier:d price:d weight:d")))),
        // Answers of the older spot and derivatives interfaces, in Binance's shapes.
        MessageReader("old_kline", "candle", [], .tuples(BinanceMarket.kline)),
        MessageReader("old_book_ticker", "best_bid_ask", [], .either(BinanceMarket.bookTicker)),
        MessageReader("old_price", "price", [], .either(BinanceMarket.price)),
        MessageReader("old_order_book", "order_book", [], .object(Layout("time>event_time:t! bids:L! asks:L!"))),
        MessageReader(
            "old_trades", "trade", [],
            .list(Layout("id:s price:d! time:t! qty>quantity:d! isBuyerMaker:b!"))),
        MessageReader(
            "old_ticker", "ticker_24h", [],
            .either(
                Layout(
                    """
                    time>event_time:t! symbol:s! bestBidPrice>bid:d! bestAskPrice>ask:d! volume:d! quoteVolume:d
                    lastPrice>last:d! highPrice>high:d! lowPrice>low:d! openPrice>open:d!
                    """))),
    ]

    static let streams: [MessageReader] = [
        MessageReader("orderbook", "book_update", ["orderbook."], .object(bookEvent)),
        MessageReader("orderbook_rpi", "book_update", ["orderbook.rpi."], .object(bookEvent)),
        MessageReader("public_trade", "trade", ["publicTrade."], .list(tradeEvent)),
        MessageReader("tickers", "ticker_24h", ["tickers."], .either(tickerEvent)),
        MessageReader("kline", "candle", ["kline.", "kline_lt."], .list(klineEvent)),
        MessageReader(
            "liquidation", "liquidation", ["liquidation.", "allLiquidation."],
            .either(
                Layout(
                    """
                    T>time:t updatedTime>time:t s>symbol:s symbol:s S>side:x side:x v>quantity:d size>quantity:d
                    p>bankruptcy_price:d price>bankruptcy_price:d
                    """))),
        MessageReader(
            "price_limit", "price_limit", ["priceLimit."],
            .object(Layout("symbol:s! buyLmt>buy_limit:d! sellLmt>sell_limit:d!"))),
        MessageReader(
            "insurance", "insurance_fund", ["insurance."],
            .list(Layout("coin>asset:s! symbols:s balance:d! updateTime:t"))),
        MessageReader(
            "adl_alert", "adl_alert", ["adlAlert."],
            .list(
                Layout(
                    """
                    c>asset:s s>symbol:s b>balance:d mb>max_balance:d i_pr>insurance_pnl_ratio:d pr>pnl_ratio:d
                    adl_tt>trigger_threshold:d adl_sr>stop_ratio:d
                    """))),
    ]

    /// The list of a page; what the page says of it goes beside.
    private static func page(_ items: MessageReader.Body) -> MessageReader.Body {
        .page(
            "list", items, header: Layout("category:w symbol:s interval:s nextPageCursor:s updatedTime>update_time:t"))
    }

    static let instrument = Layout(
        """
        symbol:s! symbolId:s contractType:w status:w! baseCoin>base:s! quoteCoin>quote:s! settleCoin>settle:s optionsType:w
        launchTime:t deliveryTime:t deliveryFeeRate:d priceScale:i unifiedMarginTrade:b fundingInterval>funding_minutes:i
        upperFundingRate:d lowerFundingRate:d copyTrading:w innovation:b marginTrading:w stTag>special_treatment:b
        displayName:s forbidUplWithdrawal:b isPreListing:b skipCallAuction:b symbolType:w isPublicRpi:b
        myRpiPermission:b underlyingAsset:s xstockMultiplier:d
        """
    )
    .flattening(
        "lotSizeFilter",
        Layout(
            """
            basePrecision>quantity_step:d quotePrecision>quote_step:d minOrderQty>min_quantity:d maxOrderQty>max_quantity:d
            qtyStep>quantity_step:d minOrderAmt>min_notional:d maxOrderAmt>max_notional:d minNotionalValue>min_notional:d
            maxLimitOrderQty>max_limit_quantity:d maxMktOrderQty>max_market_quantity:d
            maxMarketOrderQty>max_market_quantity:d postOnlyMaxOrderQty>max_post_only_quantity:d
            postOnlyMaxLimitOrderSize>max_post_only_quantity:d
            """)
    )
    .flattening("priceFilter", Layout("tickSize:d minPrice:d maxPrice:d"))
    .flattening("leverageFilter", Layout("minLeverage:d maxLeverage:d leverageStep:d"))
    .object(
        "riskParameters",
        Layout("limitParameter:d marketParameter:d priceLimitRatioX:d priceLimitRatioY:d")
    )
    .object("preListingInfo", Layout("curAuctionPhase>phase:w phases:a auctionFeeInfo:a"))

    static let ticker = Layout(
        """
        symbol:s! lastPrice>last:d! bid1Price>bid:d bid1Size>bid_quantity:d ask1Price>ask:d ask1Size>ask_quantity:d
        bidPrice>bid:d bidSize>bid_quantity:d askPrice>ask:d askSize>ask_quantity:d
        prevPrice24h>open:d price24hPcnt>price_change_ratio:d highPrice24h>high:d lowPrice24h>low:d prevPrice1h>price_1h_ago:d
        turnover24h>quote_volume:d volume24h>volume:d usdIndexPrice:d markPrice:d indexPrice:d openInterest:d
        openInterestValue:d singleOpenInterest:d singleOpenInterestValue:d fundingRate:d nextFundingTime:t
        fundingIntervalHour>funding_interval_hours:i fundingCap:d
        predictedDeliveryPrice:d basisRate:d basis:d basisRateYear:d deliveryFeeRate:d deliveryTime:t
        lastTickDirection>tick_direction:w tickDirection:w preOpenPrice:d preQty:d curPreListingPhase:w
        bid1Iv>bid_volatility:d ask1Iv>ask_volatility:d markIv>mark_volatility:d underlyingPrice:d totalVolume:d
        totalTurnover:d delta:d gamma:d vega:d theta:d change24h>price_change_ratio:d
        """)

    // A delta of a ticker names only what has changed.
    static let tickerEvent = Layout(
        """
        symbol:s! lastPrice>last:d bid1Price>bid:d bid1Size>bid_quantity:d ask1Price>ask:d ask1Size>ask_quantity:d
        bidPrice>bid:d bidSize>bid_quantity:d askPrice>ask:d askSize>ask_quantity:d bidIv>bid_volatility:d
        askIv>ask_volatility:d prevPrice24h>open:d price24hPcnt>price_change_ratio:d highPrice24h>high:d lowPrice24h>low:d
        prevPrice1h>price_1h_ago:d turnover24h>quote_volume:d volume24h>volume:d usdIndexPrice:d markPrice:d indexPrice:d
        openInterest:d openInterestValue:d singleOpenInterest:d singleOpenInterestValue:d fundingRate:d nextFundingTime:t
        fundingIntervalHour>funding_interval_hours:i
        fundingCap:d tickDirection:w predictedDeliveryPrice:d basisRate:d basis:d basisRateYear:d deliveryFeeRate:d
        deliveryTime:t preOpenPrice:d preQty:d curPreListingPhase:w markPriceIv>mark_volatility:d underlyingPrice:d
        totalVolume:d totalTurnover:d delta:d gamma:d vega:d theta:d change24h>price_change_ratio:d
        """)

    static let bookEvent = Layout("s>symbol:s! b>bids:L a>asks:L u>last_update_id:i! seq>sequence:i")
    static let tradeEvent = Layout(
        """
        T>time:t s>symbol:s! S>side:x! v>quantity:d! p>price:d! L>tick_direction:w i>id:s! BT>is_block_trade:b
        RPI>is_rpi_trade:b seq>sequence:i mP>mark_price:d iP>index_price:d mIv>mark_volatility:d iv>volatility:d
        """)
    static let klineEvent = Layout(
        """
        start>open_time:t! end>close_time:t! interval:s! open:d! high:d! low:d! close:d! volume:d turnover>quote_volume:d
        confirm>is_closed:b! timestamp>event_time:t
        """)
}
