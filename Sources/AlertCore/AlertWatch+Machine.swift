import TradingModel

extension AlertWatch {
    // MARK: Services

    mutating func take(_ life: ServiceLife, at now: WallTime, _ notes: inout AlertNotes) {
        var peer = lives[life.service] ?? Peer(life: life, heardAt: now)
        if peer.life.session != life.session {
            peer.starts = peer.starts.filter { now - $0 < limits.restartWindow } + [now]
        }
        (peer.life, peer.heardAt) = (life, now)
        lives[life.service] = peer
        if peer.starts.count >= limits.restarts {
            tell(
                .serviceRestarting, life.service, id: "\(life.service)/\(now.micros)",
                "It has been started anew \(peer.starts.count) times within \(limits.restartWindow); "
                    + "see quartet logs \(life.service) --errors.", at: now, &notes)
            lives[life.service]?.starts = []
        }
        hold(.serviceSilent, life.service, nil, over: "It is heard of again: \(life.condition).", at: now, &notes)
        judge(life, at: now, &notes)
        let isHeavy = life.residentBytes > limits.memoryBytes
        let lasts = lasts("memory/\(life.service)", isHeavy, .minutes(10), at: now)
        hold(
            .memoryHigh, life.service,
            lasts || isHeavy && incident(.memoryHigh, life.service) != nil
                ? "It holds \(life.residentBytes / 1_000_000) MB; the systemd units end it at 512 MiB." : nil,
            over: "It holds \(life.residentBytes / 1_000_000) MB.", at: now, &notes)
    }

    private mutating func judge(_ life: ServiceLife, at now: WallTime, _ notes: inout AlertNotes) {
        let cause = life.condition == "degraded" ? HealthCause.of(life) : nil
        let healthy = "It is \(life.condition)."
        hold(
            .journalFailed, life.service, cause == .journal ? life.reason : nil, over: healthy, at: now, &notes)
        hold(
            .reconcileDisagreement, "account", from: life.service, owner: "execution",
            cause == .disagreement ? life.reason : nil, over: healthy, at: now, &notes)
        let isIll = cause == .other || ["recovering", "starting"].contains(life.condition)
        let lasts = lasts("ill/\(life.service)", isIll, limits.unhealthy, at: now)
        let isTold = incident(.serviceUnhealthy, life.service) != nil
        hold(
            .serviceUnhealthy, life.service, lasts || isTold && isIll ? "It is \(life.condition): \(life.reason)" : nil,
            over: healthy, at: now, &notes)
    }

    /// A condition that only one service can tell of.
    private mutating func hold(
        _ rule: AlertRule, _ key: String, from service: String, owner: String, _ text: String?, over: String,
        at now: WallTime, _ notes: inout AlertNotes
    ) {
        if service == owner { hold(rule, key, text, over: over, at: now, &notes) }
    }

    mutating func judgeLives(at now: WallTime, _ notes: inout AlertNotes) {
        for service in limits.services {
            let heardAt = lives[service]?.heardAt ?? begunAt ?? now
            guard now - heardAt >= limits.silence else { continue }
            hold(
                .serviceSilent, service,
                "Nothing has been heard of it for \(Span.seconds((now - heardAt).micros / 1_000_000)); "
                    + "see quartet status and quartet logs \(service).", over: "", at: now, &notes)
        }
    }

    // MARK: Market data

    mutating func judgeFeed(at now: WallTime, _ notes: inout AlertNotes) {
        let isSilent = !limits.symbols.isEmpty && limits.symbols.allSatisfy(stale.contains)
        let lastsAll = lasts("feed", isSilent, limits.stale, at: now)
        hold(
            .feedSilent, "account",
            lastsAll || isSilent && incident(.feedSilent, "account") != nil
                ? "None of \(limits.symbols.count) symbols has a fresh price: stops are not being judged." : nil,
            over: "Prices come again.", at: now, &notes)
        for symbol in limits.symbols {
            let isStale = stale.contains(symbol) && !isSilent
            let lasts = lasts("stale/\(symbol)", isStale, limits.stale, at: now)
            hold(
                .feedStale, symbol.name,
                lasts || isStale && incident(.feedStale, symbol.name) != nil
                    ? "It has had no fresh price for \(limits.stale) or longer." : nil,
                over: isSilent ? "No symbol has one." : "Its prices are fresh again.", at: now, &notes)
        }
    }

    // MARK: The disk

    mutating func takeDisk(_ free: Int64, _ total: Int64, at now: WallTime, _ notes: inout AlertNotes) {
        guard total > 0 else { return }
        let share = Double(free) / Double(total)
        let line = limits.diskFree.double * (incident(.diskLow, "account") == nil ? 1 : 1.2)
        hold(
            .diskLow, "account",
            share < line
                ? "\(free / 1_000_000) MB (\(Words.percent(share))) are free where the databases are; when it is full, trading stops."
                : nil,
            over: "\(free / 1_000_000) MB are free again.", at: now, &notes)
    }
}

/// Why a service says that it is degraded, as far as it makes a difference to the operator.
enum HealthCause: Hashable {
    case journal, disagreement, other

    /// Of the sentences that the services say in `health`.
    static func of(_ life: ServiceLife) -> HealthCause {
        if life.reason.hasPrefix("the journal has failed") || life.reason.hasPrefix("the database has failed") {
            return .journal
        }
        // Execution is degraded for two reasons only: its journal, or books that the venue contradicts.
        return life.service == "execution" ? .disagreement : .other
    }
}
