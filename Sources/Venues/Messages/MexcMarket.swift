/// MEXC market data: spot v3 REST, its streams in the JSON form of protobuf and in the older JSON form, and what is
/// alike of the futures interface.
enum MexcMarket {
    static let responses: [MessageReader] = [
        MessageReader("time", "server_time", ["/api/v3/time"], .object(BinanceMarket.serverTime)),
        MessageReader(
            "exchange_info", "instruments", ["/api/v3/exchangeInfo"],
            .page(
                "symbols", .list(instrument), header: Layout("timezone:s serverTime:t rateLimits:a exchangeFilters:a"))),
        MessageReader(
            "default_symbols", "symbols", ["/api/v3/defaultSymbols"], .any),
        MessageReader(
            "depth", "order_book", ["/api/v3/depth"],
            .object(Layout("lastUpdateId:i! bids:L! asks:L! timestamp>event_time:t"))),
        MessageReader(
            "trades", "trade", ["/api/v3/trades", "/api/v3/historicalTrades"],
            .list(
                Layout(
                    """
                    id:s price:d! qty>quantity:d! quoteQty>quote_quantity:d time:t! isBuyerMaker:b! isBestMatch:b
                    tradeType>side:x
                    """))),
        MessageReader(
            "agg_trades", "trade", ["/api/v3/aggTrades"],
            .list(
                Layout(
                    "a>id:s f>first_trade_id:s l>last_trade_id:s p>price:d! q>quantity:d! T>time:t! m>is_buyer_maker:b! M>is_best_match:b"
                ))),
        MessageReader(
            "klines", "candle", ["/api/v3/klines"],
            .tuples(Layout("open_time:t! open:d! high:d! low:d! close:d! volume:d! close_time:t! quote_volume:d!"))),
        MessageReader("avg_price", "average_price", ["/api/v3/avgPrice"], .object(BinanceMarket.averagePrice)),
        MessageReader("ticker_24hr", "ticker_24h", ["/api/v3/ticker/24hr"], .either(ticker)),
        MessageReader("ticker_price", "price", ["/api/v3/ticker/price"], .either(BinanceMarket.price)),
        MessageReader(
            "ticker_book_ticker", "best_bid_ask", ["/api/v3/ticker/bookTicker"], .either(BinanceMarket.bookTicker)),
        // Futures.
        MessageReader("contract_detail", "instruments", ["/api/v1/contract/detail"], .either(contract)),
        MessageReader(
            "contract_depth", "order_book", ["/api/v1/contract/depth/"],
            .object(Layout("asks:a! bids:a! version>last_update_id:i! timestamp>event_time:t"))),
        MessageReader(
            "contract_deals", "trade", ["/api/v1/contract/deals/"],
            .list(Layout("p>price:d! v>quantity:d! T>side:X! O>open_type:i M>self_trade:i t>time:t! i>id:s"))),
        MessageReader(
            "contract_index_price", "index_price", ["/api/v1/contract/index_price/"],
            .object(Layout("symbol:s! indexPrice:d! timestamp>time:t!"))),
        MessageReader(
            "contract_fair_price", "mark_price", ["/api/v1/contract/fair_price/"],
            .object(Layout("symbol:s! fairPrice>mark_price:d! timestamp>time:t!"))),
        MessageReader(
            "contract_funding_rate", "funding_rate", ["/api/v1/contract/funding_rate/"],
            .object(
                Layout(
                    "symbol:s! fundingRate:d! maxFundingRate:d minFundingRate:d collectCycle>funding_interval_hours:i nextSettleTime>next_funding_time:t! timestamp>time:t"
                ))),
        MessageReader(
            "contract_funding_history", "funding_rate", ["/api/v1/contract/funding_rate/history"],
            .page(
                "resultList", .list(Layout("symbol:s! fundingRate:d! settleTime>funding_time:t! collectCycle:i")),
                header: Layout("pageSize:i totalCount:i totalPage:i currentPage:i"))),
        MessageReader("contract_ticker", "ticker_24h", ["/api/v1/contract/ticker"], .either(contractTicker)),
        MessageReader(
            "contract_risk_reverse", "insurance_fund", ["/api/v1/contract/risk_reverse"],
            .list(Layout("symbol:s! currency>asset:s! available:d! timestamp>time:t!"))),
    ]

    static let streams: [MessageReader] = [
        MessageReader(
            "agg_deals", "trade", ["publicAggreDeals", "spot@public.aggre.deals"],
            .page("deals", .list(deal), header: Layout("eventType:s"))),
        MessageReader(
            "deals", "trade", ["publicDeals", "spot@public.deals"],
            .page("deals", .list(deal), header: Layout("eventType:s e>event_type:s"))),
        MessageReader("kline", "candle", ["publicSpotKline"], .object(kline)),
        MessageReader(
            "kline_v3", "candle", ["spot@public.kline"],
            .object(
                Layout("e>event:s").flattening(
                    "k",
                    Layout(
                        "t>open_time:T! T>close_time:T o>open:d! h>high:d! l>low:d! c>close:d! v>volume:d! a>quote_volume:d i>interval:s S>symbol:s"
                    )))),
        MessageReader("agg_depth", "book_update", ["publicAggreDepths", "spot@public.aggre.depth"], .object(aggDepth)),
        MessageReader(
            "increase_depth", "book_update", ["publicIncreaseDepths", "spot@public.increase.depth"], .object(depth)),
        MessageReader("limit_depth", "order_book", ["publicLimitDepths", "spot@public.limit.depth"], .object(depth)),
        MessageReader(
            "agg_book_ticker", "best_bid_ask", ["publicAggreBookTicker", "spot@public.aggre.bookTicker"],
            .object(bookTicker)),
        MessageReader(
            "book_ticker", "best_bid_ask", ["publicBookTicker", "spot@public.bookTicker"], .object(bookTicker)),
        MessageReader(
            "book_ticker_batch", "best_bid_ask", ["publicBookTickerBatch", "spot@public.bookTicker.batch"],
            .page("items", .list(bookTicker), header: Layout("eventType:s"))),
        MessageReader(
            "mini_ticker", "ticker_24h", ["publicMiniTicker", "spot@public.miniTicker"], .object(miniTicker)),
        MessageReader(
            "mini_tickers", "ticker_24h", ["publicMiniTickers", "spot@public.miniTickers"],
            .page("items", .list(miniTicker), header: Layout("eventType:s"))),
        // Futures.
        MessageReader("contract_ticker", "ticker_24h", ["push.ticker"], .object(contractTicker)),
        MessageReader(
            "contract_deal", "trade", ["push.deal"],
            .either(Layout("p>price:d! v>quantity:d! T>side:X! O>open_type:i M>self_trade:i t>time:t! i>id:s"))),
        MessageReader(
            "contract_kline", "candle", ["push.kline"],
            .object(
                Layout(
                    """
                    symbol:s! interval:s! t>open_time:T! o>open:d! h>high:d! l>low:d! c>close:d! a>quote_volume:d q>volume:d!
                    ro>raw_open:d rc>raw_close:d rh>raw_high:d rl>raw_low:d
                    """))),
        MessageReader(
            "contract_index_price", "index_price", ["push.index.price"],
            .object(Layout("symbol:s! price>index_price:d!"))),
        MessageReader(
            "contract_fair_price", "mark_price", ["push.fair.price"], .object(Layout("symbol:s! price>mark_price:d!"))),
        MessageReader(
            "contract_funding_rate", "funding_rate", ["push.funding.rate"],
            .object(
                Layout("symbol:s! rate>funding_rate:d fundingRate:d nextSettleTime>next_funding_time:t"))),
    ]

    private static let deal = Layout(
        "price:d p>price:d quantity:d v>quantity:d tradeType>side:X S>side:X time:t t>time:t tradeId>id:s")
    private static let kline = Layout(
        """
        interval:s! windowStart>open_time:T! windowEnd>close_time:T openingPrice>open:d! closingPrice>close:d!
        highestPrice>high:d! lowestPrice>low:d! volume:d! amount>quote_volume:d
        """)
    private static let aggDepth = Layout(
        "asks:L bids:L eventType:s fromVersion>first_update_id:i toVersion>last_update_id:i")
    private static let depth = Layout(
        "asks:L bids:L eventType:s e>event_type:s version>last_update_id:i r>last_update_id:i fromVersion>first_update_id:i toVersion>last_update_id:i"
    )
    private static let bookTicker = Layout(
        """
        symbol:s bidPrice>bid:d bidQuantity>bid_quantity:d askPrice>ask:d askQuantity>ask_quantity:d
        b>bid:d B>bid_quantity:d a>ask:d A>ask_quantity:d
        """)
    private static let miniTicker = Layout(
        """
        symbol:s! price>last:d! rate>price_change_ratio:d zonedRate:d high:d! low:d! volume>quote_volume:d quantity>volume:d
        lastCloseRate:d lastCloseZonedRate:d lastCloseHigh:d lastCloseLow:d
        """)

    private static let instrument = Layout(
        """
        symbol:s! status:w! baseAsset>base:s! quoteAsset>quote:s! baseAssetPrecision:i quotePrecision:i
        quoteAssetPrecision:i baseCommissionPrecision:i quoteCommissionPrecision:i orderTypes:a isSpotTradingAllowed:b
        isMarginTradingAllowed:b quoteAmountPrecision>min_notional:d baseSizePrecision>quantity_step:d permissions:a filters:a
        maxQuoteAmount>max_notional:d makerCommission>maker_fee:d takerCommission>taker_fee:d
        quoteAmountPrecisionMarket>min_market_notional:d maxQuoteAmountMarket>max_market_notional:d fullName:s
        tradeSideType:i contractAddress:s st>special_treatment:b icebergAllowed:b ocoAllowed:b
        quoteOrderQtyMarketAllowed:b firstOpenTime>launch_time:t tickSize:d
        """)
    private static let ticker = Layout(
        """
        symbol:s! priceChange:d priceChangePercent>price_change_ratio:d prevClosePrice>previous_close:d lastPrice>last:d!
        bidPrice>bid:d bidQty>bid_quantity:d askPrice>ask:d askQty>ask_quantity:d openPrice>open:d! highPrice>high:d!
        lowPrice>low:d! volume:d! quoteVolume:d openTime:t closeTime:t count>trade_count:i
        """)
    private static let contract = Layout(
        """
        symbol:s! displayName:s displayNameEn:s baseCoin>base:s! quoteCoin>quote:s! settleCoin>settle:s! contractSize:d!
        minLeverage:d maxLeverage:d priceScale:i volScale:i amountScale:i priceUnit>tick_size:d! volUnit>quantity_step:d!
        minVol>min_quantity:d maxVol>max_quantity:d takerFeeRate>taker_fee:d makerFeeRate>maker_fee:d
        maintenanceMarginRate:d initialMarginRate:d riskBaseVol:d riskIncrVol:d riskIncrMmr:d riskIncrImr:d
        riskLevelLimit:i priceCoefficientVariation:d bidLimitPriceRate:d askLimitPriceRate:d indexOrigin:a state:i
        isNew:b isHot:b isHidden:b positionOpenType:i conceptPlate:a riskLimitType:w maxNumOrders:a
        marketOrderMaxLevel:i marketOrderPriceLimitRate1:d marketOrderPriceLimitRate2:d triggerProtect:d
        automaticDelivery:i apiAllowed:b
        """)
    private static let contractTicker = Layout(
        """
        symbol:s! contractId:s lastPrice>last:d! bid1>bid:d ask1>ask:d volume24>volume:d amount24>quote_volume:d holdVol>open_interest:d
        lower24Price>low:d high24Price>high:d riseFallRate>price_change_ratio:d riseFallValue>price_change:d indexPrice:d
        fairPrice>mark_price:d fundingRate:d maxBidPrice:d minAskPrice:d timestamp>time:t riseFallRates:a
        riseFallRatesOfTimezone:a
        """)
}
