internal import Basics

/// The classes of characters that the published pre-tokenizer distinguishes.
enum CharacterClass: UInt8 {
    case other, letter, number, space
}

/// The class of every code point, in one byte each. A look-up is a single load, and only the parts of the table whose
/// scripts occur in the text take room in the processor's cache.
struct CharacterTable: ~Copyable, Sendable {
    static let shared = CharacterTable()

    /// Is set, beside the class, for characters that `\w` matches.
    static let wordBit: UInt8 = 4
    static let classMask: UInt8 = 3

    private let classes: Buffer<UInt8>

    private init() {
        let count = 0x110000
        var table = Buffer<UInt8>(capacity: count)
        table.reserve(count).initialize(repeating: CharacterClass.other.rawValue, count: count)
        table.advance(count)
        let kinds = [
            (CharacterRanges.letters, CharacterClass.letter.rawValue),
            (CharacterRanges.numbers, CharacterClass.number.rawValue),
            (CharacterRanges.whitespace, CharacterClass.space.rawValue),
            (CharacterRanges.word, Self.wordBit),
        ]
        for (ranges, value) in kinds {
            for index in stride(from: 0, to: ranges.count, by: 2) {
                for code in ranges[index]...ranges[index + 1] { table[Int(code)] |= value }
            }
        }
        classes = table
    }

    /// The table, indexed by code point. It is valid as long as the process runs.
    var base: UnsafePointer<UInt8> { UnsafePointer(classes.elements.baseAddress!) }
}

/// Reads the characters of UTF-8 text and their classes.
///
/// A byte that is not part of a valid sequence (RFC 3629: not overlong, no surrogates, nothing above U+10FFFF) is a
/// character by itself, of the class `other`. So any bytes can be tokenized.
struct CharacterReader: BitwiseCopyable {
    let text: UnsafePointer<UInt8>
    let count: Int
    private let classes = CharacterTable.shared.base

    init(_ text: UnsafePointer<UInt8>, _ count: Int) {
        self.text = text
        self.count = count
    }

    /// The table's byte for the character at `index`, and the length of the character in bytes. `index` is below
    /// `count`.
    @inline(__always)
    func character(at index: Int) -> (value: UInt8, length: Int) {
        let first = text[index]
        if first < 0x80 { return (classes[Int(first)], 1) }
        if first < 0xE0 {
            guard first >= 0xC2, index + 1 < count else { return (0, 1) }
            let second = text[index + 1]
            guard second & 0xC0 == 0x80 else { return (0, 1) }
            return (classes[Int(first & 0x1F) << 6 | Int(second & 0x3F)], 2)
        }
        return longCharacter(at: index)
    }

    private func longCharacter(at index: Int) -> (value: UInt8, length: Int) {
        let first = text[index]
        let length = first < 0xF0 ? 3 : 4
        guard first < 0xF5, index + length <= count else { return (0, 1) }
        var code = Int(first & (length == 3 ? 0x0F : 0x07))
        for place in 1..<length {
            let byte = text[index + place]
            guard byte & 0xC0 == 0x80 else { return (0, 1) }
            code = code << 6 | Int(byte & 0x3F)
        }
        let isValid =
            length == 3 ? code >= 0x800 && !(0xD800...0xDFFF).contains(code) : (0x10000...0x10FFFF).contains(code)
        return isValid ? (classes[code], length) : (0, 1)
    }

    /// The table's byte for the character that ends just before `index`, and the length of the character in bytes.
    /// `index` is above 0.
    func character(before index: Int) -> (value: UInt8, length: Int) {
        for length in 1...min(4, index) where text[index - length] & 0xC0 != 0x80 {
            let found = character(at: index - length)
            if found.length == length { return found }
            break
        }
        return (0, 1)
    }
}
