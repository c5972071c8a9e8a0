import ExecutionCore
import TradingModel
import VenueConnector
import VenueTrading

func price(_ text: String) -> Price { Price(text)! }
func quantity(_ text: String) -> Quantity { Quantity(text)! }
func money(_ text: String) -> Money { Money(text)! }
func id(_ text: String) -> ClientOrderID { ClientOrderID(text)! }
let btc = Symbol("BTC/USDT")!
let start: Int64 = 1_760_000_000_000_000

func instrument(_ symbol: Symbol = btc) -> Instrument {
    var instrument = Instrument()
    instrument.symbol = symbol
    instrument.tickSize = price("0.1")
    instrument.lotSize = quantity("0.001")
    instrument.minQuantity = quantity("0.001")
    instrument.maxQuantity = quantity("1000")
    instrument.minNotional = money("5")
    instrument.maxLeverage = 50
    instrument.makerFee = Ratio("0.0002")!
    instrument.takerFee = Ratio("0.0005")!
    return instrument
}

func request(
    _ side: OrderSide = .buy, _ amount: String = "0.01", type: OrderType = .market, limit: String? = nil,
    stop: String? = nil, reduceOnly: Bool = false, leverage: Int = 3, number: Int = 1
) -> OrderRequest {
    var request = OrderRequest()
    request.clientOrderID = .derived(from: "proposal-\(number)", purpose: reduceOnly ? .exit : .entry)
    request.proposalID = "proposal-\(number)"
    request.symbol = btc
    request.side = side
    request.type = type
    request.quantity = quantity(amount)
    request.limitPrice = limit.map(price)
    request.stopPrice = stop.map(price)
    request.isReduceOnly = reduceOnly
    request.leverage = leverage
    request.referencePrice = price("60000")
    request.decidedAt = MarketTime(micros: start)
    return request
}

/// An exchange as a script: the test answers each request of a connector as it likes.
final class Script {
    var connector: VenueConnector
    var now = WallTime(micros: start)
    /// Requests without an answer, oldest first.
    var open: [(number: Int, request: TradingRequest)] = []
    /// Everything that was ever sent.
    var sent: [TradingRequest] = []
    var reports: [VenueReport] = []
    var timers: [(timer: ConnectorTimer, due: WallTime)] = []
    var said: [String] = []
    var streams: [String] = []
    var wallet: Money?
    var refusals: [String] = []

    init(
        _ market: TradingMarket, demandsKeyPermissions: Bool = true, setsIsolatedMargin: Bool = false,
        stream: String = "wss://stream"
    ) {
        var policy = ConnectorPolicy(streamURL: stream)
        policy.demandsKeyPermissions = demandsKeyPermissions
        policy.setsIsolatedMargin = setsIsolatedMargin
        connector = VenueConnector(market: market, keys: VenueKeys(key: "k", secret: "s"), policy: policy)
        tell(.instruments([instrument()]))
    }

    func tell(_ event: ConnectorEvent) {
        var directives: [ConnectorDirective] = []
        connector.handle(event, at: now, into: &directives)
        for directive in directives {
            switch directive {
            case .send(let number, let request, _):
                open.append((number, request))
                sent.append(request)
            case .openStream(let url, _): streams.append(url)
            case .say(let text): said.append(text)
            case .report(let report): reports.append(report)
            case .schedule(let timer, let delay): timers.append((timer, now + delay))
            case .ready(let wallet): self.wallet = wallet
            case .refuse(let sentence): refusals.append(sentence)
            case .closeStream, .waiting, .log: break
            }
        }
    }

    private func take(_ part: String) -> Int? {
        guard let place = open.firstIndex(where: { "\($0.request.method.rawValue) \($0.request.url)".contains(part) })
        else { return nil }
        return open.remove(at: place).number
    }

    /// Answers the oldest open request whose method and address contain `part`. Returns whether there was one.
    @discardableResult
    func answer(_ part: String, _ body: String, status: Int = 200) -> Bool {
        guard let number = take(part) else { return false }
        tell(.answered(number, CallAnswer(status: status, body: body)))
        return true
    }

    @discardableResult
    func lose(_ part: String, sent: Bool) -> Bool {
        guard let number = take(part) else { return false }
        tell(.failed(number, mayHaveBeenSent: sent, reason: "the connection broke"))
        return true
    }

    /// Lets time pass and rings what is due.
    func pass(_ span: Span) {
        let end = now + span
        while let next = timers.indices.filter({ timers[$0].due <= end }).min(by: { timers[$0].due < timers[$1].due }) {
            let (timer, due) = timers.remove(at: next)
            now = max(now, due)
            tell(.timer(timer))
        }
        now = end
    }

    func takeReports() -> [VenueReport] {
        defer { reports.removeAll() }
        return reports
    }

    /// How often an order was asked to be placed.
    var placed: Int {
        sent.count {
            $0.method == .post && ($0.url.contains("/order") || $0.url.contains("/algoOrder"))
                && !$0.url.contains("cancel")
        }
    }
}

extension Script {
    /// A connector at Binance USDⓈ-M that is ready.
    static func futures(setsIsolatedMargin: Bool = false, stream: String = "wss://stream") -> Script {
        let script = Script(.binanceUSDM, setsIsolatedMargin: setsIsolatedMargin, stream: stream)
        script.tell(.started)
        script.answer("/fapi/v1/time", "{\"serverTime\":\(start / 1_000 + 700)}")
        script.answer("apiRestrictions", restrictions)
        script.answer("positionSide/dual", "{\"dualSidePosition\":false}")
        script.answer("/fapi/v3/account", futuresAccount)
        script.answer("listenKey", "{\"listenKey\":\"abc\"}")
        script.tell(.streamOpened)
        return script
    }
}

let restrictions = """
    {"ipRestrict":true,"createTime":1698645219000,"enableReading":true,"enableWithdrawals":false,
    "enableInternalTransfer":false,"enableMargin":false,"enableFutures":true,"permitsUniversalTransfer":false,
    "enableVanillaOptions":false,"enableSpotAndMarginTrading":true}
    """
let futuresAccount = """
    {"totalInitialMargin":"0","totalMaintMargin":"0","totalWalletBalance":"10000","totalUnrealizedProfit":"0",
    "totalMarginBalance":"10000","totalPositionInitialMargin":"0","totalOpenOrderInitialMargin":"0",
    "totalCrossWalletBalance":"10000","totalCrossUnPnl":"0","availableBalance":"10000","maxWithdrawAmount":"10000",
    "assets":[{"asset":"USDT","walletBalance":"10000.25","unrealizedProfit":"0","marginBalance":"10000"}],"positions":[]}
    """

func futuresOrder(_ request: OrderRequest, _ status: String, filled: String = "0", id: Int = 77) -> String {
    """
    {"orderId":\(id),"symbol":"BTCUSDT","status":"\(status)","clientOrderId":"\(request.clientOrderID)","price":"0",
    "avgPrice":"0","origQty":"\(request.quantity)","executedQty":"\(filled)","cumQty":"\(filled)","cumQuote":"0",
    "timeInForce":"GTC","type":"MARKET","reduceOnly":false,"closePosition":false,
    "side":"\(request.side.rawValue.uppercased())","positionSide":"BOTH","stopPrice":"0","workingType":"CONTRACT_PRICE",
    "priceProtect":false,"origType":"MARKET","updateTime":1760000001000}
    """
}

func futuresTrades(_ parts: [(id: Int, quantity: String)], order: Int = 77, side: String = "BUY") -> String {
    "["
        + parts.map { part in
            """
            {"symbol":"BTCUSDT","id":\(part.id),"orderId":\(order),"side":"\(side)","price":"60000","qty":"\(part.quantity)",
            "realizedPnl":"0","quoteQty":"600","commission":"0.24","commissionAsset":"USDT","time":1760000001000,
            "positionSide":"BOTH","buyer":true,"maker":false}
            """
        }.joined(separator: ",") + "]"
}

func futuresUpdate(
    _ request: OrderRequest, _ execution: String, _ status: String, last: String = "0", filled: String = "0",
    trade: Int = 0, id: Int = 77
) -> String {
    """
    {"e":"ORDER_TRADE_UPDATE","E":1760000001001,"T":1760000001000,"o":{"s":"BTCUSDT","c":"\(request.clientOrderID)",
    "S":"\(request.side.rawValue.uppercased())","o":"MARKET","f":"GTC","q":"\(request.quantity)","p":"0","ap":"0","sp":"0",
    "x":"\(execution)","X":"\(status)","i":\(id),"l":"\(last)","z":"\(filled)","L":"60000","N":"USDT","n":"0.24",
    "T":1760000001000,"t":\(trade),"b":"0","a":"0","m":false,"R":false,"wt":"CONTRACT_PRICE","ot":"MARKET","ps":"BOTH",
    "cp":false,"rp":"0"}}
    """
}
