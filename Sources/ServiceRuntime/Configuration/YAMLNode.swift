import CYAML

/// A place in a text, both counted from 1.
struct YAMLMark: Hashable, Sendable {
    let line: Int
    let column: Int

    init(_ mark: yaml_mark_t) {
        line = Int(mark.line) + 1
        column = Int(mark.column) + 1
    }
}

/// What is wrong with a text, in libyaml's words, and where; no place where bytes themselves were unreadable.
struct YAMLFault: Error {
    let problem: String
    let mark: YAMLMark?
}

/// One node of a YAML document with its place; aliases stand as what they point at.
struct YAMLNode: Sendable {
    indirect enum Content: Sendable {
        /// `plain` says that it was written without quotes.
        case scalar(String, plain: Bool)
        case sequence([YAMLNode])
        /// In the order of the text; a key may be there twice.
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }
    let content: Content
    let mark: YAMLMark

    /// The one document of a text; `nil` where there is none. Linear in the text and in what its aliases stand for.
    ///
    /// Source: YAML 1.1 as libyaml reads it.
    static func compose(_ text: String) throws(YAMLFault) -> YAMLNode? {
        var composer = YAMLComposer(text)
        defer { composer.close() }
        return try composer.document()
    }
}

/// Builds nodes from libyaml's events.
private struct YAMLComposer {
    /// Nesting beyond this is no configuration; the reader calls itself for each level.
    private static let depthLimit = 64
    /// Nodes of a document with its aliases replaced: a few lines can stand for billions.
    private static let nodeLimit = 100_000

    private let bytes: UnsafeMutableBufferPointer<UInt8>
    // libyaml keeps pointers into its parser, so it stays where it is.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var anchors: [String: (node: YAMLNode, size: Int)] = [:]
    private var nodes = 0

    init(_ text: String) {
        let utf8 = Array(text.utf8)
        bytes = .allocate(capacity: max(utf8.count, 1))
        _ = bytes.initialize(from: utf8)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, utf8.count)
    }

    func close() {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    mutating func document() throws(YAMLFault) -> YAMLNode? {
        _ = try next { _ in }
        guard try kind() == YAML_DOCUMENT_START_EVENT else { return nil }
        let root = try node(depth: 0)
        _ = try next { _ in }
        let (type, mark) = try next { ($0.type, YAMLMark($0.start_mark)) }
        guard type == YAML_STREAM_END_EVENT else {
            throw YAMLFault(problem: "but found another document", mark: mark)
        }
        return root
    }

    private func kind() throws(YAMLFault) -> yaml_event_type_t { try next { $0.type } }

    private func next<T>(_ read: (yaml_event_t) -> T) throws(YAMLFault) -> T {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw fault() }
        defer { yaml_event_delete(&event) }
        return read(event)
    }

    private func fault() -> YAMLFault {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "no memory"
        let placed = parser.pointee.error != YAML_READER_ERROR && parser.pointee.error != YAML_MEMORY_ERROR
        return YAMLFault(problem: problem, mark: placed ? YAMLMark(parser.pointee.problem_mark) : nil)
    }

    /// One event as a value of its own, because libyaml frees what it points at.
    private enum Event {
        case scalar(String, plain: Bool, anchor: String?)
        case alias(String)
        case sequence(anchor: String?)
        case mapping(anchor: String?)
        case end
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func event() throws(YAMLFault) -> (Event, YAMLMark) {
        try next { event in
            let mark = YAMLMark(event.start_mark)
            switch event.type {
            case YAML_SCALAR_EVENT:
                let scalar = event.data.scalar
                let value = String(
                    decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
                let plain = scalar.style == YAML_PLAIN_SCALAR_STYLE
                return (.scalar(value, plain: plain, anchor: Self.text(scalar.anchor)), mark)
            case YAML_ALIAS_EVENT:
                return (.alias(Self.text(event.data.alias.anchor) ?? ""), mark)
            case YAML_SEQUENCE_START_EVENT:
                return (.sequence(anchor: Self.text(event.data.sequence_start.anchor)), mark)
            case YAML_MAPPING_START_EVENT:
                return (.mapping(anchor: Self.text(event.data.mapping_start.anchor)), mark)
            default:
                return (.end, mark)
            }
        }
    }

    private mutating func node(depth: Int) throws(YAMLFault) -> YAMLNode {
        let (first, mark) = try event()
        guard let node = try node(first, mark, depth: depth) else {
            throw YAMLFault(problem: "found an end where a value belongs", mark: mark)
        }
        return node
    }

    /// The node that begins with an event; `nil` if it is the end of what is around it.
    private mutating func node(_ first: Event, _ mark: YAMLMark, depth: Int) throws(YAMLFault) -> YAMLNode? {
        guard depth < Self.depthLimit else {
            throw YAMLFault(problem: "nested deeper than \(Self.depthLimit) levels", mark: mark)
        }
        let before = nodes
        try count(1, at: mark)
        let made: YAMLNode
        let name: String?
        switch first {
        case .end:
            return nil
        case .alias(let anchor):
            guard let target = anchors[anchor] else {
                throw YAMLFault(problem: "found undefined alias", mark: mark)
            }
            try count(target.size, at: mark)
            return YAMLNode(content: target.node.content, mark: mark)
        case .scalar(let text, let plain, let anchor):
            (made, name) = (YAMLNode(content: .scalar(text, plain: plain), mark: mark), anchor)
        case .sequence(let anchor):
            var items: [YAMLNode] = []
            while let item = try child(depth) { items.append(item) }
            (made, name) = (YAMLNode(content: .sequence(items), mark: mark), anchor)
        case .mapping(let anchor):
            var pairs: [(key: YAMLNode, value: YAMLNode)] = []
            while let key = try child(depth) { pairs.append((key, try node(depth: depth + 1))) }
            (made, name) = (YAMLNode(content: .mapping(pairs), mark: mark), anchor)
        }
        if let name { anchors[name] = (made, nodes - before) }
        return made
    }

    private mutating func child(_ depth: Int) throws(YAMLFault) -> YAMLNode? {
        let (first, mark) = try event()
        return try node(first, mark, depth: depth + 1)
    }

    private mutating func count(_ more: Int, at mark: YAMLMark) throws(YAMLFault) {
        nodes += more
        guard nodes <= Self.nodeLimit else {
            throw YAMLFault(problem: "more than \(Self.nodeLimit) values with its aliases replaced", mark: mark)
        }
    }
}
