internal import CWords

/// The lookup tables of the C kernel `dedup_words_append`, which splits text in blocks: ASCII, Latin-1, Cyrillic and
/// common punctuation.
final class WordKernel {
    /// The number of bytes that the kernel may write past the end of the words.
    static let bytesPastEnd = 64
    /// The number of entries that the kernel may write past the last start.
    static let startsPastEnd = 32

    let tables: UnsafePointer<dedup_word_tables>

    /// Returns nil if the CPU does not support the kernel.
    ///
    /// - Parameter form: scalars that may not be in this form stop the kernel.
    init?(_ form: Normalization, _ scalars: ScalarTables) {
        guard dedup_words_available() else { return nil }
        let tables = UnsafeMutablePointer<dedup_word_tables>.allocate(capacity: 1)
        tables.initialize(to: dedup_word_tables())
        Self.fill(&tables.pointee.ascii, from: 0) { Self.short($0, form, scalars) }
        Self.fill(&tables.pointee.latin, from: 0x80) { Self.short($0, form, scalars) }
        Self.fill(&tables.pointee.cyrillic, from: 0x400) { Self.short($0, form, scalars) }
        Self.fill(&tables.pointee.punctuation, from: 0x2000) { scalar in
            let properties = scalars[scalar]
            let separates = properties.wordClass <= WordClass.whiteSpace && !properties.has(form.unsafe)
            return separates ? Self.separator : Self.stop
        }
        self.tables = UnsafePointer(tables)
    }

    deinit {
        tables.deallocate()
    }

    private static let separator = UInt8(DEDUP_WORDS_SEPARATOR)
    private static let stop = UInt8(DEDUP_WORDS_STOP)

    private static func fill<Table>(_ table: inout Table, from first: UInt32, _ entry: (UInt32) -> UInt8) {
        withUnsafeMutableBytes(of: &table) { bytes in
            for index in bytes.indices { bytes[index] = entry(first + UInt32(index)) }
        }
    }

    /// The table entry of a scalar of one or two bytes. A scalar whose lower case is not in the same table stops the
    /// kernel; this never happens in ASCII.
    private static func short(_ scalar: UInt32, _ form: Normalization, _ scalars: ScalarTables) -> UInt8 {
        let entry = scalars.short[Int(scalar)]
        if entry & form.shortStop != 0 { return stop }
        if entry & ScalarTables.shortBase == 0 { return separator }
        let lower = withUnsafeBytes(of: UInt16(truncatingIfNeeded: entry).littleEndian) {
            UTF8Code.decode($0.bindMemory(to: UInt8.self).baseAddress!)
        }
        return lower.scalar & ~0x7F == scalar & ~0x7F ? UInt8(lower.scalar & 0x7F) : stop
    }
}
