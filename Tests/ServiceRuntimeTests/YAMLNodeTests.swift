import Testing

@testable import ServiceRuntime

@Suite("YAML")
struct YAMLNodeTests {
    /// A document in one line: scalars bare or in quotes, lists in brackets, maps in braces.
    private func shape(_ node: YAMLNode?) -> String {
        guard let node else { return "nothing" }
        switch node.content {
        case .scalar(let text, let plain): return plain ? text : "'\(text)'"
        case .sequence(let items): return "[" + items.map(shape).joined(separator: ", ") + "]"
        case .mapping(let pairs):
            return "{" + pairs.map { shape($0.key) + ": " + shape($0.value) }.joined(separator: ", ") + "}"
        }
    }

    private func fault(_ text: String) -> YAMLFault? {
        do throws(YAMLFault) { _ = try YAMLNode.compose(text) } catch { return error }
        return nil
    }

    @Test(
        "documents are read as libyaml reads them",
        arguments: [
            ("", "nothing"), ("# only a comment\n", "nothing"), ("a: 1", "{a: 1}"), ("a: '1'", "{a: '1'}"),
            ("a: \"x\\ny\"", "{a: 'x\ny'}"), ("- 1\n- [2, 3]", "[1, [2, 3]]"), ("a: {b: {c: d}}", "{a: {b: {c: d}}}"),
            ("a:", "{a: }"), ("a: |\n  two\n  lines\n", "{a: 'two\nlines\n'}"),
            ("a: >-\n  one\n  line\n", "{a: 'one line'}"),
            ("a: 1\na: 2", "{a: 1, a: 2}"), ("? [1, 2]\n: 3", "{[1, 2]: 3}"), ("a: &x [1]\nb: *x", "{a: [1], b: [1]}"),
            ("base: &b {k: 1}\n<<: *b", "{base: {k: 1}, <<: {k: 1}}"), ("é: ü", "{é: ü}"), ("a: 1\n...\n", "{a: 1}"),
        ])
    func documents(text: String, expected: String) throws {
        #expect(try shape(YAMLNode.compose(text)) == expected)
    }

    @Test("every node knows its line and column")
    func marks() throws {
        let root = try YAMLNode.compose("a: 1\nb:\n  - x\n  -  y\n")
        guard case .mapping(let pairs)? = root?.content, case .sequence(let items) = pairs[1].value.content else {
            Issue.record("not a map with a list")
            return
        }
        #expect([pairs[1].key.mark.line, pairs[1].key.mark.column] == [2, 1])
        #expect(items.map { [$0.mark.line, $0.mark.column] } == [[3, 5], [4, 6]])
    }

    @Test("an alias of nothing, one of itself and a second document are faults with their place")
    func faults() {
        #expect(fault("a: *x")?.problem == "found undefined alias")
        #expect(fault("a: *x")?.mark?.column == 4)
        #expect(fault("a: &x [*x]")?.problem == "found undefined alias")
        #expect(fault("a: 1\n---\nb: 2")?.problem == "but found another document")
        #expect(fault("a: [1")?.mark?.line != nil)
        #expect(fault("a: \u{1}")?.problem == "control characters are not allowed")
    }

    @Test("nesting has an end, and so has what aliases stand for")
    func bombs() {
        let deep = String(repeating: "[", count: 1_000) + String(repeating: "]", count: 1_000)
        #expect(fault(deep)?.problem == "nested deeper than 64 levels")
        var laughs = "a0: &a0 [lol, lol]\n"
        for level in 1..<40 { laughs += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(fault(laughs)?.problem.hasPrefix("more than 100000 values") == true)
    }
}
