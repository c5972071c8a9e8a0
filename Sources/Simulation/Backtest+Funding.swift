import ExecutionCore
import Portfolio
import TradingModel

extension Backtest {
    /// Tells the venue each symbol's next funding rate once the one before is over: paid by what is open, or past.
    ///
    /// Called before anything is shown of what comes after ``position``.
    mutating func postRates() {
        guard let schedule = setup.funding else { return }
        for index in tracks.indices where nextFunding[index] < position {
            let symbol = tracks[index].symbol
            if quartet.venue.rate(of: symbol) != nil, quartet.execution.ledger.position(symbol) != nil { continue }
            guard let entry = schedule.next(of: symbol, from: position) else {
                nextFunding[index] = MarketTime(micros: .max)
                continue
            }
            nextFunding[index] = entry.time
            var rate = FundingRate()
            rate.symbol = symbol
            rate.venue = tracks[index].tape.source.venue
            rate.rate = entry.rate
            rate.nextFundingTime = entry.time
            rate.eventTime = position
            quartet.post(rate)
        }
    }
}
