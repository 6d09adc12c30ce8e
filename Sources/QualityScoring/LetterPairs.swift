/// How surprising each pair of neighbouring letters of a word is in ordinary Russian and English.
///
/// Letters have indices: 0 is a word's beginning and end and everything else, then the Russian alphabet, then the
/// English one.
enum LetterPairs {
    static let russianFirst = 1
    static let englishFirst = russianFirst + 33
    /// The indices are below this.
    static let letters = 64
    /// What a unit of the table is worth.
    static let bitsPerStep: Float = 0.2
    /// The means over the texts that the tables were made of.
    static let ordinaryBits: Float = 3.4

    /// Of two letters of different alphabets.
    private static let mixed: UInt8 = 80

    /// The index of a letter in lower case.
    static func index(of scalar: UInt32) -> UInt8 {
        switch scalar {
        case 0x430...0x44F: UInt8(scalar - 0x430) + UInt8(russianFirst)
        case 0x451: UInt8(russianFirst + 32)
        case 0x61...0x7A: UInt8(scalar - 0x61) + UInt8(englishFirst)
        default: 0
        }
    }

    /// The surprise of a pair, in steps: of letters `a`, `b` at `a * letters + b`.
    // Never written again.
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
