/// What MEXC tells of an account: spot v3 and its streams (in the words of the old text streams and of the protocol
/// buffers that followed), and the contract interface, as described in mexcdevelop/apidocs.
enum MexcTrading {
    static let responses: [MessageReader] = [
        MessageReader(
            "order", "order", ["/api/v3/order", "/api/v3/openOrders", "/api/v3/allOrders", "/api/v3/order/test"],
            .either(spotOrder)),
        MessageReader("my_trades", "fill", ["/api/v3/myTrades"], .list(BinanceTrading.spotFill)),
        MessageReader("my_trade", "fill", [], .object(BinanceTrading.spotFill)),
        MessageReader("account", "account", ["/api/v3/account"], .object(spotAccount)),
        MessageReader(
            "trade_fee", "fees", ["/api/v3/tradeFee"],
            .object(Layout("makerCommission>maker_fee:d! takerCommission>taker_fee:d!"))),
        MessageReader("listen_key", "listen_key", ["/api/v3/userDataStream"], .object(Layout("listenKey:s!"))),
        MessageReader(
            "contract_order", "order",
            [
                "/api/v1/private/order/list/open_orders", "/api/v1/private/order/list/history_orders",
                "/api/v1/private/order/get/", "/api/v1/private/order/external/",
            ], .either(contractOrder)),
        MessageReader(
            "contract_cancel", "order_acknowledgement", ["/api/v1/private/order/cancel"],
            .list(Layout("orderId>order_id:s! errorCode:i! errorMsg>message:s"))),
        MessageReader(
            "contract_create", "order_acknowledgement",
            ["/api/v1/private/order/create", "/api/v1/private/order/submit"],
            .object(Layout("orderId>order_id:s! ts>time:t"))),
        MessageReader(
            "contract_fills", "fill",
            ["/api/v1/private/order/list/order_deals", "/api/v1/private/order/deal_details/"], .list(contractFill)),
        MessageReader(
            "contract_positions", "position", ["/api/v1/private/position/open_positions"], .list(contractPosition)),
        MessageReader(
            "contract_assets", "balance", ["/api/v1/private/account/assets", "/api/v1/private/account/asset/"],
            .either(contractAsset)),
        MessageReader(
            "contract_plan_orders", "order", ["/api/v1/private/planorder/list/orders"], .list(contractPlanOrder)),
        MessageReader(
            "contract_stop_orders", "order",
            ["/api/v1/private/stoporder/open_orders", "/api/v1/private/stoporder/list/orders"], .list(contractStopOrder)
        ),
    ]

    static let streams: [MessageReader] = [
        MessageReader(
            "orders", "order_update", ["spot@private.orders.v3.api.pb", "privateOrders"], .object(spotOrderEvent)),
        MessageReader("deals", "fill", ["spot@private.deals.v3.api.pb", "privateDeals"], .object(spotFillEvent)),
        MessageReader(
            "account", "balance", ["spot@private.account.v3.api.pb", "privateAccount"], .object(spotBalanceEvent)),
        MessageReader("old_orders", "order_update", ["spot@private.orders.v3.api"], .object(oldOrderEvent)),
        MessageReader("old_deals", "fill", ["spot@private.deals.v3.api"], .object(oldFillEvent)),
        MessageReader(
            "old_account", "balance", ["spot@private.account.v3.api"],
            .object(
                Layout(
                    "a>asset:s! c>time:t f>free:d! fd>free_change:d l>locked:d! ld>locked_change:d o>reason:w"))),
        MessageReader("contract_order", "order_update", ["push.personal.order"], .object(contractOrder)),
        MessageReader("contract_fill", "fill", ["push.personal.order.deal"], .object(contractFill)),
        MessageReader("contract_position", "position", ["push.personal.position"], .object(contractPosition)),
        MessageReader("contract_asset", "balance", ["push.personal.asset"], .object(contractAsset)),
        MessageReader("contract_plan_order", "order_update", ["push.personal.plan.order"], .object(contractPlanOrder)),
        MessageReader(
            "contract_stop_order", "order_update", ["push.personal.stop.order", "push.personal.stop.planorder"],
            .object(contractStopOrder)),
    ]

    // MARK: Spot

    static let spotOrder = Layout(
        """
        symbol:s! orderId>order_id:s! orderListId:i clientOrderId>client_order_id:s
        origClientOrderId>original_client_order_id:s price:d origQty>quantity:d executedQty>filled_quantity:d
        cummulativeQuoteQty>filled_notional:d origQuoteOrderQty>quote_quantity:d status:w timeInForce:w type:w side:x
        stopPrice:d icebergQty>iceberg_quantity:d time:t transactTime>transaction_time:t updateTime:t isWorking:b stpMode:w
        cancelReason:w
        """)

    static let spotAccount = Layout(
        """
        makerCommission:i takerCommission:i buyerCommission:i sellerCommission:i canTrade:b! canWithdraw:b! canDeposit:b
        updateTime:t accountType:w permissions:a
        """
    ).list("balances", Layout("asset:s! free:d! locked:d! available:d"))

    static let spotOrderEvent = Layout(
        """
        id>order_id:s! clientId>client_order_id:s price:d quantity:d amount>notional:d avgPrice>average_price:d orderType:i
        tradeType>side:X! isMaker:b remainAmount>remaining_notional:d remainQuantity>remaining_quantity:d
        lastDealQuantity>last_quantity:d cumulativeQuantity>filled_quantity:d! cumulativeAmount>filled_notional:d status:i!
        createTime>creation_time:t market:s triggerType:i triggerPrice>stop_price:d state:i ocoId:s routeFactor:s
        symbolId:s marketId:s marketCurrencyId:s currencyId:s
        """)

    static let spotFillEvent = Layout(
        """
        price:d! quantity:d! amount>notional:d tradeType>side:X! isMaker:b isSelfTrade:b tradeId>trade_id:s!
        clientOrderId>client_order_id:s orderId>order_id:s! feeAmount>fee:d feeCurrency>fee_asset:s time:t!
        """)

    static let spotBalanceEvent = Layout(
        """
        vcoinName>asset:s! coinId:s balanceAmount>free:d! balanceAmountChange>free_change:d frozenAmount>locked:d!
        frozenAmountChange>locked_change:d type>reason:w time:t
        """)

    static let oldOrderEvent = Layout(
        """
        i>order_id:s! c>client_order_id:s p>price:d! v>quantity:d! a>notional:d S>side:X! o>type:i m>is_maker:b
        A>remaining_notional:d V>remaining_quantity:d ap>average_price:d cv>filled_quantity:d ca>filled_notional:d s>status:i!
        O>creation_time:t P>stop_price:d T>trigger_type:i
        """)

    static let oldFillEvent = Layout(
        """
        p>price:d! v>quantity:d! a>notional:d S>side:X! m>is_maker:b st>is_self_trade:b t>trade_id:s! c>client_order_id:s
        i>order_id:s! n>fee:d N>fee_asset:s T>time:t
        """)

    // MARK: Contract

    static let contractOrder = Layout(
        """
        orderId>order_id:s! externalOid>client_order_id:s symbol:s! positionId:s price:d vol>quantity:d!
        dealVol>filled_quantity:d remainVol>remaining_quantity:d dealAvgPrice>average_price:d priceStr>_:s dealAvgPriceStr>_:s
        side>contract_side:i! category:i orderType>type:i! openType:i state:i! leverage:i errorCode:i feeCurrency>fee_asset:s
        takerFee:d makerFee:d totalFee:d zeroSaveTotalFeeBinance:d zeroTradeTotalFeeBinance:d orderMargin:d usedMargin:d
        profit>realized_pnl:d pnlRate:d createTime:t updateTime:t version:i stopLossPrice:d takeProfitPrice:d
        positionMode:i reduceOnly:b bboTypeNum:i stpMode:i showCancelReason:i showProfitRateShare:i
        """)

    static let contractFill = Layout(
        """
        id>trade_id:s! symbol:s! orderId>order_id:s! externalOid>client_order_id:s side>contract_side:i! vol>quantity:d!
        price:d! fee:d feeCurrency>fee_asset:s profit>realized_pnl:d timestamp>time:t! isTaker:b taker>is_taker:b category:i
        isSelf>is_self_trade:b positionMode:i reduceOnly:b opponentUid:s
        """)

    static let contractPosition = Layout(
        """
        positionId:s! symbol:s! positionType:i! openType:i state:i holdVol>quantity:d! frozenVol>locked_quantity:d
        closeVol>closed_quantity:d holdAvgPrice>average_price:d openAvgPrice>open_average_price:d closeAvgPrice:d
        liquidatePrice>liquidation_price:d oim>original_initial_margin:d im>initial_margin:d holdFee>funding:d
        realised>realized_pnl:d leverage:i createTime:t updateTime:t autoAddIm>auto_add_margin:b adlLevel:i marginRatio:d
        version:i positionShowStatus:w profitRatio:d holdAvgPriceFullyScale:d newOpenAvgPrice:d newCloseAvgPrice:d
        closeProfitLoss:d fee:d deductFeeList:a totalFee:d zeroSaveTotalFeeBinance:d zeroTradeTotalFeeBinance:d
        """)

    static let contractAsset = Layout(
        """
        currency>asset:s! positionMargin:d availableBalance>available:d! cashBalance:d frozenBalance>locked:d equity:d
        unrealized>unrealized_pnl:d bonus:d availableCash:d availableOpen:d debtAmount:d contributeMarginAmount:d vcoinId:s
        """)

    static let contractPlanOrder = Layout(
        """
        id:s! orderId>order_id:s symbol:s! leverage:i side>contract_side:i! triggerPrice>stop_price:d! price:d vol>quantity:d!
        openType:i triggerType:i! state:i! executeCycle:i trend:i errorCode:i orderType>type:i createTime:t updateTime:t
        marketOrderLevel:i positionMode:i reduceOnly:b profitTrend:i lossTrend:i stopLossPrice:d takeProfitPrice:d
        priceProtect:i
        """)

    static let contractStopOrder = Layout(
        """
        id:s! orderId>order_id:s symbol:s positionId:s stopLossPrice:d takeProfitPrice:d state:i! triggerSide:i positionType:i
        vol>quantity:d realityVol>real_quantity:d placeOrderId:s errorCode:i version:i isFinished:i createTime:t updateTime:t
        volType:i takeProfitVol:d stopLossVol:d closeTryTimes:i reverseTryTimes:i reverseErrorCode:i priceProtect:i
        profitTrend:i lossTrend:i takeProfitReverse:i stopLossReverse:i profitLossVolType>quantity_type:w takeProfitType:i
        stopLossType:i takeProfitOrderPrice:d stopLossOrderPrice:d
        """)
}
