import TradingModel

/// How settings are named in the environment.
enum SettingsEnvironment {
    static let prefix = "QUARTET_"
    /// Variables of the prefix that are not settings.
    static let reserved: Set<String> = [
        "QUARTET_CONFIG", "QUARTET_BIN_DIR", "QUARTET_DEPLOY_DIR", "QUARTET_UPDATE_DOCS", "QUARTET_UPDATE_GOLDEN",
        "QUARTET_PYTHON",
    ]
    /// Prefixes of variables that other tools of the project read.
    static let reservedPrefixes = ["QUARTET_TEST_", "QUARTET_BENCH_", "QUARTET_SUPERVISOR_", "QUARTET_RESTART_"]

    /// `risk.max_daily_loss_pct` → `QUARTET_RISK_MAX_DAILY_LOSS_PCT`.
    static func variable(for key: String) -> String {
        prefix + String(key.map { $0 == "." ? "_" : $0 }).uppercased()
    }

    /// One problem for each variable of the prefix that is no setting: a misspelt override must not be silent.
    static func problems(in environment: [String: String], knownKeys: [String]) -> [SettingProblem] {
        let known = knownKeys.map(variable(for:))
        return environment.keys.sorted().compactMap { name in
            guard name.hasPrefix(prefix), !known.contains(name), !reserved.contains(name),
                !reservedPrefixes.contains(where: name.hasPrefix)
            else { return nil }
            let near = NearestName.of(name, among: known)
            let hint =
                near.map { "did you mean \($0)?" } ?? "remove it, or see docs/configuration.md for the names there are."
            return SettingProblem(
                .unknownKey, name, .environment(name), "\(name) is not a setting (environment): \(hint)")
        }
    }
}
