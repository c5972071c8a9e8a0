import AlertCore
import Testing
import TradingModel

@Suite("What an operator may say to the bot")
struct DialogueTests {
    private let symbols = [btc, eth]

    @Test(
        "freqtrade's verbs are understood",
        arguments: [
            ("/start", .steer(.resume, nil)), ("/stop", .steer(.halt, nil)), ("/stopentry", .steer(.reduce, nil)),
            ("/stopbuy", .steer(.reduce, nil)), ("/STOP@our_bot", .steer(.halt, nil)),
            ("/stop BTC/USDT", .steer(.halt, btc)), ("/stop btcusdt", .steer(.halt, btc)),
            ("/stop eth", .steer(.halt, eth)),
            ("/forceexit all", .forceExit(nil)), ("/fx btc", .forceExit(btc)), ("/status", .status),
            ("/daily", .daily(7)),
            ("/daily 3", .daily(3)), ("/trades 5", .trades(5)), ("  /profit  ", .profit), ("/balance", .balance),
            ("/count", .count), ("/performance", .performance), ("/health", .health),
            ("/show_config", .showConfiguration),
            ("/version", .version), ("/help", .help), ("/confirm abcd", .confirm("abcd")),
        ] as [(String, BotCommand)])
    func verbs(text: String, command: BotCommand) { #expect(BotCommand.read(text, symbols: symbols) == command) }

    @Test(
        "what is not offered or not understood is said, and does nothing",
        arguments: [
            ("/reload_config", "quartet restart"), ("/forcelong BTC/USDT", "judged by risk"),
            ("/blacklist", "not offered"),
            ("/nonsense", "/help"), ("/stop DOGE", "none of the traded symbols"), ("/forceexit", "needs a symbol"),
            ("/daily 0", "1 to 60"), ("/daily x", "1 to 60"), ("/trades 51", "1 to 50"),
        ])
    func refused(text: String, words: String) {
        guard case .sentence(let sentence) = BotCommand.read(text, symbols: symbols) else {
            Issue.record("\(text) was understood")
            return
        }
        #expect(sentence.contains(words), "\(sentence)")
    }

    @Test("only the configured chat and its users are obeyed, and nothing older than a minute")
    func guarded() {
        func update(_ chat: String, _ user: String, _ text: String, age: Int64 = 0) -> TelegramUpdate {
            var update = TelegramUpdate(id: 1)
            (update.chat, update.user, update.text) = (chat, user, text)
            update.sentAt = noon - .seconds(age)
            return update
        }
        let open = TelegramGuard(chat: "-100", users: [])
        let strict = TelegramGuard(chat: "-100", users: ["7"])
        #expect(open.judge(update("-100", "1", "/stop"), at: noon) == .obey)
        #expect(open.judge(update("100", "1", "/stop"), at: noon) == .ignore)
        #expect(open.judge(update("", "1", "/stop"), at: noon) == .ignore)
        #expect(TelegramGuard(chat: "", users: []).judge(update("", "1", "/stop"), at: noon) == .ignore)
        #expect(open.judge(update("-100", "1", "hello"), at: noon) == .ignore)
        #expect(strict.judge(update("-100", "1", "/stop"), at: noon) == .ignore)
        #expect(strict.judge(update("-100", "7", "/stop"), at: noon) == .obey)
        #expect(strict.judge(update("-100", "7", "/stop", age: 60), at: noon) == .obey)
        #expect(strict.judge(update("-100", "7", "/stop", age: 61), at: noon) == .tooOld(.seconds(61)))
    }

    @Test("updates are read, and what is no message has no text")
    func updates() throws {
        let body = """
            {"ok":true,"result":[{"update_id":5,"message":{"message_id":9,"date":1747742400,"chat":{"id":-100,"type":"group"},
            "from":{"id":7,"is_bot":false,"first_name":"Al","username":"al"},"text":"/status"}},
            {"update_id":6,"edited_message":{"text":"/stop"}},{"update_id":7,"message":{"message_id":10,"date":1747742401,
            "chat":{"id":-100},"photo":[]}}]}
            """
        let updates = try ChannelDialect.readUpdates(Array(body.utf8))
        #expect(updates.map(\.id) == [5, 6, 7] && updates.map(\.text) == ["/status", "", ""])
        #expect(updates[0].chat == "-100" && updates[0].who == "telegram al (7)" && updates[0].sentAt == noon)
        #expect(throws: (any Error).self) { try ChannelDialect.readUpdates(Array("{\"ok\":false}".utf8)) }
        #expect(throws: (any Error).self) { try ChannelDialect.readUpdates(Array("<html>".utf8)) }
    }

    @Test("figures of the answers are those of the trades")
    func answers() {
        let books = BotBooks()
        let trades = [trade("a", net: "10"), trade("b", .stopLoss, net: "-4"), trade("c", net: "0.5")]
        #expect(
            books.profit(trades).hasPrefix(
                "3 closed trades: +6.5 after fees\n2 won, 1 lost (66.7% won)\nprofit factor 2.63"))
        #expect(books.daily(trades, days: 7) == "2025-05-20: +6.5 in 3 trades")
        #expect(books.performance(trades) == "1. BTC/USDT: +6.5 in 3")
        #expect(books.list(trades, limit: 2).split(separator: "\n").count == 2)
        for text in [books.profit([]), books.daily([], days: 1), books.list([], limit: 1), books.performance([])] {
            #expect(text == "No trade is closed yet.")
        }
    }
}
