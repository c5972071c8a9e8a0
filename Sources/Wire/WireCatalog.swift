import TradingModel

/// How a kind of message travels. One kind may travel in several ways.
public enum MessageUse: Hashable, Sendable {
    /// Published on topics of this form (`candle.{symbol}.{timeframe}`) by these services.
    case fact(topic: String, by: [ServiceName])
    /// Asked of these services by those, and answered with a message of kind `reply` or a ``Refusal``.
    case request(of: [ServiceName], by: [ServiceName], reply: String)
    /// The answer to a request.
    case reply
}

/// One kind of message: what it is, how it travels, how it is read and described.
public struct MessageKind: Sendable {
    public let kind: String
    /// One sentence for the exported schema.
    public let summary: String
    public let uses: [MessageUse]
    let decode: @Sendable (UnsafeRawBufferPointer, Range<Int>) throws(WireError) -> any WireBody
    let schema: @Sendable (inout SchemaBuilder) -> JSONSchema
    /// A body with its default values, for tests and tools.
    public let blank: @Sendable () -> any WireBody

    init<B: WireBody>(_: B.Type, _ summary: String, _ uses: MessageUse...) {
        kind = B.kind
        self.summary = summary
        self.uses = uses
        decode = { (frame, range) throws(WireError) in try WireMessage.decodeBody(B.self, of: frame, range) }
        schema = { B.schema(&$0) }
        blank = { B() }
    }
}

/// Any message, read to the last byte.
public struct AnyMessage: Sendable {
    public let envelope: Envelope
    public let body: any WireBody
}

/// Every message of the protocol. A kind that is not here does not exist on the bus.
public enum WireCatalog {
    public static let kinds: [MessageKind] = market + decisions + orders + common
    private static let byName: [String: MessageKind] = Dictionary(
        kinds.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })

    /// The kind of that name, if there is one.
    public static func kind(_ name: String) -> MessageKind? { byName[name] }

    /// Reads a frame end to end: frame, envelope, body. Errors: all of ``WireError``, `unknownKind` among them.
    public static func decodeAny(_ frame: UnsafeRawBufferPointer) throws(WireError) -> AnyMessage {
        let (envelope, range) = try WireMessage.decodeEnvelope(frame)
        guard let kind = byName[envelope.kind] else {
            throw WireError(
                .unknownKind, path: "kind", offset: range.lowerBound,
                "\"\(envelope.kind.prefix(40))\" is no kind of message of protocol \(WireProtocol.major)")
        }
        return AnyMessage(envelope: envelope, body: try kind.decode(frame, range))
    }

    /// The same for an array.
    public static func decodeAny(_ frame: [UInt8]) throws(WireError) -> AnyMessage {
        let result: Result<AnyMessage, WireError> = frame.withUnsafeBytes { bytes in
            do throws(WireError) { return .success(try decodeAny(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private static let market: [MessageKind] = [
        MessageKind(
            Ticker.self, "Best bid and ask with the last trade of one symbol at one moment.",
            .fact(topic: "ticker.{symbol}", by: [.feed])),
        MessageKind(
            Candle.self, "A closed candle; a forming one is never published.",
            .fact(topic: "candle.{symbol}.{timeframe}", by: [.feed])),
        MessageKind(
            OrderBook.self, "The best levels of one symbol's book, best first on both sides.",
            .fact(topic: "book.{symbol}", by: [.feed])),
        MessageKind(
            FundingRate.self, "What longs pay shorts at the next funding time of a perpetual contract.",
            .fact(topic: "funding.{symbol}", by: [.feed])),
        MessageKind(
            Staleness.self, "A symbol's market data has become stale, or fresh again.",
            .fact(topic: "staleness.{symbol}", by: [.feed])),
        MessageKind(
            MarketClock.self, "Every market event up to this moment has been published; ends a step in lock-step.",
            .fact(topic: "clock", by: [.feed])),
        MessageKind(
            FeedSnapshotRequest.self, "Asks feed for instruments, last tickers, the clock and where each topic stands.",
            .request(
                of: [.feed], by: [.strategy, .risk, .execution, .dashboard, .alerts, .operator],
                reply: FeedSnapshot.kind)),
        MessageKind(FeedSnapshot.self, "Feed's present state.", .reply),
        MessageKind(
            CandlesRequest.self, "Asks feed for the newest closed candles of one symbol and timeframe.",
            .request(of: [.feed], by: [.strategy, .risk, .dashboard, .operator], reply: Candles.kind)),
        MessageKind(Candles.self, "Closed candles, oldest first.", .reply),
        MessageKind(
            Barrier.self, "A service has finished a step in lock-step.",
            .fact(topic: "barrier", by: [.execution, .risk]),
            .request(of: [.feed], by: [.strategy], reply: Acknowledgement.kind)),
    ]

    private static let decisions: [MessageKind] = [
        MessageKind(
            Signal.self, "A strategy's view of one symbol at the close of one candle.",
            .fact(topic: "signal.{symbol}", by: [.strategy])),
        MessageKind(
            Decision.self, "What strategy decided on a decision boundary, including nothing.",
            .fact(topic: "decision.{symbol}", by: [.strategy])),
        MessageKind(
            Dialogue.self,
            "A question to a language model, its answer and what was made of it; told when it has ended.",
            .fact(topic: "dialogue.{model}", by: [.strategy])),
        MessageKind(
            Leaderboard.self, "How the language models compare, and what they may still cost today.",
            .fact(topic: "leaderboard", by: [.strategy])),
        MessageKind(
            DialoguesRequest.self, "Asks strategy for the latest dialogues with language models.",
            .request(of: [.strategy], by: [.dashboard, .operator], reply: Dialogues.kind)),
        MessageKind(Dialogues.self, "Dialogues with language models, newest first, and the leaderboard.", .reply),
        MessageKind(
            Proposal.self, "What strategy asks of risk, with its evidence.",
            .request(of: [.risk], by: [.strategy], reply: Verdict.kind)),
        MessageKind(
            Verdict.self, "Risk's answer to a proposal: denied with one reason, or approved with size and order.",
            .fact(topic: "verdict.{symbol}", by: [.risk]), .reply),
        MessageKind(
            ExitPlan.self, "How a position is to be left, as it stands now.",
            .fact(topic: "plan.{symbol}", by: [.risk])),
        MessageKind(
            RiskState.self, "The trading state with its reason and the figures behind it.",
            .fact(topic: "state", by: [.risk])),
        MessageKind(
            RiskSnapshotRequest.self, "Asks risk for its state and plans.",
            .request(of: [.risk], by: [.strategy, .dashboard, .alerts, .operator], reply: RiskSnapshot.kind)),
        MessageKind(RiskSnapshot.self, "Risk's present state.", .reply),
        MessageKind(
            RiskReportRequest.self, "Asks risk for its limits against their present use.",
            .request(of: [.risk], by: [.operator, .dashboard], reply: RiskReport.kind)),
        MessageKind(RiskReport.self, "Every limit against its present use.", .reply),
        MessageKind(
            RiskSimulationRequest.self, "Asks risk what the gate would say to a proposal, changing nothing.",
            .request(of: [.risk], by: [.operator, .dashboard], reply: RiskSimulation.kind)),
        MessageKind(RiskSimulation.self, "What the gate would say, and every check behind it.", .reply),
        MessageKind(
            OperatorCommand.self, "What the operator tells risk to do.",
            .request(of: [.risk], by: [.operator, .dashboard, .alerts], reply: CommandResult.kind)),
        MessageKind(CommandResult.self, "What was done, or why not.", .reply),
    ]

    private static let orders: [MessageKind] = [
        MessageKind(
            OrderRequest.self, "Asks execution to place an order; a repeat of an id is the same order.",
            .request(of: [.execution], by: [.risk], reply: OrderReport.kind)),
        MessageKind(
            OrderQuery.self, "Asks execution how one order stands.",
            .request(of: [.execution], by: [.risk, .operator], reply: OrderReport.kind)),
        MessageKind(
            CancelRequest.self, "Asks execution to cancel an order.",
            .request(of: [.execution], by: [.risk], reply: OrderReport.kind)),
        MessageKind(
            OrderReport.self, "The order as it is now with all its fills; without an order where the id is not known.",
            .reply),
        MessageKind(Order.self, "An order as it is now.", .fact(topic: "order.{symbol}", by: [.execution])),
        MessageKind(Fill.self, "Our order, or part of it, traded.", .fact(topic: "fill.{symbol}", by: [.execution])),
        MessageKind(
            Position.self, "A position as it is now; quantity zero once it is closed.",
            .fact(topic: "position.{symbol}", by: [.execution])),
        MessageKind(Trade.self, "A completed round trip.", .fact(topic: "trade.{symbol}", by: [.execution])),
        MessageKind(AccountState.self, "Cash and what is open.", .fact(topic: "account", by: [.execution])),
        MessageKind(
            ExecutionSnapshotRequest.self, "Asks execution for account, positions and open orders.",
            .request(
                of: [.execution], by: [.strategy, .risk, .dashboard, .alerts, .operator], reply: ExecutionSnapshot.kind)
        ),
        MessageKind(ExecutionSnapshot.self, "Execution's present truth.", .reply),
        MessageKind(
            ReconcileRequest.self, "Asks execution to compare its books with the venue now.",
            .request(of: [.execution], by: [.operator], reply: Reconciliation.kind)),
        MessageKind(Reconciliation.self, "How books and venue compare; nothing is traded for it.", .reply),
    ]

    private static let common: [MessageKind] = [
        MessageKind(
            Health.self, "A service's sign of life, every second and on every change.",
            .fact(topic: "health.{service}", by: ServiceName.speaking), .reply),
        MessageKind(
            StatusRequest.self, "Asks a service for its present health.",
            .request(of: ServiceName.speaking, by: [.operator, .dashboard], reply: Health.kind)),
        MessageKind(
            AlertCommand.self, "Asks the messenger to send a test, or to keep quiet about something for a while.",
            .request(of: [.alerts], by: [.operator], reply: AlertCommandResult.kind)),
        MessageKind(AlertCommandResult.self, "What the messenger did.", .reply),
        MessageKind(Acknowledgement.self, "A bare \"done\".", .reply),
        MessageKind(Refusal.self, "The request was not carried out, and why.", .reply),
    ]
}
