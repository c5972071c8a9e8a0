/// The part of XML-RPC that supervisord speaks (http://xmlrpc.com/spec.md): calls with strings, integers and booleans, answers of any shape.
indirect enum XMLRPCValue: Equatable, Sendable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case array([XMLRPCValue])
    case structure([String: XMLRPCValue])

    var text: String? { if case .string(let value) = self { value } else { nil } }
    var number: Int? { if case .integer(let value) = self { value } else { nil } }
    var elements: [XMLRPCValue] { if case .array(let value) = self { value } else { [] } }
    subscript(name: String) -> XMLRPCValue? { if case .structure(let members) = self { members[name] } else { nil } }
}

/// The other side answered with a fault, or with something that is no answer.
struct XMLRPCFault: Error, Equatable {
    let code: Int
    let message: String
}

enum XMLRPC {
    /// The body of a call.
    static func call(_ method: String, _ parameters: [XMLRPCValue]) -> String {
        let values = parameters.map { "<param>\(encode($0))</param>" }.joined()
        return
            "<?xml version=\"1.0\"?><methodCall><methodName>\(escape(method))</methodName><params>\(values)</params></methodCall>"
    }

    private static func encode(_ value: XMLRPCValue) -> String {
        switch value {
        case .string(let text): "<value><string>\(escape(text))</string></value>"
        case .integer(let number): "<value><int>\(number)</int></value>"
        case .boolean(let flag): "<value><boolean>\(flag ? 1 : 0)</boolean></value>"
        case .array(let elements): "<value><array><data>\(elements.map(encode).joined())</data></array></value>"
        case .structure(let members):
            "<value><struct>\(members.sorted { $0.key < $1.key }.map { "<member><name>\(escape($0.key))</name>\(encode($0.value))</member>" }.joined())</struct></value>"
        }
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// The value of a response, or the fault it carries.
    static func answer(_ xml: String) throws(XMLRPCFault) -> XMLRPCValue {
        var scanner = XMLScanner(xml)
        let isFault = xml.contains("<fault>")
        guard scanner.skip(to: "value") else { throw XMLRPCFault(code: 0, message: "the answer holds no value") }
        let value = try scanner.value(depth: 0)
        guard isFault else { return value }
        throw XMLRPCFault(
            code: value["faultCode"]?.number ?? 0, message: value["faultString"]?.text ?? "a fault without a text")
    }
}

/// Walks over tags and the text between them; knows no attributes and no namespaces because XML-RPC has none.
private struct XMLScanner {
    private let bytes: [UInt8]
    private var index = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    private enum Token: Equatable {
        case open(String), close(String), empty(String), text(String), end
    }

    private mutating func next() -> Token {
        guard index < bytes.count else { return .end }
        guard bytes[index] == UInt8(ascii: "<") else {
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "<") { index += 1 }
            return .text(String(decoding: bytes[start..<index], as: UTF8.self))
        }
        let start = index + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: ">") { index += 1 }
        let tag = String(decoding: bytes[min(start, index)..<index], as: UTF8.self)
        index = min(index + 1, bytes.count)
        if tag.hasPrefix("/") { return .close(String(tag.dropFirst())) }
        if tag.hasSuffix("/") { return .empty(String(tag.dropLast())) }
        return tag.hasPrefix("?") || tag.hasPrefix("!") ? next() : .open(tag)
    }

    /// Moves behind the next opening tag of that name.
    mutating func skip(to name: String) -> Bool {
        while true {
            let token = next()
            if token == .open(name) { return true }
            if token == .end { return false }
        }
    }

    /// Reads what follows an opening `value`, up to and with its closing tag.
    mutating func value(depth: Int) throws(XMLRPCFault) -> XMLRPCValue {
        guard depth < 16 else { throw XMLRPCFault(code: 0, message: "the answer is nested too deeply") }
        var bare = ""
        while true {
            switch next() {
            case .text(let text): bare += text
            case .close("value"): return .string(Self.unescape(bare))
            case .empty: return try finish(.string(""))
            case .open("array"): return try finish(.array(try elements(depth: depth)))
            case .open("struct"): return try finish(.structure(try members(depth: depth)))
            case .open(let type): return try finish(try scalar(type))
            case .close, .end: throw XMLRPCFault(code: 0, message: "the answer ends inside a value")
            }
        }
    }

    private mutating func finish(_ value: XMLRPCValue) throws(XMLRPCFault) -> XMLRPCValue {
        while true {
            switch next() {
            case .close("value"): return value
            case .end: throw XMLRPCFault(code: 0, message: "the answer ends inside a value")
            default: continue
            }
        }
    }

    private mutating func scalar(_ type: String) throws(XMLRPCFault) -> XMLRPCValue {
        var text = ""
        while true {
            switch next() {
            case .text(let part): text += part
            case .close(type): return Self.typed(type, Self.unescape(text))
            default: throw XMLRPCFault(code: 0, message: "the answer has an unfinished <\(type)>")
            }
        }
    }

    private mutating func elements(depth: Int) throws(XMLRPCFault) -> [XMLRPCValue] {
        var values: [XMLRPCValue] = []
        while true {
            switch next() {
            case .open("value"): values.append(try value(depth: depth + 1))
            case .close("array"): return values
            case .end: throw XMLRPCFault(code: 0, message: "the answer ends inside an array")
            default: continue
            }
        }
    }

    private mutating func members(depth: Int) throws(XMLRPCFault) -> [String: XMLRPCValue] {
        var members: [String: XMLRPCValue] = [:]
        var name = ""
        while true {
            switch next() {
            case .open("name"): if case .string(let text) = try scalar("name") { name = text }
            case .open("value"): members[name] = try value(depth: depth + 1)
            case .close("struct"): return members
            case .end: throw XMLRPCFault(code: 0, message: "the answer ends inside a struct")
            default: continue
            }
        }
    }

    private static func typed(_ type: String, _ text: String) -> XMLRPCValue {
        switch type {
        case "int", "i4": Int(text).map { .integer($0) } ?? .string(text)
        case "boolean": .boolean(text == "1")
        default: .string(text)
        }
    }

    private static func unescape(_ text: String) -> String {
        guard text.contains("&") else { return text }
        return text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&apos;", with: "'").replacing("&#13;", with: "").replacing("&amp;", with: "&")
    }
}
