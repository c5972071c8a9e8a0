import AlertCore
import HTTPTransport
import Logging
import ServiceRuntime
import Storage
import TradingModel
import Wire

extension AlertShell {
    /// What an earlier run was sending when it ended may have arrived.
    func settleInterrupted() {
        for channel in AlertChannel.allCases {
            do throws(StorageError) {
                guard let (delivery, _) = try store.next(of: channel), delivery.state == .sending else { continue }
                let next = policy.after(DeliveryPolicy.interrupted, delivery, at: bus.now, spread: 0)
                var now = next
                // The pause is for a channel that is in trouble; here the trouble was ours.
                if now.state == .pending { now.nextAt = bus.now }
                try store.store(now)
                log.warning("whether \(delivery.id) arrived is not known: \(now.fault ?? "")")
            } catch {
                log.error("the outbox of \(channel.rawValue) cannot be read: \(error)")
            }
        }
    }

    /// Sends the oldest of each channel that is free: one at a time, in the order of what happened.
    func pump() {
        guard !isStopping else { return }
        for channel in links.channels where !inFlight.contains(channel) {
            do throws(StorageError) {
                try pump(channel)
            } catch {
                log.error("the outbox of \(channel.rawValue) cannot be used: \(error)")
            }
        }
    }

    private func pump(_ channel: AlertChannel) throws(StorageError) {
        guard let (delivery, alert) = try store.next(of: channel), delivery.nextAt <= bus.now else { return }
        var sending = delivery
        sending.state = .sending
        sending.attempts += 1
        let lastMessage =
            channel == .telegram && delivery.doubts > 0 ? try store.telegramMessage(before: alert.id) : nil
        try store.store(sending)
        faults.pass(.beforePublish)
        inFlight.insert(channel)
        let request = ChannelDialect.request(
            alert, to: channel, chat: links.chat, routingKey: links.routingKey, isRepeat: delivery.isRepeat)
        Task {
            var outcome: ChannelOutcome?
            if let lastMessage { outcome = await self.lookForMessage(after: lastMessage) }
            let end: ChannelOutcome
            if let outcome { end = outcome } else { end = await self.links.send(request, to: channel) }
            self.finish(sending, end)
        }
    }

    /// Numbers that are looked at: a chat's messages are numbered one after the other, those of its people too.
    private static let probes: Int64 = 8

    /// Whether the message in doubt is there, as far as Telegram tells; `nil` where it is not and may be sent.
    private func lookForMessage(after last: Int64) async -> ChannelOutcome? {
        for number in (last + 1)...(last + AlertShell.probes) {
            let probe = ChannelDialect.probe(message: number, chat: links.chat)
            guard case .success(let answer) = await links.ask(probe, of: .telegram) else {
                return .notYet(wait: nil, reason: "whether it arrived could not be asked")
            }
            switch ChannelDialect.probed(answer) {
            case true?: return .delivered(reference: "\(number)")
            case false?: continue
            case nil: return .notYet(wait: nil, reason: "whether it arrived was not told (status \(answer.status))")
            }
        }
        return nil
    }

    private func finish(_ delivery: Delivery, _ outcome: ChannelOutcome) {
        guard !isStopping else { return }
        inFlight.remove(delivery.channel)
        faults.pass(.heard)
        let next = policy.after(outcome, delivery, at: bus.now, spread: spread.uniform())
        do throws(StorageError) { try store.store(next) } catch {
            // It stays in `sending` on disk; the next attempt to read the outbox finds it there.
            log.critical("what became of \(delivery.id) cannot be kept: \(error)")
            return
        }
        faults.pass(.published)
        switch next.state {
        case .delivered:
            bus.health.count("alerts.delivered")
            take(.channel(delivery.channel, fault: nil))
        case .parked:
            log.error("\(delivery.id) is not sent: \(next.fault ?? "")")
            take(.channel(delivery.channel, fault: "It refused a message for good: \(next.fault ?? "")"))
        case .pending, .sending:
            log.warning("\(delivery.id) is tried again at \(next.nextAt): \(next.fault ?? "")")
            if next.attempts >= 5 {
                take(
                    .channel(
                        delivery.channel,
                        fault: "It has not taken a message \(next.attempts) times: \(next.fault ?? "")"))
            }
        }
        pump()
    }

    // MARK: Requests of the operator

    func serve(_ request: InboundRequest) {
        guard request.kind == AlertCommand.kind else { return request.refuseUnknownKind() }
        do throws(WireError) {
            request.reply(obey(try request.body(AlertCommand.self), id: request.id))
        } catch {
            request.refuse(error)
        }
    }

    private func obey(_ command: AlertCommand, id: String) -> AlertCommandResult {
        var result = AlertCommandResult()
        let rule = command.rule.flatMap { AlertRule(rawValue: $0) }
        if let name = command.rule, rule == nil {
            result.sentence = "\(name) is no rule: docs/alerts.md lists them."
            return result
        }
        switch command.verb {
        case .test: return test(id: id, who: command.who)
        case .mute, .unmute:
            let minutes = command.verb == .mute ? command.minutes : 0
            guard (0...10_080).contains(minutes) else {
                result.sentence = "\(minutes) minutes are more than a week: say 1 to 10080."
                return result
            }
            let until = bus.now + .minutes(Int64(minutes))
            do throws(StorageError) { try store.mute(rule, until: until, who: command.who) } catch {
                result.sentence = "\(error)"
                return result
            }
            gate.mute(rule, until: until)
            if command.verb == .mute { acknowledge(rule, who: command.who) }
            let what = rule?.rawValue ?? "every rule"
            result.isDone = true
            result.sentence =
                command.verb == .mute ? "\(what) is not told until \(until)." : "\(what) is told again."
            return result
        }
    }

    private func test(id: String, who: String) -> AlertCommandResult {
        var result = AlertCommandResult()
        guard !links.channels.isEmpty else {
            result.sentence = "No channel is configured: docs/alerts.md says how."
            return result
        }
        let alert = Alert(
            id: "quartet/test/\(id)", rule: .test, key: "", phase: .event, severity: .info,
            text: "Sent by \(who) to see that messages arrive.", at: bus.now)
        save(OutboxEntry(alerts: [(alert, .sent)]))
        result.isDone = true
        result.alertID = alert.id
        result.sentence = "A test is on its way to \(links.channels.map(\.rawValue).joined(separator: ", "))."
        return result
    }

    /// Whoever mutes a rule knows of it: incidents that are open elsewhere are acknowledged.
    private func acknowledge(_ rule: AlertRule?, who: String) {
        guard links.channels.contains(.pagerduty) else { return }
        for (name, incident) in watch.memory.sorted(by: { $0.key < $1.key }) where name.hasPrefix("firing/") {
            let parts = name.split(separator: "/", maxSplits: 2).map(String.init)
            guard parts.count == 3, let firing = AlertRule(rawValue: parts[1]), rule == nil || rule == firing,
                (try? store.channels(of: incident))?.contains(.pagerduty) == true
            else { continue }
            let alert = Alert(
                id: incident + "/known", rule: firing, key: parts[2], phase: .acknowledged, severity: firing.standard,
                text: "Muted by \(who).", at: bus.now, incident: incident)
            save(OutboxEntry(alerts: [(alert, .sent)]))
        }
    }
}
