/// The function words and the words of `WordGroup`, in a hash table with open addressing. The key of a word is made
/// from the hash of its folded letters; finding a word takes one look-up.
enum Lexicon {
    /// A slot of the table: the upper half of a word's key, and the word's languages and groups.
    struct Entry: BitwiseCopyable {
        var tag: UInt32 = 0
        /// One bit for each language (its raw value minus one), and above them one bit for each `WordGroup`.
        var payload: UInt32 = 0
    }

    static let languages = Language.allCases.filter { $0 != .unknown && $0 != .other }
    static let firstGroup = UInt32(languages.count)
    static let size = 4096

    /// The table of whole words and of beginnings of words. The keys of beginnings are changed by `beginningMark`, so
    /// that the two do not match each other.
    // nonisolated(unsafe) is safe here: the table is never written after it was made.
    nonisolated(unsafe) static let table: UnsafePointer<Entry> = {
        let table = UnsafeMutablePointer<Entry>.allocate(capacity: size)
        table.initialize(repeating: Entry(), count: size)
        func put(_ key: UInt64, _ bit: UInt32) {
            var slot = Int(key & UInt64(size - 1))
            let tag = UInt32(key >> 32) | 1
            while table[slot].tag != 0, table[slot].tag != tag { slot = (slot + 1) & (size - 1) }
            table[slot].tag = tag
            table[slot].payload |= 1 << bit
        }
        for (language, words) in FunctionWords.all {
            for word in words.split(separator: " ") {
                guard let key = key(word) else { continue }
                put(key, UInt32(language.rawValue) - 1)
            }
        }
        for group in WordGroup.allCases {
            for word in group.words.split(separator: " ") {
                guard let key = key(word) else { continue }
                put(key, firstGroup + group.rawValue)
            }
            for word in group.beginnings.split(separator: " ") {
                guard let key = key(word) else { continue }
                put(key ^ beginningMark, firstGroup + group.rawValue)
            }
        }
        return UnsafePointer(table)
    }()

    /// The number of letters in the beginning of a word.
    static let beginning = 5
    /// Is combined, by exclusive or, with the key of a beginning.
    static let beginningMark: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The languages and groups of a word, as in `Entry.payload`; 0 if the word is unknown.
    @inline(__always)
    static func payload(_ table: UnsafePointer<Entry>, _ key: UInt64) -> UInt32 {
        var slot = Int(key & UInt64(size - 1))
        let tag = UInt32(key >> 32) | 1
        while table[slot].tag != 0 {
            if table[slot].tag == tag { return table[slot].payload }
            slot = (slot + 1) & (size - 1)
        }
        return 0
    }

    // The hash of a word is computed letter by letter as the word is read. Its key combines the hash with the alphabet
    // of the word.

    static let hashStart: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    static func hash(_ hash: UInt64, adding folded: UInt16) -> UInt64 { (hash ^ UInt64(folded)) &* 0x100_0000_01B3 }

    /// The key of a word, from the hash of its letters.
    ///
    /// - Parameter scripts: one bit for each `Script` of the word's letters, by raw value. A word with a Cyrillic
    ///   letter counts as Cyrillic, whatever other letters it has.
    @inline(__always)
    static func key(_ hash: UInt64, scripts: UInt32) -> UInt64 {
        let alphabet: UInt64 =
            scripts & 1 << UInt32(Script.cyrillic.rawValue) != 0
            ? 1 : scripts & 1 << UInt32(Script.latin.rawValue) != 0 ? 2 : 3
        let mixed = (hash ^ alphabet) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ mixed >> 32
    }

    /// The key of a word given as text; nil if it has other characters than letters, marks and digits (`из-за`).
    static func key(_ word: Substring) -> UInt64? {
        var hash = hashStart
        var scripts: UInt32 = 0
        for scalar in word.unicodeScalars {
            let entry = ScalarTable.entries[Int(scalar.value)]
            guard entry.kind < ScalarClass.firstOutsideWords else { return nil }
            hash = Self.hash(hash, adding: entry.folded)
            scripts |= 1 << UInt32(entry.script)
        }
        return key(hash, scripts: scripts)
    }
}
