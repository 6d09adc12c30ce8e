internal import CUnicodeTables

/// The Unicode tables for splitting and normalization. They are generated from the Unicode Character Database and
/// committed, so that no toolchain or system library can change the words of an index.
package enum UnicodeData {
    /// The version of the Unicode Character Database.
    package static let version = "15.0.0"
}

/// The classes of scalars that matter for splitting text into words.
struct WordClass {
    static let other: UInt16 = 0
    /// White space as defined by Python's `str.isspace`. Like `other` it separates words, but it is not part of a
    /// remainder.
    static let whiteSpace: UInt16 = 1
    /// A letter or number.
    static let base: UInt16 = 2
    static let mark: UInt16 = 3
    /// Format characters and variation selectors, which are removed.
    static let ignored: UInt16 = 4
    /// A letter or number of a script written without spaces.
    static let unspaced: UInt16 = 5
}

/// The properties of one scalar; the bits are described in CUnicodeTables.h.
struct ScalarProperties: BitwiseCopyable {
    let bits: UInt16

    static let hasLowercase: UInt16 = 1 << 3
    static let nfcUnsafe: UInt16 = 1 << 4
    static let nfkcUnsafe: UInt16 = 1 << 5
    static let hasCanonical: UInt16 = 1 << 6
    static let hasCompatibility: UInt16 = 1 << 7

    var wordClass: UInt16 { bits & 7 }
    var combiningClass: UInt16 { bits >> 8 }
    func has(_ flags: UInt16) -> Bool { bits & flags != 0 }
}

/// Pointers to the tables in the program's read-only data. Lookups are not checked: every scalar below 0x110000 is in
/// the tables, and the text is valid UTF-8, so it has no other.
struct ScalarTables: @unchecked Sendable {
    private let blocks = dedup_get_property_blocks()!
    private let values = dedup_get_property_values()!
    /// The entries of scalars of one or two bytes; CUnicodeTables.h describes their bits.
    let short = dedup_get_short_scalars()!

    static let shortBase: UInt32 = 1 << 18
    static let shortNFCUnsafe: UInt32 = 1 << 29
    static let shortNFKCUnsafe: UInt32 = 1 << 30
    static let shortSpecial: UInt32 = 1 << 31

    @inline(__always)
    subscript(scalar: UInt32) -> ScalarProperties {
        let block = Int(blocks[Int(scalar >> 7)])
        return ScalarProperties(bits: values[block << 7 | Int(scalar & 127)])
    }
}

/// A table that maps scalars to sequences of scalars.
struct ScalarMapping: @unchecked Sendable {
    private let table: dedup_scalar_mapping

    static var lowercase: ScalarMapping { ScalarMapping(table: dedup_get_lower()) }
    static var canonical: ScalarMapping { ScalarMapping(table: dedup_get_canonical()) }
    static var compatibility: ScalarMapping { ScalarMapping(table: dedup_get_compatibility()) }

    /// The sequence that `scalar` is mapped to; `scalar` must be in the table.
    func callAsFunction(_ scalar: UInt32) -> UnsafeBufferPointer<UInt32> {
        let key = lowerBound(table.keys, Int(table.count), scalar)
        precondition(key < Int(table.count) && table.keys[key] == scalar)
        let start = Int(table.offsets[key])
        return UnsafeBufferPointer(start: table.scalars + start, count: Int(table.offsets[key + 1]) - start)
    }
}

/// The primary composites, except Hangul syllables.
struct Composites: @unchecked Sendable {
    private let pairs = dedup_get_composite_pairs()!
    private let scalars = dedup_get_composite_scalars()!
    private let count = Int(dedup_composite_count)

    /// The composite of two scalars; nil if they do not compose.
    func callAsFunction(_ first: UInt32, _ second: UInt32) -> UInt32? {
        let pair = UInt64(first) << 32 | UInt64(second)
        let index = lowerBound(pairs, count, pair)
        return index < count && pairs[index] == pair ? scalars[index] : nil
    }
}

/// The index of the first of `count` ascending keys that is not below `key`; `count` if there is none.
@inline(__always)
private func lowerBound<Key: FixedWidthInteger>(_ keys: UnsafePointer<Key>, _ count: Int, _ key: Key) -> Int {
    var low = 0
    var length = count
    // Without a branch on the comparison, which would be mispredicted half of the time.
    while length > 0 {
        let half = length / 2
        let isBelow = keys[low + half] < key
        low = isBelow ? low + half + 1 : low
        length = isBelow ? length - half - 1 : half
    }
    return low
}
