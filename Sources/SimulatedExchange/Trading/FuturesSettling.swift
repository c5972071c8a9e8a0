import TradingModel

extension ExchangeBox {
    // MARK: Margin

    /// Profit or loss of a position at the mark price.
    func unrealized(_ key: FuturesAccount.Key, _ position: BoxPosition) -> Money {
        let listing = listings[key.listing]
        return (listing.money(listing.markTicks, position.lots) - position.cost).rounded(toDigits: 8, .halfEven)
    }

    func notional(_ key: FuturesAccount.Key, _ position: BoxPosition) -> Money {
        listings[key.listing].money(listings[key.listing].markTicks, position.lots).magnitude
    }

    /// Half of what the highest leverage asks for, as at the exchange's first bracket.
    func maintenance(_ key: FuturesAccount.Key, _ position: BoxPosition) -> Money {
        notional(key, position).divided(by: 2 * max(1, listings[key.listing].instrument.maxLeverage), .up)
            .rounded(toDigits: 8, .up)
    }

    func positionMargin(_ key: FuturesAccount.Key, _ position: BoxPosition) -> Money {
        notional(key, position).divided(by: futures.terms(key.listing).leverage, .up).rounded(toDigits: 8, .up)
    }

    /// What open orders that may add to a position hold back.
    func orderMargin(_ asset: String) -> Money {
        var sum = Money.zero
        for id in orders.open {
            guard let order = orders[id], listings[order.listing].market == .usdm, !order.isReduceOnly,
                listings[order.listing].quoteAsset == asset, order.limit > 0
            else { continue }
            sum += margin(of: order)
        }
        return sum
    }

    private func margin(of order: BoxOrder) -> Money {
        let listing = listings[order.listing]
        let held = futures.position(order.listing, order.positionSide).lots
        // The part that closes what is held needs no margin.
        let closing = (order.side == .buy) == (held < 0) ? min(held.magnitude, order.restLots.magnitude) : 0
        let price = order.limit > 0 ? order.limit : (order.side == .buy ? listing.bestAsk : listing.bestBid).ticks
        let value = listing.money(price, order.restLots - Int64(closing))
        return value.divided(by: futures.terms(order.listing).leverage, .up).rounded(toDigits: 8, .up)
    }

    struct Margins {
        var wallet = Money.zero
        var isolated = Money.zero
        var unrealized = Money.zero
        var crossUnrealized = Money.zero
        var positions = Money.zero
        var crossPositions = Money.zero
        var maintenance = Money.zero
        var crossMaintenance = Money.zero
        var orders = Money.zero
        var available: Money {
            max(.zero, wallet - isolated + crossUnrealized - crossPositions - orders)
        }
    }

    func margins(_ asset: String) -> Margins {
        var sum = Margins()
        sum.wallet = futures.wallets[asset] ?? .zero
        for (key, position) in futures.open where listings[key.listing].quoteAsset == asset {
            let profit = unrealized(key, position)
            sum.unrealized += profit
            sum.positions += positionMargin(key, position)
            sum.maintenance += maintenance(key, position)
            if futures.terms(key.listing).isIsolated {
                sum.isolated += position.isolatedWallet
            } else {
                sum.crossUnrealized += profit
                sum.crossPositions += positionMargin(key, position)
                sum.crossMaintenance += maintenance(key, position)
            }
        }
        sum.orders = orderMargin(asset)
        return sum
    }

    func checkMargin(_ order: BoxOrder) throws(Refusal) {
        guard !order.isReduceOnly, !order.closesPosition else { return }
        let needed = margin(of: order)
        guard needed.isPositive else { return }
        let asset = listings[order.listing].quoteAsset
        let price = order.limit > 0 ? order.limit : listings[order.listing].markTicks
        let fee = listings[order.listing].money(price, order.lots).share(settings.futuresTakerFee, .up)
        guard margins(asset).available >= needed + fee else { throw Refusal.insufficientMargin }
    }

    /// Reduce-only orders need something to reduce and never more; hedge mode names the side of the position.
    func checkReduceOnly(_ request: inout OrderRequest) throws(Refusal) {
        let held = futures.position(request.listing, request.positionSide).lots
        let closes = request.side == .sell ? held > 0 : held < 0
        if futures.isHedged {
            let opens = (request.positionSide == .long) == (request.side == .buy)
            if !opens {
                guard closes else { throw Refusal.reduceOnly }
                request.isReduceOnly = true
            }
        }
        if request.closesPosition { request.lots = Int64(held.magnitude) }
        guard request.isReduceOnly || request.closesPosition else { return }
        guard closes else { throw Refusal.reduceOnly }
        var pending: Int64 = 0
        for order in orders.openOrders(of: request.listing)
        where order.isReduceOnly && order.side == request.side && order.positionSide == request.positionSide {
            pending += order.restLots
        }
        guard pending < Int64(held.magnitude) else { throw Refusal.reduceOnly }
        request.lots = min(request.lots, Int64(held.magnitude) - pending)
    }

    // MARK: Fills

    mutating func settleFutures(
        _ order: BoxOrder, _ trade: Int64, _ ticks: Int64, _ value: Money, _ lots: Int64, _ isMaker: Bool
    ) -> Settlement {
        let listing = listings[order.listing]
        let asset = listing.quoteAsset
        let fee = value.share(isMaker ? settings.futuresMakerFee : settings.futuresTakerFee, .down)
        let key = FuturesAccount.Key(listing: order.listing, side: order.positionSide)
        var position = futures.positions[key] ?? BoxPosition()
        let signed = order.side == .buy ? lots : -lots
        let realized = ExchangeBox.apply(signed, listing.money(ticks, signed), to: &position)
        position.realized += realized
        position.updatedAt = clock
        if position.lots == 0 {
            position.isolatedWallet = .zero
            position.realized = .zero
        } else if futures.terms(order.listing).isIsolated {
            position.isolatedWallet = position.cost.magnitude.divided(
                by: futures.terms(order.listing).leverage, .up
            ).rounded(toDigits: 8, .up)
        }
        futures.positions[key] = position
        futures.book("REALIZED_PNL", realized, asset, listing.venueSymbol, at: clock, trade: trade)
        futures.book("COMMISSION", -fee, asset, listing.venueSymbol, at: clock, trade: trade)
        trimReduceOnly(key)
        return Settlement(fee: fee, feeAsset: asset, realized: realized)
    }

    /// Adds lots at a cost to a position; what that realizes, to eight decimals.
    static func apply(_ lots: Int64, _ cost: Money, to position: inout BoxPosition) -> Money {
        guard position.lots != 0, (position.lots > 0) != (lots > 0) else {
            position.lots += lots
            position.cost += cost
            return .zero
        }
        let closing = min(position.lots.magnitude, lots.magnitude)
        // The share of what was paid that goes with what is closed; all of it with the last lot.
        let released =
            closing == position.lots.magnitude
            ? position.cost
            : Money(
                raw: Rounding.halfEven.multiply(
                    position.cost.raw, Int128(closing), dividedBy: Int128(position.lots.magnitude)) ?? 0
            ).rounded(toDigits: 8, .halfEven)
        let sold =
            closing == lots.magnitude
            ? cost
            : Money(
                raw: Rounding.halfEven.multiply(cost.raw, Int128(closing), dividedBy: Int128(lots.magnitude)) ?? 0)
        position.lots += lots
        position.cost = position.cost - released + (cost - sold)
        // A long sold for more than it cost, or a short bought for less; both costs carry their sign.
        return -(released + sold)
    }

    /// Reduce-only orders of a position that is gone are gone with it.
    private mutating func trimReduceOnly(_ key: FuturesAccount.Key) {
        let held = futures.position(key.listing, key.side).lots
        guard held == 0 else { return }
        for order in orders.openOrders(of: key.listing)
        where order.isReduceOnly && order.positionSide == key.side && order.isResting {
            end(order.id, .expired)
        }
    }

    // MARK: Funding and liquidation

    /// Longs pay shorts (or the other way) at each full eight hours of market time.
    mutating func payFunding() {
        let time = nextFunding
        nextFunding += FundingPayment.interval
        for index in listings.indices where listings[index].market == .usdm {
            let rate = fundingRate(index, at: time)
            paidFunding[index, default: []].append(
                FundingPayment(rate: rate, time: time, markTicks: listings[index].markTicks))
        }
        for (key, position) in futures.open {
            let listing = listings[key.listing]
            let value = listing.money(listing.markTicks, position.lots)
            let amount = -value.share(fundingRate(key.listing, at: time), .halfEven)
            futures.book("FUNDING_FEE", amount, listing.quoteAsset, listing.venueSymbol, at: time)
            tellAccount("FUNDING_FEE", asset: listing.quoteAsset, change: amount, position: nil)
        }
    }

    /// Closes at the market what its margin no longer carries.
    mutating func checkLiquidation(_ index: Int) {
        guard !futures.positions.isEmpty else { return }
        for (key, position) in futures.open where key.listing == index {
            let asset = listings[index].quoteAsset
            let isDue: Bool
            if futures.terms(index).isIsolated {
                isDue = position.isolatedWallet + unrealized(key, position) <= maintenance(key, position)
            } else {
                let sum = margins(asset)
                isDue = sum.wallet - sum.isolated + sum.crossUnrealized <= sum.crossMaintenance
            }
            guard isDue else { continue }
            for order in orders.openOrders(of: index) { end(order.id, .canceled) }
            var request = OrderRequest(
                listing: index, side: position.lots > 0 ? .sell : .buy, kind: .market,
                clientID: "autoclose-\(now.market.micros / 1_000)")
            request.force = .immediateOrCancel
            request.lots = Int64(position.lots.magnitude)
            request.positionSide = key.side
            request.closesPosition = true
            let kept = tradingFaults
            tradingFaults = []
            _ = try? place(request)
            tradingFaults = kept
        }
    }
}
