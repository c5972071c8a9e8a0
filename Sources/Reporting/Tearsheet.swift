import JSONText
import Portfolio
import TradingModel

/// The report as one HTML page that carries its data, style and drawing with it and fetches nothing.
public enum Tearsheet {
    public static func html(_ record: RunRecord, _ figures: RunFigures) -> String {
        let isSession = record.occasion == .session
        let title =
            record.strategies.isEmpty
            ? (isSession ? "Session" : "Backtest") : record.strategies.prefix(4).joined(separator: ", ")
        let more = record.strategies.count > 4 ? " and \(record.strategies.count - 4) more" : ""
        return """
            <!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1"><title>\(escaped(title)) · Quartet \(isSession ? "session" : "backtest")</title>
            <style>\(TearsheetStyle.css)</style>
            <script>document.documentElement.dataset.theme=matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light'</script>
            </head><body><header><div class="what"><h1>\(escaped(title + more))</h1>
            <div class="sub">\(subtitle(record))</div></div><button id="theme" title="light or dark">◐ theme</button></header>
            <section class="kpis">\(headlines(record, figures))</section>
            <section class="card"><h2>Equity, open results included</h2><svg id="equity"></svg><h2 style="margin-top:14px">Drawdown</h2>
            <svg id="fall"></svg></section>
            <section class="card scroll"><h2>Monthly returns, %</h2><table class="heat" id="months"></table></section>
            <section class="card"><div class="bar"><h2>Trades on candles</h2><span class="soft" id="seen"></span>
            <select id="symbol" aria-label="symbol"></select><button id="whole">all</button></div><svg id="candles"></svg></section>
            <div class="two"><section class="card"><h2>Results of trades, % of margin</h2><svg id="hist"></svg></section>
            <section class="card"><h2>How far trades went</h2><svg id="mae"></svg></section></div>
            \(groups(record))
            <section class="card"><h2>Summary</h2><div class="metrics">\(metrics(record, figures))</div></section>
            <div class="two"><section class="card"><h2>Assumed and set</h2><div>\(assumptions(record))</div></section>
            <section class="card"><h2>Worth knowing</h2>\(remarks(record))</section></div>
            <section class="card"><div class="bar"><h2>Trades</h2><span class="soft" id="count"></span>
            <input id="find" placeholder="symbol, strategy, reason…" aria-label="find trades"></div><div class="scroll tall"><table>
            <thead><tr><th>Pair</th><th>Side</th><th>Entry tag</th><th>Entry (UTC)</th><th>Price</th><th>Exit (UTC)</th><th>Price</th>
            <th>Exit reason</th><th>Net \(escaped(record.currency))</th><th>Of margin</th></tr></thead><tbody id="rows"></tbody></table></div></section>
            <footer>\(isSession ? "Figures of trades are of completed ones; the curve has open results in it." : "Past prices say what would have happened under the assumptions above, not what will.")</footer><div class="tip"></div>
            <script type="application/json" id="data">\(data(record))</script><script>\(TearsheetScript.js)</script></body></html>

            """
    }

    private static func subtitle(_ record: RunRecord) -> String {
        let symbols = record.symbols.prefix(6).map(\.name).joined(separator: ", ")
        let more = record.symbols.count > 6 ? " and \(record.symbols.count - 6) more" : ""
        let days = Wording.number(Double((record.to - record.from).micros) / 86_400e6, digits: 0)
        return
            "\(escaped(symbols + more)) · \(Wording.date(record.from)) to \(Wording.date(record.to)), \(days) days · \(record.candles) candles"
    }

    private static func headlines(_ record: RunRecord, _ figures: RunFigures) -> String {
        let summary = figures.summary
        let tone = summary.netPnL.isNegative ? "bad" : "good"
        let cells: [(String, String, String, String)] = [
            ("Net result", Wording.money(summary.netPnL, digits: 2), record.currency, tone),
            ("Return", Wording.percent(summary.returnOnStart), "CAGR \(Wording.percent(figures.growthRate))", tone),
            (
                "Max drawdown", Wording.percent(summary.maxDrawdown.double),
                "\(Wording.money(summary.maxDrawdownAmount, digits: 0)) \(record.currency)", ""
            ),
            (
                "Sharpe", Wording.number(summary.sharpeRatio),
                "Sortino \(Wording.number(summary.sortinoRatio)) · P>0 \(Wording.percent(figures.probabilisticSharpe, digits: 0))",
                ""
            ),
            (
                "Trades", "\(record.trades.count)",
                "\(Wording.percent(summary.winRate, digits: 1)) won", ""
            ),
            (
                "Profit factor", Wording.number(summary.profitFactor),
                "expectancy \(summary.expectancy.map { Wording.money($0, digits: 2) } ?? "–")", ""
            ),
        ]
        return cells.map { name, value, note, tone in
            "<div class=\"kpi\"><span>\(name)</span><b class=\"\(tone)\">\(escaped(value))</b><i>\(escaped(note))</i></div>"
        }.joined()
    }

    private static func groups(_ record: RunRecord) -> String {
        let pairs = table("By pair", TradeGroup.all(record) { $0.trade.symbol.name })
        let tags = table("By entry tag", TradeGroup.all(record) { $0.entryTag })
        let exits = table("By exit reason", TradeGroup.all(record) { $0.trade.exitReason.rawValue })
        return pairs
            + "<div class=\"two\">\(tags)\(exits)</div><div class=\"two\">\(refusals(record))\(leftOpen(record))</div>"
    }

    private static func table(_ title: String, _ groups: [TradeGroup]) -> String {
        let rows = groups.map { group in
            let tone = group.net.isNegative ? "bad" : group.net.isPositive ? "good" : ""
            let wins = group.trades > 0 ? Double(group.wins) / Double(group.trades) : nil
            return """
                <tr class="\(group.name == "TOTAL" ? "total" : "")"><td>\(escaped(group.name))</td><td>\(group.trades)</td>
                <td>\(Wording.percent(wins, digits: 1))</td><td>\(Wording.percent(group.meanReturn))</td>
                <td class="\(tone)">\(Wording.money(group.net, digits: 2))</td><td class="\(tone)">\(Wording.percent(group.share))</td>
                <td>\(Wording.duration(group.meanHolding))</td></tr>
                """
        }
        return """
            <section class="card scroll"><h2>\(title)</h2><table><thead><tr><th></th><th>Trades</th><th>Won</th><th>Avg</th><th>Net</th>
            <th>Of start</th><th>Held</th></tr></thead><tbody>\(rows.joined())</tbody></table></section>
            """
    }

    private static func refusals(_ record: RunRecord) -> String {
        let rows = record.denials.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "<tr><td>\(escaped($0.key))</td><td>\($0.value)</td></tr>" }
        let body =
            rows.isEmpty
            ? "<p class=\"none\">Risk denied nothing.</p>" : "<table><tbody>\(rows.joined())</tbody></table>"
        return "<section class=\"card\"><h2>Refusals by reason</h2>\(body)</section>"
    }

    private static func leftOpen(_ record: RunRecord) -> String {
        let rows = record.open.map { open in
            "<tr><td>\(open.position.symbol)</td><td>\(open.position.side.rawValue)</td><td>\(open.position.quantity)</td><td>\(open.price)</td>"
                + "<td class=\"\(open.result.isNegative ? "bad" : "good")\">\(Wording.money(open.result, digits: 2))</td></tr>"
        }
        let body =
            rows.isEmpty
            ? "<p class=\"none\">Nothing was open at the end.</p>" : "<table><tbody>\(rows.joined())</tbody></table>"
        return "<section class=\"card scroll\"><h2>Left open</h2>\(body)</section>"
    }

    private static func metrics(_ record: RunRecord, _ figures: RunFigures) -> String {
        SummaryMetrics.lines(record, figures).filter { !$0.name.isEmpty }
            .map { "<div><span>\(escaped($0.name))</span><span>\(escaped($0.value))</span></div>" }.joined()
    }

    private static func assumptions(_ record: RunRecord) -> String {
        "<table><tbody>"
            + record.assumptions.map {
                "<tr><td class=\"soft\">\(escaped($0.name))</td><td style=\"white-space:normal\">\(escaped($0.value))</td></tr>"
            }
            .joined() + "</tbody></table>"
    }

    private static func remarks(_ record: RunRecord) -> String {
        record.remarks.isEmpty
            ? "<p class=\"none\">Nothing out of the ordinary.</p>"
            : "<ul>" + record.remarks.map { "<li>\(escaped($0))</li>" }.joined() + "</ul>"
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

extension Tearsheet {
    /// The numbers the page draws, rounded to what can be seen.
    private static func data(_ record: RunRecord) -> String {
        var out = JSONBuilder()
        out.add("currency", .string(record.currency))
        out.add("start", record.startingBalance.double)
        out.add("symbols", .array(record.symbols.map { .string($0.name) }))
        out.add(
            "equity",
            .array(
                record.equity.map { .array([seconds($0.time), number(rounded($0.equity.double, 1e4))]) }))
        out.add("months", .array(months(record)))
        let places = Dictionary(record.symbols.enumerated().map { ($1, $0) }) { first, _ in first }
        out.add("trades", .array(record.trades.map { trade($0, places[$0.trade.symbol] ?? 0) }))
        out.add("charts", .array(record.charts.map(chart)))
        // A page ends its script at the first such tag, whatever quotes stand around it.
        return out.value.text().replacing("</", with: "<\\/")
    }

    private static func trade(_ one: ReportedTrade, _ place: Int) -> JSONValue {
        let trade = one.trade
        return .array([
            JSONValue(place), JSONValue(trade.side.sign), seconds(trade.entryTime), number(trade.entryPrice.double),
            seconds(trade.exitTime), .string(one.entryTag), number(trade.exitPrice.double),
            number(rounded(trade.netPnL.double, 1e4)), number(rounded(trade.returnOnMargin.double * 100, 1e4)),
            one.adverse.map { number(rounded($0 * 100, 1e4)) } ?? .null,
            one.favourable.map { number(rounded($0 * 100, 1e4)) } ?? .null, .string(trade.exitReason.rawValue),
        ])
    }

    private static func chart(_ chart: PriceChart) -> JSONValue {
        var out = JSONBuilder()
        out.add("symbol", .string(chart.symbol.name))
        out.add("span", JSONValue(chart.span.micros / 1_000_000))
        let bars = chart.bars.map { bar in
            JSONValue.array([
                seconds(bar.time), number(bar.open), number(bar.high), number(bar.low), number(bar.close),
            ])
        }
        out.add("bars", .array(bars))
        return out.value
    }

    /// Year, month and return in percent, from the last equity of one month to the last of the next.
    static func months(_ record: RunRecord) -> [JSONValue] {
        monthlyReturns(record).map {
            .array([JSONValue($0.year), JSONValue($0.month), number(rounded($0.percent, 1e4))])
        }
    }

    /// The return of every month that was played, in percent; a month without a point repeats the equity before it.
    public static func monthlyReturns(_ record: RunRecord) -> [(year: Int, month: Int, percent: Double)] {
        var result: [(year: Int, month: Int, percent: Double)] = []
        var (before, last) = (record.startingBalance.double, record.startingBalance.double)
        var now: (year: Int, month: Int)?
        func close(_ month: (year: Int, month: Int)) {
            result.append((month.year, month.month, before > 0 ? (last / before - 1) * 100 : 0))
            before = last
        }
        for point in record.equity {
            let civil = CivilTime(micros: point.time.micros)
            if let month = now, month != (civil.year, civil.month) {
                close(month)
                var (year, number) = (month.year, month.month + 1)
                if number > 12 { (year, number) = (year + 1, 1) }
                while (year, number) < (civil.year, civil.month) {
                    close((year, number))
                    number += 1
                    if number > 12 { (year, number) = (year + 1, 1) }
                }
            }
            now = (civil.year, civil.month)
            last = point.equity.double
        }
        if let now { close(now) }
        return result
    }

    private static func seconds(_ time: MarketTime) -> JSONValue { JSONValue(time.micros / 1_000_000) }
    private static func number(_ value: Double) -> JSONValue { JSONNumber.of(value).map { .number($0) } ?? .null }
    private static func rounded(_ value: Double, _ scale: Double) -> Double { (value * scale).rounded() / scale }
}
