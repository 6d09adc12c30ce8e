/// Sequences that go through the model at once, one after the other, without padding.
package struct MicroBatch: Sendable {
    /// What the model reads: the ids of all sequences, masked.
    package private(set) var ids: [Int32] = []
    /// Where in its sequence a token stands.
    package private(set) var places: [Int32] = []
    /// Where each sequence lies in `ids`.
    package private(set) var sequences: [Range<Int>] = []
    /// What the step calls each sequence.
    package private(set) var numbers: [Int] = []
    /// What dropout of a token's row depends on.
    package private(set) var rowKeys: [UInt64] = []
    /// The tokens that are to be told, in order, and their ids.
    package private(set) var maskedRows: [Int] = []
    package private(set) var labels: [Int32] = []

    package init() {}

    package var rows: Int { ids.count }

    /// Appends a sequence.
    ///
    /// - Parameters:
    ///   - ids: what the model reads; not empty.
    ///   - masked: the places to be told, ascending, and the ids that belong there.
    ///   - key: what the dropout of the sequence depends on.
    ///   - number: what the step calls the sequence: where its vector stands.
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
