/// The words that the statistics know, by a hash of their folded letters: open addressing, one look-up per word.
enum Lexicon {
    /// An entry: the upper half of a word's key, then its languages and its groups.
    struct Entry: BitwiseCopyable {
        var tag: UInt32 = 0
        /// A bit for each language by its raw value, less one; above them one for each `WordGroup`.
        var payload: UInt32 = 0
    }

    static let languages = Language.allCases.filter { $0 != .unknown && $0 != .other }
    static let firstGroup = UInt32(languages.count)
    static let size = 4096

    /// Of whole words, then of beginnings: they never meet, their keys are made otherwise.
    // Never written again.
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

    /// Letters in a beginning.
    static let beginning = 5
    static let beginningMark: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Languages and groups of a word; 0 for one that is not known.
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

    // A word's hash is made letter by letter as it is read; its key is that and the word's alphabet.

    static let hashStart: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    static func hash(_ hash: UInt64, adding folded: UInt16) -> UInt64 { (hash ^ UInt64(folded)) &* 0x100_0000_01B3 }

    /// - Parameter scripts: a bit for each script of the word's letters, by raw value. A word with a Cyrillic letter is
    ///   a Cyrillic word, whatever else was put into it.
    @inline(__always)
    static func key(_ hash: UInt64, scripts: UInt32) -> UInt64 {
        let alphabet: UInt64 =
            scripts & 1 << UInt32(Script.cyrillic.rawValue) != 0
            ? 1 : scripts & 1 << UInt32(Script.latin.rawValue) != 0 ? 2 : 3
        let mixed = (hash ^ alphabet) &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ mixed >> 32
    }

    /// The key of a written word; nil when it is no word by itself (`из-за`).
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
