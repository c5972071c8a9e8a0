import JSONText

/// What the exchanges' codes mean, from their documentation: Binance `errors.md` of spot and the error codes of USDⓈ-M,
/// Bybit v5 "Error Codes", MEXC spot v3 "Error Code".
enum VenueErrorTable {
    typealias Category = VenueError.Category

    static func entry(
        _ venue: VenueDialect, code: String, message: String, status: Int?
    ) -> (category: Category, name: String?) {
        let number = Int(code)
        switch venue {
        case .binance, .binanceUSDM: return binance(number, message, status, isFutures: venue == .binanceUSDM)
        case .bybit: return (bybit(number, message), nil)
        case .mexc: return (mexc(number, message, status), nil)
        }
    }

    private static func contains(_ message: String, _ words: String...) -> Bool {
        let text = message.lowercased()
        return words.contains { text.contains($0) }
    }

    // MARK: Binance

    private static func binance(
        _ code: Int?, _ message: String, _ status: Int?, isFutures: Bool
    ) -> (category: Category, name: String?) {
        // 503 comes in variants that only the words tell apart ("HTTP Return Codes" of the documentation).
        if status == 503 || status == 502 || status == 504 {
            if contains(message, "internal error; unable to process", "service unavailable") {
                return (.unavailable, name(code, isFutures))
            }
            if contains(message, "throttled", "overloaded") { return (.unavailable, name(code, isFutures)) }
            if contains(message, "unknown error", "execution status unknown", "timeout") {
                return (.unknownOutcome, name(code, isFutures))
            }
        }
        if status == 418 { return (.banned, name(code, isFutures)) }
        if status == 429 { return (.rateLimited, name(code, isFutures)) }
        guard let code else { return (rejection(message) ?? .unrecognized, nil) }
        return (binanceCategory(code, message, isFutures), name(code, isFutures))
    }

    /// The words with which Binance's streams refuse a message ("Error messages" of the WebSocket streams).
    static func isStreamRefusal(_ message: JSONValue?) -> Bool {
        guard case .string(let text)? = message else { return false }
        return contains(text, "unknown property", "invalid value type", "invalid request", "invalid json")
    }

    private static func binanceCategory(_ code: Int, _ message: String, _ isFutures: Bool) -> Category {
        switch code {
        case 0...3 where isStreamRefusal(.string(message)): return .invalidRequest
        case -1000: return contains(message, "execution status unknown", "unknown") ? .unknownOutcome : .unavailable
        case -1001: return contains(message, "unable to process") ? .unavailable : .unknownOutcome
        case -1006, -1007: return .unknownOutcome
        case -1003: return contains(message, "banned") ? .banned : .rateLimited
        case -1015, -1034, -1181, -1191, -2042, -4188: return .rateLimited
        case -1004, -1008, -1016: return .unavailable
        case -1002, -1011, -1022, -2008, -2014, -2015, -2017, -4056, -4057: return .authentication
        case -1021, -5028: return .clock
        case -1010, -1013, -1014, -2010, -2038: return rejection(message) ?? .refused
        case -2011: return rejection(message) ?? .notFound
        case -1121, -1125, -2013, -2036, -4108, -4141: return .notFound
        case -2012: return .refused
        case -2018, -2019, -4050, -4051, -4055, -4137: return .insufficientBalance
        case -2021 where !isFutures: return .unknownOutcome
        case -2022 where !isFutures: return .refused
        case -2026 where !isFutures: return .notFound
        case -2035, -4046, -4059, -4171, -5027: return .alreadyDone
        case -4111, -4116: return .duplicate
        case -2039, -4015: return .invalidRequest
        case -1200...(-1100), -1240...(-1201), -1099...(-1020): return .invalidRequest
        case -2999...(-2000): return .refused
        case -4049...(-4000): return futuresParameters.contains(code) ? .invalidRequest : .refused
        case -5099...(-4050): return .refused
        default: return rejection(message) ?? .unrecognized
        }
    }

    /// Codes between -4000 and -4049 that speak of a parameter's form.
    private static let futuresParameters: Set<Int> = [
        -4000, -4001, -4002, -4003, -4004, -4005, -4006, -4007, -4008, -4009, -4010, -4011, -4012, -4013, -4014, -4018,
        -4019, -4020, -4021, -4022, -4023, -4024, -4025, -4026, -4027, -4028, -4029, -4030, -4031, -4032, -4033, -4034,
        -4035, -4036, -4037, -4038, -4039, -4040, -4041, -4042, -4043, -4044,
    ]

    /// The messages behind -1010, -2010 and -2011 (`errors.md`, "Messages for -1010 ERROR_MSG_RECEIVED, -2010
    /// NEW_ORDER_REJECTED, and -2011 CANCEL_REJECTED").
    private static func rejection(_ message: String) -> Category? {
        if contains(message, "unknown order", "order does not exist", "does not exist") { return .notFound }
        if contains(message, "duplicate order") { return .duplicate }
        if contains(message, "insufficient balance", "margin is insufficient") { return .insufficientBalance }
        if contains(message, "way too", "ip banned", "ip() banned") { return .banned }
        if contains(message, "too many", "too much request weight") { return .rateLimited }
        if contains(message, "price or quantity value", "is required") { return .invalidRequest }
        if contains(
            message, "filter failure", "not supported", "market is closed", "iceberg", "may not place", "would trigger",
            "would immediately", "not permitted", "not canceled due", "liquidity is less", "cannot be", "quantity",
            "this action is disabled", "rest api trading is not enabled", "too low", "no need")
        {
            return .refused
        }
        return nil
    }

    private static func name(_ code: Int?, _ isFutures: Bool) -> String? {
        guard let code else { return nil }
        if isFutures, let name = futuresNames[code] { return name }
        return spotNames[code]
    }

    private static let spotNames: [Int: String] = [
        -1000: "UNKNOWN", -1001: "DISCONNECTED", -1002: "UNAUTHORIZED", -1003: "TOO_MANY_REQUESTS",
        -1006: "UNEXPECTED_RESP", -1007: "TIMEOUT", -1008: "SERVER_BUSY", -1010: "ERROR_MSG_RECEIVED",
        -1013: "INVALID_MESSAGE", -1014: "UNKNOWN_ORDER_COMPOSITION", -1015: "TOO_MANY_ORDERS",
        -1016: "SERVICE_SHUTTING_DOWN", -1020: "UNSUPPORTED_OPERATION", -1021: "INVALID_TIMESTAMP",
        -1022: "INVALID_SIGNATURE", -1034: "TOO_MANY_CONNECTIONS", -1100: "ILLEGAL_CHARS",
        -1101: "TOO_MANY_PARAMETERS", -1102: "MANDATORY_PARAM_EMPTY_OR_MALFORMED", -1103: "UNKNOWN_PARAM",
        -1104: "UNREAD_PARAMETERS", -1105: "PARAM_EMPTY", -1106: "PARAM_NOT_REQUIRED", -1108: "PARAM_OVERFLOW",
        -1111: "BAD_PRECISION", -1112: "NO_DEPTH", -1114: "TIF_NOT_REQUIRED", -1115: "INVALID_TIF",
        -1116: "INVALID_ORDER_TYPE", -1117: "INVALID_SIDE", -1118: "EMPTY_NEW_CL_ORD_ID",
        -1119: "EMPTY_ORG_CL_ORD_ID", -1120: "BAD_INTERVAL", -1121: "BAD_SYMBOL", -1122: "INVALID_SYMBOLSTATUS",
        -1125: "INVALID_LISTEN_KEY", -1127: "MORE_THAN_XX_HOURS", -1128: "OPTIONAL_PARAMS_BAD_COMBO",
        -1130: "INVALID_PARAMETER", -2008: "BAD_API_ID", -2010: "NEW_ORDER_REJECTED", -2011: "CANCEL_REJECTED",
        -2013: "NO_SUCH_ORDER", -2014: "BAD_API_KEY_FMT", -2015: "REJECTED_MBX_KEY", -2016: "NO_TRADING_WINDOW",
        -2021: "ORDER_CANCEL_REPLACE_PARTIALLY_FAILED", -2022: "ORDER_CANCEL_REPLACE_FAILED",
        -2026: "ORDER_ARCHIVED", -2035: "SUBSCRIPTION_ACTIVE", -2036: "SUBSCRIPTION_INACTIVE",
        -2038: "ORDER_AMEND_REJECTED", -2039: "CLIENT_ORDER_ID_INVALID", -2042: "MAXIMUM_SUBSCRIPTION_IDS",
    ]

    private static let futuresNames: [Int: String] = [
        -1004: "DUPLICATE_IP", -1005: "NO_SUCH_IP", -2012: "CANCEL_ALL_FAIL", -2018: "BALANCE_NOT_SUFFICIENT",
        -2019: "MARGIN_NOT_SUFFICIEN", -2020: "UNABLE_TO_FILL", -2021: "ORDER_WOULD_IMMEDIATELY_TRIGGER",
        -2022: "REDUCE_ONLY_REJECT", -2023: "USER_IN_LIQUIDATION", -2024: "POSITION_NOT_SUFFICIENT",
        -2025: "MAX_OPEN_ORDER_EXCEEDED", -2026: "REDUCE_ONLY_ORDER_TYPE_NOT_SUPPORTED", -2027: "MAX_LEVERAGE_RATIO",
        -2028: "MIN_LEVERAGE_RATIO", -4003: "QTY_LESS_THAN_ZERO", -4005: "QTY_GREATER_THAN_MAX_QTY",
        -4014: "PRICE_NOT_INCREASED_BY_TICK_SIZE", -4015: "INVALID_CL_ORD_ID_LEN", -4028: "INVALID_LEVERAGE",
        -4046: "NO_NEED_TO_CHANGE_MARGIN_TYPE", -4047: "THERE_EXISTS_OPEN_ORDERS",
        -4048: "THERE_EXISTS_QUANTITY", -4050: "CROSS_BALANCE_INSUFFICIENT",
        -4051: "ISOLATED_BALANCE_INSUFFICIENT", -4059: "NO_NEED_TO_CHANGE_POSITION_SIDE",
        -4061: "INVALID_POSITION_SIDE", -4116: "CLIENT_ORDER_ID_DUPLICATED", -4131: "MARKET_ORDER_REJECT",
        -4164: "MIN_NOTIONAL", -5021: "FOK_ORDER_REJECT", -5022: "GTX_ORDER_REJECT", -5027: "SAME_ORDER",
        -5028: "ME_RECVWINDOW_REJECT",
    ]
}
