import ExecutionCore
import Portfolio
import Testing
import TradingModel

/// A venue elsewhere, behind a network that loses things.
@Suite("Orders whose outcome is unknown")
struct UnresolvedTests {
    private static var policy: ExecutionPolicy {
        var policy = ExecutionPolicy()
        policy.acknowledgementTimeout = .seconds(2)
        policy.proofDelay = .seconds(1)
        policy.resendWithin = .seconds(10)
        return policy
    }

    private func rig() throws -> Rig {
        let rig = Rig(.outside, policy: Self.policy)
        try rig.start()
        return rig
    }

    @Test("A lost acknowledgement makes the order unresolved, not rejected, and a query settles it")
    func lostReply() throws {
        let rig = try rig()
        var losesReplies = true
        rig.network = { command, deliver in
            let reports = deliver(command)
            if losesReplies, case .submit = command { return [] }
            return reports
        }
        let token = try rig.order(request("a", .buy, "1"))
        #expect(rig.answers[token] == nil)
        #expect(rig.status("a") == .submitted)
        losesReplies = false
        try rig.wait(.milliseconds(1_999))
        #expect(rig.status("a") == .submitted)
        try rig.wait(.milliseconds(1))
        #expect(rig.disk.events.map(\.order.status) == [.submitted, .unresolved, .accepted])
        // Whoever asked is told what is known at that moment, and may ask again.
        #expect(rig.answers[token]?.order?.status == .unresolved)
        #expect(try rig.query("a")?.order?.status == .accepted)
        #expect(rig.submits("a") == 1)
    }

    @Test("An unresolved order lets no new exposure on its symbol, and every exit")
    func blocksExposure() throws {
        let rig = try rig()
        try rig.order(request("p", .buy, "1"))
        try rig.tick(ticker(at: 1))
        try rig.take([.fill(rig.venueFill("p"))])
        rig.network = { _, _ in [] }
        try rig.order(request("a", .buy, "1", at: 1))
        try rig.wait(.seconds(2))
        #expect(rig.status("a") == .unresolved)
        rig.network = nil
        let denied = try rig.order(request("b", .buy, "1", at: 1))
        #expect(
            rig.answers[denied]?.order?.reason
                == "ORDER_UNRESOLVED: the outcome of order a is unknown: no new exposure until the venue has answered")
        let exit = try rig.order(request("x", .sell, "1", reduceOnly: true, at: 1))
        #expect(rig.answers[exit]?.order?.status == .accepted)
        let other = try rig.order(request("e", .buy, "1", symbol: eth, at: 1))
        #expect(rig.answers[other]?.order?.status == .accepted)
    }

    @Test("Only a venue that has proven never to have had an order gets it again, and a proof needs its time")
    func resend() throws {
        let rig = try rig()
        var isCut = true
        rig.network = { command, deliver in isCut ? [] : deliver(command) }
        try rig.order(request("a", .buy, "1"))
        try rig.wait(.seconds(2))
        #expect(rig.status("a") == .unresolved)
        isCut = false
        // The query of that moment was lost too; the next comes after the first retry.
        try rig.wait(.milliseconds(500))
        #expect(rig.status("a") == .accepted)
        #expect(rig.submits("a") == 2)
        #expect(rig.disk.events.map(\.order.status) == [.submitted, .unresolved, .initialized, .submitted, .accepted])
    }

    @Test("What the venue has not heard of a moment after it was sent may still be on its way")
    func tooEarly() throws {
        let rig = try rig()
        rig.network = { command, deliver in
            if case .submit(let request) = command {
                return [.unknown(request.clientOrderID, .submit, reason: "reset")]
            }
            return deliver(command)
        }
        try rig.order(request("a", .buy, "1"))
        #expect(rig.status("a") == .unresolved)
        #expect(rig.submits("a") == 1)
        rig.network = nil
        try rig.wait(.milliseconds(900))
        #expect(rig.submits("a") == 1)
        try rig.wait(.seconds(1))
        #expect(rig.submits("a") == 2)
        #expect(rig.status("a") == .accepted)
    }

    @Test("An entry whose moment has passed expires instead of being sent late; an exit is sent whenever it can be")
    func moment() throws {
        let rig = try rig()
        try rig.order(request("p", .buy, "1"))
        try rig.tick(ticker(at: 1))
        try rig.take([.fill(rig.venueFill("p"))])
        var isCut = true
        rig.network = { command, deliver in isCut ? [] : deliver(command) }
        try rig.order(request("a", .buy, "1", symbol: eth))
        try rig.order(request("x", .sell, "1", reduceOnly: true, at: 1))
        try rig.wait(.seconds(60))
        isCut = false
        try rig.wait(.seconds(60))
        #expect(rig.status("a") == .expired)
        #expect(rig.reason("a") == "it never reached the venue and its moment has passed")
        #expect(rig.submits("a") == 1)
        #expect(rig.status("x") == .accepted)
        #expect(rig.submits("x") == 2)
    }

    @Test("What was proven not to have left is tried again, with longer and longer pauses")
    func notSent() throws {
        let rig = try rig()
        try rig.order(request("p", .buy, "1"))
        try rig.tick(ticker(at: 1))
        try rig.take([.fill(rig.venueFill("p"))])
        rig.network = { command, _ in
            if case .submit(let request) = command {
                return [.notSent(request.clientOrderID, reason: "connection refused")]
            }
            return []
        }
        try rig.order(request("x", .sell, "1", reduceOnly: true, at: 1))
        var attempts: [Int] = []
        for _ in 0..<8 {
            try rig.wait(.seconds(1))
            attempts.append(rig.submits("x"))
        }
        // Tries after 0.5, 1.5, 3.5 and 7.5 seconds.
        #expect(attempts == [2, 3, 3, 4, 4, 4, 4, 5])
        rig.network = nil
        try rig.wait(.seconds(10))
        #expect(rig.status("x") == .accepted)
    }

    @Test("A cancel that is wanted before the venue is known to have the order is carried out once it has")
    func earlyCancel() throws {
        let rig = try rig()
        rig.network = { _, _ in [] }
        try rig.order(request("a", .buy, "1", type: .limit, limit: "90"))
        let token = try rig.cancel("a")
        #expect(rig.answers[token]?.order?.status == .submitted)
        rig.network = nil
        let held = rig.venue.orders
        #expect(held.isEmpty)
        // It arrives after all.
        var reports: [VenueReport] = []
        rig.venue.handle(.submit(request("a", .buy, "1", type: .limit, limit: "90")), at: rig.now, into: &reports)
        try rig.take(reports)
        #expect(rig.status("a") == .canceled)
        #expect(rig.venue.orders.isEmpty)
    }

    @Test("A duplicate is not a rejection: what the venue has is asked for")
    func duplicate() throws {
        let rig = try rig()
        rig.network = { command, deliver in
            // Accepted, and the connector's own retry is told that the id exists.
            if case .submit = command { return deliver(command).isEmpty ? [] : deliver(command) }
            return deliver(command)
        }
        try rig.order(request("a", .buy, "1"))
        #expect(rig.status("a") == .accepted)
        #expect(rig.disk.events.map(\.order.status) == [.submitted, .unresolved, .accepted])
        #expect(rig.venue.orders.count == 1)
    }

    @Test("After a lost connection every open order is asked for, and what was missed is booked once")
    func resumed() throws {
        let rig = try rig()
        try rig.order(request("a", .buy, "2"))
        try rig.order(request("b", .buy, "1", type: .limit, limit: "90"))
        var lost: [VenueReport] = []
        rig.venue.observe(ticker(askQuantity: "1", at: 1), into: &lost)
        #expect(lost.count == 1)
        try rig.take([.resumed])
        #expect(rig.status("a") == .partiallyFilled)
        try rig.take(lost)
        rig.venue.observe(ticker(askQuantity: "1", at: 2), into: &lost)
        try rig.take(lost)
        #expect(rig.status("a") == .filled)
        #expect(rig.disk.fills.map(\.id) == ["a-1", "a-2"])
        #expect(rig.disk.imbalances() == [])
    }

    @Test("A contradiction of the venue blocks the symbol for new exposure, is said, and nothing is dropped")
    func contradictions() throws {
        let rig = try rig()
        try rig.order(request("a", .buy, "1"))
        try rig.tick(ticker(at: 1))
        var fill = rig.venueFill("a")
        fill.id = "a-99"
        fill.quantity = quantity("0.5")
        try rig.take([.fill(fill)])
        #expect(rig.disk.fills.count == 2)
        #expect(rig.readiness == .degraded("no new exposure on BTC/USDT: order a of 1 BTC/USDT has fills of 1.5"))
        let denied = try rig.order(request("b", .buy, "1", at: 1))
        #expect(
            rig.answers[denied]?.order?.reason
                == "SYMBOL_BLOCKED: no new exposure: order a of 1 BTC/USDT has fills of 1.5")
        let exit = try rig.order(request("x", .sell, "1.5", reduceOnly: true, at: 1))
        // Ours lets it pass; the venue, which has no such fill, does not.
        #expect(rig.answers[exit]?.order?.status == .rejected)
    }

    @Test("A venue that denies an order it has accepted is asked again, and believed only when it insists")
    func laggingVenue() throws {
        let rig = try rig()
        try rig.order(request("a", .buy, "1", type: .limit, limit: "90"))
        var denials = 2
        rig.network = { command, deliver in
            guard case .query(let reference) = command, denials > 0 else { return deliver(command) }
            denials -= 1
            return [.answer(reference.clientOrderID, .neverHeard)]
        }
        try rig.take([.resumed])
        try rig.wait(.seconds(60))
        #expect(rig.readiness == .ready)
        #expect(rig.status("a") == .accepted)
        denials = 100
        try rig.take([.resumed])
        try rig.wait(.seconds(60))
        #expect(
            rig.readiness
                == .degraded(
                    "no new exposure on BTC/USDT: the venue says it never had order a, which it has accepted before"))
        #expect(rig.submits("a") == 1)
    }

    @Test("Fills that were missed are booked in the order in which they happened, whatever order they are told in")
    func missedFillsInOrder() throws {
        let rig = try rig()
        try rig.order(request("late", .buy, "1", type: .limit, limit: "98"))
        try rig.order(request("a", .buy, "2"))
        var missed: [VenueReport] = []
        rig.venue.observe(ticker(at: 1), into: &missed)
        rig.venue.handle(.submit(request("x", .sell, "0.7", reduceOnly: true, at: 1)), at: rig.now, into: &missed)
        rig.venue.observe(ticker(bid: "103", ask: "103.1", at: 2), into: &missed)
        rig.venue.observe(ticker(bid: "96.9", ask: "97", at: 3), into: &missed)
        #expect(missed.count == 4)
        try rig.start()
        #expect(rig.disk.fills.map(\.clientOrderID) == [id("a"), id("x"), id("late")])
        #expect(rig.core.ledger.balance == rig.venue.ledger.balance)
        #expect(rig.readiness == .ready)
    }

    @Test("A fill of an order that nobody knows makes an order of its own and blocks the symbol")
    func strayFill() throws {
        let rig = try rig()
        try rig.take([
            .fill(
                VenueFill(
                    id: "f", clientOrderID: id("stray"), venueOrderID: "v", symbol: btc, side: .buy,
                    price: price("100"),
                    quantity: quantity("1"), fee: .zero, feeCurrency: "USDT", liquidity: .taker, eventTime: market(1)))
        ])
        #expect(rig.disk.orders.map(\.isExternal) == [true])
        #expect(rig.status("stray") == .filled)
        #expect(rig.disk.imbalances() == [])
        let denied = try rig.order(request("b", .buy, "1", at: 1))
        #expect(rig.answers[denied]?.order?.status == .denied)
    }

    @Test("At start what the venue did by itself is adopted, with its fills, and marked")
    func adoption() throws {
        let rig = Rig(.outside, policy: Self.policy)
        var reports: [VenueReport] = []
        rig.venue.handle(
            .submit(request("theirs", .buy, "1", symbol: eth, type: .limit, limit: "90")), at: wall(0), into: &reports)
        rig.venue.handle(.submit(request("filled", .buy, "1")), at: wall(0), into: &reports)
        rig.venue.observe(ticker(at: 1), into: &reports)
        try rig.start()
        #expect(rig.status("theirs") == .accepted)
        #expect(rig.status("filled") == .filled)
        #expect(rig.disk.orders.map(\.isExternal) == [true, true])
        #expect(rig.readiness == .ready)
        #expect(rig.core.ledger.balance == rig.venue.ledger.balance)
        #expect(rig.disk.imbalances() == [])
    }

    @Test("At start a position or cash that cannot be explained takes no new exposure, is said, and is left alone")
    func disagreement() throws {
        let rig = Rig(.outside, policy: Self.policy)
        var reports: [VenueReport] = []
        rig.venue.handle(.submit(request("filled", .buy, "1")), at: wall(0), into: &reports)
        rig.venue.observe(ticker(at: 1), into: &reports)
        rig.network = { command, deliver in
            deliver(command).map {
                guard case .account(var account) = $0 else { return $0 }
                account.endedOrders = []
                return .account(account)
            }
        }
        try rig.start()
        rig.network = nil
        #expect(try rig.snapshot()?.isReconciled == false)
        #expect(rig.readiness == .degraded("the books have a balance of 10000, the venue has 9999.93997"))
        let denied = try rig.order(request("b", .buy, "1", symbol: eth, at: 1))
        #expect(rig.answers[denied]?.order?.reason?.hasPrefix("NOT_RECONCILED") == true)
        let sentence = "no new exposure on BTC/USDT: the books have no position, the venue has a long position of 1"
        #expect(rig.logs.contains { $0.text == sentence })
        #expect(rig.venue.ledger.position(btc)?.quantity == quantity("1"))
    }

    @Test(
        "While orders are served a disagreement that is found twice takes no new exposure, and is over when it is over")
    func continuousComparison() throws {
        var policy = Self.policy
        policy.reconciliationInterval = .seconds(30)
        let rig = Rig(.outside, policy: policy)
        try rig.start()
        try rig.order(request("a", .buy, "1"))
        try rig.tick(ticker(at: 1))
        try rig.take([.fill(rig.venueFill("a"))])
        try rig.wait(.seconds(60))
        #expect(rig.readiness == .ready)
        // A hand at the exchange's own screen sells half of it, and its order is not told.
        var isMeddledWith = true
        rig.network = { command, deliver in
            deliver(command).map {
                guard isMeddledWith, case .account(var account) = $0 else { return $0 }
                account.positions = account.positions.map {
                    VenuePosition(symbol: $0.symbol, side: $0.side, quantity: quantity("0.5"))
                }
                return .account(account)
            }
        }
        try rig.wait(.seconds(31))
        #expect(rig.readiness == .ready, "found once it may be a late answer")
        try rig.wait(.seconds(3))
        let sentence = "the books have a long position of 1, the venue has a long position of 0.5"
        #expect(rig.readiness == .degraded("no new exposure on BTC/USDT: \(sentence)"))
        let denied = try rig.order(request("b", .buy, "1", at: 1))
        #expect(rig.answers[denied]?.order?.reason?.hasPrefix("SYMBOL_BLOCKED") == true)
        let exit = try rig.order(request("x", .sell, "1", reduceOnly: true, at: 1))
        #expect(rig.answers[exit]?.order?.status == .accepted, "exits always pass")
        #expect(rig.commands.count { if case .submit = $0 { true } else { false } } == 2, "nothing is traded by itself")
        try rig.handle(.reconcileRequest(RequestToken(900)))
        #expect(rig.comparisons[900]?.symbols == [btc: sentence])
        #expect(rig.comparisons[900]?.blocked == [btc: sentence])
        isMeddledWith = false
        try rig.wait(.seconds(60))
        try rig.handle(.reconcileRequest(RequestToken(901)))
        #expect(rig.comparisons[901]?.symbols == [:] && rig.comparisons[901]?.cash == nil)
        #expect(rig.readiness == .ready)
    }

    @Test("Retries of different orders spread by a seed, and the same seed spreads them the same")
    func jitter() throws {
        func pauses(_ seed: UInt64?, _ name: String) throws -> [Int64] {
            var policy = Self.policy
            policy.jitterSeed = seed
            let rig = Rig(.outside, policy: policy)
            try rig.start()
            rig.network = { _, _ in [] }
            try rig.order(request(name, .buy, "1", type: .limit, limit: "90"))
            var asked: [WallTime] = []
            for _ in 0..<4_000 {
                let before = rig.commands.count
                try rig.wait(.milliseconds(5))
                if rig.commands.count > before { asked.append(rig.now) }
            }
            return zip(asked.dropFirst(), asked).map { ($0 - $1).micros }
        }
        let plain = try pauses(nil, "a")
        #expect(plain.prefix(3) == [500_000, 1_000_000, 2_000_000])
        let (one, same, other) = (try pauses(7, "a"), try pauses(7, "a"), try pauses(7, "b"))
        #expect(one == same && one != other && one != plain)
        for (pause, longest) in zip(one, plain) {
            #expect(pause <= longest + 5_000 && pause >= longest / 2 - 5_000)
        }
    }

    @Test("A venue that does not answer at start keeps the service unready until it does")
    func silentVenue() throws {
        let rig = try rig()
        try rig.order(request("a", .buy, "1", type: .limit, limit: "90"))
        rig.network = { _, _ in [] }
        try rig.start()
        #expect(rig.readiness == .recovering("the venue has not answered for 1 orders yet"))
        let refused = try rig.order(request("b", .buy, "1"))
        #expect(rig.refusals[refused] != nil)
        try rig.wait(.seconds(60))
        rig.network = nil
        try rig.wait(.seconds(5))
        #expect(rig.readiness == .ready)
        #expect(rig.status("a") == .accepted)
    }
}

extension Rig {
    /// The last fill of an order as the venue remembers it.
    func venueFill(_ name: String) -> VenueFill {
        var reports: [VenueReport] = []
        venue.handle(.query(OrderReference(clientOrderID: id(name), symbol: btc)), at: now, into: &reports)
        guard case .answer(_, .known(let order)) = reports.first, let fill = order.fills.last else {
            preconditionFailure("no fill of \(name)")
        }
        return fill
    }
}
