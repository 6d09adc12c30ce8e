/// The set of bands in which two documents have the same key. Up to 128 bands it needs no heap allocation.
package struct BandSet: Sendable, Equatable, Sequence {
    private var first: UInt128 = 0
    /// The bands from 128 on: bit `b` of word `w` stands for band `128 + 64 * w + b`.
    private var rest: [UInt64] = []

    /// Creates the empty set.
    package init() {}

    /// Adds the band with this index, from 0.
    package mutating func insert(_ band: Int) {
        if band < UInt128.bitWidth {
            first |= 1 << UInt128(band)
            return
        }
        let (word, bit) = (band - UInt128.bitWidth).quotientAndRemainder(dividingBy: 64)
        while rest.count <= word { rest.append(0) }
        rest[word] |= 1 << UInt64(bit)
    }

    /// The number of bands in the set.
    package var count: Int { rest.reduce(first.nonzeroBitCount) { $0 + $1.nonzeroBitCount } }

    /// Iterates over the bands in ascending order.
    package func makeIterator() -> Iterator { Iterator(first: first, rest: rest) }

    /// Iterates over the bands in ascending order.
    package struct Iterator: IteratorProtocol {
        fileprivate var first: UInt128
        fileprivate let rest: [UInt64]
        /// The number of words of `rest` that were read, and the bits of the last of them that were not returned yet.
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
