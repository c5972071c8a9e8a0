/// What Binance tells of an account: spot `/api/v3` and USDⓈ-M `/fapi` with their user streams, as described in
/// binance-spot-api-docs and the derivatives documentation.
enum BinanceTrading {
    // MARK: Spot

    static let spotResponses: [MessageReader] = [
        MessageReader(
            "cancel_open_orders", "order", ["openOrders.cancelAll", "/sapi/v1/margin/openOrders"],
            .list(spotOrder.and(orderList).list("orderReports", as: "reports", spotOrder))),
        MessageReader(
            "order", "order",
            [
                "/api/v3/order", "/api/v3/openOrders", "/api/v3/allOrders", "/api/v3/order/test", "/api/v3/sor/order",
                "/sapi/v1/margin/order", "/sapi/v1/margin/allOrders",
                "order.place", "order.status", "order.cancel",
            ], .either(spotOrder)),
        MessageReader(
            "cancel_replace", "order_replacement", ["/api/v3/order/cancelReplace", "order.cancelReplace"],
            .object(replacement)),
        // Where one half failed, both stand in the refusal's data.
        MessageReader(
            "cancel_replace_failure", "order_replacement", ["/api/v3/order/cancelReplace", "order.cancelReplace"],
            .page("data", .object(replacement), header: Layout("code:i msg:s"))),
        MessageReader(
            "amend", "order_amendment", ["/api/v3/order/amend/keepPriority", "order.amend.keepPriority"],
            .object(
                Layout("transactTime>transaction_time:t executionId:s!").object(
                    "amendedOrder", as: "order", amended
                ).object("listStatus", orderList))),
        MessageReader(
            "order_list", "order_list",
            [
                "/api/v3/orderList", "/api/v3/openOrderList", "/api/v3/allOrderList", "/api/v3/orderList/",
                "/sapi/v1/margin/orderList", "/sapi/v1/margin/allOrderList",
            ],
            .either(orderList.list("orderReports", as: "reports", spotOrder))),
        MessageReader(
            "my_trades", "fill", ["/api/v3/myTrades", "myTrades", "/sapi/v1/margin/myTrades"], .list(spotFill)),
        MessageReader("my_trade", "fill", [], .object(spotFill)),
        MessageReader("account", "account", ["/api/v3/account", "account.status"], .object(spotAccount)),
        MessageReader(
            "account_commission", "fees", ["/api/v3/account/commission"],
            .object(
                Layout("symbol:s!").object("standardCommission", commission).object("taxCommission", commission)
                    .object("specialCommission", commission).object(
                        "discount",
                        Layout("enabledForAccount:b enabledForSymbol:b discountAsset:s discount:d")))),
        MessageReader(
            "trade_fee", "fees", ["/sapi/v1/asset/tradeFee"],
            .either(Layout("symbol:s! makerCommission>maker_fee:d! takerCommission>taker_fee:d!"))),
        MessageReader(
            "prevented_matches", "prevented_match", ["/api/v3/myPreventedMatches"],
            .list(
                Layout(
                    """
                    symbol:s! preventedMatchId:s! takerOrderId:s makerSymbol:s makerOrderId:s tradeGroupId:s
                    selfTradePreventionMode:w price:d makerPreventedQuantity:d takerPreventedQuantity:d transactTime>transaction_time:t
                    """))),
        MessageReader("order_rate_limit", "rate_limit", ["/api/v3/rateLimit/order"], .list(rateLimit)),
        MessageReader("listen_key", "listen_key", ["/api/v3/userDataStream"], .object(Layout("listenKey:s!"))),
        MessageReader(
            "api_restrictions", "key_permissions", ["/sapi/v1/account/apiRestrictions"],
            .object(
                Layout(
                    """
                    ipRestrict:b! createTime:t enableReading:b! enableWithdrawals:b enableInternalTransfer:b enableMargin:b
                    enableFutures:b permitsUniversalTransfer:b enableVanillaOptions:b enableFixApiTrade:b enableFixReadOnly:b
                    enableSpotAndMarginTrading:b enablePortfolioMarginTrading:b tradingAuthorityExpirationTime:t
                    """))),
    ]

    static let spotStreams: [MessageReader] = [
        MessageReader("execution_report", "order_update", ["executionReport"], .object(executionReport)),
        MessageReader(
            "account_position", "balance", ["outboundAccountPosition"],
            .object(
                event.and(Layout("u>update_time:t")).list(
                    "B", as: "balances", Layout("a>asset:s! f>free:d! l>locked:d!")))),
        MessageReader(
            "balance_update", "balance_change", ["balanceUpdate"],
            .object(event.and(Layout("a>asset:s! d>change:d! T>time:t")))),
        MessageReader(
            "list_status", "order_list", ["listStatus"],
            .object(
                event.and(
                    Layout(
                        """
                        s>symbol:s! g>order_list_id:i! c>contingency_type:w l>list_status_type:w L>list_order_status:w
                        r>reject_reason:w C>list_client_order_id:s T>transaction_time:t
                        """)
                ).list("O", as: "orders", Layout("s>symbol:s i>order_id:s! c>client_order_id:s")))),
        MessageReader(
            "stream_ended", "stream_ended", ["eventStreamTerminated", "listenKeyExpired"],
            .object(event.and(Layout("listenKey:s")))),
        MessageReader(
            "external_lock", "balance_lock", ["externalLockUpdate"],
            .object(event.and(Layout("a>asset:s! d>change:d! T>time:t")))),
        MessageReader(
            "margin_level", "margin_call", ["MARGIN_LEVEL_STATUS_CHANGE"],
            .object(event.and(Layout("l>margin_level:d! s>status:w!")))),
        MessageReader(
            "liability", "liability_change", ["USER_LIABILITY_CHANGE"],
            .object(event.and(Layout("a>asset:s! t>change_type:w T>transaction_id:s p>principal:d i>interest:d")))),
    ]

    static let event = Layout("e>event:s E>event_time:t")

    static let spotOrder = Layout(
        """
        symbol:s! orderId>order_id:s orderListId:i clientOrderId>client_order_id:s origClientOrderId>original_client_order_id:s
        transactTime>transaction_time:t price:d origQty>quantity:d executedQty>filled_quantity:d
        cummulativeQuoteQty>filled_notional:d origQuoteOrderQty>quote_quantity:d status:w timeInForce:w type:w side:x
        stopPrice:d icebergQty>iceberg_quantity:d time:t updateTime:t isWorking:b workingTime:t
        selfTradePreventionMode:w strategyId:s strategyType:i trailingDelta:i trailingTime:t preventedMatchId:s
        preventedQuantity:d usedSor:b workingFloor:w matchType:w allocationId:s isIsolated:b pegPriceType:w
        pegOffsetType:w pegOffsetValue:d peggedPrice:d expiryReason:w marginBuyBorrowAmount:d marginBuyBorrowAsset:s
        accountId:s
        """
    ).list(
        "fills",
        Layout(
            "price:d! qty>quantity:d! commission>fee:d! commissionAsset>fee_asset:s tradeId>trade_id:s matchType:w allocId>allocation_id:s"
        ))

    /// An order whose quantity was changed in place; the examples of the documentation have either spelling.
    static let amended = Layout(
        "qty>quantity:d preventedQty>prevented_quantity:d cumulativeQuoteQty>filled_notional:d quoteOrderQty>quote_quantity:d"
    ).and(spotOrder)

    static let orderList = Layout(
        """
        orderListId:i! contingencyType:w listStatusType:w listOrderStatus:w listClientOrderId>list_client_order_id:s
        transactionTime:t symbol:s isIsolated:b marginBuyBorrowAmount:d marginBuyBorrowAsset:s
        """
    ).list("orders", Layout("symbol:s orderId>order_id:s! clientOrderId>client_order_id:s"))

    static let replacement = Layout("cancelResult:w! newOrderResult:w!").object(
        "cancelResponse", as: "cancelled", replaced
    ).object("newOrderResponse", as: "created", replaced)

    /// An order, or the refusal of one half of a replacement.
    static let replaced = Layout("code:i msg:s").and(
        Layout(
            """
            symbol:s orderId>order_id:s orderListId:i clientOrderId>client_order_id:s
            origClientOrderId>original_client_order_id:s transactTime>transaction_time:t price:d origQty>quantity:d
            executedQty>filled_quantity:d cummulativeQuoteQty>filled_notional:d origQuoteOrderQty>quote_quantity:d status:w
            timeInForce:w type:w side:x stopPrice:d workingTime:t selfTradePreventionMode:w
            """
        ).list(
            "fills",
            Layout("price:d! qty>quantity:d! commission>fee:d! commissionAsset>fee_asset:s tradeId>trade_id:s")))

    static let spotFill = Layout(
        """
        symbol:s! id>trade_id:s! orderId>order_id:s! orderListId:i price:d! qty>quantity:d! quoteQty>notional:d
        commission>fee:d! commissionAsset>fee_asset:s time:t! isBuyer:b! isMaker:b! isBestMatch:b isIsolated:b
        isSelfTrade:b clientOrderId>client_order_id:s
        """)

    static let commission = Layout("maker:d! taker:d! buyer:d seller:d")

    static let spotAccount = Layout(
        """
        makerCommission:i takerCommission:i buyerCommission:i sellerCommission:i canTrade:b! canWithdraw:b! canDeposit:b
        brokered:b requireSelfTradePrevention:b preventSor:b updateTime:t accountType:w permissions:a permissionSets:a
        uid:s
        """
    ).object("commissionRates", commission).list("balances", Layout("asset:s! free:d! locked:d!"))

    static let rateLimit = Layout(
        "rateLimitType>type:w! interval:w! intervalNum>interval_count:i! limit:i! count:i")

    static let executionReport = event.and(
        Layout(
            """
            s>symbol:s! c>client_order_id:s! S>side:x! o>type:w! f>time_in_force:w q>quantity:d! p>price:d P>stop_price:d
            F>iceberg_quantity:d g>order_list_id:i C>original_client_order_id:s x>execution_type:w! X>status:w!
            r>reject_reason:w i>order_id:s! l>last_quantity:d z>filled_quantity:d! L>last_price:d n>fee:d N>fee_asset:s
            T>transaction_time:t t>trade_id:s I>execution_id:s w>is_working:b m>is_maker:b M>_:a O>creation_time:t
            Z>filled_notional:d Y>last_notional:d Q>quote_quantity:d W>working_time:t V>self_trade_prevention_mode:w
            d>trailing_delta:i D>trailing_time:t j>strategy_id:s J>strategy_type:i v>prevented_match_id:s
            A>prevented_quantity:d B>last_prevented_quantity:d u>trade_group_id:s U>counter_order_id:s
            Cs>counter_symbol:s pl>prevented_execution_quantity:d pL>prevented_execution_price:d
            pY>prevented_execution_notional:d b>match_type:w a>allocation_id:s k>working_floor:w uS>used_sor:b
            gP>peg_price_type:w gOT>peg_offset_type:w gOV>peg_offset_value:d gp>pegged_price:d eR>expiry_reason:w
            """))
}
