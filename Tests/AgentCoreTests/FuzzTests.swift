import AgentCore
import Foundation
import Testing
import TradingModel

/// Makes damaged and disguised answers out of good ones; the same seed makes the same text.
private struct AnswerMutator {
    var generator: SeededGenerator
    let seeds: [[UInt8]]

    static let pieces: [[UInt8]] = [
        "{", "}", "[", "]", "\"", "'", ",", ":", "\\", "\\u", "\\ud83d", "//", "/*", "*/", "#", "```", "```json\n",
        "<think>",
        "</think>", "<decision>", "</decision>", "<reasoning>", "NaN", "Infinity", "-", "+", "e9", "1e400", "null",
        "None", "true",
        "%", "x", "50", "0.1", "-0.03", "100000", "1,000", "“", "”", "‘", "：", "，", "｛", "｝", "［", "］", "－", "５", "％",
        "\u{feff}",
        "\u{0}", "\n", "\r\n", "data: ", "\n\ndata: [DONE]\n\n", ": OPENROUTER PROCESSING\n\n", "OPEN_SHORT",
        "OPEN_LONG", "CLOSE",
        "HOLD", "BUY", "SELL", "\"leverage\": 50,", "\"leverage\": 3,", "\"action\": \"OPEN_LONG\",",
        "\"symbol\": \"ETH/USDT\",",
        "\"stop_loss_percent\": -4,", "\"confidence\": 90,", "PEPE/USDT", "BTC", "{\"BTC\":",
        "\"choices\":[{\"message\":{\"content\":\"",
        "\"error\":{\"code\":429}", "[[[[[[[[[[[[[[[[[[[[[[[[[[", "{\"a\":{\"a\":{\"a\":", "\u{1f680}",
    ].map { Array($0.utf8) }

    mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(generator.next() % UInt64(bound)) }

    mutating func next() -> [UInt8] {
        var text = seeds[below(seeds.count)]
        for _ in 0..<(1 + below(6)) { mutate(&text) }
        return text
    }

    private mutating func mutate(_ text: inout [UInt8]) {
        let place = below(text.count + 1)
        let end = min(text.count, place + below(40))
        switch below(10) {
        case 0: text.replaceSubrange(place..<min(place + 1, text.count), with: [UInt8(truncatingIfNeeded: below(256))])
        case 1: text.removeSubrange(place..<end)
        case 2: text.insert(contentsOf: Self.pieces[below(Self.pieces.count)], at: place)
        case 3: text.replaceSubrange(place..<end, with: Self.pieces[below(Self.pieces.count)])
        case 4: text = Array(text.prefix(place))
        case 5: text.insert(contentsOf: text[place..<end], at: below(text.count + 1))
        case 6:
            let other = seeds[below(seeds.count)]
            text = Array(text.prefix(place)) + other.suffix(below(other.count + 1))
        case 7: replaceNumber(&text, from: place)
        case 8: text.swapAt(below(max(text.count, 1)), below(max(text.count, 1)), if: !text.isEmpty)
        default: text += Self.pieces[below(Self.pieces.count)]
        }
        if text.count > 40_000 { text.removeLast(text.count - 40_000) }
    }

    private mutating func replaceNumber(_ text: inout [UInt8], from place: Int) {
        guard let start = text[place...].firstIndex(where: { (0x30...0x39).contains($0) }) else { return }
        let end = text[start...].firstIndex { !(0x30...0x39).contains($0) && $0 != 0x2e } ?? text.count
        let numbers = [
            "0", "26", "25", "1", "-1", "15.1", "3", "-5.0001", "\"7\"", "\"9%\"", "1e1", ".5", "5.", "85", "1,234",
            "-0",
        ]
        text.replaceSubrange(start..<end, with: Array(numbers[below(numbers.count)].utf8))
    }
}

extension [UInt8] {
    fileprivate mutating func swapAt(_ a: Int, _ b: Int, if isPossible: Bool) { if isPossible { swapAt(a, b) } }
}

/// What a decision may be, written down a second time and with other means than the parser's.
private func violations(_ answer: ParsedAnswer, symbols: Set<String>, held: [String: PositionSide]?) -> [String] {
    var found: [String] = []
    func check(_ holds: Bool, _ rule: String) { if !holds { found.append(rule) } }
    var seen: Set<String> = []
    for judged in answer.decisions {
        let decision = judged.decision
        let name = decision.symbol?.name
        if let name { check(symbols.contains(name), "a decision's symbol is configured") }
        if decision.action != .hold {
            check(name != nil, "an action names a symbol")
            check(seen.insert(name ?? "").inserted, "there is one action a symbol")
            check(judged.causes.isEmpty, "an action that is done has no reason against it")
        } else {
            check(decision.plan == nil, "HOLD has no plan")
            check(!judged.causes.isEmpty, "HOLD has a reason")
        }
        if let confidence = decision.confidence?.double {
            check(confidence >= 0 && confidence <= 1, "confidence is 0…1")
        }
        switch decision.action {
        case .openLong, .openShort:
            guard let plan = decision.plan, decision.confidence != nil else {
                found.append("an opening has a plan and a confidence")
                continue
            }
            check(plan.leverage >= 1 && plan.leverage <= 25, "leverage is 1…25")
            let size = (plan.positionSize.double * 1e10).rounded() / 1e8
            check(size >= 1 && size <= 25, "size is 1…25 %")
            let stop = (plan.stopLoss.double * 1e10).rounded() / 1e8
            check(stop >= -5 && stop <= -1, "stop is -5…-1 %")
            let target = (plan.takeProfit.double * 1e10).rounded() / 1e8
            check(target >= 3 && target <= 15, "target is 3…15 %")
            if let held { check(held[name ?? ""] == nil, "nothing is opened where something is held") }
        case .close:
            check(decision.plan == nil, "CLOSE has no plan")
            if let held { check(held[name ?? ""] != nil, "only what is held is closed") }
        case .hold: break
        }
    }
    let actions = answer.decisions.filter { $0.decision.action != .hold }
    check(answer.outcome == .decided ? !actions.isEmpty : actions.isEmpty, "the outcome says whether something is done")
    check(answer.headline.action == .hold ? actions.isEmpty : true, "the headline is an action where there is one")
    check(!answer.allCauses.isEmpty || !actions.isEmpty, "an answer without action has a reason")
    check(answer.repairs.count <= 70, "the list of repairs is bounded")
    return found
}

@Suite("Fuzz")
struct FuzzTests {
    static let environment = ProcessInfo.processInfo.environment
    /// QUARTET_FUZZ_ANSWERS=3000000 for the big run, in a release build.
    static let count = environment["QUARTET_FUZZ_ANSWERS"].flatMap { Int($0) } ?? 4_000
    /// QUARTET_FUZZ_SEED=n repeats what began with that seed.
    static let firstSeed = environment["QUARTET_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    static let seeds: [[UInt8]] = {
        var texts = SyntheticAnswerTests.writing.map(\.text) + SyntheticAnswerTests.refused.map(\.text)
        texts += [
            "[\(decision()), \(decision(["symbol": "\"ETH/USDT\"", "action": "\"OPEN_SHORT\""]))]",
            "{\"decisions\": [{\"action\":\"CLOSE\",\"symbol\":\"SOL/USDT\"}, \(decision())], \"summary\": \"x\"}",
            "{\"BTC\": {\"trade_signal_args\": {\"signal\":\"buy_to_enter\",\"leverage\":3,\"size_pct\":\"5%\",\"sl_pct\":-2,\"tp_pct\":5,"
                + "\"confidence\":\"80%\"}}}",
            "data: {\"choices\":[{\"delta\":{\"content\":\"{\\\"action\\\":\\\"HOLD\\\"}\"}}]}\n\ndata: [DONE]\n\n",
            "{\"id\":\"g\",\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"{\\\"action\\\": \\\"CLOSE\\\", "
                + "\\\"symbol\\\": \\\"BTC/USDT\\\"}\"}}],\"usage\":{\"cost\":1e-5}}",
        ]
        return texts.map { Array($0.utf8) }
            + RecordedAnswers.all.filter { $0.text.utf8.count < 4_000 }.map { Array($0.text.utf8) }
    }()

    @Test("no mutated answer crashes the parser or gets a decision past the schema")
    func mutatedAnswers() {
        let names = Set(common.map(\.name))
        let held: [Symbol: PositionSide] = [symbol("ETH/USDT"): .long, symbol("SOL/USDT"): .short]
        let heldNames = Dictionary(uniqueKeysWithValues: held.map { ($0.key.name, $0.value) })
        var parser = AnswerParser(context: AnswerContext(symbols: common))
        var outcomes: [ParsedAnswer.Outcome: Int] = [:]
        var opened = 0
        for index in 0..<Self.count {
            let seed = Self.firstSeed &+ UInt64(index)
            var mutator = AnswerMutator(generator: SeededGenerator(seed: seed), seeds: Self.seeds)
            let text = mutator.next()
            let knowsPositions = index % 2 == 1
            parser.context.positions = knowsPositions ? held : nil
            let answer = text.withUnsafeBufferPointer { parser.parse($0) }
            outcomes[answer.outcome, default: 0] += 1
            if answer.headline.plan != nil { opened += 1 }
            let found = violations(answer, symbols: names, held: knowsPositions ? heldNames : nil)
            guard found.isEmpty else {
                Issue.record("seed \(seed): \(found) from \(String(decoding: text, as: UTF8.self))")
                return
            }
        }
        print("\(Self.count) mutated answers from seed \(Self.firstSeed): \(outcomes), \(opened) with an opening")
        // The mutations neither destroy everything nor nothing: both sides of the judgement are exercised.
        #expect(outcomes[.decided, default: 0] > Self.count / 100)
        #expect(outcomes[.refused, default: 0] > Self.count / 100)
    }

    @Test("a parser that is used again gives what a new one gives")
    func reuse() {
        var used = AnswerParser(context: AnswerContext(symbols: common))
        for seed in UInt64(1)...200 {
            var mutator = AnswerMutator(generator: SeededGenerator(seed: seed), seeds: Self.seeds)
            let text = mutator.next()
            var fresh = AnswerParser(context: AnswerContext(symbols: common))
            let a = text.withUnsafeBufferPointer { used.parse($0) }
            let b = text.withUnsafeBufferPointer { fresh.parse($0) }
            #expect(a.decisions == b.decisions && a.causes == b.causes && a.repairs == b.repairs, "seed \(seed)")
        }
    }
}
