import TradingModel

/// The rule of a zone for every year, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule {
    /// A day of the year with a time of day.
    private enum Day {
        /// Day 1…365, never counting 29 February.
        case julian(Int)
        /// Day 0…365, counting it.
        case zeroBased(Int)
        /// The `week`-th (5: the last) `weekday` (0: Sunday) of a month.
        case weekday(month: Int, week: Int, weekday: Int)
    }

    private let standard: Int64
    private var daylight: (offset: Int64, start: (Day, Int64), end: (Day, Int64))?

    /// `nil` for a text that is no rule.
    init?(_ text: String) {
        var scanner = Scanner(text)
        guard scanner.name(), let west = scanner.time() else { return nil }
        standard = -west
        guard !scanner.isAtEnd else { return }
        guard scanner.name() else { return nil }
        var offset = standard + 3_600
        if scanner.peek != "," {
            guard let west = scanner.time() else { return nil }
            offset = -west
        }
        guard scanner.accept(","), let start = Self.moment(&scanner), scanner.accept(","),
            let end = Self.moment(&scanner), scanner.isAtEnd
        else { return nil }
        daylight = (offset, start, end)
    }

    /// Both changes of every year, by rising start.
    func changes(years: ClosedRange<Int>) -> [ZoneTable.Change] {
        guard let daylight else { return [] }
        var changes: [ZoneTable.Change] = []
        for year in years {
            let start = Self.seconds(daylight.start, year) - standard
            let end = Self.seconds(daylight.end, year) - daylight.offset
            changes.append(ZoneTable.Change(startMicros: start * 1_000_000, offset: .seconds(daylight.offset)))
            changes.append(ZoneTable.Change(startMicros: end * 1_000_000, offset: .seconds(standard)))
        }
        return changes.sorted { $0.startMicros < $1.startMicros }
    }

    private static func moment(_ scanner: inout Scanner) -> (Day, Int64)? {
        let day: Day
        if scanner.accept("M") {
            guard let month = scanner.number(), scanner.accept("."), let week = scanner.number(), scanner.accept("."),
                let weekday = scanner.number(), (1...12).contains(month), (1...5).contains(week),
                (0...6).contains(weekday)
            else { return nil }
            day = .weekday(month: month, week: week, weekday: weekday)
        } else if scanner.accept("J") {
            guard let number = scanner.number(), (1...365).contains(number) else { return nil }
            day = .julian(number)
        } else {
            guard let number = scanner.number(), (0...365).contains(number) else { return nil }
            day = .zeroBased(number)
        }
        guard scanner.accept("/") else { return (day, 7_200) }
        return scanner.time().map { (day, $0) }
    }

    /// Seconds since 1970 on the local clock.
    private static func seconds(_ moment: (Day, Int64), _ year: Int) -> Int64 {
        func midnight(_ month: Int, _ day: Int) -> Int64 {
            CivilTime.micros(year: year, month: month, day: day) / 1_000_000
        }
        let day: Int64
        switch moment.0 {
        case .zeroBased(let number): day = midnight(1, 1) + Int64(number) * 86_400
        case .julian(let number):
            let isLeap = midnight(3, 1) - midnight(2, 28) == 2 * 86_400
            day = midnight(1, 1) + Int64(number - (isLeap && number >= 60 ? 0 : 1)) * 86_400
        case .weekday(let month, let week, let weekday):
            let first = midnight(month, 1)
            // 1970-01-01 was a Thursday.
            let firstWeekday = Int(((first / 86_400 + 4) % 7 + 7) % 7)
            var date = 1 + (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            let next = month == 12 ? midnight(12, 31) + 86_400 : midnight(month + 1, 1)
            while first + Int64(date - 1) * 86_400 >= next { date -= 7 }
            day = first + Int64(date - 1) * 86_400
        }
        return day + moment.1
    }

    private struct Scanner {
        private let characters: [Character]
        private var at = 0
        init(_ text: String) { characters = Array(text) }

        var isAtEnd: Bool { at == characters.count }
        var peek: Character? { at < characters.count ? characters[at] : nil }

        mutating func accept(_ character: Character) -> Bool {
            guard peek == character else { return false }
            at += 1
            return true
        }

        /// Letters, or anything within `<…>`.
        mutating func name() -> Bool {
            let start = at
            if accept("<") {
                while let character = peek, character != ">" { _ = accept(character) }
                return accept(">")
            }
            while let character = peek, character.isLetter { _ = accept(character) }
            return at > start
        }

        mutating func number() -> Int? {
            var value: Int?
            while let digit = peek?.wholeNumberValue, (value ?? 0) < 100_000 {
                value = (value ?? 0) * 10 + digit
                at += 1
            }
            return value
        }

        /// `[+-]h[:mm[:ss]]` in seconds.
        mutating func time() -> Int64? {
            let isNegative = accept("-")
            if !isNegative { _ = accept("+") }
            guard let hours = number() else { return nil }
            var seconds = hours * 3_600
            if accept(":") {
                guard let minutes = number() else { return nil }
                seconds += minutes * 60
                if accept(":") {
                    guard let rest = number() else { return nil }
                    seconds += rest
                }
            }
            return Int64(isNegative ? -seconds : seconds)
        }
    }
}
