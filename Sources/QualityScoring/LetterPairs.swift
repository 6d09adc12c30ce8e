/// The surprise of each pair of neighbouring letters of a word, in bits: minus log2 of the probability that the second
/// letter follows the first in ordinary Russian or English.
///
/// Each letter has an index. 0 stands for the beginning of a word, its end, and every other character; then come the
/// letters of the Russian alphabet, then those of the English one.
enum LetterPairs {
    static let russianFirst = 1
    static let englishFirst = russianFirst + 33
    /// All indices are below this.
    static let letters = 64
    /// The size of one step of the table, in bits.
    static let bitsPerStep: Float = 0.2
    /// The mean surprise of a pair in the texts that the tables were made from, in bits.
    static let ordinaryBits: Float = 3.4

    /// The indices that are a vowel's, as bits, and that of every other character.
    static let vowels: UInt64 = "аеёиоуыэюяaeiouy".unicodeScalars.reduce(1) { $0 | 1 << UInt64(index(of: $1.value)) }

    /// The surprise of two letters of different alphabets, in steps.
    private static let mixed: UInt8 = 80

    /// The index of a lower-case letter.
    static func index(of scalar: UInt32) -> UInt8 {
        switch scalar {
        case 0x430...0x44F: UInt8(scalar - 0x430) + UInt8(russianFirst)
        case 0x451: UInt8(russianFirst + 32)
        case 0x61...0x7A: UInt8(scalar - 0x61) + UInt8(englishFirst)
        default: 0
        }
    }

    /// The surprise of each pair of letters in steps. That of the letters with the indices `a` and `b` is at `a *
    /// letters + b`.
    // nonisolated(unsafe) is safe here: the table is never written after it was made.
    nonisolated(unsafe) static let table: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: letters * letters)
        table.initialize(repeating: mixed, count: letters * letters)
        table[0] = 0
        for (first, rows) in [(russianFirst, russian), (englishFirst, english)] {
            func place(_ number: Int) -> Int { number == 0 ? 0 : first + number - 1 }
            for (a, row) in rows.enumerated() {
                for (b, steps) in row.utf8.enumerated() where a + b > 0 {
                    table[place(a) * letters + place(b)] = steps - 35
                }
            }
        }
        return UnsafePointer(table)
    }()
}
