internal import CUnicodeTables

/// What words and normalization know of scalars: tables made from the Unicode Character Database and committed, so
/// that no toolchain or system library changes the words of an index.
package enum UnicodeData {
    /// The version of the Unicode Character Database.
    package static let version = "15.0.0"
}

/// What a scalar is to words.
struct WordClass {
    static let other: UInt16 = 0
    /// White space as Python's `str.isspace` has it; to words the same as `other`.
    static let whiteSpace: UInt16 = 1
    /// A letter or number.
    static let base: UInt16 = 2
    static let mark: UInt16 = 3
    /// Format characters and variation selectors.
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

/// Pointers to the tables. They live in the program's read-only data, so any scalar below 0x110000 can be looked up
/// without a check; text is valid UTF-8 by contract, which bounds the scalars decoded from it.
struct ScalarTables: @unchecked Sendable {
    private let blocks = dedup_get_property_blocks()!
    private let values = dedup_get_property_values()!
    /// Entries of scalars of one or two bytes; the bits are described in CUnicodeTables.h.
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

/// A table from scalars to one or more scalars.
struct ScalarMapping: @unchecked Sendable {
    private let table: dedup_scalar_mapping

    static var lowercase: ScalarMapping { ScalarMapping(table: dedup_get_lower()) }
    static var canonical: ScalarMapping { ScalarMapping(table: dedup_get_canonical()) }
    static var compatibility: ScalarMapping { ScalarMapping(table: dedup_get_compatibility()) }

    /// What `scalar`, which must be a key, maps to.
    func callAsFunction(_ scalar: UInt32) -> UnsafeBufferPointer<UInt32> {
        let key = lowerBound(table.keys, Int(table.count), scalar)
        precondition(key < Int(table.count) && table.keys[key] == scalar)
        let start = Int(table.offsets[key])
        return UnsafeBufferPointer(start: table.scalars + start, count: Int(table.offsets[key + 1]) - start)
    }
}

/// Primary composites, without those of Hangul.
struct Composites: @unchecked Sendable {
    private let pairs = dedup_get_composite_pairs()!
    private let scalars = dedup_get_composite_scalars()!
    private let count = Int(dedup_composite_count)

    func callAsFunction(_ first: UInt32, _ second: UInt32) -> UInt32? {
        let pair = UInt64(first) << 32 | UInt64(second)
        let index = lowerBound(pairs, count, pair)
        return index < count && pairs[index] == pair ? scalars[index] : nil
    }
}

/// The index of the first of `count` ascending keys that is not below `key`.
@inline(__always)
private func lowerBound<Key: FixedWidthInteger>(_ keys: UnsafePointer<Key>, _ count: Int, _ key: Key) -> Int {
    var low = 0
    var length = count
    // No branch on the comparison: it would be mispredicted every other time.
    while length > 0 {
        let half = length / 2
        let isBelow = keys[low + half] < key
        low = isBelow ? low + half + 1 : low
        length = isBelow ? length - half - 1 : half
    }
    return low
}
