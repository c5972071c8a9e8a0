import AlertCore
import HTTPTransport
import JSONText
import Logging
import ServiceRuntime
import Storage
import TradingModel
import Wire

extension AlertShell {
    /// Seconds that Telegram may hold a question for updates.
    private static let pollSeconds = 25
    private static let offsetKey = "telegram.offset"

    private var chatGuard: TelegramGuard {
        TelegramGuard(chat: context.settings.alerts.telegramChat, users: context.settings.alerts.telegramUsers)
    }

    /// Asks for what was written to the bot, one question after the other.
    func poll() {
        guard links.channels.contains(.telegram), !isPolling, !isStopping else { return }
        isPolling = true
        let offset = watch.memory[Self.offsetKey].flatMap { Int64($0) } ?? 0
        Task {
            let question = ChannelDialect.updates(after: offset, seconds: Self.pollSeconds)
            let answer = await self.links.ask(question, of: .telegram, seconds: Self.pollSeconds + 15)
            self.isPolling = false
            guard !self.isStopping else { return }
            let fault: String?
            switch answer {
            case .success(let answer): fault = self.take(answer)
            case .failure(let error): fault = "\(error.code.rawValue): \(error.detail)"
            }
            self.pollFault = fault.map { self.links.masked("Telegram's commands cannot be read: \($0)") }
            if let complaint = self.pollFault { self.log.warning("\(complaint)") }
            if fault == nil { self.poll() } else { self.bus.after(.seconds(5)) { self.poll() } }
        }
    }

    /// `nil` where it was understood.
    private func take(_ answer: ChannelAnswer) -> String? {
        guard answer.status == 200 else { return "status \(answer.status)" }
        do throws(JSONError) {
            let updates = try ChannelDialect.readUpdates(answer.body)
            return updates.isEmpty ? nil : take(updates)
        } catch {
            return "\(error)"
        }
    }

    /// Writes the updates down with the new offset, in one commit, before anything is done for them: each is acted on once.
    private func take(_ updates: [TelegramUpdate]) -> String? {
        var fresh: [StoredCommand] = []
        let offset = "\((updates.map(\.id).max() ?? 0) + 1)"
        do throws(StorageError) {
            try store.transaction { () throws(StorageError) in
                for update in updates {
                    let state: StoredCommand.State =
                        self.chatGuard.judge(update, at: self.bus.now) == .ignore ? .ignored : .received
                    let command = StoredCommand(update: update, state: state)
                    guard try self.store.insert(command) else { continue }
                    if state == .received {
                        fresh.append(command)
                    } else if !update.text.isEmpty {
                        self.bus.health.count("alerts.ignoredMessages")
                        self.log.notice("a message of \(update.who) in chat \(update.chat) was ignored")
                    }
                }
                try self.store.remember(Self.offsetKey, offset)
            }
        } catch {
            return "the commands cannot be kept: \(error)"
        }
        watch.note(Self.offsetKey, offset)
        faults.pass(.requested)
        for command in fresh { act(on: command.update) }
        return nil
    }

    /// Finishes what an earlier run had begun: what may have been carried out is not carried out again.
    func resumeCommands() {
        do throws(StorageError) {
            for command in try store.openCommands() {
                if command.state == .received {
                    act(on: command.update)
                } else {
                    answer(
                        command.update, .refused,
                        "\(command.update.text) was interrupted by a restart. Whether it was carried out is not known: see /status."
                    )
                }
            }
        } catch {
            log.error("commands of before cannot be read: \(error)")
        }
    }

    /// The answer and the end of the command, in one commit.
    private func answer(_ update: TelegramUpdate, _ state: StoredCommand.State, _ text: String) {
        let reply = Alert(
            id: "quartet/reply/\(update.id)", rule: .reply, key: "", phase: .reply, severity: .info, text: text,
            at: bus.now)
        save(OutboxEntry(alerts: [(reply, .sent)], command: (update.id, state, text)))
        faults.pass(.replied)
    }

    private func act(on update: TelegramUpdate) {
        if case .tooOld(let age) = chatGuard.judge(update, at: bus.now) {
            return answer(
                update, .refused,
                "\(update.text) was given \(Span.seconds(age.micros / 1_000_000)) ago and is not carried out: say it again."
            )
        }
        let settings = context.settings
        switch BotCommand.read(update.text, symbols: settings.symbols) {
        case .steer(let verb, let symbol): steer(verb, symbol, for: update)
        case .forceExit(let symbol): askBack(symbol, update)
        case .confirm(let code): confirm(code, update)
        case .status: status(update)
        case .profit: answer(update, .done, books.profit(storedTrades(limit: .max)))
        case .daily(let days): answer(update, .done, books.daily(storedTrades(limit: .max), days: days))
        case .trades(let limit): answer(update, .done, books.list(storedTrades(limit: limit), limit: limit))
        case .performance: answer(update, .done, books.performance(storedTrades(limit: .max)))
        case .balance: answer(update, .done, books.balance)
        case .count: answer(update, .done, books.count(tradesAllowed: settings.risk.maxDailyTrades))
        case .health: answer(update, .done, books.health(at: bus.now))
        case .showConfiguration: answer(update, .done, AlertComposition.summary(settings))
        case .version: answer(update, .done, "Quartet 0.1.0")
        case .help: answer(update, .done, BotCommand.helpText)
        case .sentence(let sentence): answer(update, .refused, sentence)
        }
    }

    // MARK: Steering

    /// Asks risk, under an id that is the message's: a repeat would be the same request.
    private func steer(_ verb: OperatorCommand.Verb, _ symbol: Symbol?, for update: TelegramUpdate) {
        do throws(StorageError) { try store.mark(update.id, .acting) } catch {
            log.error("\(update.text) is not carried out, since it cannot be written down: \(error)")
            return
        }
        faults.pass(.beforeReply)
        var command = OperatorCommand()
        command.verb = verb
        command.symbol = symbol
        command.who = update.who
        command.why = "by Telegram"
        log.notice("\(update.who) says \(verb.rawValue) \(symbol?.name ?? "")")
        bus.request(
            command, to: .risk, id: "telegram-\(update.id)", timeToLive: .seconds(10), retryEvery: .milliseconds(250)
        ) { outcome in
            switch outcome {
            case .reply(let message):
                guard let result = try? message.body(CommandResult.self) else {
                    return self.answer(update, .done, "Risk's answer was not understood: see /status.")
                }
                let orders =
                    result.orders.isEmpty ? "" : "\nOrders: \(result.orders.map(\.text).joined(separator: ", "))"
                self.answer(update, result.isDone ? .done : .refused, result.sentence + orders)
            case .refused(let refusal): self.answer(update, .refused, "Risk refused: \(refusal.sentence)")
            case .expired:
                self.answer(
                    update, .refused,
                    "Risk did not answer within 10 s: whether it was carried out is not known; see /status and /health."
                )
            }
        }
    }

    private func askBack(_ symbol: Symbol?, _ update: TelegramUpdate) {
        let pending = PendingExit(symbol: symbol, update: update.id, at: bus.now)
        pendingExit = pending
        let what = symbol.map { "the position of \($0)" } ?? "every open position"
        answer(update, .done, "Close \(what) at market? Answer within a minute: /confirm \(pending.code)")
    }

    private func confirm(_ code: String, _ update: TelegramUpdate) {
        guard let pending = pendingExit, pending.code == code.lowercased(), bus.now < pending.expiresAt else {
            return answer(update, .refused, "Nothing waits for this confirmation: say /forceexit again.")
        }
        pendingExit = nil
        steer(.flatten, pending.symbol, for: update)
    }

    private func status(_ update: TelegramUpdate) {
        bus.request(FeedSnapshotRequest(), to: .feed, id: bus.newRequestID(), timeToLive: .seconds(3)) { outcome in
            var tickers: [Ticker] = []
            if case .reply(let message) = outcome { tickers = (try? message.body(FeedSnapshot.self))?.tickers ?? [] }
            self.answer(update, .done, self.books.status(tickers))
        }
    }
}
