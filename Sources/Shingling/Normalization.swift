package import Basics

/// The Unicode normalization form that texts are converted to before they are split into words (UAX #15).
package enum Normalization: String, Sendable, CaseIterable {
    /// Canonical composition.
    case nfc
    /// Compatibility composition: also unifies, for example, full-width and plain letters.
    case nfkc
    /// No normalization: the text as it is.
    case none

    /// The flag in `ScalarProperties` of the scalars that fail this form's quick check: they cannot occur in normalized
    /// text, or they may compose with the scalar before them.
    var unsafe: UInt16 {
        switch self {
        case .nfc: ScalarProperties.nfcUnsafe
        case .nfkc: ScalarProperties.nfkcUnsafe
        case .none: 0
        }
    }

    /// The bits in a short scalar's table entry that mean that the entry alone is not enough.
    var shortStop: UInt32 {
        switch self {
        case .nfc: ScalarTables.shortSpecial | ScalarTables.shortNFCUnsafe
        case .nfkc: ScalarTables.shortSpecial | ScalarTables.shortNFKCUnsafe
        case .none: ScalarTables.shortSpecial
        }
    }
}

/// Converts text to a normalization form, with the tables of `UnicodeData`.
///
/// Parts that are in the form already are copied. If a scalar fails the quick check of UAX #15, the text from the
/// boundary before it to the boundary after it is decomposed, reordered and composed. A boundary is a scalar of
/// combining class 0 that passes the quick check: it never composes with a scalar before it.
package struct Normalizer: ~Copyable {
    private let normalization: Normalization
    private let tables = ScalarTables()
    private let canonical = ScalarMapping.canonical
    private let compatibility = ScalarMapping.compatibility
    private let composites = Composites()
    /// The scalars between two boundaries, each with its combining class in the top 8 bits.
    private var segment = Buffer<UInt32>(capacity: 64)
    private var ordered = Buffer<UInt32>()

    /// Creates a normalizer to one form. With `.none` it copies the text.
    package init(_ normalization: Normalization) {
        self.normalization = normalization
    }

    /// Appends the normalized form of `text`, which must be valid UTF-8.
    package mutating func append(_ text: UnsafeBufferPointer<UInt8>, to output: inout Buffer<UInt8>) {
        guard let bytes = text.baseAddress, normalization != .none else { return output.append(contentsOf: text) }
        let unsafe = normalization.unsafe
        var index = 0
        var copied = 0
        var boundary = 0
        var lastClass: UInt16 = 0
        while index < text.count {
            if bytes[index] < 0x80 {
                boundary = index
                lastClass = 0
                index += 1
                continue
            }
            let (scalar, length) = UTF8Code.decode(bytes + index)
            let properties = tables[scalar]
            let combiningClass = properties.combiningClass
            if properties.has(unsafe) || (combiningClass != 0 && combiningClass < lastClass) {
                output.append(contentsOf: UnsafeBufferPointer(rebasing: text[copied..<boundary]))
                index = decompose(text, from: boundary)
                sort()
                compose()
                write(to: &output)
                copied = index
                boundary = index
                lastClass = 0
            } else {
                if combiningClass == 0 { boundary = index }
                lastClass = combiningClass
                index += length
            }
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: text[copied...]))
    }

    /// Decomposes the scalar at offset `start` and those after it, up to the next boundary; returns the boundary's
    /// offset.
    private mutating func decompose(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let bytes = text.baseAddress!
        segment.removeAll()
        var index = start
        while index < text.count {
            let (scalar, length) = UTF8Code.decode(bytes + index)
            let properties = tables[scalar]
            let isBoundary = properties.combiningClass == 0 && !properties.has(normalization.unsafe)
            if isBoundary && index > start { break }
            if Hangul.isSyllable(scalar) {
                Hangul.decompose(scalar, into: &segment)
            } else if normalization == .nfkc && properties.has(ScalarProperties.hasCompatibility) {
                push(compatibility(scalar))
            } else if properties.has(ScalarProperties.hasCanonical) {
                push(canonical(scalar))
            } else {
                segment.append(scalar | UInt32(properties.combiningClass) << 24)
            }
            index += length
        }
        return index
    }

    private mutating func push(_ scalars: UnsafeBufferPointer<UInt32>) {
        for scalar in scalars { segment.append(scalar | UInt32(tables[scalar].combiningClass) << 24) }
    }

    /// Canonical ordering: sorts each run of scalars whose combining class is not 0 by the class, in a stable order.
    private mutating func sort() {
        var start = 0
        while start < segment.count {
            if segment[start] >> 24 == 0 {
                start += 1
                continue
            }
            var end = start + 1
            while end < segment.count && segment[end] >> 24 != 0 { end += 1 }
            // Insertion sort is quadratic, and a hostile text can have any number of marks in a row.
            if end - start <= 32 { insertionSort(start..<end) } else { countingSort(start..<end) }
            start = end
        }
    }

    private mutating func insertionSort(_ run: Range<Int>) {
        for index in run.dropFirst() {
            let scalar = segment[index]
            var place = index
            while place > run.lowerBound && segment[place - 1] >> 24 > scalar >> 24 {
                segment[place] = segment[place - 1]
                place -= 1
            }
            segment[place] = scalar
        }
    }

    private mutating func countingSort(_ run: Range<Int>) {
        var starts = [Int](repeating: 0, count: 257)
        for index in run { starts[Int(segment[index] >> 24) + 1] += 1 }
        for combiningClass in 1...256 { starts[combiningClass] += starts[combiningClass - 1] }
        ordered.removeAll()
        ordered.append(contentsOf: segment.slice(run))
        for scalar in ordered.elements {
            segment[run.lowerBound + starts[Int(scalar >> 24)]] = scalar
            starts[Int(scalar >> 24)] += 1
        }
    }

    /// Canonical composition of the segment, in place.
    private mutating func compose() {
        var starter: Int?
        var kept = 0
        for index in 0..<segment.count {
            let scalar = segment[index]
            let combiningClass = scalar >> 24
            if let place = starter {
                let isAdjacent = place == kept - 1
                // A scalar between the two blocks the composition unless its class is lower than the second scalar's.
                if isAdjacent || (combiningClass != 0 && segment[kept - 1] >> 24 < combiningClass),
                    let composite = composed(segment[place], scalar & 0xFF_FFFF)
                {
                    segment[place] = composite
                    continue
                }
            }
            if combiningClass == 0 { starter = kept }
            segment[kept] = scalar
            kept += 1
        }
        segment.truncate(to: kept)
    }

    private func composed(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if let syllable = Hangul.composed(first, second) { return syllable }
        // Only scalars with NFC_QC=Maybe compose with a scalar before them.
        return tables[second].has(ScalarProperties.nfcUnsafe) ? composites(first, second) : nil
    }

    private func write(to output: inout Buffer<UInt8>) {
        let room = output.reserve(segment.count * 4)
        var length = 0
        for scalar in segment.elements { length += UTF8Code.encode(scalar & 0xFF_FFFF, room + length) }
        output.advance(length)
    }
}

/// Decomposes and composes Hangul syllables, which are computed instead of looked up in tables (The Unicode Standard,
/// section 3.12).
private enum Hangul {
    static let syllables: UInt32 = 0xAC00
    static let leading: UInt32 = 0x1100
    static let vowels: UInt32 = 0x1161
    /// One below the first trailing consonant, because the trailing index 0 means "no trailing consonant".
    static let trailing: UInt32 = 0x11A7
    static let leadingCount: UInt32 = 19
    static let vowelCount: UInt32 = 21
    static let trailingCount: UInt32 = 28

    static func isSyllable(_ scalar: UInt32) -> Bool {
        scalar &- syllables < leadingCount * vowelCount * trailingCount
    }

    static func decompose(_ syllable: UInt32, into segment: inout Buffer<UInt32>) {
        let index = syllable - syllables
        segment.append(leading + index / (vowelCount * trailingCount))
        segment.append(vowels + index / trailingCount % vowelCount)
        if index % trailingCount != 0 { segment.append(trailing + index % trailingCount) }
    }

    static func composed(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first &- leading < leadingCount && second &- vowels < vowelCount {
            return syllables + ((first - leading) * vowelCount + (second - vowels)) * trailingCount
        }
        let isTrailing = second > trailing && second < trailing + trailingCount
        if isSyllable(first) && (first - syllables) % trailingCount == 0 && isTrailing {
            return first + (second - trailing)
        }
        return nil
    }
}
