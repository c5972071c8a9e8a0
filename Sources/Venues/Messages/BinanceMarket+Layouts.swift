extension BinanceMarket {
    // MARK: REST

    static let serverTime = Layout("serverTime:t!")
    static let book = Layout("lastUpdateId:i! e>event:s s>symbol:s E>event_time:t T>transaction_time:t bids:L! asks:L!")
    static let trade = Layout(
        """
        id:s! price:d! qty>quantity:d! quoteQty>quote_quantity:d time:t! isBuyerMaker:b! isBestMatch:b isRPITrade:b
        """)
    static let aggregateTrade = Layout(
        "a>id:s! p>price:d! q>quantity:d! nq>normal_quantity:d f>first_trade_id:s l>last_trade_id:s T>time:t! m>is_buyer_maker:b! M>is_best_match:b"
    )
    static let kline = Layout(
        """
        open_time:t! open:d! high:d! low:d! close:d! volume:d! close_time:t quote_volume:d trade_count:i
        taker_buy_volume:d taker_buy_quote_volume:d _:a
        """)
    static let priceKline = Layout(
        "open_time:t! open:d! high:d! low:d! close:d! _:a close_time:t _:a sample_count:i _:a _:a _:a")
    static let averagePrice = Layout("mins>minutes:i! price:d! closeTime:t")
    static let price = Layout("symbol:s! price:d! time:t ps>pair:s")
    static let bookTicker = Layout(
        "symbol:s! bidPrice>bid:d! bidQty>bid_quantity:d askPrice>ask:d! askQty>ask_quantity:d time:t lastUpdateId>update_id:i ps>pair:s"
    )
    static let ticker = Layout(
        """
        symbol:s! priceChange:d priceChangePercent:d weightedAvgPrice>weighted_average_price:d
        prevClosePrice>previous_close:d lastPrice>last:d! lastQty>last_quantity:d bidPrice>bid:d bidQty>bid_quantity:d
        askPrice>ask:d askQty>ask_quantity:d openPrice>open:d! highPrice>high:d! lowPrice>low:d! volume:d! quoteVolume:d
        openTime:t closeTime:t firstId>first_trade_id:s lastId>last_trade_id:s count>trade_count:i ps>pair:s
        """)
    static let premiumIndex = Layout(
        """
        symbol:s! markPrice:d! indexPrice:d! estimatedSettlePrice:d lastFundingRate>funding_rate:d interestRate:d
        nextFundingTime:t time:t
        """)
    static let fundingRate = Layout("symbol:s! fundingRate:d! fundingTime:t! markPrice:d")
    static let fundingInfo = Layout(
        """
        symbol:s! adjustedFundingRateCap>funding_rate_cap:d! adjustedFundingRateFloor>funding_rate_floor:d!
        fundingIntervalHours:i! disclaimer:b updateTime:t
        """)
    static let indexInfo = Layout("symbol:s! time:t component:s")
        .list(
            "baseAssetList", as: "assets", Layout("baseAsset:s! quoteAsset:s weightInQuantity:d weightInPercentage:d"))
    static let assetIndex = Layout(
        """
        symbol:s! time:t! index:d! bidBuffer:d askBuffer:d bidRate:d askRate:d autoExchangeBidBuffer:d
        autoExchangeAskBuffer:d autoExchangeBidRate:d autoExchangeAskRate:d
        """)

    static let exchangeInfo = MessageReader.Body.page(
        "symbols", .list(instrument),
        header: Layout("timezone:s serverTime:t rateLimits:a exchangeFilters:a assets:a futuresType:s sors:a"))

    private static let filter = Layout(
        """
        filterType>type:w! minPrice:d maxPrice:d tickSize:d minQty>min_quantity:d maxQty>max_quantity:d
        stepSize>quantity_step:d minNotional:d maxNotional:d notional>min_notional:d applyToMarket>applies_to_market:b
        applyMinToMarket>min_applies_to_market:b applyMaxToMarket>max_applies_to_market:b avgPriceMins>average_minutes:i
        multiplierUp:d multiplierDown:d multiplierDecimal:i bidMultiplierUp:d bidMultiplierDown:d askMultiplierUp:d
        askMultiplierDown:d limit:i maxNumOrders:i maxNumAlgoOrders:i maxNumIcebergOrders:i maxPosition:d
        minTrailingAboveDelta:i maxTrailingAboveDelta:i minTrailingBelowDelta:i maxTrailingBelowDelta:i
        maxNumOrderLists:i maxNumOrderAmends:i positionControlSide:w
        """)

    static let instrument = Layout(
        """
        symbol:s! pair:s contractType:w status:w contractStatus>status:w baseAsset>base:s! quoteAsset>quote:s!
        marginAsset>settle:s underlyingType:w underlyingSubType:a baseAssetPrecision:i quotePrecision:i
        quoteAssetPrecision:i pricePrecision:i quantityPrecision:i baseCommissionPrecision:i quoteCommissionPrecision:i
        deliveryDate>delivery_time:t onboardDate>launch_time:t maintMarginPercent>maintenance_margin_percent:d
        requiredMarginPercent:d settlePlan:i triggerProtect:d liquidationFee:d marketTakeBound:d maxMoveOrderLimit:i
        orderTypes:a OrderType>order_types:a timeInForce:a icebergAllowed:b ocoAllowed:b otoAllowed:b opoAllowed:b
        quoteOrderQtyMarketAllowed:b allowTrailingStop:b cancelReplaceAllowed:b amendAllowed:b pegInstructionsAllowed:b
        isSpotTradingAllowed:b isMarginTradingAllowed:b permissions:a permissionSets:a
        defaultSelfTradePreventionMode:w allowedSelfTradePreventionModes:a permissionType:a
        """
    ).list("filters", filter)

    // MARK: Streams

    static let aggregateTradeEvent = Layout(
        """
        e>event:s E>event_time:t! s>symbol:s! a>id:s! p>price:d! q>quantity:d! nq>normal_quantity:d f>first_trade_id:s
        l>last_trade_id:s T>time:t! m>is_buyer_maker:b! M>is_best_match:b st>symbol_type:i ps>pair:s
        """)
    static let tradeEvent = Layout(
        """
        e>event:s E>event_time:t! s>symbol:s! t>id:s! p>price:d! q>quantity:d! b>buyer_order_id:s a>seller_order_id:s
        T>time:t! m>is_buyer_maker:b! M>is_best_match:b X>trade_type:w st>symbol_type:i ps>pair:s
        """)
    static let klineEvent = Layout("e>event:s E>event_time:t! s>symbol:s ps>pair:s ct>contract_type:w st>symbol_type:i")
        .flattening(
            "k",
            Layout(
                """
                t>open_time:t! T>close_time:t! s>symbol:s i>interval:s! f>first_trade_id:s L>last_trade_id:s o>open:d!
                h>high:d! l>low:d! c>close:d! v>volume:d! n>trade_count:i x>is_closed:b! q>quote_volume:d
                V>taker_buy_volume:d Q>taker_buy_quote_volume:d B>_ignored:s
                """))
    static let miniTicker = Layout(
        """
        e>event:s! E>event_time:t! s>symbol:s! c>last:d! o>open:d! h>high:d! l>low:d! v>volume:d! q>quote_volume:d!
        st>symbol_type:i ps>pair:s
        """)
    static let tickerEvent = Layout(
        """
        e>event:s! E>event_time:t! s>symbol:s! p>price_change:d P>price_change_percent:d w>weighted_average_price:d
        x>previous_close:d c>last:d! Q>last_quantity:d b>bid:d B>bid_quantity:d a>ask:d A>ask_quantity:d o>open:d!
        h>high:d! l>low:d! v>volume:d! q>quote_volume:d O>open_time:t C>close_time:t F>first_trade_id:s
        L>last_trade_id:s n>trade_count:i st>symbol_type:i ps>pair:s
        """)
    static let bookTickerEvent = Layout(
        """
        e>event:s u>update_id:i! s>symbol:s! ps>pair:s b>bid:d! B>bid_quantity:d! a>ask:d! A>ask_quantity:d!
        T>transaction_time:t E>event_time:t st>symbol_type:i
        """)
    static let averagePriceEvent = Layout("e>event:s! E>event_time:t! s>symbol:s! i>interval:s! w>price:d! T>time:t")
    static let depthEvent = Layout(
        """
        e>event:s E>event_time:t T>transaction_time:t s>symbol:s! ps>pair:s U>first_update_id:i! u>last_update_id:i!
        pu>previous_update_id:i b>bids:L! a>asks:L! st>symbol_type:i
        """)
    static let markPriceEvent = Layout(
        """
        e>event:s! E>event_time:t! s>symbol:s! p>mark_price:d! ap>average_mark_price:d i>index_price:d
        P>estimated_settle_price:d r>funding_rate:d T>next_funding_time:t st>symbol_type:i
        """)
    static let liquidationEvent = Layout("e>event:s! E>event_time:t! st>symbol_type:i ps>pair:s")
        .flattening(
            "o",
            Layout(
                """
                s>symbol:s! ps>pair:s S>side:x! o>order_type:w f>time_in_force:w q>quantity:d! p>price:d!
                ap>average_price:d X>status:w l>last_quantity:d z>filled_quantity:d T>time:t! st>symbol_type:i
                """))
    static let compositeIndexEvent = Layout("e>event:s! E>event_time:t! s>symbol:s! p>price:d! C>base_type:s")
        .list(
            "c", as: "assets",
            Layout("b>base_asset:s! q>quote_asset:s w>weight_in_quantity:d W>weight_in_percentage:d i>index_price:d"))
    static let contractInfoEvent = Layout(
        """
        e>event:s! E>event_time:t! s>symbol:s! ps>pair:s ct>contract_type:w dt>delivery_time:t ot>launch_time:t cs>status:w
        st>symbol_type:i
        """
    ).list(
        "bks", as: "brackets",
        Layout(
            "bs>bracket:i! bnf>notional_floor:d bnc>notional_cap:d mmr>maintenance_margin_ratio:d cf>auxiliary:d mi>min_leverage:i ma>max_leverage:i"
        ))
    static let assetIndexEvent = Layout(
        """
        e>event:s! E>event_time:t! s>symbol:s! i>index:d! b>bid_buffer:d a>ask_buffer:d B>bid_rate:d A>ask_rate:d
        q>auto_exchange_bid_buffer:d g>auto_exchange_ask_buffer:d Q>auto_exchange_bid_rate:d G>auto_exchange_ask_rate:d
        """)
}
