import JSONText

/// A refusal in the exchange's words: HTTP status, code and message as Binance documents them.
struct Refusal: Error, Hashable, Sendable {
    var status: Int
    var code: Int
    var message: String
    /// What else the answer tells.
    var data: JSONValue?

    init(_ code: Int, _ message: String, status: Int = 400, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.status = status
        self.data = data
    }

    var json: JSONValue {
        var object = JSONObject([("code", JSONValue(code)), ("msg", .string(message))])
        object["data"] = data
        return .object(object)
    }

    static let badSymbol = Refusal(-1121, "Invalid symbol.")
    static let badInterval = Refusal(-1120, "Invalid interval.")
    static let noSuchOrder = Refusal(-2013, "Order does not exist.")
    static let unknownOrder = Refusal(-2011, "Unknown order sent.")
    static let badSignature = Refusal(-1022, "Signature for this request is not valid.")
    static let badKeyFormat = Refusal(-2014, "API-key format invalid.", status: 401)
    static let rejectedKey = Refusal(-2015, "Invalid API-key, IP, or permissions for action.", status: 401)
    static let late = Refusal(-1021, "Timestamp for this request is outside of the recvWindow.")
    static let early = Refusal(
        -1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    static let badListenKey = Refusal(-1125, "This listenKey does not exist.")
    static let insufficientBalance = Refusal(-2010, "Account has insufficient balance for requested action.")
    static let insufficientMargin = Refusal(-2019, "Margin is insufficient.")
    static let wouldTrigger = Refusal(-2021, "Order would immediately trigger.")
    static let reduceOnly = Refusal(-2022, "ReduceOnly Order is rejected.")

    static func missing(_ name: String) -> Refusal {
        Refusal(-1102, "Mandatory parameter '\(name)' was not sent, was empty/null, or malformed.")
    }
    static func notRequired(_ name: String) -> Refusal {
        Refusal(-1106, "Parameter '\(name)' sent when not required.")
    }
    static func filter(_ name: String) -> Refusal { Refusal(-1013, "Filter failure: \(name)") }
}
