extension VenueErrorTable {
    private static func says(_ message: String, _ words: String...) -> Bool {
        let text = message.lowercased()
        return words.contains { text.contains($0) }
    }

    // MARK: Bybit

    static func bybit(_ code: Int?, _ message: String) -> Category {
        guard let code else { return bybitWords(message) ?? .unrecognized }
        switch code {
        case 429, 10006, 10018, 10429, 20003, 170210, 3_400_214: return .rateLimited
        case 403: return .rateLimited
        case 10002, -1: return .clock
        case 10003 where says(message, "too many sessions"): return .rateLimited
        case 401, 10003, 10004, 10005, 10007, 10009, 10010, 10024, 10027, 10028, 10029, 33004, -2015, 131_004, 20096,
            110_123, 110_125, 3_500_153:
            return .authentication
        case 400, 404, 10001, 10008, 10017, 110_003, 110_019, 170_115, 170_116, 170_117, 170_130, 170_203:
            return .invalidRequest
        // The back end may have taken it before it fell silent.
        case 10000, 10016, 170_007, 170_146, 170_147, 170_149, 170_001, 131_001, 131_200, 180_000, 110_079, 170_212,
            170_035, 40004:
            return .unknownOutcome
        case 177_002, 148_019, 131_230, 790_000, 180_023, 700_003: return .unavailable
        case 10014, 110_072, 170_141, 131_082, 177_018, 131_214, 180_025, 180_031: return .duplicate
        case 110_001, 170_213, 170_143, 170_221, 170_121, 110_030, 700_004, 181_012, 110_300, 404_001: return .notFound
        // The order has ended already: a cancel has nothing to do.
        case 110_008, 110_010, 170_139, 170_142: return .notFound
        case 110_025, 110_026, 110_027, 110_043, 34036: return .alreadyDone
        case 110_004, 110_006, 110_007, 110_012, 110_014, 110_044, 110_045, 110_051, 110_052, 110_053, 170_033, 170_131,
            176_015, 131_212, 131_228, 148_029, 182_101, 700_005, 400_007, 700_011:
            return .insufficientBalance
        case 181_000...181_010, 3_500_402...3_500_407, 3_100_181, 3_100_326: return .invalidRequest
        case 30000...40000, 60000...62000, 110_000...112_000, 131_000...132_000, 140_000...149_000, 170_000...183_000,
            3_100_000...3_800_000, 20_000...21_000, 400_000...500_100, 700_000...701_000:
            return bybitWords(message) ?? .refused
        default: return bybitWords(message) ?? .unrecognized
        }
    }

    private static func bybitWords(_ message: String) -> Category? {
        if says(message, "check your server timestamp", "check your timestamp", "recv_window") { return .clock }
        if says(message, "too many visits", "rate limit", "too frequent") { return .rateLimited }
        if says(message, "insufficient", "not enough") { return .insufficientBalance }
        if says(message, "try again later", "busy", "maintenance") { return .unavailable }
        if says(message, "not modified", "not been modified") { return .alreadyDone }
        if says(message, "duplicate") { return .duplicate }
        if says(message, "not exist", "not found") { return .notFound }
        return nil
    }

    // MARK: MEXC

    static func mexc(_ code: Int?, _ message: String, _ status: Int?) -> Category {
        if status == 429 { return .rateLimited }
        guard let code else { return mexcWords(message) ?? .unrecognized }
        switch code {
        case 429, 510, 1015: return .rateLimited
        case 700_003, 10073: return .clock
        case 400 where says(message, "api key"), 401, 402, 403, 406, 602, 700_001, 700_002, 700_006, 700_007, 700_008,
            730_702, 730_706, 730_707, 10072, 140_002, 26:
            return .authentication
        case 500, 504, 503, 20002, 730_000, 10200: return .unknownOutcome
        case 30000, 30001, 30016, 30018, 30019, 30020, 30028, 30029, 30032, 30041, 30042, 30046, 60005, 10098, 10211,
            730_100:
            return .refused
        case 30002, 30003, 30010, 30014, 30027: return .refused
        case 30004, 30005, 10101, 10202, 2005, 2009: return .insufficientBalance
        case -2011, -2013, 10001, 10007, 10216, 30021, 30026, 730_001, 2040, 2041, 1001: return .notFound
        case -1128, 400, 600, 33333, 44444, 700_004, 700_005, 700_013, 700_014, 730_002, 730_003, 10015, 10095, 10096,
            10097, 10102, 10222, 10268, 30025, 730_601...730_705:
            return .invalidRequest
        case 22222, 730_101, 2042: return .duplicate
        // Further codes of the ranges for transfers, orders and sub-accounts: each is a documented "no".
        case 10000...10999, 30000...30999, 730_000...739_999: return mexcWords(message) ?? .refused
        default: return mexcWords(message) ?? .unrecognized
        }
    }

    private static func mexcWords(_ message: String) -> Category? {
        if says(message, "recvwindow", "request-time") { return .clock }
        if says(message, "too many", "too frequent") { return .rateLimited }
        if says(message, "insufficient", "oversold", "balance not enough") { return .insufficientBalance }
        if says(message, "signature", "api-key", "api key", "permission", "access denied") { return .authentication }
        if says(message, "unknown order", "not exist", "not found", "invalid symbol") { return .notFound }
        if says(message, "cannot be null", "invalid", "format", "incorrect", "error") { return .invalidRequest }
        if says(message, "forbidden", "not supported", "suspended", "cannot", "disabled", "risk control") {
            return .refused
        }
        return nil
    }
}
