import JSONText

extension BybitCalls {
    /// Everything that is not about one order.
    static func account(_ call: TradingCall, _ market: TradingMarket) throws(CallRefusal) -> RequestDraft {
        var members = JSONObject()
        switch call {
        case .balances:
            members.add("accountType", "UNIFIED")
            return RequestDraft(.get, "/v5/account/wallet-balance", .query, members)
        case .fees(let symbol):
            return RequestDraft(.get, "/v5/account/fee-rate", .query, named(symbol, market))
        case .keyPermissions: return RequestDraft(.get, "/v5/user/query-api")
        case .serverTime:
            var draft = RequestDraft(.get, "/v5/market/time")
            draft.security = .open
            return draft
        case .openUserStream: return RequestDraft(.webSocket, "wss://stream.bybit.com/v5/private")
        case .keepUserStream, .closeUserStream:
            throw CallRefusal(.unsupported, "Bybit's user stream lives as long as its connection")
        case .setMarginMode(_, let mode):
            // A unified account has one mode for all symbols.
            members.add("setMarginMode", mode == .cross ? "REGULAR_MARGIN" : "ISOLATED_MARGIN")
            return RequestDraft(.post, "/v5/account/set-margin-mode", .json, members)
        default:
            guard market == .bybitLinear else {
                throw CallRefusal(.unsupported, "Bybit spot has no positions and no leverage")
            }
            return try derivatives(call)
        }
    }

    private static func derivatives(_ call: TradingCall) throws(CallRefusal) -> RequestDraft {
        switch call {
        case .positions(let symbol):
            var members = named(symbol, .bybitLinear)
            addSettlement(symbol, .bybitLinear, &members)
            return RequestDraft(.get, "/v5/position/list", .query, members)
        case .leverage(let symbol):
            return RequestDraft(.get, "/v5/position/list", .query, named(symbol, .bybitLinear))
        case .positionMode(let symbol):
            guard let symbol else { throw CallRefusal(.missing, "Bybit tells the position mode of a symbol: name it") }
            return RequestDraft(.get, "/v5/position/list", .query, named(symbol, .bybitLinear))
        case .setLeverage(let symbol, let text):
            guard let leverage = ExactDecimal(text), leverage.isPositive else {
                throw CallRefusal(.badAmount, "the leverage \(text) is no number above zero")
            }
            var members = JSONObject()
            members.add("symbol", symbol.spelling(at: .bybitLinear))
            members.add("buyLeverage", leverage.description)
            members.add("sellLeverage", leverage.description)
            members.add("category", "linear")
            return RequestDraft(.post, "/v5/position/set-leverage", .json, members)
        case .setPositionMode(let symbol, let isHedged):
            var members = JSONObject()
            members.add("mode", number: isHedged ? 3 : 0)
            if let symbol {
                members.add("symbol", symbol.spelling(at: .bybitLinear))
            } else {
                members.add("coin", "USDT")
            }
            members.add("category", "linear")
            return RequestDraft(.post, "/v5/position/switch-mode", .json, members)
        case .funding(let symbol, let window):
            var members = JSONObject([("execType", .string("Funding"))])
            members.merge(named(symbol, .bybitLinear))
            add(window, &members)
            return RequestDraft(.get, "/v5/execution/list", .query, members)
        default: throw CallRefusal(.unsupported, "Bybit linear has no such call")
        }
    }
}
