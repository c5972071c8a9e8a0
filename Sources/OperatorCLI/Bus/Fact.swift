import TradingModel
import Wire

/// One message as a tap or a recording sees it: the envelope read, the body left as text.
struct Fact {
    let envelope: Envelope
    /// The body's JSON text.
    let body: String
    let fields: TopicFields
    /// Bytes of the frame, length prefix included.
    let size: Int

    init(frame: [UInt8]) throws(WireError) {
        let result: Result<Fact, WireError> = frame.withUnsafeBytes { bytes in
            do throws(WireError) { return .success(try Fact(bytes: bytes)) } catch { return .failure(error) }
        }
        self = try result.get()
    }

    init(bytes frame: UnsafeRawBufferPointer) throws(WireError) {
        let (envelope, range) = try WireMessage.decodeEnvelope(frame)
        // Reading the few fields also proves that the whole body is JSON.
        fields = try WireMessage.decodeBody(TopicFields.self, of: frame, range)
        self.envelope = envelope
        body = String(decoding: UnsafeRawBufferPointer(rebasing: frame[range]), as: UTF8.self)
        size = frame.count
    }

    /// The topic it was published on, told from its content; for recordings, which keep frames without topics.
    var topic: String {
        let symbol = (fields.symbol ?? fields.request?.symbol)?.name
        switch envelope.kind {
        case Candle.kind:
            return [envelope.kind, symbol, fields.timeframe?.rawValue].compactMap(\.self).joined(separator: ".")
        case Health.kind: return envelope.kind + "." + (fields.service ?? envelope.source)
        default: return [envelope.kind, symbol].compactMap(\.self).joined(separator: ".")
        }
    }

    /// The envelope's JSON text on one line. Between tokens a line end means nothing and inside a string it cannot stand.
    static func line(of frame: [UInt8]) -> String {
        let text = frame.dropFirst(WireProtocol.headerBytes).map { $0 == 0x0a || $0 == 0x0d ? UInt8(ascii: " ") : $0 }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The fields of any body that say which topic it belongs to.
struct TopicFields: WireBody {
    static let kind = "topicFields"
    struct Request: WireBody {
        static let kind = "topicFieldsRequest"
        var symbol: Symbol?
        mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
            try visitor.optional("symbol", &symbol)
        }
    }
    var symbol: Symbol?
    var timeframe: Timeframe?
    var service: String?
    var request: Request?
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.optional("symbol", &symbol)
        try visitor.optional("timeframe", &timeframe)
        try visitor.optional("service", &service)
        try visitor.optional("request", &request)
    }
}
