import ServiceRuntime
import TradingModel
import Wire

/// The figures in Prometheus' text format 0.0.4, named after its conventions: base units, `_total` for counters.
enum Exposition {
    static func text(
        _ metrics: MetricsView, _ replica: Replica, _ limits: RiskReport?, _ settings: RiskSettings, at now: WallTime
    ) -> String {
        var page = Page()
        page.gauge("quartet_up", "Whether a service was heard of within five seconds.") { add in
            for name in ServiceName.quartet {
                add([("service", name.rawValue)], replica.service(name, at: now).condition == "silent" ? 0 : 1)
            }
        }
        account(metrics, replica, &page)
        use(of: limits, settings, metrics, &page)
        trades(metrics, &page)
        services(replica, now, &page)
        return page.text
    }

    private static func account(_ metrics: MetricsView, _ replica: Replica, _ page: inout Page) {
        page.gauge("quartet_equity_quote", "Balance and open results, in the quote currency.", metrics.equity?.double)
        page.gauge("quartet_balance_quote", "Cash, in the quote currency.", metrics.balance?.double)
        page.gauge("quartet_pnl_quote", "Result since the start, open positions included.", metrics.totalPnL?.double)
        page.gauge("quartet_exposure_quote", "Gross notional of open positions.", metrics.grossExposure?.double)
        page.gauge("quartet_drawdown_ratio", "Fall from the highest equity.", metrics.drawdownPct.map { $0 / 100 })
        page.gauge("quartet_daily_loss_ratio", "Loss of the day so far.", metrics.dailyLossPct.map { $0 / 100 })
        page.gauge("quartet_open_positions", "Open positions.", Double(replica.positions.count))
        page.gauge(
            "quartet_open_orders", "Orders that are not over.",
            Double(replica.orders.values.count { !$0.status.isTerminal }))
        page.gauge(
            "quartet_unresolved_orders", "Orders whose outcome is unknown.",
            Double(replica.orders.values.count { $0.status == .unresolved }))
        page.gauge("quartet_trading_state", "1 for the state that holds.") { add in
            for state in TradingState.allCases {
                add([("state", state.rawValue)], replica.risk?.state == state ? 1 : 0)
            }
        }
    }

    /// The limits beside what they limit, and risk's own word on how much of each is used.
    private static func use(
        of limits: RiskReport?, _ settings: RiskSettings, _ metrics: MetricsView, _ page: inout Page
    ) {
        page.gauge(
            "quartet_drawdown_warning_ratio", "Drawdown from which on nothing is opened.",
            settings.maxDrawdownWarningPct.value.double / 100)
        page.gauge(
            "quartet_drawdown_stop_ratio", "Drawdown from which on nothing is traded.",
            settings.maxDrawdownStopPct.value.double / 100)
        page.gauge(
            "quartet_daily_loss_limit_ratio", "Loss of the day from which on nothing is opened.",
            settings.maxDailyLossPct.value.double / 100)
        page.gauge("quartet_daily_trades", "Entries of the day so far.", metrics.dailyTrades.map { Double($0) })
        page.gauge("quartet_daily_trades_limit", "Entries a day may have.", Double(settings.maxDailyTrades))
        page.gauge("quartet_limit_use_ratio", "Present use of a limit of risk; 1 where it is reached.") { add in
            for use in limits?.limits ?? [] where use.isAsked {
                add([("limit", use.name), ("scope", use.scope)], use.share.double)
            }
        }
    }

    private static func trades(_ metrics: MetricsView, _ page: inout Page) {
        page.counter("quartet_trades_total", "Completed round trips.") { add in
            for group in metrics.byStrategy {
                add([("strategy", group.name), ("result", "won")], Double(group.wins))
                add([("strategy", group.name), ("result", "lost")], Double(group.losses))
                add([("strategy", group.name), ("result", "even")], Double(group.trades - group.wins - group.losses))
            }
        }
        page.counter("quartet_fees_quote_total", "Fees of completed round trips.") { add in
            add([], metrics.all.fees.double)
        }
    }

    private static func services(_ replica: Replica, _ now: WallTime, _ page: inout Page) {
        let views = ServiceName.quartet.map { replica.service($0, at: now) }
        page.counter(
            "quartet_restarts_total", "Starts of a service while the dashboard watched, the first not counted."
        ) { add in
            for view in views { add([("service", view.service)], Double(view.restarts)) }
        }
        page.gauge("quartet_resident_memory_bytes", "Resident memory.") { add in
            for view in views where view.residentBytes > 0 {
                add([("service", view.service)], Double(view.residentBytes))
            }
        }
        page.counter("quartet_bus_messages_published_total", "Messages published on the bus.") { add in
            for view in views { value(view, "bus.published").map { add([("service", view.service)], $0) } }
        }
        page.counter("quartet_bus_gaps_total", "Holes a service met in what it follows.") { add in
            for view in views { value(view, "bus.gaps").map { add([("service", view.service)], $0) } }
        }
        page.summary("quartet_latency_seconds", "From publishing to handling, over the last minute.") { add in
            for view in views {
                for reading in view.readings where reading.name.hasPrefix("latency.") {
                    let parts = reading.name.split(separator: ".")
                    guard let last = parts.last, last == "p50Micros" || last == "p99Micros", parts.count > 2 else {
                        continue
                    }
                    let message = parts[1..<(parts.count - 1)].joined(separator: ".")
                    let quantile = last == "p50Micros" ? "0.5" : "0.99"
                    add(
                        [("service", view.service), ("message", message), ("quantile", quantile)],
                        reading.value / 1_000_000)
                }
            }
        }
        page.gauge("quartet_feed_age_seconds", "Since a symbol's last price arrived.") { add in
            for quote in replica.quotes.values.sorted(by: { $0.ticker.symbol < $1.ticker.symbol }) {
                add([("symbol", quote.ticker.symbol.name)], Double(max(0, (now - quote.heardAt).micros)) / 1_000_000)
            }
        }
    }

    private static func value(_ view: ServiceView, _ name: String) -> Double? {
        view.readings.first { $0.name == name }?.value
    }

    /// The text as it grows.
    private struct Page {
        typealias Add = ([(name: String, value: String)], Double) -> Void
        var text = ""

        mutating func gauge(_ name: String, _ help: String, _ value: Double?) {
            guard let value else { return }
            family(name, "gauge", help) { add in add([], value) }
        }

        mutating func gauge(_ name: String, _ help: String, _ body: (Add) -> Void) { family(name, "gauge", help, body) }
        mutating func counter(_ name: String, _ help: String, _ body: (Add) -> Void) {
            family(name, "counter", help, body)
        }

        mutating func summary(_ name: String, _ help: String, _ body: (Add) -> Void) {
            family(name, "summary", help, body)
        }

        private mutating func family(_ name: String, _ type: String, _ help: String, _ body: (Add) -> Void) {
            var lines = ""
            body { labels, value in
                let inside = labels.map { "\($0.name)=\"\(Page.escaped($0.value))\"" }.joined(separator: ",")
                lines += name + (inside.isEmpty ? "" : "{\(inside)}") + " \(value)\n"
            }
            if !lines.isEmpty { text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n" + lines }
        }

        private static func escaped(_ text: String) -> String {
            text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        }
    }
}
