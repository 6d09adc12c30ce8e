internal import Basics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A token that is cut out of a text before the text is split into pieces.
struct AddedToken: Sendable {
    let content: [UInt8]
    let id: Int32
    /// Whether the token is found only if no word character (`\w`) is directly before or after it.
    var isSingleWord = false
    /// Whether the token takes the whitespace before it, and the whitespace after it.
    var stripsLeft = false
    var stripsRight = false
    /// Whether the token is looked for in a second pass, in the text that the first pass left. (In Hugging Face's
    /// library, a normalizer runs between the passes. None is supported here.)
    var isNormalized = false
    var isSpecial = true
}

/// The added tokens of a tokenizer. They are found in a text in the same way as by Hugging Face's `AddedVocabulary`.
struct AddedTokens: Sendable {
    let tokens: [AddedToken]
    let specialIDs: Set<Int32>
    private let first: TokenFinder
    private let second: TokenFinder

    init(_ tokens: [AddedToken]) {
        self.tokens = tokens
        specialIDs = Set(tokens.filter(\.isSpecial).map(\.id))
        first = TokenFinder(tokens.filter { !$0.isNormalized })
        second = TokenFinder(tokens.filter(\.isNormalized))
    }

    /// Calls the closures, in the order of the text, with the text between added tokens and with the ids of the tokens.
    /// Stops when a closure returns false, and returns false then.
    func split(
        _ text: UnsafeBufferPointer<UInt8>, text onText: (UnsafeBufferPointer<UInt8>) -> Bool,
        token onToken: (Int32) -> Bool
    ) -> Bool {
        first.split(
            text,
            text: { second.isEmpty ? onText($0) : second.split($0, text: onText, token: onToken) },
            token: onToken)
    }
}

/// Finds tokens in a text from left to right. If several begin at the same place, the longest one is found.
private struct TokenFinder: Sendable {
    /// The tokens, sorted by their first byte; those with the same first byte from long to short.
    private let tokens: [AddedToken]
    /// For each first byte, the index of its first token. One more element is the number of tokens.
    private let starts: [Int]
    /// The first byte of the tokens if all have the same one. Then memchr searches for it.
    private let onlyFirst: UInt8?

    init(_ tokens: [AddedToken]) {
        self.tokens = tokens.sorted {
            ($0.content[0], $1.content.count) < ($1.content[0], $0.content.count)
        }
        var starts = [Int](repeating: 0, count: 257)
        for token in tokens { starts[Int(token.content[0]) + 1] += 1 }
        for byte in 0..<256 { starts[byte + 1] += starts[byte] }
        self.starts = starts
        onlyFirst = Set(tokens.map { $0.content[0] }).count == 1 ? tokens[0].content[0] : nil
    }

    var isEmpty: Bool { tokens.isEmpty }

    func split(
        _ text: UnsafeBufferPointer<UInt8>, text onText: (UnsafeBufferPointer<UInt8>) -> Bool,
        token onToken: (Int32) -> Bool
    ) -> Bool {
        guard let base = text.baseAddress, !tokens.isEmpty else { return onText(text) }
        let reader = CharacterReader(base, text.count)
        // `done` is the end of the text that was passed on; the search continues at `from`.
        var done = 0
        var from = 0
        while let (place, token) = next(text, from: from) {
            from = place + token.content.count
            var start = place
            var end = from
            if token.isSingleWord && touchesWord(reader, start, end) { continue }
            if token.stripsLeft { start = max(done, startOfWhitespace(reader, before: start)) }
            if token.stripsRight { end = endOfWhitespace(reader, from: end) }
            // The token is whitespace, and the token before it has already taken all of it.
            if start >= end { continue }
            if done < start && !onText(UnsafeBufferPointer(rebasing: text[done..<start])) { return false }
            if !onToken(token.id) { return false }
            done = end
        }
        return done >= text.count || onText(UnsafeBufferPointer(rebasing: text[done...]))
    }

    /// The first token at or after the offset `from`.
    private func next(_ text: UnsafeBufferPointer<UInt8>, from: Int) -> (place: Int, token: AddedToken)? {
        let base = text.baseAddress!
        var place = from
        while place < text.count {
            if let onlyFirst {
                guard let found = memchr(base + place, Int32(onlyFirst), text.count - place) else { return nil }
                place = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
            }
            let byte = Int(text[place])
            for index in starts[byte]..<starts[byte + 1] {
                let length = tokens[index].content.count
                let isFound =
                    length <= text.count - place
                    && tokens[index].content.withUnsafeBufferPointer {
                        memcmp($0.baseAddress!, base + place, length) == 0
                    }
                if isFound { return (place, tokens[index]) }
            }
            place += 1
        }
        return nil
    }

    private func touchesWord(_ reader: CharacterReader, _ start: Int, _ end: Int) -> Bool {
        start > 0 && reader.character(before: start).value & CharacterTable.wordBit != 0
            || end < reader.count && reader.character(at: end).value & CharacterTable.wordBit != 0
    }

    private func startOfWhitespace(_ reader: CharacterReader, before end: Int) -> Int {
        var start = end
        while start > 0 {
            let (value, length) = reader.character(before: start)
            if value & CharacterTable.classMask != CharacterClass.space.rawValue { break }
            start -= length
        }
        return start
    }

    private func endOfWhitespace(_ reader: CharacterReader, from start: Int) -> Int {
        var end = start
        while end < reader.count {
            let (value, length) = reader.character(at: end)
            if value & CharacterTable.classMask != CharacterClass.space.rawValue { break }
            end += length
        }
        return end
    }
}
