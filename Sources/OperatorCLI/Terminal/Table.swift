/// Rows under headings: aligned and framed on a terminal, tab-separated when piped.
struct Table {
    struct Column {
        let title: String
        var isRight = false
        /// Dropped first where the terminal is too narrow: the highest number goes first, 0 stays.
        var priority = 0
        /// May be cut with `…` down to this many columns before anything is dropped.
        var shrinksTo: Int?

        static func left(_ title: String, priority: Int = 0, shrinksTo: Int? = nil) -> Column {
            Column(title: title, priority: priority, shrinksTo: shrinksTo)
        }
        static func right(_ title: String, priority: Int = 0) -> Column {
            Column(title: title, isRight: true, priority: priority)
        }
    }

    let title: String
    let columns: [Column]
    private(set) var rows: [[Cell]] = []
    /// What stands in place of the rows where there are none.
    var emptyText = "none"

    init(_ title: String, _ columns: [Column], emptyText: String = "none") {
        self.title = title
        self.columns = columns
        self.emptyText = emptyText
    }

    /// Adds a row; it has one cell a column.
    mutating func add(_ cells: [Cell]) {
        precondition(cells.count == columns.count, "Invariant: a row of \"\(title)\" has one cell a column")
        rows.append(cells.map { Cell(TextWidth.harmless($0.text), $0.tone) })
    }

    /// The lines of the table, without line ends.
    func lines(on canvas: Canvas) -> [String] {
        canvas.isTerminal ? framed(on: canvas) : separated()
    }

    /// Headings and rows separated by tabs: stable, so that `cut` and `awk` can rely on it.
    private func separated() -> [String] {
        let heading = "# " + columns.map(\.title).joined(separator: "\t")
        return [heading] + rows.map { $0.map(\.text).joined(separator: "\t") }
    }

    private func framed(on canvas: Canvas) -> [String] {
        guard !rows.isEmpty else { return canvas.panel(title, [canvas.palette.paint(emptyText, .faint)]) }
        let (kept, widths) = layout(within: canvas.width - 4)
        var body = [
            zip(kept, widths).map { canvas.palette.paint(pad(columns[$0].title, $1, columns[$0]), .faint) }
                .joined(separator: "  ")
        ]
        for row in rows {
            body.append(
                zip(kept, widths).map { index, width in
                    let text = TextWidth.cut(row[index].text, to: width)
                    return canvas.palette.paint(pad(text, width, columns[index]), row[index].tone)
                }.joined(separator: "  "))
        }
        let width = widths.reduce(0, +) + 2 * max(0, widths.count - 1)
        return canvas.panel(title, body, bodyWidth: width)
    }

    private func pad(_ text: String, _ width: Int, _ column: Column) -> String {
        TextWidth.padded(text, to: width, right: column.isRight)
    }

    /// The columns that fit and their widths: first shrink what may shrink, then drop by priority.
    private func layout(within available: Int) -> (kept: [Int], widths: [Int]) {
        var kept = Array(columns.indices)
        var widths = columns.indices.map { index in
            rows.reduce(TextWidth.of(columns[index].title)) { max($0, TextWidth.of($1[index].text)) }
        }
        func total() -> Int { kept.reduce(0) { $0 + widths[$1] } + 2 * max(0, kept.count - 1) }
        while total() > available {
            if let index = kept.first(where: { widths[$0] > (columns[$0].shrinksTo ?? .max) }) {
                widths[index] = max(columns[index].shrinksTo ?? 0, widths[index] - (total() - available))
            } else if let last = kept.filter({ columns[$0].priority > 0 }).max(by: { dropsLater($0, $1) }) {
                kept.removeAll { $0 == last }
            } else {
                break
            }
        }
        return (kept, kept.map { widths[$0] })
    }

    /// Of two columns of one priority the right one goes first.
    private func dropsLater(_ a: Int, _ b: Int) -> Bool {
        (columns[a].priority, a) < (columns[b].priority, b)
    }
}
