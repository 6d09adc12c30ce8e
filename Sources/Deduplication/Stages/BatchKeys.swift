internal import Basics

/// A hash table for one part of a batch (a round): it maps a band key to the documents that have the key. Each entry is
/// one key of one document.
///
/// The table holds only the positions of the keys; the keys stay in the batch. So the table is small enough for a fast
/// cache of the processor.
struct BatchKeys: ~Copyable {
    /// For each hash value, the number of the last entry, from 1; 0 if there is no entry.
    private var last = Buffer<UInt32>()
    /// For each entry, the number of the entry before it with the same hash value, from 1; 0 if there is none.
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
