/// A slow implementation of the canonical form over arrays of scalars, with which the fast one is compared.
struct SlowCanonicalText {
    private(set) var links = 0
    private var output: [Unicode.Scalar] = []
    private let text: [Unicode.Scalar]

    var form: String { String(String.UnicodeScalarView(output)) }

    init(_ string: String) {
        text = Array(string.unicodeScalars)
        var place = 0
        while place < text.count {
            if text[place].properties.isWhitespace {
                place += 1
            } else {
                place = token(from: place)
            }
        }
    }

    private func endOfToken(_ start: Int) -> Int {
        text[start...].firstIndex { $0.properties.isWhitespace } ?? text.count
    }

    private static func isWordy(_ scalar: Unicode.Scalar) -> Bool { !scalar.isASCII || isLetterOrDigit(scalar) }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    private static func isLayout(_ token: ArraySlice<Unicode.Scalar>) -> Bool {
        let word = String(String.UnicodeScalarView(token))
        if token.allSatisfy({ ["•", "📌"].contains($0) }) || ["-", "+"].contains(word) { return true }
        return word.wholeMatch(of: /#+|\*+|>+|`+|~+|-{3,}|={3,}|_{3,}/) != nil
    }

    /// Reads a token. Returns the end of it, or of the link that goes beyond it.
    private mutating func token(from start: Int) -> Int {
        var stop = endOfToken(start)
        if Self.isLayout(text[start..<stop]) { return stop }
        var own: [Unicode.Scalar] = []
        var hasLink = false
        var index = start
        while index < stop {
            let scalar = text[index]
            if "*_~`".unicodeScalars.contains(scalar) {
                let end = text[index..<stop].firstIndex { $0 != scalar } ?? stop
                let isInside =
                    index > start && end < stop && Self.isWordy(text[index - 1]) && Self.isWordy(text[end])
                if isInside { own += text[index..<end] }
                index = end
            } else if scalar == "]", let end = targetEnd(index), takeOpening(&own) {
                links += 1
                index = end
                if index > stop { stop = endOfToken(index) }
            } else if let first = linkStart(index, start..<stop) {
                own.removeLast(index - first)
                links += 1
                hasLink = true
                index = linkEnd(index, stop)
            } else {
                own.append(scalar)
                index += 1
            }
        }
        if hasLink, !own.contains(where: Self.isWordy) {
            // At the beginning of the text, there is no word that the punctuation belongs to.
            if !output.isEmpty { output += own.filter { ".,;!?".unicodeScalars.contains($0) } }
        } else if !own.isEmpty {
            output += (output.isEmpty ? [] : [" "]) + own
        }
        return stop
    }

    private func targetEnd(_ bracket: Int) -> Int? {
        guard bracket + 1 < text.count, text[bracket + 1] == "(" else { return nil }
        var depth = 0
        for index in (bracket + 2)..<max(bracket + 2, text.count) {
            if text[index].properties.isWhitespace { return nil }
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" {
                if depth == 0 { return index > bracket + 2 ? index + 1 : nil }
                depth -= 1
            }
        }
        return nil
    }

    /// Removes the bracket that opens the text of a link, in the token or before it. Returns whether there is one.
    private mutating func takeOpening(_ own: inout [Unicode.Scalar]) -> Bool {
        var depth = 0
        for isOwn in [true, false] {
            let scalars = isOwn ? own : output
            for index in scalars.indices.reversed() {
                if scalars[index] == "]" { depth += 1 }
                if scalars[index] == "[" {
                    if depth == 0 {
                        let first = index > 0 && scalars[index - 1] == "!" ? index - 1 : index
                        if isOwn { own.removeSubrange(first...index) } else { output.removeSubrange(first...index) }
                        // A bracket that stood alone was a token, whose space goes with it.
                        if !isOwn, first == 0 || output[first - 1] == " " {
                            if first < output.count, output[first] == " " { output.remove(at: first) }
                            if output.last == " " { output.removeLast() }
                        }
                        return true
                    }
                    depth -= 1
                }
            }
        }
        return false
    }

    private func linkStart(_ index: Int, _ token: Range<Int>) -> Int? {
        func isAt(_ string: String, _ place: Int) -> Bool {
            String(String.UnicodeScalarView(text[min(place, text.count)...].prefix(string.unicodeScalars.count)))
                == string
        }
        if isAt("www.", index), index + 4 < token.upperBound {
            return index == token.lowerBound || !Self.isWordy(text[index - 1]) ? index : nil
        }
        guard isAt("://", index), index + 3 < token.upperBound else { return nil }
        var first = index
        while first > token.lowerBound, Self.isLetterOrDigit(text[first - 1]) { first -= 1 }
        return first < index ? first : nil
    }

    private func linkEnd(_ index: Int, _ stop: Int) -> Int {
        var end = text[index..<stop].firstIndex { "\"<>".unicodeScalars.contains($0) } ?? stop
        while end > index, ".,;!?)]}':*_~`".unicodeScalars.contains(text[end - 1]) { end -= 1 }
        return end
    }
}
