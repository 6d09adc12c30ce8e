package import Basics
internal import CXXHash

/// What shingles are made of.
package enum ShingleUnit: String, Sendable, CaseIterable {
    /// Consecutive words, joined by one space.
    case word
    /// Consecutive scalars of the words joined by one space.
    case char
}

/// The shingle sets of a batch of documents: ascending distinct hashes, one run for each document.
package struct ShingleSets: ~Copyable, Sendable {
    /// XXH3 (64 bits, seed 0) of the UTF-8 of each shingle.
    package var hashes = Buffer<UInt64>()
    /// Where each document's run in `hashes` ends; it begins where the one before ends.
    package var ends = Buffer<Int>()

    /// No sets.
    package init() {}

    /// How many sets there are.
    package var count: Int { ends.count }

    /// The hashes of one document; none for a blank text.
    package func set(_ document: Int) -> UnsafeBufferPointer<UInt64> {
        hashes.slice((document == 0 ? 0 : ends[document - 1])..<ends[document])
    }

    /// Drops all sets and keeps the memory for the next batch.
    package mutating func removeAll() {
        hashes.removeAll()
        ends.removeAll()
    }
}

/// Makes the shingle sets of documents.
///
/// The shingles of a text are all runs of `size` units. A text of fewer units has one shingle, all of it; a text
/// without words has one, its remainder; a blank text has none.
package struct Shingler: ~Copyable {
    private let unit: ShingleUnit
    private let size: Int
    private var sorter = HashSorter()
    /// Where each scalar starts, for shingles of scalars.
    private var scalarStarts = Buffer<UInt32>()

    /// `size` is in units, 1 or more.
    package init(unit: ShingleUnit, size: Int) {
        precondition(size >= 1)
        self.unit = unit
        self.size = size
    }

    /// Appends the set of one document of `words`.
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

    /// Hashes the runs of `size` units, or the one run of fewer. `starts` has one more entry than there are units;
    /// a run goes up to `trim` bytes before the start of the unit after it.
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
        // Every byte's offset is stored and the next store goes over that of a byte inside a scalar.
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
