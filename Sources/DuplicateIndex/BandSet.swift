/// Which bands two documents share, ascending. Up to 128 bands it is a plain value.
package struct BandSet: Sendable, Equatable, Sequence {
    private var first: UInt128 = 0
    /// Bit by bit, those from the 129th on.
    private var rest: [UInt64] = []

    package init() {}

    package mutating func insert(_ band: Int) {
        if band < UInt128.bitWidth {
            first |= 1 << UInt128(band)
            return
        }
        let (word, bit) = (band - UInt128.bitWidth).quotientAndRemainder(dividingBy: 64)
        while rest.count <= word { rest.append(0) }
        rest[word] |= 1 << UInt64(bit)
    }

    package var count: Int { rest.reduce(first.nonzeroBitCount) { $0 + $1.nonzeroBitCount } }

    package func makeIterator() -> Iterator { Iterator(first: first, rest: rest) }

    package struct Iterator: IteratorProtocol {
        fileprivate var first: UInt128
        fileprivate let rest: [UInt64]
        /// Words of `rest` that were gone through, and what is left of the last of them.
        private var words = 0
        private var word: UInt64 = 0

        fileprivate init(first: UInt128, rest: [UInt64]) {
            self.first = first
            self.rest = rest
        }

        package mutating func next() -> Int? {
            if first != 0 {
                defer { first &= first - 1 }
                return first.trailingZeroBitCount
            }
            while word == 0 {
                if words == rest.count { return nil }
                word = rest[words]
                words += 1
            }
            defer { word &= word - 1 }
            return UInt128.bitWidth + (words - 1) * 64 + word.trailingZeroBitCount
        }
    }
}
