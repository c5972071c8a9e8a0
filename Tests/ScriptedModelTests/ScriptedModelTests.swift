import AgentCore
import JSONText
import ScriptedModel
import Testing
import TradingModel

@Suite("The scripted model")
struct ScriptedModelTests {
    /// A prompt as the agent builds it, with one market that rises, falls or stands.
    private func prompt(_ trend: Int, held: PositionSide? = nil, state: TradingState = .active) throws -> String {
        let symbol = try #require(Symbol("BTC/USDT"))
        let timeframes = [Timeframe.fifteenMinutes, .oneHour, .fourHours].map { timeframe in
            var panel = MarketPanel(timeframe: timeframe)
            for index in 0..<81 {
                var candle = Candle()
                candle.symbol = symbol
                candle.timeframe = timeframe
                candle.openTime = MarketTime(micros: timeframe.span.micros * Int64(1_000 + index))
                // A wave over the trend, so that nothing is stretched.
                let wave = [0, 60, 110, 60, 0, -60, -110, -60][index % 8]
                let close = 50_000 + trend * index * 16 + wave * trend
                candle.open = Price(close - 5)
                candle.close = Price(close)
                candle.high = Price(close + 40)
                candle.low = Price(close - 40)
                candle.volume = Quantity(10)
                panel.take(candle)
            }
            return panel.brief
        }
        let last = try #require(timeframes.last?.closes.last)
        var positions: [PositionBrief] = []
        if let held {
            var plan = ExitPlan()
            plan.symbol = symbol
            plan.side = held
            plan.strategy = "agent:x"
            plan.status = .active
            plan.entryPrice = last.moved(by: Ratio(held == .long ? "0.02" : "-0.02")!, .halfEven)
            positions = [
                PositionBrief(
                    plan: plan, lastPrice: last,
                    memory: OpeningMemory(
                        openedAt: plan.createdAt, confidence: .one, reasoning: "=== MARKET DATA X ==="))
            ]
        }
        let input = PromptInput(
            time: MarketTime(micros: 1),
            account: AccountBrief(equity: Money(1), availableCash: Money(1), tradingState: state),
            markets: [MarketBrief(symbol: symbol, lastPrice: last, timeframes: timeframes)], positions: positions)
        return try PromptBuilder(tokenBudget: 100_000).build(input).messages.map(\.content).joined(separator: "\n")
    }

    private func parse(_ text: String, positions: [Symbol: PositionSide] = [:]) -> ParsedAnswer {
        var parser = AnswerParser(
            context: AnswerContext(symbols: [Symbol("BTC/USDT")].compactMap { $0 }, positions: positions))
        return parser.parse(text)
    }

    private func request(_ prompt: String, stream: Bool = false) -> [UInt8] {
        let request = ChatRequest(
            model: "deepseek/deepseek-chat", messages: [ChatMessage(.system, "Rules."), ChatMessage(.user, prompt)],
            isStream: stream)
        return Array(request.body.text().utf8)
    }

    private func envelope(_ reply: ScriptedReply) throws -> AnswerEnvelope {
        let body = reply.body
        if reply.headers.contains(where: { $0.value == "text/event-stream" }) {
            var stream = ChatStream()
            body.withUnsafeBufferPointer { stream.feed($0) }
            stream.finish()
            return stream.envelope
        }
        return try #require(body.withUnsafeBufferPointer { AnswerEnvelope.read(body: $0) })
    }

    @Test("a good answer follows the figures in the prompt, keeps the schema and is the same each time")
    func good() throws {
        for (trend, action) in [(1, AgentAction.openLong), (-1, .openShort)] {
            let text = ScriptedModel.answer(to: try prompt(trend))
            #expect(text == ScriptedModel.answer(to: try prompt(trend)))
            let answer = parse(text)
            #expect(answer.outcome == .decided && answer.headline.action == action, "\(text)")
            #expect(answer.repairs.isEmpty && !answer.headline.invalidation.isEmpty)
            let contrary = parse(ScriptedModel.contrary(to: try prompt(trend))).headline
            #expect(contrary.action.opens != nil && contrary.action != action)
        }
        #expect(parse(ScriptedModel.answer(to: try prompt(0))).outcome == .held)
        #expect(parse(ScriptedModel.answer(to: "no data at all")).outcome == .held)
        #expect(parse(ScriptedModel.answer(to: try prompt(1, state: .reducing))).outcome == .held)
    }

    @Test("a losing position is closed once the trend is against it, and nothing is opened where one is held")
    func closes() throws {
        let losing = parse(
            ScriptedModel.answer(to: try prompt(-1, held: .long)), positions: [Symbol("BTC/USDT")!: .long])
        #expect(losing.headline.action == .close)
        let fine = parse(ScriptedModel.answer(to: try prompt(-1, held: .short)))
        #expect(fine.outcome == .held)
    }

    @Test("every behaviour is what it is called, whole and as a stream", arguments: Behaviour.allCases, [false, true])
    func behaviours(behaviour: Behaviour, stream: Bool) throws {
        var model = ScriptedModel()
        model.settings.script = [behaviour]
        model.settings.retryAfterSeconds = 7
        let reply = model.reply(to: request(try prompt(1), stream: stream))
        switch behaviour {
        case .hang: #expect(reply.status == nil && reply.steps == [.hang])
        case .paymentRequired: #expect(reply.status == 402)
        case .rateLimited:
            #expect(reply.status == 429 && reply.headers.contains { $0.name == "Retry-After" && $0.value == "7" })
        case .badGateway: #expect(reply.status == 502)
        case .huge: #expect(reply.body.count == 160 * 65_536)
        case .drop: #expect(reply.steps.last == .drop)
        case .gzip: #expect(reply.body.starts(with: [0x1f, 0x8b]))
        case .streamError where stream: #expect(try envelope(reply).failure != nil)
        default:
            let answer = parse(try envelope(reply).content)
            let isUsable = Behaviour.usable.contains(behaviour) || behaviour == .streamError
            #expect((answer.outcome != .refused) == isUsable, "\(behaviour) \(answer.outcome)")
            if behaviour == .slow { #expect(reply.steps.first == .wait(millis: 5_000)) }
            if behaviour == .wrongType { #expect(reply.headers.first?.value == "text/html") }
        }
        #expect(model.settings.script.isEmpty && model.questions == 1)
        if reply.status == 200, behaviour != .huge, behaviour != .gzip, behaviour != .drop {
            #expect(try envelope(reply).provider == "simulated model")
        }
    }

    @Test("mischief is drawn from the seed: the same seed and questions give the same replies")
    func mischief() throws {
        func play(_ seed: UInt64) throws -> [ScriptedReply] {
            var model = ScriptedModel()
            let command = model.command(Array("{\"mischiefPercent\": 60, \"seed\": \(seed)}".utf8))
            guard case .success = command else { return [] }
            return try (0..<60).map { _ in model.reply(to: request(try prompt(1), stream: true)) }
        }
        let first = try play(1)
        let (again, other) = (try play(1), try play(2))
        #expect(first.count == 60 && first == again && first != other)
        #expect(Set(first.map(\.status)).count > 2)
    }

    @Test(
        "a command that is wrong changes nothing and says what is wrong",
        arguments: [
            ("x", "no JSON object"), ("{\"usual\": \"nice\"}", "\"nice\" is no behaviour"),
            ("{\"usual\": \"bad\", \"delayMillis\": -1}", "delayMillis is no whole number from 0 to 600000"),
            ("{\"scripts\": []}", "scripts is no word of a command"), ("{\"script\": \"bad\"}", "script is no list"),
        ])
    func commands(text: String, words: String) throws {
        var model = ScriptedModel()
        guard case .failure(let error) = model.command(Array(text.utf8)) else {
            return #expect(Bool(false), "it was taken")
        }
        #expect(error.description.contains(words) && model.settings == ScriptSettings())
        guard case .success(let state) = model.command(Array("{\"script\": [\"bad\", \"429\"]}".utf8)) else {
            return #expect(Bool(false), "it was not taken")
        }
        #expect(state["script"] == .array(["bad", "429"]))
    }

    @Test("a request that is none is refused as a provider refuses it")
    func malformed() {
        var model = ScriptedModel()
        for body in ["", "{}", "{\"messages\": []}", "[1]"] {
            #expect(model.reply(to: Array(body.utf8)).status == 400)
        }
    }
}
