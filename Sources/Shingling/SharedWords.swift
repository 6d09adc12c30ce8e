internal import Basics
internal import CXXHash

/// The words that a document shares with another one, for an explanation of why it is a duplicate.
package struct SharedWords: Sendable, Equatable {
    /// For each word, whether it is part of a shared shingle.
    package var isShared: [Bool]
    /// For each word, whether the other document continues differently after it, although both this word and the next
    /// one are part of shared shingles: words were inserted or left out here.
    package var isSeam: [Bool]
}

extension WordList {
    /// Marks the words of a document that are part of a shingle that another document has too.
    ///
    /// With shingles of words, a word is marked if at least one shared shingle contains it. With shingles of
    /// characters, a word is marked if every one of its scalars is contained in a shared shingle.
    ///
    /// - Parameter other: the other document's shingles, ascending.
    /// - Returns: one value for each word; for a text without words one value, for its remainder.
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

    /// Marks the units that are part of a run of `size` units whose hash is in `other`. The other parameters are those
    /// of `Shingler.appendRuns`.
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
        /// The end of the units that are marked so far.
        var end = 0
        for run in 0..<runs where other.hasSorted(hashes[run]) {
            // No unit is missing between this run and the last shared one, but the runs between them are not shared.
            if run <= end && run + span > end + 1 && end > 0 { covered.isSeam[run - 1] = true }
            for unit in max(run, end)..<run + span { covered.isShared[unit] = true }
            end = run + span
        }
        return covered
    }

    /// The words of a document as strings, in lower case.
    package func strings(of document: Int) -> [String] {
        let first = Int(documents[document].firstStart)
        return (first..<first + Int(documents[document].wordCount)).map { word in
            String(decoding: bytes.slice(Int(starts[word])..<Int(starts[word + 1]) - 1), as: UTF8.self)
        }
    }
}

extension UnsafeBufferPointer<UInt64> {
    /// Whether the elements, which are ascending, include `value`.
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
