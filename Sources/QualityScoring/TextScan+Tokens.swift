extension TextScan {
    /// Ends the current token: counts it, and whether it is a mention, a hashtag, an e-mail address or a link.
    ///
    /// - Parameter end: the byte offset just after the token.
    mutating func endToken(at end: Int) {
        guard end > token.start else { return }
        counts.tokens += 1
        if token.hasLetters { counts.tokensWithLetters += 1 }
        if token.isIdentifier { counts.identifiers += 1 }
        let first = text[token.start]
        if first == 0x40 || first == 0x23, end - token.start > 2, Self.isNameByte(text[token.start + 1]) {
            if first == 0x40 { counts.mentions += 1 } else { counts.hashtags += 1 }
            return
        }
        guard token.hasScheme || token.dots > 0 && namesHost(upTo: end) else { return }
        if token.hasAt, !token.hasScheme {
            counts.addresses += 1
        } else {
            counts.links += 1
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == 0x5F || (0x61...0x7A).contains(byte | 0x20)
    }

    /// Whether the token looks like the name of a host: it begins with `www.`, or the part before its first slash is
    /// ASCII and ends in a period and two to four letters (`example.com/page`).
    private func namesHost(upTo end: Int) -> Bool {
        var start = token.start
        if end - start > 4, text[start] | 0x20 == 0x77, text[start + 1] | 0x20 == 0x77, text[start + 2] | 0x20 == 0x77,
            text[start + 3] == 0x2E
        {
            return true
        }
        while start < end, Self.isBracketOrQuote(text[start]) { start += 1 }
        var stop = start
        while stop < end, text[stop] != 0x2F, text[stop] < 0x80 { stop += 1 }
        if stop < end, text[stop] >= 0x80 { return false }
        while stop > start, !Self.isASCIILetter(text[stop - 1]) { stop -= 1 }
        var letters = 0
        while stop > start, Self.isASCIILetter(text[stop - 1]) {
            stop -= 1
            letters += 1
        }
        guard letters >= 2, letters <= 4, stop - start >= 3, text[stop - 1] == 0x2E else { return false }
        // `end.Then` is not a host: it is the end of a sentence, and only the space after the period is missing. The
        // letters around the period differ in case there.
        guard text[stop] & 0x20 == text[stop - 2] & 0x20 else { return false }
        // An abbreviation (`e.g`, `p.m.`) is not a host either: it has a single letter before its period.
        return Self.isASCIILetter(text[stop - 2]) && (Self.isASCIILetter(text[stop - 3]) || text[stop - 3] == 0x2D)
    }

    private static func isASCIILetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    private static func isBracketOrQuote(_ byte: UInt8) -> Bool {
        byte == 0x28 || byte == 0x5B || byte == 0x22 || byte == 0x27 || byte == 0x3C
    }
}
