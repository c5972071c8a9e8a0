/// What Bybit v5 tells of an account: REST and the private stream, as described in "docs/v5" of bybit-exchange.
enum BybitTrading {
    static let responses: [MessageReader] = [
        MessageReader(
            "order_ids", "order_acknowledgement",
            ["/v5/order/create", "/v5/order/amend", "/v5/order/cancel", "order.create", "order.amend", "order.cancel"],
            .object(acknowledgement)),
        MessageReader(
            "order_id_list", "order_acknowledgement",
            ["/v5/order/cancel-all", "/v5/order/create-batch", "/v5/order/amend-batch", "/v5/order/cancel-batch"],
            .page("list", .list(acknowledgement), header: Layout("success>is_success:b"))),
        MessageReader(
            "orders", "order", ["/v5/order/realtime", "/v5/order/history"], page(.list(order))),
        MessageReader("executions", "fill", ["/v5/execution/list"], page(.list(execution))),
        MessageReader("positions", "position", ["/v5/position/list"], page(.list(position))),
        MessageReader("closed_pnl", "closed_pnl", ["/v5/position/closed-pnl"], page(.list(closedPnL))),
        MessageReader(
            "wallet_balance", "account", ["/v5/account/wallet-balance"], page(.list(wallet))),
        MessageReader(
            "coin_balance", "balance", [],
            page(
                .list(
                    Layout(
                        """
                        coin>asset:s! equity:d! walletBalance>balance:d! positionMargin:d availableBalance>available:d!
                        orderMargin:d occClosingFee>closing_fee:d occFundingFee>funding_fee:d unrealisedPnl>unrealized_pnl:d
                        cumRealisedPnl>realized_pnl:d givenCash:d serviceCash:d
                        """)))),
        MessageReader(
            "withdrawable", "balance", ["/v5/account/withdrawal"],
            .object(Layout("availableWithdrawal>available:d!"))),
        MessageReader(
            "account_info", "account", ["/v5/account/info"],
            .object(
                Layout(
                    """
                    unifiedMarginStatus:i! marginMode:w! isMasterTrader:b spotHedgingStatus:w updatedTime>update_time:t
                    dcpStatus:w timeWindow:i smpGroup:i
                    """))),
        MessageReader(
            "fee_rate", "fees", ["/v5/account/fee-rate"],
            page(.list(Layout("symbol:s baseCoin:s makerFeeRate>maker_fee:d! takerFeeRate>taker_fee:d!")))),
        MessageReader(
            "transaction_log", "ledger_entry", ["/v5/account/transaction-log"], page(.list(transaction))),
        MessageReader(
            "key_permissions", "key_permissions", ["/v5/user/query-api", "/v5/user/update-api"],
            .object(
                Layout(
                    """
                    id:s! note:s apiKey:s readOnly:b! secret>_:s permissions:a! ips:a type:i deadlineDay:i expiredAt:s
                    createdAt:s unified:i uta:i userID:s inviterID:s vipLevel:s mktMakerLevel:s affiliateID:s rsaPublicKey:s
                    isMaster:b parentUid:s kycLevel:w kycRegion:s
                    """))),
        MessageReader(
            "tpsl_mode", "position_mode", ["/v5/position/set-tpsl-mode"], .object(Layout("tpSlMode>tpsl_mode:w!"))),
        MessageReader("old_order", "order", [], .object(oldOrder)),
    ]

    static let streams: [MessageReader] = [
        MessageReader("order", "order_update", ["order", "order.spot", "order.linear", "order."], .list(order)),
        MessageReader(
            "execution", "fill", ["execution", "execution.spot", "execution.linear", "execution."], .list(execution)),
        MessageReader(
            "execution_fast", "fill", ["execution.fast", "execution.fast."], .list(execution)),
        MessageReader("position", "position", ["position", "position.linear", "position."], .list(position)),
        MessageReader("wallet", "account", ["wallet"], .list(wallet)),
        MessageReader(
            "old_coin_balance", "balance", [],
            .list(
                Layout(
                    """
                    coin>asset:s! equity:d! walletBalance>balance:d! positionMargin:d availableBalance>available:d!
                    orderMargin:d unrealisedPnl>unrealized_pnl:d cumRealisedPnl>realized_pnl:d
                    """))),
    ]

    /// The list of a page; what the page says of it goes beside.
    private static func page(_ items: MessageReader.Body) -> MessageReader.Body {
        .page("list", items, header: Layout("category:w nextPageCursor:s"))
    }

    static let acknowledgement = Layout(
        "orderId>order_id:s! orderLinkId>client_order_id:s category:w symbol:s createAt>creation_time:t")

    static let order = Layout(
        """
        orderId>order_id:s orderLinkId>client_order_id:s category:w symbol:s! blockTradeId:s price:d qty>quantity:d!
        side:x! isLeverage:b positionIdx>position_index:i orderStatus>status:w! createType:w cancelType:w rejectReason:w
        avgPrice>average_price:d leavesQty>remaining_quantity:d leavesValue>remaining_notional:d
        cumExecQty>filled_quantity:d! cumExecValue>filled_notional:d cumExecFee>fee:d feeCurrency>fee_asset:s
        timeInForce:w orderType>type:w! stopOrderType>stop_type:w orderIv>order_volatility:d marketUnit:w
        triggerPrice>stop_price:d takeProfit>take_profit_price:d stopLoss>stop_loss_price:d tpslMode:w
        ocoTriggerBy>oco_trigger:w tpLimitPrice>take_profit_limit_price:d slLimitPrice>stop_loss_limit_price:d
        tpTriggerBy>take_profit_trigger_by:w slTriggerBy>stop_loss_trigger_by:w triggerDirection:i triggerBy:w
        lastPriceOnCreated>last_price_at_creation:d reduceOnly:b closeOnTrigger:b placeType:w smpType:w smpGroup:i
        smpOrderId:s createdTime>creation_time:t updatedTime>update_time:t closedPnl:d basePrice:d extraFees:a
        slippageToleranceType:w slippageTolerance:d parentOrderLinkId:s bboSideType:w bboLevel:i cumFeeDetail:a
        isReduceOnly>reduce_only:b
        """)

    static let execution = Layout(
        """
        execId>trade_id:s! symbol:s! orderId>order_id:s orderLinkId>client_order_id:s category:w side:x! orderPrice:d
        orderQty>order_quantity:d leavesQty>remaining_quantity:d createType:w orderType>type:w stopOrderType>stop_type:w
        execFee>fee:d feeCurrency>fee_asset:s execPrice>price:d! execQty>quantity:d! execType>execution_type:w
        execValue>notional:d execTime>time:t! isMaker:b lastLiquidityInd>liquidity:w feeRate:d isLeverage:b
        tradeIv>trade_volatility:d markIv>mark_volatility:d markPrice:d indexPrice:d underlyingPrice:d blockTradeId:s
        closedSize>closed_quantity:d seq>sequence:i marketUnit:w execPnl>realized_pnl:d extraFees:a execFeeV2>fee_v2:d
        """)

    static let position = Layout(
        """
        symbol:s! category:w positionIdx>position_index:i riskId:i riskLimitValue:d side:w size>quantity:d!
        avgPrice>average_price:d entryPrice>average_price:d sessionAvgPrice>session_average_price:d
        positionValue>notional:d tradeMode:i positionStatus>status:w autoAddMargin:b adlRankIndicator>adl_rank:i
        leverage:d positionBalance>margin:d markPrice:d liqPrice>liquidation_price:d bustPrice>bankruptcy_price:d
        positionMM>maintenance_margin:d positionMMByMp>maintenance_margin_by_mark:d positionIM>initial_margin:d
        positionIMByMp>initial_margin_by_mark:d tpslMode:w takeProfit>take_profit_price:d stopLoss>stop_loss_price:d
        trailingStop:d unrealisedPnl>unrealized_pnl:d curRealisedPnl>realized_pnl:d cumRealisedPnl>cumulative_realized_pnl:d
        seq>sequence:i isReduceOnly:b mmrSysUpdateTime:t mmrSysUpdatedTime:t leverageSysUpdatedTime:t
        createdTime>creation_time:t openTime:t updatedTime>update_time:t activePrice>activation_price:d
        occClosingFee>closing_fee:d tpSlMode>tpsl_mode:w breakEvenPrice:d
        """)

    static let closedPnL = Layout(
        """
        symbol:s! orderId>order_id:s! side:x! qty>quantity:d orderPrice:d orderType>type:w execType>execution_type:w
        closedSize>closed_quantity:d! cumEntryValue>entry_notional:d avgEntryPrice>average_entry_price:d
        cumExitValue>exit_notional:d avgExitPrice>average_exit_price:d closedPnl>realized_pnl:d! fillCount:i leverage:d
        createdTime>creation_time:t createdAt>creation_time:t updatedTime>update_time:t openFee:d closeFee:d
        """)

    static let wallet = Layout(
        """
        accountType:w accountLTV>loan_to_value:d accountIMRate>initial_margin_rate:d accountMMRate>maintenance_margin_rate:d
        accountIMRateByMp>initial_margin_rate_by_mark:d accountMMRateByMp>maintenance_margin_rate_by_mark:d
        totalEquity:d! totalWalletBalance:d totalMarginBalance:d totalAvailableBalance>available:d
        totalPerpUPL>total_unrealized_pnl:d totalPerpUpl>total_unrealized_pnl:d totalInitialMargin:d
        totalInitialMarginByMp>total_initial_margin_by_mark:d totalMaintenanceMargin:d
        totalMaintenanceMarginByMp>total_maintenance_margin_by_mark:d
        """
    ).list(
        "coin", as: "balances",
        Layout(
            """
            coin>asset:s! equity:d usdValue:d walletBalance>balance:d! free:d locked:d borrowAmount:d accruedInterest:d
            totalOrderIM>order_margin:d totalPositionIM>position_margin:d totalPositionMM>position_maintenance_margin:d
            unrealisedPnl>unrealized_pnl:d cumRealisedPnl>realized_pnl:d bonus:d collateralSwitch>is_collateral:b
            marginCollateral>can_be_collateral:b availableToWithdraw>available:d availableToBorrow:d
            spotHedgingQty>spot_hedging_quantity:d spotBorrow:d
            """))

    static let transaction = Layout(
        """
        id:s! symbol:s category:w side:w transactionTime>time:t! type:w! transSubType>subtype:w qty>quantity:d size:d
        currency>asset:s tradePrice>price:d funding:d fee:d cashFlow:d change:d cashBalance>balance:d feeRate:d
        bonusChange:d tradeId>trade_id:s orderId>order_id:s orderLinkId>client_order_id:s extraFees:a
        """)

    /// An order of the older spot interface, in Binance's shape.
    static let oldOrder = Layout(
        """
        accountId:s exchangeId:s symbol:s! symbolName:s orderLinkId>client_order_id:s orderId>order_id:s! price:d
        origQty>quantity:d! executedQty>filled_quantity:d! cummulativeQuoteQty>filled_notional:d avgPrice>average_price:d
        status:w! timeInForce:w type:w side:x stopPrice:d icebergQty>iceberg_quantity:d time:t updateTime:t isWorking:b
        """)
}
