extension BinanceTrading {
    static let futuresResponses: [MessageReader] = [
        MessageReader(
            "algo_order", "order",
            [
                "/fapi/v1/algoOrder", "/fapi/v1/openAlgoOrders", "/fapi/v1/allAlgoOrders", "algoOrder.place",
                "algoOrder.cancel",
            ], .either(algoOrder)),
        // The answer to a cancel over REST tells the ids alone.
        MessageReader(
            "algo_cancel", "order", ["/fapi/v1/algoOrder"],
            .object(Layout("algoId>order_id:s! clientAlgoId>client_order_id:s code:s! msg:s"))),
        MessageReader(
            "order", "order",
            [
                "/fapi/v1/order", "/fapi/v1/openOrder", "/fapi/v1/openOrders", "/fapi/v1/allOrders",
                "/fapi/v1/batchOrders", "/fapi/v1/order/test", "/fapi/v1/forceOrders", "order.place", "order.status",
                "order.cancel", "order.modify",
            ], .either(futuresOrder)),
        MessageReader(
            "order_amendments", "order_amendment", ["/fapi/v1/orderAmendment"],
            .list(
                Layout(
                    "amendmentId:s! symbol:s! pair:s orderId>order_id:s! clientOrderId>client_order_id:s time:t priceMatch:w"
                ).object(
                    "amendment",
                    Layout("count:i").object("price", Layout("before:d after:d")).object(
                        "origQty", as: "quantity", Layout("before:d after:d"))))),
        MessageReader("user_trades", "fill", ["/fapi/v1/userTrades"], .either(futuresFill)),
        MessageReader(
            "account", "account", ["/fapi/v2/account", "/fapi/v3/account", "account.status", "v2/account.status"],
            .object(futuresAccount)),
        MessageReader(
            "balance", "balance",
            ["/fapi/v2/balance", "/fapi/v3/balance", "account.balance", "v2/account.balance"],
            .list(
                Layout(
                    """
                    accountAlias:s asset:s! balance:d! crossWalletBalance:d crossUnPnl>cross_unrealized_pnl:d
                    availableBalance>available:d! maxWithdrawAmount:d marginAvailable:b updateTime:t
                    """))),
        MessageReader(
            "positions", "position",
            ["/fapi/v2/positionRisk", "/fapi/v3/positionRisk", "account.position", "v2/account.position"],
            .either(futuresPosition)),
        MessageReader(
            "leverage", "leverage", ["/fapi/v1/leverage"],
            .object(Layout("symbol:s! leverage:i! maxNotionalValue>max_notional:d!"))),
        MessageReader(
            "symbol_config", "leverage", ["/fapi/v1/symbolConfig"],
            .list(
                Layout(
                    "symbol:s! marginType>margin_mode:w! isAutoAddMargin:b leverage:i! maxNotionalValue>max_notional:d")
            )
        ),
        MessageReader(
            "account_config", "account", ["/fapi/v1/accountConfig"],
            .object(
                Layout(
                    """
                    feeTier:i! canTrade:b! canDeposit:b canWithdraw:b dualSidePosition>is_hedged:b! updateTime:t
                    multiAssetsMargin:b tradeGroupId:s
                    """))),
        MessageReader(
            "position_mode", "position_mode", ["/fapi/v1/positionSide/dual"],
            .object(Layout("dualSidePosition>is_hedged:b!"))),
        MessageReader(
            "multi_assets_mode", "multi_assets_mode", ["/fapi/v1/multiAssetsMargin"],
            .object(Layout("multiAssetsMargin:b!"))),
        MessageReader("fee_burn", "fee_burn", ["/fapi/v1/feeBurn"], .object(Layout("feeBurn:b!"))),
        MessageReader(
            "commission_rate", "fees", ["/fapi/v1/commissionRate"],
            .object(
                Layout(
                    """
                    symbol:s! makerCommissionRate>maker_fee:d! takerCommissionRate>taker_fee:d! rpiCommissionRate>rpi_fee:d
                    """))),
        MessageReader("listen_key", "listen_key", ["/fapi/v1/listenKey"], .object(Layout("listenKey:s!"))),
        MessageReader(
            "income", "income", ["/fapi/v1/income"],
            .list(
                Layout(
                    "symbol:s incomeType>type:w! income>amount:d! asset:s! info:s time:t! tranId>transaction_id:s tradeId>trade_id:s"
                ))),
        MessageReader(
            "countdown_cancel", "countdown_cancel", ["/fapi/v1/countdownCancelAll"],
            .object(Layout("symbol:s! countdownTime>countdown_milliseconds:i!"))),
        MessageReader(
            "adl_quantile", "adl_quantile", ["/fapi/v1/adlQuantile"],
            .either(
                Layout("symbol:s!").object("adlQuantile", Layout("LONG>long:i SHORT>short:i HEDGE>hedge:i BOTH>both:i"))
            )),
        MessageReader(
            "leverage_brackets", "leverage_bracket", ["/fapi/v1/leverageBracket"],
            .either(
                Layout("symbol:s! notionalCoef>notional_coefficient:d").list(
                    "brackets",
                    Layout(
                        "bracket:i! initialLeverage:i! notionalCap:d notionalFloor:d maintMarginRatio>maintenance_margin_ratio:d cum:d"
                    )))),
        MessageReader("order_rate_limit", "rate_limit", ["/fapi/v1/rateLimit/order"], .list(rateLimit)),
    ]

    static let futuresStreams: [MessageReader] = [
        MessageReader(
            "order_trade_update", "order_update", ["ORDER_TRADE_UPDATE"],
            .object(event.and(Layout("T>transaction_time:t i>account:s")).flattening("o", orderUpdate))),
        MessageReader(
            "account_update", "account_update", ["ACCOUNT_UPDATE"],
            .object(event.and(Layout("T>transaction_time:t")).flattening("a", accountUpdate))),
        MessageReader(
            "algo_update", "order_update", ["ALGO_UPDATE"],
            .object(event.and(Layout("T>transaction_time:t")).flattening("o", algoUpdate))),
        MessageReader(
            "trade_lite", "fill", ["TRADE_LITE"],
            .object(
                event.and(
                    Layout(
                        """
                        T>transaction_time:t s>symbol:s! q>order_quantity:d p>order_price:d m>is_maker:b c>client_order_id:s!
                        S>side:x! L>price:d! l>quantity:d! t>trade_id:s! i>order_id:s!
                        """)))),
        MessageReader(
            "account_config_update", "account_config", ["ACCOUNT_CONFIG_UPDATE"],
            .object(
                event.and(Layout("T>transaction_time:t")).object(
                    "ac", as: "leverage", Layout("s>symbol:s! l>leverage:i!")
                ).object("ai", as: "account", Layout("j>multi_assets_margin:b")))),
        MessageReader(
            "margin_call", "margin_call", ["MARGIN_CALL"],
            .object(
                event.and(Layout("cw>cross_wallet_balance:d")).list(
                    "p", as: "positions",
                    Layout(
                        """
                        s>symbol:s! ps>position_side:w pa>quantity:d mt>margin_mode:w iw>isolated_wallet:d mp>mark_price:d
                        up>unrealized_pnl:d mm>maintenance_margin:d
                        """)))),
        MessageReader(
            "conditional_reject", "order_update", ["CONDITIONAL_ORDER_TRIGGER_REJECT"],
            .object(
                event.and(Layout("T>transaction_time:t")).flattening(
                    "or", Layout("s>symbol:s! i>order_id:s! r>reject_reason:s")))),
        MessageReader(
            "stream_ended", "stream_ended", ["listenKeyExpired", "eventStreamTerminated"],
            .object(event.and(Layout("listenKey:s")))),
    ]

    static let futuresOrder = Layout(
        """
        orderId>order_id:s! symbol:s! pair:s status:w clientOrderId>client_order_id:s price:d avgPrice>average_price:d
        origQty>quantity:d! executedQty>filled_quantity:d cumQty>_:d cumQuote>filled_notional:d cumBase>filled_base:d
        timeInForce:w type:w reduceOnly:b closePosition:b side:x positionSide:w stopPrice:d workingType:w
        priceProtect:b origType>original_type:w priceMatch:w selfTradePreventionMode:w goodTillDate>good_till:t time:t
        updateTime:t activatePrice>activation_price:d priceRate>callback_rate:d
        """)

    static let algoOrder = Layout(
        """
        algoId>order_id:s! clientAlgoId>client_order_id:s algoType:w! orderType>type:w type:w symbol:s! side:x
        positionSide:w timeInForce:w quantity:d algoStatus>status:w actualOrderId:s actualPrice>average_price:d
        actualQty>filled_quantity:d actualType:w triggerPrice>stop_price:d price:d icebergQuantity:d
        tpTriggerPrice>take_profit_trigger_price:d tpPrice>take_profit_price:d slTriggerPrice>stop_loss_trigger_price:d
        slPrice>stop_loss_price:d tpOrderType>take_profit_type:w slOrderType>stop_loss_type:w selfTradePreventionMode:w
        workingType:w priceMatch:w closePosition:b priceProtect:b reduceOnly:b createTime:t updateTime:t triggerTime:t
        goodTillDate>good_till:t activatePrice>activation_price:d callbackRate:d failCode:s failReason:s
        """)

    static let futuresFill = Layout(
        """
        symbol:s! id>trade_id:s! orderId>order_id:s! side:x! positionSide:w price:d! qty>quantity:d! quoteQty>notional:d
        realizedPnl:d marginAsset:s commission>fee:d! commissionAsset>fee_asset:s time:t! buyer>is_buyer:b maker>is_maker:b!
        baseQty>base_quantity:d pair:s
        """)

    static let futuresPosition = Layout(
        """
        symbol:s! positionSide:w positionAmt>quantity:d! entryPrice:d! breakEvenPrice:d markPrice:d
        unRealizedProfit>unrealized_pnl:d unrealizedProfit>unrealized_pnl:d liquidationPrice:d leverage:i
        maxNotionalValue>max_notional:d marginType>margin_mode:w isolatedMargin:d isAutoAddMargin:b notional:d
        marginAsset:s isolatedWallet:d initialMargin:d maintMargin>maintenance_margin:d positionInitialMargin:d
        openOrderInitialMargin:d adl:i bidNotional:d askNotional:d updateTime:t isolated>is_isolated:b maxQty>max_quantity:d
        """)

    static let futuresAccount = Layout(
        """
        feeTier:i feeBurn:b canTrade:b canDeposit:b canWithdraw:b updateTime:t multiAssetsMargin:b tradeGroupId:s
        totalInitialMargin:d! totalMaintMargin>total_maintenance_margin:d! totalWalletBalance:d!
        totalUnrealizedProfit>total_unrealized_pnl:d totalMarginBalance:d totalPositionInitialMargin:d
        totalOpenOrderInitialMargin:d totalCrossWalletBalance:d totalCrossUnPnl>total_cross_unrealized_pnl:d
        availableBalance>available:d! maxWithdrawAmount:d
        """
    ).list(
        "assets",
        Layout(
            """
            asset:s! walletBalance>balance:d! unrealizedProfit>unrealized_pnl:d marginBalance:d
            maintMargin>maintenance_margin:d initialMargin:d positionInitialMargin:d openOrderInitialMargin:d
            crossWalletBalance:d crossUnPnl>cross_unrealized_pnl:d availableBalance>available:d maxWithdrawAmount:d
            marginAvailable:b updateTime:t
            """)
    ).list(
        "positions",
        Layout(
            """
            symbol:s! positionSide:w positionAmt>quantity:d! entryPrice:d unrealizedProfit>unrealized_pnl:d leverage:i
            isolated>is_isolated:b maxNotional:d bidNotional:d askNotional:d notional:d isolatedMargin:d isolatedWallet:d
            initialMargin:d maintMargin>maintenance_margin:d positionInitialMargin:d openOrderInitialMargin:d
            breakEvenPrice:d updateTime:t
            """))

    static let orderUpdate = Layout(
        """
        s>symbol:s! c>client_order_id:s! S>side:x! o>type:w! f>time_in_force:w q>quantity:d! p>price:d ap>average_price:d
        sp>stop_price:d x>execution_type:w! X>status:w! i>order_id:s! l>last_quantity:d z>filled_quantity:d! L>last_price:d
        N>fee_asset:s n>fee:d T>trade_time:t t>trade_id:s b>bid_notional:d a>ask_notional:d m>is_maker:b R>reduce_only:b
        wt>working_type:w ot>original_type:w ps>position_side:w cp>close_position:b AP>activation_price:d cr>callback_rate:d
        pP>price_protect:b si>_:a ss>_:a rp>realized_pnl:d V>self_trade_prevention_mode:w pm>price_match:w
        gtd>good_till:t er>expiry_reason:s ma>margin_asset:s st>algo_type:w W>working_time:t
        """)

    static let accountUpdate = Layout("m>reason:w").list(
        "B", as: "balances",
        Layout("a>asset:s! wb>balance:d! cw>cross_wallet_balance:d bc>change:d")
    ).list(
        "P", as: "positions",
        Layout(
            """
            s>symbol:s! pa>quantity:d! ep>entry_price:d bep>break_even_price:d cr>accumulated_realized_pnl:d
            up>unrealized_pnl:d mt>margin_mode:w iw>isolated_wallet:d ps>position_side:w ma>margin_asset:s
            """))

    static let algoUpdate = Layout(
        """
        caid>client_order_id:s! aid>order_id:s! at>algo_type:w o>type:w! s>symbol:s! S>side:x! ps>position_side:w
        f>time_in_force:w q>quantity:d X>status:w! ai>actual_order_id:s ap>average_price:d aq>filled_quantity:d
        act>actual_type:w tp>stop_price:d p>price:d V>self_trade_prevention_mode:w wt>working_type:w pm>price_match:w
        cp>close_position:b pP>price_protect:b R>reduce_only:b tt>trigger_time:t gtd>good_till:t rm>reject_reason:s
        AP>activation_price:d cr>callback_rate:d
        """)
}
