/// Splits text into the pieces that merges never cross, with the pattern of GPT-2:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; the character classes are those of
/// `CharacterTable`.) The scanner is written by hand, because the pattern needs only one character of lookahead and no
/// backtracking.
package struct PieceScanner: BitwiseCopyable {
    private let reader: CharacterReader

    package init(_ text: UnsafePointer<UInt8>, _ count: Int) {
        reader = CharacterReader(text, count)
    }

    /// The end of the piece that begins at `start`. `start` is below the length of the text, and the result is above
    /// `start`.
    @inline(__always)
    package func end(ofPieceAt start: Int) -> Int {
        let text = reader.text
        let first = text[start]
        if first == UInt8(ascii: "'"), let end = contraction(at: start) { return end }
        // A space belongs to the characters that follow it.
        let isSpace = first == 0x20
        if isSpace && start + 1 == reader.count { return start + 1 }
        let runStart = isSpace ? start + 1 : start
        let (value, length) = reader.character(at: runStart)
        let kind = value & CharacterTable.classMask
        if kind == CharacterClass.space.rawValue { return endOfWhitespace(from: start) }
        return endOfRun(of: kind, from: runStart + length)
    }

    /// The end of the characters of one class.
    @inline(__always)
    private func endOfRun(of kind: UInt8, from start: Int) -> Int {
        var index = start
        while index < reader.count {
            let (value, length) = reader.character(at: index)
            if value & CharacterTable.classMask != kind { break }
            index += length
        }
        return index
    }

    /// A run of whitespace does not include its last character if other text follows, except if it is the only one.
    private func endOfWhitespace(from start: Int) -> Int {
        var index = start
        var last = start
        while index < reader.count {
            let (value, length) = reader.character(at: index)
            if value & CharacterTable.classMask != CharacterClass.space.rawValue {
                return last == start ? index : last
            }
            last = index
            index += length
        }
        return index
    }

    private func contraction(at start: Int) -> Int? {
        guard start + 1 < reader.count else { return nil }
        let next = reader.text[start + 1]
        switch next {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"), UInt8(ascii: "l"):
            let last = next == UInt8(ascii: "l") ? UInt8(ascii: "l") : UInt8(ascii: "e")
            return start + 2 < reader.count && reader.text[start + 2] == last ? start + 3 : nil
        default: return nil
        }
    }
}
