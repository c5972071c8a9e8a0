import TradingModel

/// Makes decisions, or reasons for HOLD, of any text.
///
/// Pure and total: every text of any bytes gets an answer, in time linear in its length, within fixed depths and counts. The
/// rules are in `docs/agent.md`. A parser keeps its working storage, so one that is used again does not allocate for it.
public struct AnswerParser: Sendable {
    /// Longer texts are refused unread; the longest real answers are a hundredth of it.
    public static let sizeLimit = 1 << 20

    public var context: AnswerContext {
        didSet { if context.symbols != oldValue.symbols { book = SymbolBook(context.symbols) } }
    }
    private var book: SymbolBook
    private let words = DecisionWords.shared
    private var tape = TextTape()
    private var roots: ContiguousArray<AnswerRoot> = []

    public init(context: AnswerContext) {
        self.context = context
        book = SymbolBook(context.symbols)
    }

    /// Parses a text.
    public mutating func parse(_ text: String) -> ParsedAnswer {
        var text = text
        return text.withUTF8 { parse($0) }
    }

    /// Parses bytes; those that are no UTF-8 are replacement characters in what is quoted from them.
    public mutating func parse(_ utf8: UnsafeBufferPointer<UInt8>) -> ParsedAnswer {
        let bytes = TextBytes(all: utf8)
        if let refusal = refuseSize(bytes) { return refusal }
        if isEventStream(bytes), let answer = parseStream(utf8) { return answer }
        return parse(bytes, isContent: false)
    }

    private func refuseSize(_ bytes: TextBytes) -> ParsedAnswer? {
        if bytes.count > Self.sizeLimit {
            return held(.tooLarge, "the answer has \(bytes.count) bytes, more than the \(Self.sizeLimit) that are read")
        }
        if bytes.skipBlanks(from: 0) >= bytes.count { return held(.emptyAnswer, "the answer is empty") }
        return nil
    }

    private func held(_ reason: HoldReason, _ sentence: String) -> ParsedAnswer {
        var answer = ParsedAnswer()
        answer.causes = [HoldCause(reason, sentence)]
        return answer
    }

    // MARK: - One text

    /// A text in which nothing can be read as it stands may be one that was escaped as a whole: that is tried once.
    private mutating func parse(_ bytes: TextBytes, isContent: Bool) -> ParsedAnswer {
        let answer = parseAsWritten(bytes, isContent: isContent)
        guard answer.outcome == .refused, answer.envelope == nil else { return answer }
        var inner = WrappedText.inner(bytes)
        if inner == nil, answer.decisions.isEmpty, let root = usableRoots().first, usableRoots().count == 1 {
            inner = WrappedText.carried(bytes, tape, root: root.node)
        }
        guard let inner else { return answer }
        var unwrapped = inner.withUnsafeBufferPointer { parseAsWritten(TextBytes(all: $0), isContent: true) }
        guard !unwrapped.decisions.isEmpty || unwrapped.outcome != .refused else { return answer }
        unwrapped.repairs.insert(Repair(.escapedText, at: 0), at: 0)
        return unwrapped
    }

    private mutating func parseAsWritten(_ bytes: TextBytes, isContent: Bool) -> ParsedAnswer {
        tape.clear()
        roots.removeAll(keepingCapacity: true)
        var scanner = AnswerScanner(bytes: bytes, tape: take(&tape), log: RepairLog(), roots: take(&roots))
        scanner.scan()
        tape = scanner.reader.tape
        roots = scanner.roots
        let view = JSONView(bytes: bytes, tape: tape)
        if !isContent, let root = roots.first, view.isEnvelope(root.node) {
            var envelope = AnswerEnvelope()
            envelope.take(view, root: root.node)
            return parse(envelope, by: .chatCompletion)
        }
        let usable = usableRoots()
        var finder = DecisionFinder(bytes: bytes, tape: tape, words: words, book: book, log: scanner.reader.log)
        for root in usable { finder.visit(root: root) }
        let statements = finder.counted
        var answer = ParsedAnswer()
        if let cause = overLimit(scanner, finder) {
            answer.causes = [cause]
            finish(&answer, finder.log, scanner)
        } else if statements.isEmpty {
            answer.causes = [noDecision(scanner, finder, usable, view)]
            finish(&answer, finder.log, scanner)
        } else {
            var judge = DecisionJudge(finder: finder, context: context)
            judge.judge(statements)
            answer.decisions = judge.decisions
            finish(&answer, judge.log, scanner)
        }
        return answer
    }

    /// Moves a value out, so that its storage stays unshared.
    private func take<Value>(_ value: inout ContiguousArray<Value>) -> ContiguousArray<Value> {
        var taken: ContiguousArray<Value> = []
        swap(&taken, &value)
        return taken
    }

    private func take(_ value: inout TextTape) -> TextTape {
        var taken = TextTape()
        swap(&taken, &value)
        return taken
    }

    /// What stands in an answer tag counts before what stands outside; what stands in reasoning never counts.
    private func usableRoots() -> ContiguousArray<AnswerRoot> {
        if roots.count == 1, let only = roots.first, !only.isReasoning { return roots }
        let outside = roots.filter { !$0.isReasoning }
        let tagged = outside.filter(\.isTagged)
        return ContiguousArray(tagged.isEmpty ? outside : tagged)
    }

    private func overLimit(_ scanner: AnswerScanner, _ finder: DecisionFinder) -> HoldCause? {
        switch scanner.limit {
        case .tooDeep:
            return HoldCause(
                .tooDeep, "the JSON is nested deeper than \(TolerantReader.depthLimit) levels: give one flat object")
        case .tooMany:
            return HoldCause(.tooMany, "the answer holds more values than an answer can: give one JSON object")
        case .end, .nonsense, nil: break
        }
        guard finder.isOverLimit else { return nil }
        return HoldCause(
            .tooMany, "the answer holds more than \(DecisionFinder.statementLimit) decisions: give one for each symbol")
    }

    private func noDecision(
        _ scanner: AnswerScanner, _ finder: DecisionFinder, _ usable: ContiguousArray<AnswerRoot>, _ view: JSONView
    ) -> HoldCause {
        if finder.planWithoutAction != nil {
            return HoldCause(
                .actionMissing, field: "action", "action is missing: choose OPEN_LONG, OPEN_SHORT, CLOSE or HOLD")
        }
        if let error = finder.errorNode, view.isThere(error) {
            var envelope = AnswerEnvelope()
            envelope.takeFailure(view, error)
            if let failure = envelope.failure { return cause(failure) }
        }
        if usable.count == 1, finder.hasEmptyList {
            return HoldCause(.nothingProposed, "the list of decisions is empty: the model proposes nothing")
        }
        if scanner.truncatedAt != nil {
            return HoldCause(
                .truncated, "the text ends before a decision is complete: give the whole JSON object first")
        }
        if roots.contains(where: \.isReasoning), usable.isEmpty {
            return HoldCause(
                .onlyInReasoning,
                "JSON stands only inside the reasoning, which is no answer: give it after the reasoning")
        }
        if let place = scanner.nonsenseAt {
            return HoldCause(.malformed, "the JSON makes no sense from byte \(place) on: give one valid JSON object")
        }
        if usable.isEmpty {
            return HoldCause(.noDecision, "the answer holds no JSON: give one JSON object with the decision")
        }
        return HoldCause(.noDecision, "the JSON of the answer holds no action: give one JSON object with the decision")
    }

    private func cause(_ failure: ProviderFailure) -> HoldCause {
        let code = failure.code.isEmpty ? "" : " \(failure.code)"
        return HoldCause(.providerError, "the provider answered with error\(code): \(failure.message.prefix(400))")
    }

    private func finish(_ answer: inout ParsedAnswer, _ log: RepairLog, _ scanner: AnswerScanner) {
        var log = log
        if let place = scanner.truncatedAt { log.note(.truncated, at: place) }
        answer.repairs = log.repairs
        answer.repairsOmitted = log.omitted
    }

    // MARK: - Envelopes

    /// A stream begins with a comment or a field of an event.
    private func isEventStream(_ bytes: TextBytes) -> Bool {
        let start = bytes.skipBlanks(from: 0)
        if bytes[start] == UInt8(ascii: ":") { return true }
        guard bytes[start] == UInt8(ascii: "d") || bytes[start] == UInt8(ascii: "e") else { return false }
        return bytes.hasWord("data:", at: start) || bytes.hasWord("event:", at: start)
    }

    /// `nil` where no event says anything: then it is a text that only begins like a stream.
    private mutating func parseStream(_ utf8: UnsafeBufferPointer<UInt8>) -> ParsedAnswer? {
        var stream = ChatStream()
        stream.feed(utf8)
        stream.finish()
        var envelope = stream.envelope
        guard stream.isDone || stream.isTooLarge || envelope != ChatStream().envelope else { return nil }
        if stream.isTooLarge {
            envelope.failure = ProviderFailure(code: "too_large", message: "the stream is too long")
        }
        return parse(envelope, by: .eventStream)
    }

    /// Parses the content of an answer as a provider sent it.
    public mutating func parse(_ envelope: AnswerEnvelope) -> ParsedAnswer {
        parse(envelope, by: envelope.isStream ? .eventStream : .chatCompletion)
    }

    private mutating func parse(_ envelope: AnswerEnvelope, by kind: RepairKind) -> ParsedAnswer {
        var answer: ParsedAnswer
        if let failure = envelope.failure {
            answer = ParsedAnswer()
            answer.causes = [cause(failure)]
        } else if !envelope.refusal.isEmpty {
            answer = held(.refusedByModel, "the model refuses to answer: \(envelope.refusal.prefix(200))")
        } else if envelope.finishReason == "content_filter" || envelope.finishReason == "error" {
            answer = held(.providerError, "the provider ended the answer with \(envelope.finishReason)")
        } else if envelope.content.isEmpty, !envelope.hasToolCalls, envelope.finishReason.isEmpty {
            answer = held(.truncated, "the provider's answer ends before it says anything")
        } else {
            var content = envelope.content
            answer = content.withUTF8 { utf8 in
                let bytes = TextBytes(all: utf8)
                return refuseSize(bytes) ?? parse(bytes, isContent: true)
            }
            if envelope.hasToolCalls, answer.decisions.isEmpty {
                answer.causes = [
                    HoldCause(.toolCall, "the answer calls a tool, and none is offered: answer with the JSON object")
                ]
            } else if envelope.finishReason == "length" || (envelope.isStream && envelope.finishReason.isEmpty) {
                answer.repairs.append(Repair(.truncated, at: envelope.content.utf8.count))
                if answer.decisions.isEmpty, answer.causes.allSatisfy({ !$0.reason.isWish }) {
                    answer.causes = [
                        HoldCause(.truncated, "the answer was cut off before a decision was complete: be brief")
                    ]
                }
            }
        }
        answer.repairs.insert(Repair(kind, at: 0), at: 0)
        answer.envelope = envelope
        return answer
    }
}
