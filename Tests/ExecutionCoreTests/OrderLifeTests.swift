import ExecutionCore
import Testing
import TradingModel

/// Every state meets every change, against a table.
@Suite("The life of an order")
struct OrderLifeTests {
    private static let order = request("a", .buy, "3")

    /// An order in each state, reached the way it is reached in life.
    private static func life(_ status: OrderStatus) -> OrderLife {
        var life = OrderLife(request: order)
        func go(_ changes: OrderLife.Change...) {
            for change in changes { #expect(life.apply(change, at: market(1)) == .moved, "\(change)") }
        }
        switch status {
        case .initialized: break
        case .denied: go(.denied(reason: "ours"))
        case .submitted: go(.submitted)
        case .accepted: go(.submitted, .accepted(venueOrderID: "v"))
        case .partiallyFilled:
            go(.submitted, .accepted(venueOrderID: "v"), .filled(fill("f1", of: order, "1"), venueOrderID: "v"))
        case .filled:
            go(.submitted, .accepted(venueOrderID: "v"), .filled(fill("f1", of: order, "3"), venueOrderID: "v"))
        case .canceled: go(.submitted, .accepted(venueOrderID: "v"), .canceled(reason: nil))
        case .expired: go(.submitted, .accepted(venueOrderID: "v"), .expired(reason: "late"))
        case .rejected: go(.submitted, .rejected(reason: "theirs"))
        case .unresolved: go(.submitted, .lostTrack(reason: "timeout"))
        }
        return life
    }

    private static let changes: [(name: String, change: OrderLife.Change)] = [
        ("submitted", .submitted), ("denied", .denied(reason: "r")), ("cancelRequested", .cancelRequested),
        ("lostTrack", .lostTrack(reason: "r")), ("neverArrived", .neverArrived),
        ("accepted", .accepted(venueOrderID: "v")),
        ("part", .filled(fill("f2", of: order, "1"), venueOrderID: "v")),
        ("whole", .filled(fill("f2", of: order, "3"), venueOrderID: "v")),
        ("canceled", .canceled(reason: nil)), ("expired", .expired(reason: "r")), ("rejected", .rejected(reason: "r")),
    ]

    /// `=` unchanged, `!` refused, `X` contradiction (with the state it leads to), else moved to that state.
    private static let table = """
        state            | submitted | denied | cancelRequested  | lostTrack  | neverArrived | accepted   | part              | whole     | canceled  | expired   | rejected
        initialized      | submitted | denied | canceled         | unresolved | =            | X accepted | X partially_filled | X filled | canceled  | expired   | !
        submitted        | !         | !      | submitted        | unresolved | initialized  | accepted   | partially_filled  | filled    | canceled  | expired   | rejected
        accepted         | !         | !      | accepted         | =          | X accepted   | =          | partially_filled  | filled    | canceled  | expired   | rejected
        partially_filled | !         | !      | partially_filled | =          | X partially_filled | =    | partially_filled  | X filled  | canceled  | expired   | X partially_filled
        filled           | !         | !      | =                | =          | X filled     | =          | X filled          | X filled  | =         | =         | X filled
        canceled         | !         | !      | =                | =          | X canceled   | =          | canceled          | filled    | =         | =         | =
        expired          | !         | !      | =                | =          | X expired    | =          | expired           | filled    | =         | =         | =
        rejected         | !         | !      | =                | =          | =            | X accepted | X partially_filled | X filled | =         | =         | =
        denied           | !         | !      | =                | !          | =            | X accepted | X partially_filled | X filled | =         | =         | !
        unresolved       | !         | !      | unresolved       | =          | initialized  | accepted   | partially_filled  | filled    | canceled  | expired   | rejected
        """

    @Test("Every state meets every change as the table says")
    func table() throws {
        var cells = 0
        let rows = Self.table.split(separator: "\n").map { $0.split(separator: "|").map { $0.trimmed } }
        #expect(rows[0].dropFirst().map(\.self) == Self.changes.map(\.name))
        #expect(rows.count == OrderStatus.allCases.count + 1)
        for row in rows.dropFirst() {
            let status = try #require(OrderStatus(rawValue: row[0]))
            for (expected, (name, change)) in zip(row.dropFirst(), Self.changes) {
                var life = Self.life(status)
                #expect(life.status == status)
                let before = life
                let consequence = life.apply(change, at: market(2))
                let found =
                    switch consequence {
                    case .moved: life.status.rawValue
                    case .unchanged: "="
                    case .refused: "!"
                    case .contradiction: "X " + life.status.rawValue
                    }
                #expect(found == expected, "\(status.rawValue) meets \(name)")
                switch consequence {
                case .unchanged, .refused:
                    #expect(life == before, "\(status.rawValue) meets \(name): nothing may change")
                case .moved: #expect(life != before)
                case .contradiction(let sentence): #expect(sentence.contains("a"))
                }
                cells += 1
            }
        }
        #expect(cells == 110)
    }

    @Test("A fill before the acknowledgement is counted, and the acknowledgement still names the venue's id")
    func earlyFill() {
        var life = OrderLife(request: Self.order)
        _ = life.apply(.submitted, at: market(1))
        #expect(life.apply(.filled(fill("f1", of: Self.order, "1"), venueOrderID: nil), at: market(2)) == .moved)
        #expect(life.venueOrderID == nil)
        #expect(life.apply(.accepted(venueOrderID: "v"), at: market(3)) == .moved)
        #expect(life.status == .partiallyFilled)
        #expect(life.venueOrderID == "v")
    }

    @Test("The same fill twice is counted once")
    func repeatedFill() {
        var life = Self.life(.partiallyFilled)
        #expect(life.apply(.filled(fill("f1", of: Self.order, "1"), venueOrderID: "v"), at: market(2)) == .unchanged)
        #expect(life.order.filledQuantity == quantity("1"))
    }

    @Test("A fill after the cancel is counted and completes the order where it is whole")
    func lateFill() {
        var life = Self.life(.canceled)
        #expect(
            life.apply(.filled(fill("f1", of: Self.order, "2", at: "101"), venueOrderID: nil), at: market(2)) == .moved)
        #expect(life.status == .canceled)
        #expect(life.order.filledQuantity == quantity("2"))
        #expect(life.order.filledNotional == money("202"))
        #expect(life.apply(.filled(fill("f2", of: Self.order, "1"), venueOrderID: nil), at: market(3)) == .moved)
        #expect(life.status == .filled)
    }

    @Test("An overfill is counted and said")
    func overfill() {
        var life = Self.life(.partiallyFilled)
        let consequence = life.apply(.filled(fill("f9", of: Self.order, "2.5"), venueOrderID: "v"), at: market(2))
        #expect(consequence == .contradiction("order a of 3 BTC/USDT has fills of 3.5"))
        #expect(life.order.filledQuantity == quantity("3.5"))
        #expect(life.status == .filled)
    }

    @Test("Two venue ids for one order are a doubled order")
    func doubled() {
        var life = Self.life(.accepted)
        guard case .contradiction(let sentence) = life.apply(.accepted(venueOrderID: "w"), at: market(2)) else {
            Issue.record("it was not said")
            return
        }
        #expect(sentence == "the venue has order a twice, as v and as w")
    }

    @Test("What a conditional order becomes has an id of its own: that is no second order")
    func becoming() {
        var life = OrderLife(request: request(type: .stopMarket, stop: "90", reduceOnly: true))
        _ = life.apply(.submitted, at: .distantPast)
        _ = life.apply(.accepted(venueOrderID: "v"), at: .distantPast)
        #expect(life.apply(.accepted(venueOrderID: "w"), at: .distantPast) == .unchanged)
    }

    @Test("A resend counts its attempts, and a cancel wanted meanwhile ends it instead")
    func resend() {
        var life = Self.life(.unresolved)
        #expect(life.attempts == 1)
        #expect(life.apply(.neverArrived, at: market(2)) == .moved)
        #expect(life.apply(.submitted, at: market(2)) == .moved)
        #expect(life.attempts == 2)
        var canceled = Self.life(.unresolved)
        _ = canceled.apply(.cancelRequested, at: market(2))
        #expect(canceled.apply(.neverArrived, at: market(2)) == .moved)
        #expect(canceled.status == .canceled)
    }

    @Test("The time of the last change never goes back")
    func time() {
        var life = Self.life(.accepted)
        _ = life.apply(.canceled(reason: nil), at: market(-5))
        #expect(life.updatedAt == market(1))
    }

    @Test("An order goes on from its row as it was", arguments: OrderStatus.allCases)
    func restored(status: OrderStatus) throws {
        var life = Self.life(status)
        if status == .canceled {
            _ = life.apply(.filled(fill("f1", of: Self.order, "1"), venueOrderID: nil), at: market(2))
        }
        _ = life.apply(.cancelRequested, at: market(2))
        let again = try #require(
            OrderLife(
                restoring: life.order, fills: life.execution.fills, attempts: life.attempts,
                isCancelRequested: life.isCancelRequested))
        #expect(again == life)
    }

    @Test("A row that contradicts its fills is refused")
    func contradictedRow() {
        let life = Self.life(.partiallyFilled)
        #expect(OrderLife(restoring: life.order, fills: [], attempts: 1, isCancelRequested: false) == nil)
        let empty = Self.life(.accepted)
        #expect(
            OrderLife(
                restoring: empty.order, fills: [fill("f", of: Self.order, "1")], attempts: 1, isCancelRequested: false)
                == nil)
    }
}

extension Substring {
    /// Without the blanks around it.
    var trimmed: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
