import Glibc
import TradingModel

/// What must hold between settings, and between settings and the world.
enum SettingsChecks {
    /// Problems of settings whose own values are well formed; a check that involves one of `wrongKeys` is left out.
    static func problems(
        in loaded: LoadedSettings, environment: [String: String], wrongKeys: Set<String>
    ) -> [SettingProblem] {
        var checks = Checks(loaded: loaded, wrongKeys: wrongKeys)
        let risk = loaded.settings.risk
        checks.require(
            risk.recoveryPct <= risk.maxDrawdownWarningPct, "risk.recovery_pct", "must not exceed",
            "risk.max_drawdown_warning_pct")
        checks.require(
            risk.maxDrawdownWarningPct <= risk.maxDrawdownStopPct, "risk.max_drawdown_warning_pct", "must not exceed",
            "risk.max_drawdown_stop_pct")
        checks.require(
            risk.minPositionPct <= risk.maxPositionPct, "risk.min_position_pct", "must not exceed",
            "risk.max_position_pct")
        checks.require(
            risk.maxSymbolExposurePct <= risk.maxTotalExposurePct, "risk.max_symbol_exposure_pct", "must not exceed",
            "risk.max_total_exposure_pct")
        checks.require(
            loaded.settings.strategy.leverage <= risk.maxLeverage, "strategy.leverage", "must not exceed",
            "risk.max_leverage")
        checks.require(
            risk.maxLeverage <= loaded.settings.execution.maxLeverage, "risk.max_leverage", "must not exceed",
            "execution.max_leverage")
        checkFeed(loaded.settings, &checks)
        checkAgent(loaded.settings, &checks)
        checkDashboard(loaded.settings.dashboard, environment, &checks)
        if let problem = LiveGate.problem(loaded) { checks.problems.append(problem) }
        return checks.problems
    }

    private static func checkFeed(_ settings: Settings, _ checks: inout Checks) {
        switch settings.feed.source {
        case .simulated: break
        case .live:
            for symbol in settings.feed.venues.keys.sorted() where !settings.symbols.contains(symbol) {
                checks.add(
                    "feed.venues",
                    "has a venue for \(symbol), which is not among symbols: add it there or remove the venue.")
            }
            if settings.feed.durationMinutes != 0 {
                checks.add(
                    "feed.duration_minutes",
                    "is \(settings.feed.durationMinutes), but feed.source is live, which has no end: set it to 0.")
            }
        case .recording:
            if settings.feed.files.isEmpty {
                checks.add(
                    "feed.files", "is empty, but feed.source is recording: name a candle file for at least one symbol.")
            }
            for (symbol, path) in settings.feed.files.sorted(by: { $0.key < $1.key }) {
                if !settings.symbols.contains(where: { $0.name == symbol }) {
                    checks.add(
                        "feed.files",
                        "has a file for \(symbol), which is not among symbols: add it there or remove the file.")
                }
                if access(path, R_OK) != 0 {
                    checks.add(
                        "feed.files", "names \(path) for \(symbol), which cannot be read (\(SystemError.text(errno))).")
                }
            }
        case .busRecording:
            let path = settings.feed.recording
            if path.isEmpty {
                checks.add("feed.recording", "is empty, but feed.source is bus_recording: name the file to play.")
            } else if access(path, R_OK) != 0 {
                checks.add("feed.recording", "is \(path), which cannot be read (\(SystemError.text(errno))).")
            }
        }
    }

    private static func checkAgent(_ settings: Settings, _ checks: inout Checks) {
        let agent = settings.agent
        if agent.enabled == .on, settings.feed.speed == 0 {
            checks.add(
                "agent.enabled",
                "is on, but feed.speed is 0: in lock-step every run is the same run, and a model's answers are not; use auto or off."
            )
        }
        if !agent.template.isEmpty, access(agent.template, R_OK) != 0 {
            checks.add(
                "agent.template", "is \(agent.template), which cannot be read (\(SystemError.text(errno))).")
        }
        for model in agent.promptPricesUsd.keys.sorted() where agent.answerPricesUsd[model] == nil {
            checks.add("agent.answer_prices_usd", "has no price for \(model), which agent.prompt_prices_usd has.")
        }
    }

    private static func checkDashboard(
        _ dashboard: DashboardSettings, _ environment: [String: String], _ checks: inout Checks
    ) {
        guard !dashboard.isLoopback else { return }
        if Secrets.origin(of: .dashboardToken, environment: environment) == nil {
            checks.add(
                "dashboard.host",
                "is \(dashboard.host), which others can reach, but DASHBOARD_TOKEN is not set: set it, or use 127.0.0.1."
            )
        }
        if !dashboard.behindProxy {
            checks.add(
                "dashboard.host",
                "is \(dashboard.host), which others can reach, but nothing says that TLS protects it: "
                    + "put a reverse proxy in front and set dashboard.behind_proxy: true, or use 127.0.0.1.")
        }
    }

    private struct Checks {
        let loaded: LoadedSettings
        let wrongKeys: Set<String>
        var problems: [SettingProblem] = []
        private let values: [String: String]

        init(loaded: LoadedSettings, wrongKeys: Set<String>) {
            self.loaded = loaded
            self.wrongKeys = wrongKeys
            values = Dictionary(SettingsReport.rows(of: loaded).map { ($0.key, $0.value) }) { first, _ in first }
        }

        mutating func require(_ holds: Bool, _ key: String, _ relation: String, _ other: String) {
            guard !holds, !wrongKeys.contains(key), !wrongKeys.contains(other) else { return }
            add(
                key,
                "is \(values[key] ?? "") and \(relation) \(other), which is \(values[other] ?? "") (\(loaded.origin(of: other))): change one of them."
            )
        }

        mutating func add(_ key: String, _ rest: String) {
            guard !wrongKeys.contains(key) else { return }
            let origin = loaded.origin(of: key)
            problems.append(SettingProblem(.contradiction, key, origin, "\(key) (\(origin.precise)) \(rest)"))
        }
    }
}

/// The one place that decides whether a configuration may trade live. The keys are asked for by execution alone, which
/// alone may hold them.
enum LiveGate {
    /// Why this configuration may not trade live; `nil` on paper.
    static func problem(_ loaded: LoadedSettings) -> SettingProblem? {
        let settings = loaded.settings
        guard settings.mode == .live else { return nil }
        let origin = loaded.origin(of: "mode")
        func problem(_ sentence: String) -> SettingProblem {
            SettingProblem(.contradiction, "mode", origin, "mode is live (\(origin.precise)), but \(sentence)")
        }
        guard settings.feed.source == .live else {
            return problem(
                "feed.source is \(settings.feed.source.rawValue): orders at a real exchange need its own prices, "
                    + "so set feed.source: live, or use mode: paper.")
        }
        if let (symbol, venue) = settings.feed.venues.filter({ $0.value != settings.feed.venue }).min(by: {
            $0.key < $1.key
        }) {
            return problem(
                "\(symbol) is watched at \(venue.rawValue) and the others at \(settings.feed.venue.rawValue): "
                    + "orders go to one exchange, so remove it from feed.venues.")
        }
        return nil
    }
}

extension Settings {
    /// Orders go to an exchange on this machine, which is none that money is at.
    public var tradesAtABox: Bool {
        let address = venues[feed.venue].restURL
        return ["http://127.", "http://localhost", "http://[::1]"].contains { address.hasPrefix($0) }
    }

    /// What a passed `quartet doctor` has been passed for: another exchange, account file or list of symbols is to be
    /// examined again before money moves.
    public var examinedText: String {
        let parts = [mode.rawValue, feed.venue.rawValue, venues[feed.venue].restURL, dataDirectory]
        return (parts + symbols.map(\.name).sorted()).joined(separator: "|")
    }

    /// The file that says so.
    public var examinationPath: String { dataDirectory + "/doctor.passed" }

    /// Why doctor has not passed what is configured; `nil` where it has, and where no money is at stake.
    public var examinationFault: String? {
        guard mode == .live, !tradesAtABox else { return nil }
        if case .success(let bytes) = FileBytes.read(examinationPath, atMost: 8_192),
            String(decoding: bytes, as: UTF8.self) == examinedText + "\n"
        {
            return nil
        }
        return "mode is live, but quartet doctor has not passed for this exchange and these symbols: "
            + "run quartet doctor, and start again when nothing fails."
    }
}
