/// One step of the profit ladder, in percent of profit with leverage.
public struct LadderTier: Hashable, Sendable {
    /// The peak that arms it.
    public var threshold: Percent
    /// Where the position is then left.
    public var line: Percent
    public init(threshold: Percent, line: Percent) {
        self.threshold = threshold
        self.line = line
    }
}

/// The profit ladder: in the file a map from threshold to line, `{8: 3, 15: 8, 25: 15}`.
public struct Ladder: Hashable, Sendable {
    /// By rising threshold.
    public let tiers: [LadderTier]
    public init(_ tiers: [LadderTier]) { self.tiers = tiers.sorted { $0.threshold < $1.threshold } }

    static let standard = Ladder([
        LadderTier(threshold: "8", line: "3"), LadderTier(threshold: "15", line: "8"),
        LadderTier(threshold: "25", line: "15"),
    ])
}

extension Ladder: SettingValue {
    static var noun: String { "a map of thresholds to lines such as {8: 3, 15: 8}" }
    static var plural: String { "maps of thresholds to lines" }

    init(raw: RawSetting) throws(SettingMismatch) {
        var tiers: [LadderTier] = []
        for (key, value) in try pairs(of: raw) {
            guard let threshold = Percent(settingText: key) else { throw SettingMismatch(.text(key)) }
            tiers.append(LadderTier(threshold: threshold, line: try Percent(raw: value)))
        }
        self.init(tiers)
    }

    var text: String { tiers.map { "\($0.threshold)=\($0.line)" }.joined(separator: ",") }
    var yaml: String { "{" + tiers.map { "\($0.threshold): \($0.line)" }.joined(separator: ", ") + "}" }
}

extension SettingRange where Value == Ladder {
    /// Positive thresholds and lines, both strictly rising, each line below its threshold.
    static var rising: SettingRange {
        SettingRange(
            "with 1 to 10 steps, both numbers rising from above 0 to at most 10000 and every line below its threshold"
        ) { ladder in
            guard (1...10).contains(ladder.tiers.count) else { return false }
            let bounds = ladder.tiers.allSatisfy { "0" < $0.line && $0.line < $0.threshold && $0.threshold <= "10000" }
            let isRising = zip(ladder.tiers, ladder.tiers.dropFirst()).allSatisfy {
                $0.threshold < $1.threshold && $0.line < $1.line
            }
            return bounds && isRising
        }
    }
}
