import Portfolio
import Reporting
import ServiceRuntime
import Storage
import TradingModel
import WebServer
import Wire

/// How `GET /api/report` answers.
enum ReportFormat: String, CaseIterable {
    case json, text, html
}

/// The report of everything so far, for a program.
struct ReportView: WireBody {
    static let kind = "report"
    var at: WallTime = .distantPast
    /// Market time of the curve's first point and of now; absent while there is none.
    var marketFrom: MarketTime?
    var marketTo: MarketTime?
    var mode = ""
    var tradingState = "unknown"
    var metrics = MetricsView()
    /// How the language models compare; absent while strategy has told nothing of them.
    var models: Leaderboard?
    var openPositions: [PositionView] = []
    /// With their uptime and their restarts while the dashboard watched.
    var services: [ServiceView] = []
    var limits: [LimitUse] = []
    init() {}
    mutating func visit<V: FieldVisitor>(_ visitor: inout V) throws(WireError) {
        try visitor.field("at", &at)
        try visitor.optional("marketFrom", &marketFrom)
        try visitor.optional("marketTo", &marketTo)
        try visitor.field("mode", &mode)
        try visitor.field("tradingState", &tradingState)
        try visitor.field("metrics", &metrics)
        try visitor.optional("models", &models)
        try visitor.field("openPositions", &openPositions)
        try visitor.field("services", &services)
        try visitor.field("limits", &limits)
    }
}

extension DashboardShell {
    /// Symbols that are drawn in the page of a report, and candles of each at most.
    private static let drawnSymbols = 8
    private static let drawnCandles = 1_000

    func report(_ request: WebRequest) async throws(ProblemView.Failure) -> WebResponse {
        guard let format = ReportFormat(rawValue: request.queryValue("format") ?? "json") else {
            throw .init("format is one of \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        if format == .json { return .view(reportView()) }
        var record = runRecord()
        if format == .text {
            return WebResponse(
                (TextReport.lines(record, RunFigures(record)).joined(separator: "\n")) + "\n")
        }
        for symbol in record.symbols.prefix(Self.drawnSymbols) { await draw(symbol, into: &record) }
        return Self.page(Tearsheet.html(record, RunFigures(record)))
    }

    private func reportView() -> ReportView {
        var view = ReportView()
        view.at = bus.now
        view.marketFrom = recorder.curve.first?.time
        view.marketTo = replica.clock?.marketTime
        view.mode = context.settings.mode.rawValue
        view.tradingState = replica.risk?.state.rawValue ?? "unknown"
        view.metrics = metrics()
        view.models = replica.leaderboard
        view.openPositions = replica.openPositions()
        view.services = ServiceName.quartet.map { replica.service($0, at: bus.now) }
        view.limits = limits?.limits ?? []
        return view
    }

    /// The page carries its scripts with it. Its policy names them by their digests, lets it load nothing, and keeps it in a
    /// sandbox of its own, so that nothing in it could reach the dashboard.
    private static func page(_ html: String) -> WebResponse {
        let scripts = html.components(between: "<script>", and: "</script>").map {
            "'sha256-" + SHA256.base64(Array($0.utf8)) + "'"
        }
        var response = WebResponse(type: "text/html; charset=utf-8", html)
        response.headers["Content-Security-Policy"] =
            "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
            + "script-src " + scripts.joined(separator: " ")
        return response
    }

    /// Candles of a symbol from feed, in a length with which the whole curve fits; without them there is no drawing of it.
    private func draw(_ symbol: Symbol, into record: inout RunRecord) async {
        var question = CandlesRequest()
        question.symbol = symbol
        question.limit = Self.drawnCandles
        let longest: Int64 = (record.to - record.from).micros / Int64(Self.drawnCandles)
        let lengths: [Timeframe] = [.fiveMinutes, .fifteenMinutes, .oneHour]
        question.timeframe = lengths.first { $0.span.micros > longest } ?? .fourHours
        guard let candles = await candles(question)?.candles, let first = candles.first, let last = candles.last
        else { return }
        record.candles += candles.count
        if first.open.isPositive {
            record.sources.append(
                .init(
                    symbol: symbol, timeframe: question.timeframe, candles: candles.count,
                    marketChange: last.close.double / first.open.double - 1))
        }
        let bars: [PriceChart.Bar] = candles.map { candle in
            PriceChart.Bar(
                time: candle.openTime, open: candle.open.double, high: candle.high.double, low: candle.low.double,
                close: candle.close.double)
        }
        record.charts.append(PriceChart(symbol: symbol, span: question.timeframe.span, bars: bars))
    }

    private func runRecord() -> RunRecord {
        let settings = context.settings
        let metrics = metrics()
        var record = RunRecord()
        record.occasion = .session
        record.strategies = metrics.byStrategy.map(\.name)
        record.symbols = settings.symbols
        record.currency = metrics.currency
        record.startingBalance = metrics.startingBalance
        record.finalBalance = metrics.balance ?? metrics.startingBalance
        record.equity = recorder.curve.map { sample in EquityPoint(time: sample.time, equity: sample.equity) }
        let now: MarketTime = replica.clock?.marketTime ?? recorder.curve.last?.time ?? .distantPast
        if let equity = metrics.equity, record.equity.last.map({ $0.time < now }) ?? true {
            record.equity.append(EquityPoint(time: now, equity: equity))
        }
        record.trades = replica.trades.map { ReportedTrade(trade: $0, entryTag: $0.strategy) }
        record.from = min(record.equity.first?.time ?? now, replica.trades.first?.entryTime ?? now)
        record.to = now
        for trade in replica.trades {
            record.turnover += Money.notional(trade.entryPrice, trade.quantity)
            record.turnover += Money.notional(trade.exitPrice, trade.quantity)
        }
        record.open = replica.openPositions().compactMap { view in
            view.mark.map { OpenTrade(position: view.position, price: $0) }
        }
        for verdict in replica.verdicts {
            if let denial = verdict.denial { record.denials[denial.reason.rawValue, default: 0] += 1 }
        }
        record.assumptions = [
            ("Mode", settings.mode.rawValue), ("Trading state", replica.risk?.state.rawValue ?? "unknown"),
            (
                "Drawdown",
                "warning \(settings.risk.maxDrawdownWarningPct), stop \(settings.risk.maxDrawdownStopPct) percent"
            ),
            ("Limits a day", "loss \(settings.risk.maxDailyLossPct) percent, \(settings.risk.maxDailyTrades) trades"),
            ("Dashboard up", "\(bus.now - startedAt)"),
        ]
        record.assumptions += ServiceName.quartet.map { name in
            let view = replica.service(name, at: bus.now)
            let up = view.startedAt.map { ", up \(bus.now - $0), \(view.restarts) restarts" } ?? ""
            return ("Service \(name.rawValue)", view.condition + up)
        }
        record.remarks = remarks()
        return record
    }

    private func remarks() -> [String] {
        var remarks = (replica.leaderboard?.standings ?? []).map { model in
            "\(model.model): asked \(model.questions) times, decided \(model.decided), held \(model.held), invalid \(model.refused); "
                + "\(model.trades) trades, \(model.wins) won, net \(model.netPnL); cost $\(model.cost)"
        }
        if !replica.verdicts.isEmpty {
            remarks.append("Refusals are those among the last \(replica.verdicts.count) verdicts.")
        }
        remarks.append("The trade volume is that of completed trades.")
        return remarks
    }
}

extension String {
    /// The texts between each pair of marks, in their order.
    fileprivate func components(between first: String, and last: String) -> [Substring] {
        var found: [Substring] = []
        var rest = self[...]
        while let begin = rest.firstRange(of: first) {
            rest = rest[begin.upperBound...]
            guard let end = rest.firstRange(of: last) else { break }
            found.append(rest[..<end.lowerBound])
            rest = rest[end.upperBound...]
        }
        return found
    }
}
