/// Cuts text into the pieces that merges never cross, as the pattern of GPT-2 does it:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"; here with the classes of
/// `CharacterTable`.) A scanner by hand: the pattern needs one character of lookahead, and no way back.
package struct PieceScanner: BitwiseCopyable {
    private let reader: CharacterReader

    package init(_ text: UnsafePointer<UInt8>, _ count: Int) {
        reader = CharacterReader(text, count)
    }

    /// Where the piece that begins at `start` ends; `start` is below the count, and the result above `start`.
    @inline(__always)
    package func end(ofPieceAt start: Int) -> Int {
        let text = reader.text
        let first = text[start]
        if first == UInt8(ascii: "'"), let end = contraction(at: start) { return end }
        // A space belongs to the run that follows it.
        let isSpace = first == 0x20
        if isSpace && start + 1 == reader.count { return start + 1 }
        let runStart = isSpace ? start + 1 : start
        let (value, length) = reader.character(at: runStart)
        let kind = value & CharacterTable.classMask
        if kind == CharacterClass.space.rawValue { return endOfWhitespace(from: start) }
        return endOfRun(of: kind, from: runStart + length)
    }

    /// Where the characters of a class end.
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

    /// A run of whitespace leaves its last character to what follows it, unless that is the only one, or the end.
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
