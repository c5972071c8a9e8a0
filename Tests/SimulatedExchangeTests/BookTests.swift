import Testing
import TradingModel

@testable import SimulatedExchange

/// The slowest order book that can be right: one list of orders, searched for the best each time.
private struct NaiveBook {
    struct Order {
        var side: OrderSide
        var ticks: Int64
        var id: Int64
        var lots: Int64
    }
    var orders: [Order] = []

    mutating func take(_ side: OrderSide, limit: Int64?, lots: Int64) -> [Book.Match] {
        var matches: [Book.Match] = []
        var rest = lots
        while rest > 0 {
            var best: Int?
            for (place, order) in orders.enumerated() where order.side != side {
                if let limit, side == .buy ? order.ticks > limit : order.ticks < limit { continue }
                guard let other = best else {
                    best = place
                    continue
                }
                if side == .buy ? order.ticks < orders[other].ticks : order.ticks > orders[other].ticks { best = place }
            }
            guard let place = best else { break }
            let taken = min(rest, orders[place].lots)
            matches.append(Book.Match(ticks: orders[place].ticks, lots: taken, maker: orders[place].id))
            rest -= taken
            orders[place].lots -= taken
            if orders[place].lots == 0 { orders.remove(at: place) }
        }
        return matches
    }
}

@Suite("The order book")
struct BookTests {
    @Test("the best price trades first, and of one price the earliest order")
    func priority() {
        var book = Book()
        book.rest(.sell, at: 101, order: 1, lots: 5)
        book.rest(.sell, at: 100, order: 2, lots: 5)
        book.rest(.sell, at: 100, order: 3, lots: 5)
        var expired: [Int64] = []
        let matches = book.take(.buy, limit: 101, lots: 12, isAccount: false, expired: &expired)
        #expect(
            matches == [
                Book.Match(ticks: 100, lots: 5, maker: 2), Book.Match(ticks: 100, lots: 5, maker: 3),
                Book.Match(ticks: 101, lots: 2, maker: 1),
            ])
        #expect(book.best(.sell)?.lots == 3)
    }

    @Test("an order never trades with one of its own account: that one is taken out")
    func noSelfTrade() {
        var book = Book()
        book.rest(.sell, at: 100, order: 7, lots: 5)
        book.rest(.sell, at: 100, order: Book.house, lots: 5)
        var expired: [Int64] = []
        let matches = book.take(.buy, limit: nil, lots: 5, isAccount: true, expired: &expired)
        #expect(matches == [Book.Match(ticks: 100, lots: 5, maker: Book.house)])
        #expect(expired == [7])
        #expect(book.best(.sell) == nil)
    }

    @Test("the house's new quantity comes behind who is there, its smaller one leaves the queue as it was")
    func houseKeepsItsPlace() {
        var book = Book()
        book.setHouse(.buy, [(100, 5)])
        book.rest(.buy, at: 100, order: 9, lots: 3)
        book.setHouse(.buy, [(100, 8)])
        #expect(book.bids.last?.entries.map(\.order) == [Book.house, 9, Book.house])
        book.setHouse(.buy, [(100, 4)])
        #expect(book.bids.last?.entries.map(\.order) == [Book.house, 9])
        book.setHouse(.buy, [(99, 1)])
        #expect(book.levels(.buy, depth: 5).map(\.ticks) == [100, 99])
    }

    @Test("any sequence of orders trades as in the slowest book that can be right", arguments: 1...40)
    func againstNaive(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var book = Book()
        var naive = NaiveBook()
        for step in 1...400 {
            let side: OrderSide = generator.next() & 1 == 0 ? .buy : .sell
            let ticks = 90 + Int64(generator.next() % 20)
            let lots = 1 + Int64(generator.next() % 9)
            let id = Int64(step)
            switch generator.next() % 4 {
            case 0:
                if let place = naive.orders.indices.randomElement(using: &generator) {
                    let order = naive.orders.remove(at: place)
                    #expect(book.remove(order.side, at: order.ticks, order: order.id) == order.lots)
                }
            default:
                var expired: [Int64] = []
                let limit = generator.next() % 5 == 0 ? nil : Optional(ticks)
                let mine = book.take(side, limit: limit, lots: lots, isAccount: false, expired: &expired)
                #expect(mine == naive.take(side, limit: limit, lots: lots), "seed \(seed), step \(step)")
                let rest = lots - mine.reduce(0) { $0 + $1.lots }
                if limit != nil, rest > 0 {
                    book.rest(side, at: ticks, order: id, lots: rest)
                    naive.orders.append(NaiveBook.Order(side: side, ticks: ticks, id: id, lots: rest))
                }
            }
            #expect(book.fault == nil, "seed \(seed), step \(step)")
        }
        let resting = book.bids.reduce(0) { $0 + $1.lots } + book.asks.reduce(0) { $0 + $1.lots }
        #expect(resting == naive.orders.reduce(0) { $0 + $1.lots }, "seed \(seed)")
    }
}
