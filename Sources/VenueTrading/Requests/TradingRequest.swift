public import JSONText

/// One HTTP request (or WebSocket message) to an exchange, ready to be sent.
public struct TradingRequest: Hashable, Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
        /// A message over a WebSocket; the body is its text.
        case webSocket = "WS"
    }

    public struct Header: Hashable, Sendable {
        public let name: String
        public let value: String
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var method: Method
    public var url: String
    public var headers: [Header]
    /// Empty for none.
    public var body: String
    /// What was signed; empty where the request carries no signature.
    public var signedText: String
    public var signature: String
    /// The parameters as an object, without signature and time.
    public var parameters: JSONValue
    /// What was rounded, and by how much.
    public var notes: [String]
}

/// The keys and the moment of a request.
public struct SigningContext: Sendable {
    public var key: String
    public var secret: String
    /// Milliseconds since 1970, by the exchange's clock.
    public var timestamp: Int64
    /// For how many milliseconds the request is good; the exchange's default (5,000) where it is not said.
    public var receiveWindow: Int?

    public init(key: String, secret: String, timestamp: Int64, receiveWindow: Int? = nil) {
        self.key = key
        self.secret = secret
        self.timestamp = timestamp
        self.receiveWindow = receiveWindow
    }
}

/// A request before it is signed.
struct RequestDraft {
    enum Placement {
        /// Behind the question mark.
        case query
        /// The body of a form.
        case form
        /// A JSON object as the body.
        case json
    }
    enum Security {
        case open
        /// The key in a header, no signature.
        case keyOnly
        case signed
    }

    var method: TradingRequest.Method
    var path: String
    var parameters = JSONObject()
    /// Instead of the object, where the exchange wants a list.
    var list: JSONValue?
    var placement: Placement
    var security = Security.signed
    /// Another host than the market's.
    var address: String?

    init(
        _ method: TradingRequest.Method, _ path: String, _ placement: Placement = .query,
        _ parameters: JSONObject = JSONObject()
    ) {
        self.method = method
        self.path = path
        self.placement = placement
        self.parameters = parameters
    }
}

extension JSONObject {
    /// Appends a text; nothing where there is none.
    mutating func add(_ key: String, _ text: String?) {
        if let text { self[key] = .string(text) }
    }
    mutating func add(_ key: String, number: (some BinaryInteger)?) {
        if let number { self[key] = JSONValue(number) }
    }
    mutating func add(_ key: String, flag: Bool?) {
        if let flag { self[key] = .bool(flag) }
    }
    /// Each member of `others`, replacing those of the same name.
    mutating func merge(_ others: JSONObject) {
        for (key, value) in others { self[key] = value }
    }
}

/// `application/x-www-form-urlencoded` as exchanges verify it: RFC 3986, spaces as `%20`, hexadecimal in capitals.
enum QueryText {
    static func encode(_ text: String) -> String {
        var out: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// `a=1&b=2` in the order of the members; `raw` names those that are encoded already.
    static func text(_ members: JSONObject, raw: Set<String> = []) -> String {
        members.map { key, value in
            let text = plain(value)
            return key + "=" + (raw.contains(key) ? text : encode(text))
        }.joined(separator: "&")
    }

    static func plain(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .number(let number): number.text
        case .bool(let flag): flag ? "true" : "false"
        case .null: ""
        case .array, .object: value.description
        }
    }
}
