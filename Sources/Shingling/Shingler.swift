package import Basics
internal import CXXHash

/// The unit of which shingles consist.
package enum ShingleUnit: String, Sendable, CaseIterable {
    /// A shingle is a run of consecutive words, joined by one space.
    case word
    /// A shingle is a run of consecutive Unicode scalars of the text's words joined by one space.
    case char
}

/// The shingle sets of a batch of documents: for each document a run of distinct hashes in ascending order.
package struct ShingleSets: ~Copyable, Sendable {
    /// The hashes of all sets: the XXH3 (64 bits, seed 0) of each shingle's UTF-8.
    package var hashes = Buffer<UInt64>()
    /// For each document, the end of its run in `hashes`; a run begins where the run before it ends.
    package var ends = Buffer<Int>()

    /// Creates an empty list of sets.
    package init() {}

    /// The number of sets.
    package var count: Int { ends.count }

    /// The hashes of one document; empty for a blank text.
    package func set(_ document: Int) -> UnsafeBufferPointer<UInt64> {
        hashes.slice((document == 0 ? 0 : ends[document - 1])..<ends[document])
    }

    /// Removes all sets and keeps the memory for the next batch.
    package mutating func removeAll() {
        hashes.removeAll()
        ends.removeAll()
    }
}

/// Makes the shingle sets of documents.
///
/// The shingles of a text are all runs of `size` consecutive units. A text with fewer units has one shingle, which
/// contains all of them. A text without words has one shingle, its remainder (see `WordList`); a blank text has none.
package struct Shingler: ~Copyable {
    private let unit: ShingleUnit
    private let size: Int
    private var sorter = HashSorter()
    /// The offsets of the scalars, for shingles of scalars.
    private var scalarStarts = Buffer<UInt32>()

    /// - Parameter size: the number of units in a shingle; at least 1.
    package init(unit: ShingleUnit, size: Int) {
        precondition(size >= 1)
        self.unit = unit
        self.size = size
    }

    /// Appends the shingle set of one document of `words`.
    package mutating func append(_ words: borrowing WordList, document: Int, to sets: inout ShingleSets) {
        let first = sets.hashes.count
        let entry = words.documents[document]
        if entry.wordCount == 0 {
            let remainder = words.remainder(of: document)
            if !remainder.isEmpty { sets.hashes.append(dedup_xxh3_64(remainder.baseAddress, remainder.count)) }
        } else if unit == .word {
            let start = Int(entry.firstStart)
            let starts = words.starts.slice(start..<start + Int(entry.wordCount) + 1)
            appendRuns(of: words.bytes.elements, starts, trim: 1, to: &sets.hashes)
        } else {
            let text = words.words(of: document)
            findScalars(of: text)
            appendRuns(of: text, scalarStarts.elements, trim: 0, to: &sets.hashes)
        }
        let distinct = sorter.sort(sets.hashes.base + first, sets.hashes.count - first)
        sets.hashes.truncate(to: first + distinct)
        sets.ends.append(sets.hashes.count)
    }

    /// Hashes all runs of `size` units, or the one run of all units if there are fewer. `starts` has one entry per unit
    /// and one more for the end. A run ends `trim` bytes before the start of the unit after it.
    private func appendRuns(
        of bytes: UnsafeBufferPointer<UInt8>, _ starts: UnsafeBufferPointer<UInt32>, trim: Int,
        to hashes: inout Buffer<UInt64>
    ) {
        let units = starts.count - 1
        let span = min(size, units)
        let runs = units - span + 1
        dedup_xxh3_64_windows(bytes.baseAddress, starts.baseAddress, runs, span, trim, hashes.reserve(runs))
        hashes.advance(runs)
    }

    private mutating func findScalars(of text: UnsafeBufferPointer<UInt8>) {
        scalarStarts.removeAll()
        // Without a branch: the offset of every byte is stored, but the offset of a byte inside a scalar is overwritten
        // by the next one.
        let room = scalarStarts.reserve(text.count + 1)
        var count = 0
        for (offset, byte) in text.enumerated() {
            room[count] = UInt32(truncatingIfNeeded: offset)
            count &+= byte & 0xC0 == 0x80 ? 0 : 1
        }
        room[count] = UInt32(truncatingIfNeeded: text.count)
        scalarStarts.advance(count + 1)
    }
}
