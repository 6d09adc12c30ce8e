internal import Basics

/// A hash table from band keys to the documents of a part of a batch that have them.
///
/// The table holds positions only, and the keys stay in the batch, so that the table fits into a near cache.
struct BatchKeys: ~Copyable {
    /// The last entry of each hash value, counted from 1; 0 if there is none.
    private var last = Buffer<UInt32>()
    /// For each entry, the entry before it with the same hash value.
    private var before = Buffer<UInt32>()
    private var bands = 1
    private var firstDocument = 0

    /// Removes all entries and makes room for those of `documents`.
    mutating func begin(_ documents: Range<Int>, bands: Int) {
        self.bands = bands
        firstDocument = documents.lowerBound
        let entries = documents.count * bands
        precondition(entries < UInt32.max)
        let values = 1 << (Int.bitWidth - max(1, entries - 1).leadingZeroBitCount)
        last.removeAll()
        last.reserve(values).update(repeating: 0, count: values)
        last.advance(values)
        before.removeAll()
        before.reserve(entries)
        before.advance(entries)
    }

    private borrowing func value(of key: UInt64) -> Int { Int(truncatingIfNeeded: key) & (last.count - 1) }

    /// - Parameter keys: the document's keys, one for each band.
    mutating func insert(_ document: Int, _ keys: UnsafeBufferPointer<UInt64>) {
        let first = (document - firstDocument) * bands
        precondition(first >= 0 && keys.count == bands && first + bands <= before.count)
        for band in 0..<bands {
            let value = value(of: keys[band])
            before.base[first + band] = last.base[value]
            last.base[value] = UInt32(first + band + 1)
        }
    }

    /// Calls `body` with every document that was inserted and has the key.
    ///
    /// - Parameter keys: the keys of the whole batch, document by document.
    borrowing func forEach(key: UInt64, _ keys: borrowing Buffer<UInt64>, _ body: (Int) -> Void) {
        var entry = Int(last.base[value(of: key)]) - 1
        while entry >= 0 {
            if keys[firstDocument * bands + entry] == key { body(firstDocument + entry / bands) }
            entry = Int(before.base[entry]) - 1
        }
    }
}
