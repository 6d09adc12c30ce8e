extension CanonicalPass {
    /// The number of bytes before a `](` that are searched for the bracket which opens the text of the link.
    private static let longestLinkText = 1000
    /// The number of bytes that the target of a link and its title may have.
    private static let longestTarget = 2000

    /// Appends a token without its marks and links.
    ///
    /// - Parameter token: the token; if the target of a link goes beyond it, `place` is moved to the end of the target.
    mutating func appendMarked(_ token: Range<Int>) {
        if isLayout(token) { return }
        var before = end
        var hasLink = false
        if end > 0 {
            form[end] = 0x20
            end += 1
        }
        var first = end
        var index = token.lowerBound
        // The end of the token, or of the link that goes beyond it.
        var stop = token.upperBound
        while index < stop {
            let byte = text[index]
            switch byte {
            case Self.star, Self.underscore, Self.tilde, Self.backtick:
                let runEnd = endOfRun(byte, index, stop)
                if isInsideWord(index..<runEnd, of: token.lowerBound..<stop) { copy(index..<runEnd) }
                index = runEnd
                continue
            case Self.close:
                if let after = targetEnd(index), let opening = opening() {
                    remove(opening)
                    if opening.upperBound <= first {
                        // The text of the link began in an earlier token.
                        first -= opening.count
                        before -= opening.count
                    }
                    links += 1
                    index = after
                    if index > stop {
                        place = index
                        stop = endOfToken(index)
                        place = stop
                    }
                    continue
                }
            case Self.colon, Self.w, Self.capitalW:
                if let linkStart = linkStart(index, in: token.lowerBound..<stop) {
                    end -= index - linkStart
                    links += 1
                    hasLink = true
                    index = linkEnd(index, stop)
                    continue
                }
            default: break
            }
            form[end] = byte
            end += 1
            index += 1
        }
        if end == first {
            end = before
        } else if hasLink, !hasWordByte(from: first) {
            keepPunctuation(from: first)
        }
    }

    private static let star = UInt8(ascii: "*")
    private static let underscore = UInt8(ascii: "_")
    private static let tilde = UInt8(ascii: "~")
    private static let backtick = UInt8(ascii: "`")
    private static let open = UInt8(ascii: "[")
    private static let close = UInt8(ascii: "]")
    private static let colon = UInt8(ascii: ":")
    private static let w = UInt8(ascii: "w")
    private static let capitalW = UInt8(ascii: "W")

    /// Whether a token only marks the layout: bullets and emoji, `-`, `+`, runs of `#`, `*`, `>`, `` ` `` or `~`, and rules of
    /// three or more `-`, `=` or `_`.
    private func isLayout(_ token: Range<Int>) -> Bool {
        let first = text[token.lowerBound]
        if first >= 0x80 { return areMarks(token) }
        guard ByteClass.table[Int(first)] & ByteClass.mark != 0,
            endOfRun(first, token.lowerBound, token.upperBound) == token.upperBound
        else { return false }
        switch first {
        case UInt8(ascii: "#"), Self.star, UInt8(ascii: ">"), Self.backtick, Self.tilde: return true
        case UInt8(ascii: "-"): return token.count != 2
        case UInt8(ascii: "+"): return token.count == 1
        case UInt8(ascii: "="), Self.underscore: return token.count >= 3
        default: return false
        }
    }

    /// Whether all scalars of a token are bullets or emoji, with format characters and marks among them.
    private func areMarks(_ token: Range<Int>) -> Bool {
        var next = token.lowerBound
        var hasMark = false
        while next < token.upperBound {
            let scalar = UTF8Reader.next(text, &next)
            let entry = scalar < 0x10000 ? ScalarTable.entries[Int(scalar)] : ScalarTable.supplementary(scalar)
            switch ScalarClass(rawValue: entry.kind) {
            case .bullet, .emoji: hasMark = true
            case .format, .mark: break
            default: return false
            }
        }
        return hasMark
    }

    private func endOfRun(_ byte: UInt8, _ start: Int, _ stop: Int) -> Int {
        var end = start
        while end < stop, text[end] == byte { end += 1 }
        return end
    }

    private func endOfToken(_ start: Int) -> Int {
        var end = start
        while end < text.count, spaceLength(at: end) == 0 { end += 1 }
        return end
    }

    private func isInsideWord(_ run: Range<Int>, of token: Range<Int>) -> Bool {
        run.lowerBound > token.lowerBound && run.upperBound < token.upperBound
            && Self.isWordByte(text[run.lowerBound - 1]) && Self.isWordByte(text[run.upperBound])
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte >= 0x80 || 0x30...0x39 ~= byte || 0x61...0x7A ~= byte | 0x20
    }

    private mutating func copy(_ range: Range<Int>) {
        (form + end).update(from: text.baseAddress! + range.lowerBound, count: range.count)
        end += range.count
    }

    // MARK: Links in Markdown

    /// The offset after the target of a link whose text ends with the `]` at an offset: `](target)` or
    /// `](target "title")`; nil if there is none.
    private func targetEnd(_ bracket: Int) -> Int? {
        let limit = min(text.count, bracket + Self.longestTarget)
        var index = bracket + 1
        guard index < limit, text[index] == UInt8(ascii: "(") else { return nil }
        index += 1
        let start = index
        var depth = 0
        while index < limit {
            if spaceLength(at: index) > 0 { break }
            if text[index] == UInt8(ascii: "(") { depth += 1 }
            if text[index] == UInt8(ascii: ")") {
                if depth == 0 { return index > start ? index + 1 : nil }
                depth -= 1
            }
            index += 1
        }
        guard index > start else { return nil }
        while index < limit, spaceLength(at: index) > 0 { index += spaceLength(at: index) }
        guard index < limit, text[index] == UInt8(ascii: "\"") || text[index] == UInt8(ascii: "'") else { return nil }
        let quote = text[index]
        index += 1
        while index < limit, text[index] != quote { index += 1 }
        return index + 1 < limit && text[index + 1] == UInt8(ascii: ")") ? index + 2 : nil
    }

    /// The range in the form of the `[`, or of the `![` of an image, that opens the text of a link which ends here; nil
    /// if there is none.
    private func opening() -> Range<Int>? {
        var index = end - 1
        var depth = 0
        let least = max(0, end - Self.longestLinkText)
        while index >= least {
            if form[index] == Self.close { depth += 1 }
            if form[index] == Self.open {
                if depth == 0 {
                    let start = index > 0 && form[index - 1] == UInt8(ascii: "!") ? index - 1 : index
                    // A bracket that stands alone is a token, whose space goes with it.
                    let isAlone = start == 0 || form[start - 1] == 0x20
                    return start..<(isAlone && index + 1 < end && form[index + 1] == 0x20 ? index + 2 : index + 1)
                }
                depth -= 1
            }
            index -= 1
        }
        return nil
    }

    private mutating func remove(_ range: Range<Int>) {
        (form + range.lowerBound).update(from: form + range.upperBound, count: end - range.upperBound)
        end -= range.count
    }

    // MARK: Links in the text

    /// The offset where a link begins whose `://` or `www.` is at an offset of a token; nil if there is none.
    private func linkStart(_ index: Int, in token: Range<Int>) -> Int? {
        if text[index] != Self.colon {
            guard index + 4 < token.upperBound, text[index + 1] | 0x20 == Self.w, text[index + 2] | 0x20 == Self.w,
                text[index + 3] == UInt8(ascii: "."), index == token.lowerBound || !Self.isWordByte(text[index - 1])
            else { return nil }
            return index
        }
        guard index + 3 < token.upperBound, text[index + 1] == UInt8(ascii: "/"), text[index + 2] == UInt8(ascii: "/")
        else {
            return nil
        }
        var start = index
        while start > token.lowerBound, Self.isWordByte(text[start - 1]), text[start - 1] < 0x80 { start -= 1 }
        return start < index ? start : nil
    }

    /// The end of a link; punctuation and brackets behind it are not part of it.
    private func linkEnd(_ index: Int, _ stop: Int) -> Int {
        var end = index
        while end < stop, text[end] != UInt8(ascii: "\""), text[end] != UInt8(ascii: "<"),
            text[end] != UInt8(ascii: ">")
        {
            end += 1
        }
        while end > index, Self.isClosing(text[end - 1]) { end -= 1 }
        return end
    }

    private static func isClosing(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "!"), UInt8(ascii: "?"),
            UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "'"), UInt8(ascii: ":"),
            Self.star, Self.underscore, Self.tilde, Self.backtick:
            true
        default: false
        }
    }

    private func hasWordByte(from first: Int) -> Bool { (first..<end).contains { Self.isWordByte(form[$0]) } }

    /// Called for a token whose link was taken away. Deletes the rest of the token except its punctuation, and joins that
    /// to the word before the link.
    private mutating func keepPunctuation(from first: Int) {
        // At the beginning of the text, there is no word before it.
        guard first > 0 else {
            end = 0
            return
        }
        var last = first - 1
        for index in first..<end {
            switch form[index] {
            case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "!"), UInt8(ascii: "?"):
                form[last] = form[index]
                last += 1
            default: break
            }
        }
        end = last
    }
}
