/// Every strategy there is: adding one takes its file and its line here.
public enum StrategyCatalog {
    public static let all: [any Strategy.Type] = [
        Momentum.self,
        MeanReversion.self,
        Scalping.self,
        UniversalMACD.self,
        MultiSupertrend.self,
        ADXSMA.self,
        Bandtastic.self,
        VolatilitySystem.self,
        IchimokuCloud.self,
        Keltner.self,
        Donchian.self,
        ParabolicStop.self,
        TrendFollowing.self,
        ConnorsRSI2.self,
        Squeeze.self,
        VWAPReversion.self,
    ]

    /// Strategies that trade nothing worth trading: known by name, in no list a user chooses from.
    public static let diagnostics: [any Strategy.Type] = [Probe.self, EMACross.self]

    /// The strategy of a configuration name.
    public static func type(id: String) -> (any Strategy.Type)? { (all + diagnostics).first { $0.id == id } }

    /// Makes a strategy from its name and the parameters a configuration gives; the rest take their defaults.
    public static func make(id: String, parameters: [String: Double] = [:]) throws(ParameterError) -> any Strategy {
        guard let type = type(id: id) else { throw .unknownStrategy(id, known: all.map { $0.id }) }
        return try type.make(parameters)
    }
}
