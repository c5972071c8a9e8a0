import Testing

@testable import ServiceRuntime

/// What is wrong, in which text, and every sentence that must be said about it.
struct Refusal: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    var environment: [String: String] = [:]
    let sentences: [String]
    var testDescription: String { name }

    init(_ name: String, _ text: String, environment: [String: String] = [:], _ sentences: String...) {
        self.name = name
        self.text = text
        self.environment = environment
        self.sentences = sentences
    }
}

@Suite("What a configuration is refused for")
struct SettingsRefusalTests {
    static let names: [Refusal] = [
        Refusal(
            "a misspelt key", "risk:\n  max_daily_los_pct: 4",
            "risk.max_daily_los_pct is not a setting (quartet.yaml:2:3): did you mean risk.max_daily_loss_pct?"),
        Refusal(
            "a misspelt section", "riks: {ttl_hours: 4}", "riks is not a setting (quartet.yaml:1:1): did you mean risk?"
        ),
        Refusal(
            "a key in the wrong section", "risk: {slippage_pct: 4}",
            "risk.slippage_pct is not a setting (quartet.yaml:1:8): did you mean execution.slippage_pct?"),
        Refusal(
            "a key without its section", "ttl_hours: 4",
            "ttl_hours is not a setting (quartet.yaml:1:1): did you mean risk.ttl_hours?"),
        Refusal(
            "a key like nothing", "bus:\n  colour_of_sky: 4",
            "bus.colour_of_sky is not a setting (quartet.yaml:2:3): known here are "
                + "health_millis, publish_queue, retry_millis, stored_replies, subscribe_queue."),
        Refusal(
            "a misspelt variable", "", environment: ["QUARTET_RISK_MAX_DAILY_LOS_PCT": "1"],
            "QUARTET_RISK_MAX_DAILY_LOS_PCT is not a setting (environment): did you mean QUARTET_RISK_MAX_DAILY_LOSS_PCT?"
        ),
        Refusal(
            "a variable like nothing", "", environment: ["QUARTET_COLOUR_OF_SKY": "1"],
            "QUARTET_COLOUR_OF_SKY is not a setting (environment): remove it, or see docs/configuration.md for the names there are."
        ),
        Refusal(
            "a key given twice", "risk:\n  max_daily_trades: 3\n  ttl_hours: 4\n  max_daily_trades: 5",
            "max_daily_trades is given more than once in one section (quartet.yaml:2:3 is the first): keep one of them."
        ),
        Refusal(
            "two keys given twice, and a fault in the rest",
            "mode: paper\nrisk:\n  ttl_hours: 1\n  ttl_hours: 2\n  max_leverage: 0\nmode: paper",
            "mode is given more than once in one section (quartet.yaml:1:1 is the first): keep one of them.",
            "ttl_hours is given more than once in one section (quartet.yaml:3:3 is the first): keep one of them.",
            "risk.max_leverage is \"0\" (quartet.yaml:5:17), but must be a whole number from 1 to 125."),
    ]

    static let values: [Refusal] = [
        Refusal(
            "out of range", "risk:\n  max_daily_loss_pct: 500",
            "risk.max_daily_loss_pct is \"500\" (quartet.yaml:2:23), but must be a percentage (a plain number) from 0.1 to 100."
        ),
        Refusal(
            "out of range, from the environment", "", environment: ["QUARTET_RISK_MAX_DAILY_LOSS_PCT": "0.05"],
            "risk.max_daily_loss_pct is \"0.05\" (QUARTET_RISK_MAX_DAILY_LOSS_PCT), but must be a percentage (a plain number) from 0.1 to 100."
        ),
        Refusal(
            "wrong in the file although the environment overrides it", "risk: {max_daily_trades: 0}",
            environment: ["QUARTET_RISK_MAX_DAILY_TRADES": "5"],
            "risk.max_daily_trades is \"0\" (quartet.yaml:1:26), but must be a whole number from 1 to 100000."),
        Refusal(
            "a percent sign", "risk: {max_daily_loss_pct: 5%}",
            "risk.max_daily_loss_pct is \"5%\" (quartet.yaml:1:28), but must be a percentage (a plain number) from 0.1 to 100."
        ),
        Refusal(
            "a comma for a point", "execution: {starting_balance: \"10,000\"}",
            "execution.starting_balance is \"10,000\" (quartet.yaml:1:31), but must be an amount of the quote currency from 1 to 1000000000."
        ),
        Refusal(
            "a fraction of a count", "risk: {max_daily_trades: 2.5}",
            "risk.max_daily_trades is \"2.5\" (quartet.yaml:1:26), but must be a whole number from 1 to 100000."),
        Refusal(
            "a leading zero", "feed: {seed: 010}",
            "feed.seed is \"010\" (quartet.yaml:1:14), but must be a whole number from 0 to 9223372036854775807."),
        Refusal(
            "not a number", "feed: {speed: .nan}",
            "feed.speed is \".nan\" (quartet.yaml:1:15), but must be a number from 0 to 100000."),
        Refusal(
            "infinity", "feed: {speed: inf}",
            "feed.speed is \"inf\" (quartet.yaml:1:15), but must be a number from 0 to 100000."),
        Refusal(
            "yes is no truth", "strategy: {allow_short: yes}",
            "strategy.allow_short is \"yes\" (quartet.yaml:1:25), but must be true or false."),
        Refusal(
            "an unknown word", "mode: demo", "mode is \"demo\" (quartet.yaml:1:7), but must be one of paper, live."),
        Refusal(
            "no value", "risk:\n  ttl_hours:",
            "risk.ttl_hours has no value (quartet.yaml:2:13): give a decimal number from 0.01 to 8760, or remove the line to use the default 36."
        ),
        Refusal(
            "a value for a section", "execution: 5",
            "execution is \"5\" (quartet.yaml:1:12), but must be a section: indent its keys under it."),
        Refusal(
            "a section for a value", "mode: {a: 1}", "mode is a map (quartet.yaml:1:7), but must be one of paper, live."
        ),
        Refusal(
            "a list for a number", "risk: {ttl_hours: [1]}",
            "risk.ttl_hours is a list (quartet.yaml:1:19), but must be a decimal number from 0.01 to 8760."),
        Refusal(
            "a symbol that is none", "symbols: [BTC/USDT, BTCUSDT]",
            "symbols is \"BTCUSDT\" (quartet.yaml:1:10), but must be a list of symbols such as BTC/USDT with 1 to 200 different entries."
        ),
        Refusal(
            "a symbol twice", "symbols: [BTC/USDT, BTC/USDT]",
            "symbols is [BTC/USDT, BTC/USDT] (quartet.yaml:1:10), but must be a list of symbols such as BTC/USDT with 1 to 200 different entries."
        ),
        Refusal(
            "no symbols", "symbols: []",
            "symbols is [] (quartet.yaml:1:10), but must be a list of symbols such as BTC/USDT with 1 to 200 different entries."
        ),
        Refusal(
            "minutes that do not divide a day", "strategy: {decision_minutes: 7}",
            "strategy.decision_minutes is \"7\" (quartet.yaml:1:30), but must be a whole number from 1 to 1440 that divides 1440."
        ),
        Refusal(
            "a moment that is none", "feed: {start: 2025-02-30}",
            "feed.start is \"2025-02-30\" (quartet.yaml:1:15), but must be a text such as 2025-05-20 or 2025-05-20T12:30:00Z, or empty."
        ),
        Refusal(
            "a zone nobody knows", "risk: {time_zone: Europe/Atlantis}",
            "risk.time_zone is \"Europe/Atlantis\" (quartet.yaml:1:19), but must be a text that is UTC, an offset such as +02:00, or a zone of this system such as Europe/Berlin."
        ),
        Refusal(
            "a misspelt venue", "feed: {venue: binnance}",
            "feed.venue is \"binnance\" (quartet.yaml:1:15), but must be one of binance, binance_usdm, bybit, bybit_linear, mexc: did you mean binance?"
        ),
        Refusal(
            "a misspelt venue of a symbol", "feed: {venues: {ETH/USDT: bybyt}}",
            "feed.venues is \"bybyt\" (quartet.yaml:1:16), but must be a map of symbols such as BTC/USDT to words out of binance, binance_usdm, bybit, bybit_linear, mexc: did you mean bybit?"
        ),
        Refusal(
            "a key in clear text over the net", "venues: {binance: {rest_url: \"http://api.binance.com\"}}",
            "venues.binance.rest_url is \"http://api.binance.com\" (quartet.yaml:1:30), but must be a text that begins with https:// (http:// on this machine only) and does not end with /."
        ),
        Refusal(
            "an unknown venue's section", "venues: {binanse: {rest_url: \"https://a\"}}",
            "venues.binanse is not a setting (quartet.yaml:1:10): did you mean venues.binance?"),
        Refusal(
            "a map entry without =", "", environment: ["QUARTET_RISK_LADDER": "8=3,15"],
            "risk.ladder is \"15\" (QUARTET_RISK_LADDER), but must be a map of thresholds to lines such as {8: 3, 15: 8} with 1 to 10 steps, "
                + "both numbers rising from above 0 to at most 10000 and every line below its threshold."),
    ]

    static let relations: [Refusal] = [
        Refusal(
            "minimum above maximum", "risk:\n  min_position_pct: 30",
            "risk.min_position_pct (quartet.yaml:2:21) is 30 and must not exceed risk.max_position_pct, which is 20 (default): change one of them."
        ),
        Refusal(
            "a warning after the stop", "risk: {max_drawdown_stop_pct: 12}",
            "risk.max_drawdown_warning_pct (default) is 15 and must not exceed risk.max_drawdown_stop_pct, which is 12 (quartet.yaml:1): change one of them."
        ),
        Refusal(
            "a contradiction with a value that is wrong itself is not told",
            "risk: {max_position_pct: 0, min_position_pct: 30}",
            "risk.max_position_pct is \"0\" (quartet.yaml:1:26), but must be a percentage (a plain number) from 0.01 to 100."
        ),
        Refusal(
            "a recording without files", "feed: {source: recording}",
            "feed.files (default) is empty, but feed.source is recording: name a candle file for at least one symbol."),
        Refusal(
            "a recording of what is not traded", "feed: {source: recording, files: {ADA/USDT: /dev/null}}",
            "feed.files (quartet.yaml:1:34) has a file for ADA/USDT, which is not among symbols: add it there or remove the file."
        ),
        Refusal(
            "a file that is not there", "feed: {source: recording, files: {BTC/USDT: /nowhere.csv}}",
            "feed.files (quartet.yaml:1:34) names /nowhere.csv for BTC/USDT, which cannot be read (no such file or directory)."
        ),
        Refusal(
            "a bus recording without file", "feed: {source: bus_recording}",
            "feed.recording (default) is empty, but feed.source is bus_recording: name the file to play."),
        Refusal(
            "live without live prices", "mode: live",
            "mode is live (quartet.yaml:1:7), but feed.source is simulated: orders at a real exchange need its own prices, "
                + "so set feed.source: live, or use mode: paper."),
        Refusal(
            "live at two exchanges", "mode: live\nfeed: {source: live, venue: bybit_linear, venues: {ETH/USDT: mexc}}",
            "mode is live (quartet.yaml:1:7), but ETH/USDT is watched at mexc and the others at bybit_linear: "
                + "orders go to one exchange, so remove it from feed.venues."),
    ]

    static let secrets: [Refusal] = [
        Refusal(
            "a known secret", "binance_api_key: hush",
            "binance_api_key looks like a secret (quartet.yaml:1:1): secrets are read from BINANCE_API_KEY or BINANCE_API_KEY_FILE only, "
                + "so remove it from the file and replace it where it was issued."),
        Refusal(
            "a secret in a section of its own", "telegram:\n  bot-token: hush",
            "telegram.bot-token looks like a secret (quartet.yaml:2:3): secrets are read from TELEGRAM_BOT_TOKEN or TELEGRAM_BOT_TOKEN_FILE only, "
                + "so remove it from the file and replace it where it was issued."),
        Refusal(
            "a secret of nobody we know", "execution: {passphrase: hush}",
            "execution.passphrase looks like a secret (quartet.yaml:1:13): secrets are read from an environment variable or its _FILE form only, "
                + "so remove it from the file and replace it where it was issued."),
    ]

    static let texts: [Refusal] = [
        Refusal("no YAML", "risk: {ttl_hours: 4", "quartet.yaml:2:1 is not YAML: did not find expected ',' or '}'."),
        Refusal(
            "a tab", "risk:\n\tttl_hours: 4",
            "quartet.yaml:2:1 is not YAML: found character that cannot start any token."),
        Refusal("a list", "- a\n- b", "quartet.yaml holds no keys: write settings as key: value, one a line."),
        Refusal("a word", "paper", "quartet.yaml holds no keys: write settings as key: value, one a line."),
        Refusal(
            "two documents", "mode: paper\n---\nmode: paper",
            "quartet.yaml:2:1 is not YAML: but found another document."),
    ]

    @Test(
        "one sentence says what is wrong, where, and what would be right",
        arguments: [names, values, relations, secrets, texts].flatMap { $0 })
    func refusals(_ refusal: Refusal) throws {
        let error = #expect(throws: SettingsError.self) {
            try SettingsLoader.load(text: refusal.text, environment: refusal.environment)
        }
        #expect(error?.problems.map(\.description) == refusal.sentences)
        #expect(!"\(error as Any)".contains("hush"), "a secret is never shown")
    }

    @Test("everything that is wrong is told at once, the file from top to bottom and then the environment")
    func allAtOnce() {
        let text = "mode: x\nsymbols: y\nfoo: 1\nrisk:\n  ttl_hours: -1\n  bar: 2\n"
        let error = #expect(throws: SettingsError.self) {
            try SettingsLoader.load(text: text, environment: ["QUARTET_FEED_SPEED": "fast", "QUARTET_X": "1"])
        }
        #expect(
            error?.problems.map(\.key) == [
                "mode", "symbols", "foo", "risk.ttl_hours", "risk.bar", "feed.speed", "QUARTET_X",
            ])
        #expect(error?.description.split(separator: "\n").count == 7)
    }

    @Test("a file that is no text, or too long, or a folder, is refused in a sentence")
    func badFiles() throws {
        let folder = try TemporaryFolder()
        try folder.write(String(repeating: "# padding\n", count: 120_000), to: "long")
        let bytes: [UInt8] = [0x6D, 0xFF, 0xFE]
        #expect(bytes.withUnsafeBytes { buffer in folder.writeBytes(buffer, to: "latin") })
        for (name, end) in [
            ("long", "is longer than 1 MiB, so it is not a configuration file."),
            ("latin", "is not UTF-8 text: save it as UTF-8."),
            ("", "cannot be read (is a directory): name a readable file."),
        ] {
            let error = #expect(throws: SettingsError.self) {
                try SettingsLoader.load(file: folder.path(name), environment: [:])
            }
            #expect(error?.description == folder.path(name) + " " + end)
        }
    }

    @Test("no configuration of random bytes or random YAML crashes the loader")
    func noise() {
        let pieces = [
            "risk", "feed", ":", ": ", "\n", "\n  ", "{", "}", "[", "]", "- ", "ttl_hours", "*a", "&a ", "!!int ", "\"",
            "'", "|", "? ", "<<", "5", "~", "\t", "é", "\u{0}",
        ]
        for seed in 1...3_000 {
            var random = SplitMix(seed: UInt64(seed))
            let text = (0..<Int.random(in: 0...30, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            do { _ = try SettingsLoader.load(text: text) } catch {
                #expect(
                    !error.problems.isEmpty && error.problems.allSatisfy { !$0.description.isEmpty }, "seed \(seed)")
            }
        }
    }
}

/// SplitMix64 for tests.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
