/// The sequences that go through the model together, one after the other and without padding.
package struct MicroBatch: Sendable {
    /// The token ids of all sequences as the model reads them, that is, after masking.
    package private(set) var ids: [Int32] = []
    /// The position of each token in its sequence.
    package private(set) var places: [Int32] = []
    /// The range of `ids` that each sequence has.
    package private(set) var sequences: [Range<Int>] = []
    /// The number of each sequence in its step: the row of the step's vectors that belongs to it.
    package private(set) var numbers: [Int] = []
    /// The key of each token's row, from which dropout derives its random numbers.
    package private(set) var rowKeys: [UInt64] = []
    /// The rows of the masked tokens in ascending order, and their original ids.
    package private(set) var maskedRows: [Int] = []
    package private(set) var labels: [Int32] = []

    package init() {}

    /// The number of tokens.
    package var rows: Int { ids.count }

    /// Appends a sequence.
    ///
    /// - Parameters:
    ///   - ids: the token ids as the model reads them; at least one.
    ///   - masked: the indices of the masked tokens, ascending, and their original ids.
    ///   - key: the dropout of the sequence is derived from it.
    ///   - number: the number of the sequence in its step.
    package mutating func append(
        _ ids: [Int32], masked: [(place: Int, label: Int32)], key: UInt64, number: Int = 0
    ) {
        let first = self.ids.count
        self.ids += ids
        sequences.append(first..<self.ids.count)
        numbers.append(number)
        for place in ids.indices {
            places.append(Int32(place))
            rowKeys.append(RandomNumbers.key(key, UInt64(place)))
        }
        for (place, label) in masked {
            maskedRows.append(first + place)
            labels.append(label)
        }
    }
}
