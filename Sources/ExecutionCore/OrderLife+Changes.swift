public import TradingModel

extension OrderLife {
    /// What can happen to an order: the first four are our own acts, the others are what the venue tells.
    public enum Change: Hashable, Sendable {
        case submitted
        case denied(reason: String)
        case cancelRequested
        /// The outcome of sending is unknown.
        case lostTrack(reason: String)
        /// The venue has proven that it never had the order.
        case neverArrived
        case accepted(venueOrderID: String)
        case filled(Fill, venueOrderID: String?)
        case canceled(reason: String?)
        case expired(reason: String)
        case rejected(reason: String)
    }

    /// What follows from a change.
    public enum Consequence: Hashable, Sendable {
        /// The order is now different: journal it.
        case moved
        /// Known already; nothing follows.
        case unchanged
        /// It contradicts what was known. It was taken in as far as it is a fact of the venue; the symbol must take no
        /// new exposure until books and venue have been compared. One sentence.
        case contradiction(String)
        /// An act of ours that has no meaning here; nothing was changed. One sentence.
        case refused(String)
    }

    /// Takes one change in and says what follows. O(1) but for the fills of the order.
    public mutating func apply(_ change: Change, at time: MarketTime) -> Consequence {
        let before = state
        let consequence =
            switch change {
            case .submitted: submit()
            case .denied(let reason): deny(reason)
            case .cancelRequested: requestCancel()
            case .lostTrack(let reason): loseTrack(reason)
            case .neverArrived: disproveArrival()
            case .accepted(let venueOrderID): accept(venueOrderID)
            case .filled(let fill, let venueOrderID): take(fill, venueOrderID)
            case .canceled(let reason): cancel(reason)
            case .expired(let reason): expire(reason)
            case .rejected(let reason): reject(reason)
            }
        if state != before { updatedAt = max(updatedAt, time) }
        return consequence
    }

    /// Whether this fill has been counted already.
    public func contains(fill id: String) -> Bool { execution.fills.contains { $0.id == id } }
}

// MARK: - Our own acts

extension OrderLife {
    private mutating func submit() -> Consequence {
        guard case .initialized(let data) = state else {
            return .refused(
                "order \(request.clientOrderID) is \(status.rawValue), so it is not sent again: ask the venue for it")
        }
        state = .submitted(Submitted(attempt: data.attempts + 1))
        return .moved
    }

    private mutating func deny(_ reason: String) -> Consequence {
        guard case .initialized(let data) = state, data.attempts == 0 else {
            return .refused(
                "order \(request.clientOrderID) is \(status.rawValue) and was sent, so it cannot be denied: cancel it")
        }
        state = .denied(Refused(reason: reason))
        return .moved
    }

    private mutating func requestCancel() -> Consequence {
        switch state {
        case .initialized:
            state = .canceled(Ended(reason: "canceled before it was sent"))
            return .moved
        case .submitted(var data):
            guard !data.isCancelRequested else { return .unchanged }
            data.isCancelRequested = true
            state = .submitted(data)
        case .accepted(var data):
            guard !data.isCancelRequested else { return .unchanged }
            data.isCancelRequested = true
            state = .accepted(data)
        case .partiallyFilled(var data):
            guard !data.isCancelRequested else { return .unchanged }
            data.isCancelRequested = true
            state = .partiallyFilled(data)
        case .unresolved(var data):
            guard !data.isCancelRequested else { return .unchanged }
            data.isCancelRequested = true
            state = .unresolved(data)
        case .filled, .canceled, .expired, .rejected, .denied:
            return .unchanged
        }
        return .moved
    }

    private mutating func loseTrack(_ reason: String) -> Consequence {
        switch state {
        case .initialized(let data):
            // Only at start-up: the process died between the journal and the venue, or after it.
            state = .unresolved(Unresolved(reason: reason, attempt: max(1, data.attempts)))
        case .submitted(let data):
            state = .unresolved(
                Unresolved(reason: reason, attempt: data.attempt, isCancelRequested: data.isCancelRequested))
        case .unresolved, .accepted, .partiallyFilled, .filled, .canceled, .expired, .rejected:
            // The venue has spoken of it already, so that a timeout of the same command says nothing new.
            return .unchanged
        case .denied:
            return .refused(
                "order \(request.clientOrderID) was denied and never sent, so its outcome cannot be unknown")
        }
        return .moved
    }
}

// MARK: - What the venue tells

extension OrderLife {
    private mutating func disproveArrival() -> Consequence {
        switch state {
        case .submitted(let data):
            state =
                data.isCancelRequested
                ? .canceled(Ended(reason: "canceled before it reached the venue"))
                : .initialized(Initialized(attempts: data.attempt))
        case .unresolved(let data):
            state =
                data.isCancelRequested
                ? .canceled(Ended(reason: "canceled before it reached the venue"))
                : .initialized(Initialized(attempts: data.attempt))
        case .initialized, .rejected, .denied:
            return .unchanged
        case .canceled(let data), .expired(let data):
            guard data.venueOrderID != nil || data.execution.quantity.isPositive else { return .unchanged }
            return forgotten
        case .accepted, .partiallyFilled, .filled:
            return forgotten
        }
        return .moved
    }

    private var forgotten: Consequence {
        .contradiction(
            "the venue says it never had order \(request.clientOrderID), which it has \(status.rawValue) before")
    }

    private mutating func accept(_ id: String) -> Consequence {
        switch state {
        case .submitted(let data):
            state = .accepted(
                Accepted(venueOrderID: id, attempt: data.attempt, isCancelRequested: data.isCancelRequested))
            return .moved
        case .unresolved(let data):
            state = .accepted(
                Accepted(venueOrderID: id, attempt: data.attempt, isCancelRequested: data.isCancelRequested))
            return .moved
        case .accepted(let data):
            return data.venueOrderID == id ? .unchanged : doubled(data.venueOrderID, id)
        case .partiallyFilled(var data):
            if let known = data.venueOrderID { return known == id ? .unchanged : doubled(known, id) }
            data.venueOrderID = id
            state = .partiallyFilled(data)
            return .moved
        case .filled(var data):
            if let known = data.venueOrderID { return known == id ? .unchanged : doubled(known, id) }
            data.venueOrderID = id
            state = .filled(data)
            return .moved
        case .canceled(let data), .expired(let data):
            if let known = data.venueOrderID { return known == id ? .unchanged : doubled(known, id) }
            guard !data.execution.quantity.isPositive else { return .unchanged }
            return revive(id)
        case .initialized, .rejected, .denied:
            return revive(id)
        }
    }

    /// What a conditional order becomes when its price is met is an order with an id of its own, not a second one.
    private func doubled(_ known: String, _ id: String) -> Consequence {
        guard request.stopPrice == nil else { return .unchanged }
        return .contradiction("the venue has order \(request.clientOrderID) twice, as \(known) and as \(id)")
    }

    /// The venue works an order that we had counted out: it is open again, and that must be said.
    private mutating func revive(_ id: String) -> Consequence {
        let was = status
        state = .accepted(Accepted(venueOrderID: id, attempt: max(1, attempts)))
        return .contradiction(
            "the venue accepted order \(request.clientOrderID) as \(id), which was \(was.rawValue) here")
    }

    private mutating func take(_ fill: Fill, _ id: String?) -> Consequence {
        guard !contains(fill: fill.id) else { return .unchanged }
        let (was, attempt, wasCanceling) = (status, max(1, attempts), isCancelRequested)
        let knownID = venueOrderID ?? id
        var execution = execution
        execution.count(fill)
        let isWhole = execution.quantity >= request.quantity
        switch state {
        case .canceled(let data) where !isWhole:
            state = .canceled(Ended(venueOrderID: knownID, execution: execution, reason: data.reason))
        case .expired(let data) where !isWhole:
            state = .expired(Ended(venueOrderID: knownID, execution: execution, reason: data.reason))
        case _ where isWhole:
            state = .filled(Filled(venueOrderID: knownID, execution: execution))
        default:
            state = .partiallyFilled(
                PartiallyFilled(
                    venueOrderID: knownID, execution: execution, attempt: attempt, isCancelRequested: wasCanceling))
        }
        if execution.quantity > request.quantity {
            return .contradiction(
                "order \(request.clientOrderID) of \(request.quantity) \(request.symbol) has fills of \(execution.quantity)"
            )
        }
        if was == .initialized || was == .denied || was == .rejected {
            return .contradiction("the venue filled order \(request.clientOrderID), which was \(was.rawValue) here")
        }
        return .moved
    }

    private mutating func cancel(_ reason: String?) -> Consequence {
        end { .canceled(Ended(venueOrderID: $0, execution: $1, reason: reason)) }
    }

    private mutating func expire(_ reason: String) -> Consequence {
        end { .expired(Ended(venueOrderID: $0, execution: $1, reason: reason)) }
    }

    private mutating func end(_ ended: (String?, Execution) -> State) -> Consequence {
        switch state {
        case .initialized, .submitted, .accepted, .partiallyFilled, .unresolved:
            state = ended(venueOrderID, execution)
            return .moved
        case .filled, .canceled, .expired, .rejected, .denied:
            // It came too late to change anything.
            return .unchanged
        }
    }

    private mutating func reject(_ reason: String) -> Consequence {
        switch state {
        case .submitted, .accepted, .unresolved:
            // After an acceptance too: a venue may acknowledge the receipt and refuse the order a moment later.
            state = .rejected(Refused(reason: reason))
            return .moved
        case .rejected:
            return .unchanged
        case .initialized, .denied:
            return .refused("the venue rejected order \(request.clientOrderID), which was never sent")
        case .canceled(let data), .expired(let data):
            guard data.execution.quantity.isPositive else { return .unchanged }
            return contradictedByFills(reason)
        case .partiallyFilled, .filled:
            return contradictedByFills(reason)
        }
    }

    private func contradictedByFills(_ reason: String) -> Consequence {
        .contradiction(
            "the venue rejected order \(request.clientOrderID) (\(reason)), of which it has filled \(execution.quantity)"
        )
    }
}
