public import TradingModel

/// Who may give commands.
public struct TelegramGuard: Hashable, Sendable {
    /// The one chat that is obeyed.
    public var chat: String
    /// The users in it that are; empty for all of them.
    public var users: [String]
    /// Commands older than this are refused: they were given to a situation that is over.
    public var patience: Span = .seconds(60)

    public init(chat: String, users: [String]) {
        self.chat = chat
        self.users = users
    }

    public enum Judgement: Hashable, Sendable {
        case obey
        /// Of somebody else, or no command: recorded and not answered.
        case ignore
        /// Too old: answered, not acted on.
        case tooOld(Span)
    }

    public func judge(_ update: TelegramUpdate, at now: WallTime) -> Judgement {
        guard !chat.isEmpty, update.chat == chat, users.isEmpty || users.contains(update.user) else { return .ignore }
        guard update.text.hasPrefix("/") else { return .ignore }
        let age = now - update.sentAt
        return age > patience ? .tooOld(age) : .obey
    }
}

/// What an operator can say to the bot: freqtrade's verbs where they mean something here.
public enum BotCommand: Hashable, Sendable {
    case steer(OperatorCommand.Verb, Symbol?)
    /// To be asked back before it is done.
    case forceExit(Symbol?)
    case confirm(String)
    case status, profit, balance, count, performance, health, showConfiguration, version, help
    case daily(Int)
    case trades(Int)
    /// A sentence that says what is not understood or not offered.
    case sentence(String)

    /// Reads a message. freqtrade's words: https://www.freqtrade.io/en/stable/telegram-usage/
    public static func read(_ text: String, symbols: [Symbol]) -> BotCommand {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        // In groups a command may carry the bot's name: /status@our_bot.
        let verb = (words.first ?? "").prefix { $0 != "@" }.lowercased()
        let rest = Array(words.dropFirst())
        switch verb {
        case "/start", "/resume": return steer(.resume, rest, symbols)
        case "/stop", "/halt": return steer(.halt, rest, symbols)
        case "/stopentry", "/stopbuy", "/reduce", "/pause": return steer(.reduce, rest, symbols)
        case "/forceexit", "/fx", "/forcesell", "/flatten": return forceExit(rest, symbols)
        case "/confirm": return .confirm(rest.first ?? "")
        case "/status": return .status
        case "/profit": return .profit
        case "/balance": return .balance
        case "/count": return .count
        case "/performance": return .performance
        case "/health": return .health
        case "/show_config": return .showConfiguration
        case "/version": return .version
        case "/help": return .help
        case "/daily": return number(rest, standard: 7, most: 60).map(BotCommand.daily) ?? badNumber(verb, 60)
        case "/trades": return number(rest, standard: 10, most: 50).map(BotCommand.trades) ?? badNumber(verb, 50)
        default:
            return .sentence(notOffered[verb] ?? "\(String(verb.prefix(40))) is not known here: /help lists what is.")
        }
    }

    /// What freqtrade has and this does not, and why.
    static let notOffered: [String: String] = {
        let entries = "is not offered: entries are proposed by strategies and judged by risk."
        let change = "is not offered: what is traded stands in the configuration file."
        var words = [
            "/reload_config":
                "/reload_config is not offered: a service reads its configuration when it starts (quartet restart NAME on the machine)."
        ]
        for verb in ["/forcelong", "/forceshort", "/forceenter", "/forcebuy"] { words[verb] = "\(verb) \(entries)" }
        for verb in ["/whitelist", "/blacklist", "/bl_delete", "/bl_del"] { words[verb] = "\(verb) \(change)" }
        for verb in [
            "/locks", "/unlock", "/logs", "/weekly", "/monthly", "/stats", "/exits", "/entries", "/mix_tags", "/delete",
            "/edge", "/order", "/marketdir", "/tg_info", "/list_custom_data", "/reload_trade", "/cancel_open_order",
            "/coo",
        ] { words[verb] = "\(verb) is not offered here: the dashboard and quartet --help have what it shows." }
        return words
    }()

    public static let helpText = """
        /status  what is open, and what trading does
        /profit  the result of all closed trades
        /daily N  the last N days (7)
        /trades N  the last N closed trades (10)
        /balance  cash and equity
        /count  open positions against what is allowed
        /performance  results by symbol
        /health  the services
        /stopentry  exits only (reduce)
        /stop  nothing new (halt)
        /start  trade again (resume)
        /forceexit SYMBOL or all  close at market; asks back
        /show_config  mode and limits
        /version  /help
        Each of the steering verbs takes a symbol, such as /stop BTC/USDT. Commands older than a minute are refused.
        """

    private static func steer(_ verb: OperatorCommand.Verb, _ rest: [String], _ symbols: [Symbol]) -> BotCommand {
        guard let word = rest.first else { return .steer(verb, nil) }
        guard let symbol = symbol(word, symbols) else { return unknown(word, symbols) }
        return .steer(verb, symbol)
    }

    private static func forceExit(_ rest: [String], _ symbols: [Symbol]) -> BotCommand {
        guard let word = rest.first else {
            return .sentence("/forceexit needs a symbol of /status, or all: /forceexit BTC/USDT.")
        }
        if word.lowercased() == "all" { return .forceExit(nil) }
        guard let symbol = symbol(word, symbols) else { return unknown(word, symbols) }
        return .forceExit(symbol)
    }

    /// `BTC/USDT`, `btcusdt` or, where only one symbol has it, `btc`.
    private static func symbol(_ word: String, _ symbols: [Symbol]) -> Symbol? {
        func plain(_ text: String) -> String { text.uppercased().filter { $0.isLetter || $0.isNumber } }
        if let exact = symbols.first(where: { plain($0.name) == plain(word) }) { return exact }
        let based = symbols.filter { $0.baseCurrency == word.uppercased() }
        return based.count == 1 ? based.first : nil
    }

    private static func unknown(_ word: String, _ symbols: [Symbol]) -> BotCommand {
        .sentence(
            "\(String(word.prefix(40))) is none of the traded symbols: \(symbols.prefix(20).map(\.name).joined(separator: ", "))."
        )
    }

    private static func number(_ rest: [String], standard: Int, most: Int) -> Int? {
        guard let word = rest.first else { return standard }
        return Int(word).flatMap { (1...most).contains($0) ? $0 : nil }
    }

    private static func badNumber(_ verb: String, _ most: Int) -> BotCommand {
        .sentence("\(verb) takes a number from 1 to \(most).")
    }
}

/// A closing that waits for its confirmation.
public struct PendingExit: Hashable, Sendable {
    public var symbol: Symbol?
    public var code: String
    public var expiresAt: WallTime

    /// The code is derived from the message that asked for it.
    public init(symbol: Symbol?, update: Int64, at now: WallTime) {
        self.symbol = symbol
        code = StableHash.of("forceexit|\(update)").short(4)
        expiresAt = now + .seconds(60)
    }
}
