import TradingModel

/// What a fill moved.
struct Settlement: Sendable {
    var fee: Money
    var feeAsset: String
    var realized = Money.zero
}

extension ExchangeBox {
    /// Holds back what the order can cost, or refuses it.
    mutating func lockFunds(_ order: inout BoxOrder) throws(Refusal) {
        let listing = listings[order.listing]
        let needed: Money
        if order.side == .sell {
            needed = listing.baseMoney(sellLots(order))
        } else if let spending = order.spending {
            needed = spending
        } else if order.kind.isLimit {
            needed = listing.money(order.limit, order.lots)
        } else if order.kind.isConditional {
            needed = listing.money(order.stop, order.lots)
        } else {
            needed = Money(
                raw: listing.unit.raw * listing.book.available(.buy, limit: nil, lots: order.lots).value)
        }
        let asset = order.side == .sell ? listing.base : listing.quoteAsset
        guard spot[asset].free >= needed else { throw Refusal.insufficientBalance }
        order.locked = needed
        spot.lock(asset, needed, at: clock)
    }

    /// A sale for an amount of quote currency holds the lots that bring it now.
    private func sellLots(_ order: BoxOrder) -> Int64 {
        guard let spending = order.spending else { return order.lots }
        let price = listings[order.listing].money(max(1, listings[order.listing].bestBid.ticks), 1)
        return Int64(clamping: spending.raw / price.raw)
    }

    /// What an order that is over still holds is free again.
    mutating func releaseFunds(_ id: Int64) {
        guard let order = orders[id], !order.isOpen, !order.locked.isZero else { return }
        let listing = listings[order.listing]
        spot.unlock(order.side == .sell ? listing.base : listing.quoteAsset, order.locked, at: clock)
        orders.change(id) { $0.locked = .zero }
    }

    /// Moves base and quote currency; the fee is taken from what comes in, rounded down to eight decimals.
    mutating func settleSpot(_ order: BoxOrder, _ value: Money, _ lots: Int64, _ isMaker: Bool) -> Settlement {
        let listing = listings[order.listing]
        let base = listing.baseMoney(lots)
        let rate = isMaker ? settings.spotMakerFee : settings.spotTakerFee
        let (paid, got) = order.side == .buy ? (value, base) : (base, value)
        let paidAsset = order.side == .buy ? listing.quoteAsset : listing.base
        let gotAsset = order.side == .buy ? listing.base : listing.quoteAsset
        let fee = got.share(rate, .down)
        // A trigger may fill worse than what was locked for it: the rest comes from what is free.
        let fromLock = min(paid, order.locked)
        spot.spendLocked(paidAsset, fromLock, at: clock)
        if paid > fromLock { spot.credit(paidAsset, fromLock - paid, at: clock) }
        spot.credit(gotAsset, got - fee, at: clock)
        orders.change(order.id) { $0.locked -= fromLock }
        return Settlement(fee: fee, feeAsset: gotAsset)
    }

    // MARK: Triggers

    /// Conditional spot orders look at the last price, conditional contracts at last or mark.
    mutating func checkTriggers(_ index: Int) {
        if listings[index].market == .usdm { return checkAlgos(index) }
        guard listings[index].openOrders > 0 else { return }
        let last = listings[index].lastTicks
        for order in orders.openOrders(of: index) where order.kind.isConditional && !order.isTriggered {
            // A stop to buy and a target to sell wait above, the others below.
            let waitsAbove = (order.side == .buy) != order.kind.isTarget
            guard waitsAbove ? last >= order.stop : last <= order.stop else { continue }
            orders.change(order.id) { $0.isTriggered = true }
            report(order.id, .new)
            match(order.id, isHalved: false)
        }
    }
}

extension Listing {
    /// A quantity of the base currency as an amount.
    func baseMoney(_ lots: Int64) -> Money { Money(raw: quantity(lots).raw * (Money.scale / Quantity.scale)) }
}
