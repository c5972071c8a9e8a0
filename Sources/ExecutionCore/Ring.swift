/// The last few elements in the order in which they came. O(1) amortized.
struct Ring<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var start = 0

    /// Oldest first.
    var contents: ArraySlice<Element> { elements[start...] }

    /// Adds an element; returns the oldest where there are now more than `limit`.
    mutating func push(_ element: Element, limit: Int) -> Element? {
        elements.append(element)
        guard elements.count - start > limit else { return nil }
        let oldest = elements[start]
        start += 1
        if start > limit {
            elements.removeFirst(start)
            start = 0
        }
        return oldest
    }
}
