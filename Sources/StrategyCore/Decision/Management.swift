import TradingModel

/// How the manager weighs the strategies against each other and what it lets them have.
public struct Management: Hashable, Sendable {
    /// By configuration name: what a strategy's word counts, 0…100; 1 where it is not named, 0 to only watch it.
    public var weights: [String: Double] = [:]
    /// By configuration name: the part of the size that risk allows which an entry may take, 0…1; 1 where not named.
    public var allocations: [String: Double] = [:]
    /// By configuration name: the regimes in which it may open positions, separated by spaces or commas; `all` and
    /// `none` are words too. Replaces the default of that strategy.
    public var regimes: [String: String] = [:]
    /// Positions of all strategies together, each counted by its share of a full one; 0 for no limit.
    public var maximumExposure: Double = 0
    /// The same for each side alone, so that not everything leans one way; 0 for no limit.
    public var maximumSideExposure: Double = 0

    public init() {}

    public func weight(_ strategy: String) -> Double { weights[strategy] ?? 1 }
    public func allocation(_ strategy: String) -> Double { allocations[strategy] ?? 1 }

    /// Refuses names that no strategy has, numbers out of range and words that are no regime.
    func check() throws(ParameterError) {
        for (setting, values, highest) in [("weights", weights, 100.0), ("allocations", allocations, 1.0)] {
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                try Self.require(name, in: setting)
                guard value >= 0, value <= highest else {
                    throw ParameterError(
                        setting: "strategy.\(setting).\(name)", strategy: name,
                        "strategy.\(setting).\(name) = \(value) is outside its range 0 to \(Int(highest)).")
                }
            }
        }
        for name in regimes.keys.sorted() { try Self.require(name, in: "regimes") }
        for (name, value) in [("max_exposure", maximumExposure), ("max_side_exposure", maximumSideExposure)] {
            guard value >= 0, value <= 1_000 else {
                throw ParameterError(
                    setting: "strategy.\(name)", strategy: "",
                    "strategy.\(name) = \(value) is outside its range 0 to 1000.")
            }
        }
    }

    private static func require(_ name: String, in setting: String) throws(ParameterError) {
        guard StrategyCatalog.type(id: name) == nil else { return }
        throw ParameterError(
            setting: "strategy.\(setting).\(name)", strategy: name,
            "strategy.\(setting) names \"\(name)\", which is no strategy; \(StrategyCatalog.suggestion(for: name))")
    }

    /// The default activation with what is configured put in its place.
    func activation(over base: RegimeActivation) throws(ParameterError) -> RegimeActivation {
        var activation = base
        for (strategy, text) in regimes.sorted(by: { $0.key < $1.key }) {
            var chosen: Set<Regime> = []
            for word in text.split(whereSeparator: { $0 == " " || $0 == "," }) {
                switch word {
                case "all": chosen.formUnion(Regime.allCases)
                case "none": break
                default:
                    guard let regime = Regime(rawValue: String(word)) else {
                        throw ParameterError(
                            setting: "strategy.regimes.\(strategy)", strategy: strategy,
                            "strategy.regimes.\(strategy) says \"\(word)\"; a regime is trending, sideways, high_volatility, unknown, all or none."
                        )
                    }
                    chosen.insert(regime)
                }
            }
            activation.regimes[strategy] = chosen
        }
        return activation
    }
}

extension StrategyCatalog {
    /// `did you mean momentum?`, or all names there are.
    static func suggestion(for name: String) -> String {
        let known = all.map { $0.id }
        if let near = NearestName.of(name, among: known) { return "did you mean \(near)?" }
        return "known are \(known.joined(separator: ", "))."
    }

    /// Refuses a `strategy.parameter` of which either half is unknown, or whose value is out of range, whether or not
    /// the strategy is active: a misspelt name must not pass as a wish that came true.
    public static func check(parameters: [String: Double]) throws(ParameterError) {
        var byStrategy: [String: [String: Double]] = [:]
        for (key, value) in parameters.sorted(by: { $0.key < $1.key }) {
            let parts = key.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, type(id: String(parts[0])) != nil else {
                throw ParameterError(
                    setting: "strategy.parameters.\(key)", strategy: String(parts[0]),
                    "strategy.parameters has \"\(key)\", but must name strategy.parameter, such as momentum.fast; \(suggestion(for: String(parts[0])))"
                )
            }
            byStrategy[String(parts[0]), default: [:]][String(parts[1])] = value
        }
        for (id, given) in byStrategy.sorted(by: { $0.key < $1.key }) { _ = try make(id: id, parameters: given) }
    }
}
