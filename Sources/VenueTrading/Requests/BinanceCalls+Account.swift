import JSONText

extension BinanceCalls {
    /// Everything that is not about one order.
    static func account(_ call: TradingCall, _ market: TradingMarket) throws(CallRefusal) -> RequestDraft {
        switch call {
        case .balances:
            return RequestDraft(.get, market == .binanceSpot ? "/api/v3/account" : "/fapi/v3/account")
        case .fees(let symbol):
            let members = JSONObject([("symbol", .string(symbol.spelling(at: market)))])
            return RequestDraft(
                .get, market == .binanceSpot ? "/sapi/v1/asset/tradeFee" : "/fapi/v1/commissionRate", .query, members)
        case .keyPermissions:
            var draft = RequestDraft(.get, "/sapi/v1/account/apiRestrictions")
            draft.address = TradingMarket.binanceSpot.address(isTestnet: false)
            return draft
        case .serverTime:
            var draft = RequestDraft(.get, market == .binanceSpot ? "/api/v3/time" : "/fapi/v1/time")
            draft.security = .open
            return draft
        case .openUserStream, .keepUserStream, .closeUserStream: return try stream(call, market)
        default:
            guard market == .binanceUSDM else {
                throw CallRefusal(.unsupported, "Binance spot has no positions, leverage or margin mode")
            }
            return try derivatives(call)
        }
    }

    private static func stream(_ call: TradingCall, _ market: TradingMarket) throws(CallRefusal) -> RequestDraft {
        if market == .binanceSpot {
            // Listen keys of spot ended in 2026: the stream is opened by a signed message.
            guard case .openUserStream = call else {
                throw CallRefusal(.unsupported, "Binance spot's user stream lives as long as its connection")
            }
            return RequestDraft(.webSocket, "wss://ws-api.binance.com:443/ws-api/v3")
        }
        var draft =
            switch call {
            case .openUserStream: RequestDraft(.post, "/fapi/v1/listenKey")
            case .keepUserStream: RequestDraft(.put, "/fapi/v1/listenKey")
            default: RequestDraft(.delete, "/fapi/v1/listenKey")
            }
        draft.security = .keyOnly
        return draft
    }

    private static func derivatives(_ call: TradingCall) throws(CallRefusal) -> RequestDraft {
        var members = JSONObject()
        switch call {
        case .positions(let symbol):
            members.add("symbol", symbol?.spelling(at: .binanceUSDM))
            return RequestDraft(.get, "/fapi/v3/positionRisk", .query, members)
        case .leverage(let symbol):
            members.add("symbol", symbol.spelling(at: .binanceUSDM))
            return RequestDraft(.get, "/fapi/v1/symbolConfig", .query, members)
        case .setLeverage(let symbol, let leverage):
            guard let whole = Int(leverage), (1...125).contains(whole) else {
                throw CallRefusal(.badAmount, "the leverage \(leverage) is not a whole number from 1 to 125")
            }
            members.add("symbol", symbol.spelling(at: .binanceUSDM))
            members.add("leverage", number: whole)
            return RequestDraft(.post, "/fapi/v1/leverage", .form, members)
        case .setMarginMode(let symbol, let mode):
            guard let symbol else { throw CallRefusal(.missing, "Binance sets the margin mode of a symbol: name it") }
            members.add("symbol", symbol.spelling(at: .binanceUSDM))
            members.add("marginType", mode == .cross ? "CROSSED" : "ISOLATED")
            return RequestDraft(.post, "/fapi/v1/marginType", .form, members)
        case .positionMode:
            return RequestDraft(.get, "/fapi/v1/positionSide/dual")
        case .setPositionMode(_, let isHedged):
            members.add("dualSidePosition", isHedged ? "true" : "false")
            return RequestDraft(.post, "/fapi/v1/positionSide/dual", .form, members)
        case .funding(let symbol, let window):
            members.add("incomeType", "FUNDING_FEE")
            members.add("symbol", symbol?.spelling(at: .binanceUSDM))
            members.add("startTime", number: window.since)
            members.add("limit", number: window.limit)
            members.add("endTime", number: window.until)
            return RequestDraft(.get, "/fapi/v1/income", .query, members)
        default: throw CallRefusal(.unsupported, "Binance USDⓈ-M has no such call")
        }
    }
}
