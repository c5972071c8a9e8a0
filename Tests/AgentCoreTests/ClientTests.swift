import AgentCore
import JSONText
import Testing
import TradingModel

@Suite("Asking a provider")
struct ClientTests {
    private let request = ChatRequest(
        model: "deepseek/deepseek-chat", messages: [ChatMessage(.system, "s"), ChatMessage(.user, "say \"json\"\n")],
        maxTokens: 500)

    @Test("the body is the provider's form, the same to the byte")
    func body() {
        #expect(
            request.body.text()
                == #"{"model":"deepseek/deepseek-chat","messages":[{"role":"system","content":"s"},{"role":"user","content":"say \"json\"\n"}],"#
                + #""max_tokens":500,"temperature":0,"response_format":{"type":"json_object"}}"#)
        var stream = request
        stream.isStream = true
        stream.wantsCost = true
        stream.temperature = Ratio("0.7")!
        #expect(stream.body["stream"] == true)
        #expect(stream.body["stream_options"]?["include_usage"] == true)
        #expect(stream.body["usage"]?["include"] == true)
        #expect(stream.body["temperature"]?.text() == "0.7")
    }

    @Test("the cache key is of the question, not of how its answer is sent")
    func cacheKey() {
        var other = request
        other.isStream = true
        other.wantsCost = true
        #expect(other.cacheKey == request.cacheKey)
        other.messages[1].content += " "
        #expect(other.cacheKey != request.cacheKey)
        var model = request
        model.model = "other"
        #expect(model.cacheKey != request.cacheKey)
    }

    @Test("the most a question can cost is never below what it costs")
    func worstCost() throws {
        let worst = try #require(PriceTable.standard.worstCost(request))
        var usage = TokenUsage()
        usage.promptTokens = request.promptTokenLimit
        usage.completionTokens = request.maxTokens
        let cost = try #require(PriceTable.standard.cost(usage, model: request.model))
        #expect(cost.amount <= worst && cost.isEstimate)
        usage.cost = Money("0.00012")
        #expect(PriceTable.standard.cost(usage, model: request.model)?.amount == Money("0.00012"))
        #expect(PriceTable.standard.cost(usage, model: request.model)?.isEstimate == false)
        var unknown = request
        unknown.model = "nobody/knows"
        #expect(PriceTable.standard.worstCost(unknown) == nil)
        #expect(
            ModelPrice(prompt: Money(1), completion: Money(2)).cost(promptTokens: 1, completionTokens: 1)
                == Money("0.000003"))
    }

    @Test(
        "what may pass is tried again, what is refused for good is not",
        arguments: [
            (408, true), (429, true), (500, true), (502, true), (503, true), (504, true), (524, true), (400, false),
            (401, false),
            (402, false), (403, false), (404, false), (413, false), (422, false),
        ])
    func statuses(status: Int, isRetried: Bool) {
        let pause = RetryPolicy().pause(
            after: .status(status, retryAfter: nil), attempt: 1, left: .seconds(60), now: WallTime(micros: 0), spread: 0
        )
        #expect((pause != nil) == isRetried)
    }

    @Test("pauses grow, are spread, and end with the attempts or the time left")
    func pauses() {
        let policy = RetryPolicy(attempts: 4, firstPause: .seconds(2), longestPause: .seconds(5))
        func pause(_ attempt: Int, spread: Double = 1, left: Span = .seconds(60)) -> Span? {
            policy.pause(after: .timedOut, attempt: attempt, left: left, now: WallTime(micros: 0), spread: spread)
        }
        #expect(pause(1) == .seconds(2) && pause(2) == .seconds(4) && pause(3) == .seconds(5) && pause(4) == nil)
        #expect(pause(1, spread: 0) == .seconds(1))
        #expect(pause(2, left: .seconds(3)) == nil)
    }

    @Test(
        "Retry-After is honoured as seconds and as a date, and nothing is tried before it is over",
        arguments: [
            ("7", Span.seconds(7)), ("0", .seconds(1)), ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(37)),
            ("soon", .seconds(1)),
            ("-3", .seconds(1)), ("Sun, 06 Nov 1994 08:48:00 GMT", .seconds(1)), ("2.5", Span(micros: 2_500_000)),
        ])
    func retryAfter(header: String, pause: Span) {
        // 1994-11-06 08:49:00 UTC
        let now = WallTime(micros: 784_111_740_000_000)
        #expect(
            RetryPolicy().pause(
                after: .status(429, retryAfter: header), attempt: 1, left: .seconds(60), now: now, spread: 1) == pause)
        #expect(
            RetryPolicy().pause(
                after: .status(429, retryAfter: "120"), attempt: 1, left: .seconds(60), now: now, spread: 1) == nil)
    }

    @Test("the day's money cannot be passed, whatever comes back or does not")
    func budget() {
        var budget = MoneyBudget(limit: Money(1))
        let noon = WallTime(micros: 86_400_000_000 * 20_000 + 43_200_000_000)
        let first = budget.reserve(Money("0.6")!, for: "a", at: noon)
        #expect(first)
        let second = budget.reserve(Money("0.5")!, for: "b", at: noon)
        #expect(!second)
        budget.settle("a", cost: Money("0.1")!, at: noon)
        #expect(budget.left == Money("0.9")!)
        let third = budget.reserve(Money("0.9")!, for: "c", at: noon)
        #expect(third)
        budget.settle("c", cost: nil, at: noon)
        #expect(budget.left == .zero)
        budget.settle("c", cost: .zero, at: noon)
        #expect(budget.left == .zero, "an answer is settled once")
        let backward = budget.reserve(Money("0.1")!, for: "d", at: noon - .hours(48))
        #expect(!backward, "a clock set back gives nothing")
        let tomorrow = budget.reserve(Money("0.1")!, for: "d", at: noon + .hours(24))
        #expect(tomorrow)
    }

    @Test("however questions and answers interleave, what is asked for never exceeds the limit")
    func budgetProperty() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            var budget = MoneyBudget(limit: Money(3))
            var open: [(String, Money)] = []
            var real: Money = .zero
            for step in 0..<100 {
                let now = WallTime(micros: 86_400_000_000 + Int64(step))
                if generator.next() % 2 == 0 {
                    let amount = Money(raw: Money(1).raw / 10 * Int128(generator.next() % 12))
                    if budget.reserve(amount, for: "\(step)", at: now) { open.append(("\(step)", amount)) }
                } else if let (id, amount) = open.popLast() {
                    let isKnown = generator.next() % 3 > 0
                    let cost = isKnown ? amount.divided(by: 2, .down) : amount
                    budget.settle(id, cost: isKnown ? cost : nil, at: now)
                    real += cost
                }
                #expect(real + open.reduce(Money.zero) { $0 + $1.1 } <= Money(3))
                #expect(budget.committed <= Money(3))
            }
        }
    }
}
