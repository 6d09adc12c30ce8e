internal import Basics
internal import CXXHash

/// What a document shares with another, word by word.
package struct SharedWords: Sendable, Equatable {
    /// Whether each word lies in a shared shingle.
    package var isShared: [Bool]
    /// Whether the other document goes on otherwise behind the word, although both this word and the next one lie in
    /// shared shingles: something was left out here, or put in there.
    package var isSeam: [Bool]
}

extension WordList {
    /// Which words of a document lie in shingles that another document has as well: with shingles of words those of
    /// at least one such shingle, with shingles of scalars those of which every scalar lies in one.
    ///
    /// - Parameter other: the other document's shingles, ascending.
    /// - Returns: one value for each word; for a text without words a single one, for its remainder.
    package func sharedWords(
        of document: Int, unit: ShingleUnit, size: Int, with other: UnsafeBufferPointer<UInt64>
    ) -> SharedWords {
        let count = Int(documents[document].wordCount)
        if count == 0 {
            let remainder = remainder(of: document)
            let hash = dedup_xxh3_64(remainder.baseAddress, remainder.count)
            return SharedWords(isShared: [!remainder.isEmpty && other.hasSorted(hash)], isSeam: [false])
        }
        switch unit {
        case .word:
            let first = Int(documents[document].firstStart)
            return Self.covered(bytes.elements, starts.slice(first..<first + count + 1), size, trim: 1, other)
        case .char:
            let text = words(of: document)
            var scalarStarts = Buffer<UInt32>(capacity: text.count + 1)
            for (offset, byte) in text.enumerated() where byte & 0xC0 != 0x80 {
                scalarStarts.append(UInt32(truncatingIfNeeded: offset))
            }
            scalarStarts.append(UInt32(truncatingIfNeeded: text.count))
            let scalars = Self.covered(text, scalarStarts.elements, size, trim: 0, other)
            var words = SharedWords(isShared: [true], isSeam: [false])
            for scalar in scalars.isShared.indices {
                if scalars.isSeam[scalar] { words.isSeam[words.isSeam.count - 1] = true }
                if text[Int(scalarStarts[scalar])] == UInt8(ascii: " ") {
                    words.isShared.append(true)
                    words.isSeam.append(false)
                } else if !scalars.isShared[scalar] {
                    words.isShared[words.isShared.count - 1] = false
                }
            }
            return words
        }
    }

    /// Which units lie in a run of `size` of them whose hash is in `other`; the parameters are those of a shingler.
    private static func covered(
        _ bytes: UnsafeBufferPointer<UInt8>, _ starts: UnsafeBufferPointer<UInt32>, _ size: Int, trim: Int,
        _ other: UnsafeBufferPointer<UInt64>
    ) -> SharedWords {
        let units = starts.count - 1
        let span = min(size, units)
        let runs = units - span + 1
        var hashes = Buffer<UInt64>()
        dedup_xxh3_64_windows(bytes.baseAddress, starts.baseAddress, runs, span, trim, hashes.reserve(runs))
        hashes.advance(runs)
        var covered = SharedWords(
            isShared: [Bool](repeating: false, count: units), isSeam: [Bool](repeating: false, count: units))
        /// Where the units covered so far end.
        var end = 0
        for run in 0..<runs where other.hasSorted(hashes[run]) {
            // Runs in between were not shared, and yet no unit is left out.
            if run <= end && run + span > end + 1 && end > 0 { covered.isSeam[run - 1] = true }
            for unit in max(run, end)..<run + span { covered.isShared[unit] = true }
            end = run + span
        }
        return covered
    }

    /// The words of a document as strings.
    package func strings(of document: Int) -> [String] {
        let first = Int(documents[document].firstStart)
        return (first..<first + Int(documents[document].wordCount)).map { word in
            String(decoding: bytes.slice(Int(starts[word])..<Int(starts[word + 1]) - 1), as: UTF8.self)
        }
    }
}

extension UnsafeBufferPointer<UInt64> {
    /// Whether the ascending elements have `value` among them.
    fileprivate func hasSorted(_ value: UInt64) -> Bool {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == value
    }
}
