internal import Basics
internal import Reports
internal import Shingling

/// Divides a text into words and the parts between them, and marks the words that are in shared shingles.
///
/// Words come from the normalized text, which does not tell their positions in the original text. So the original text
/// is cut where words usually end: at white space, then where letters end, then between characters. A cut is used only
/// if the parts have exactly the words of the whole.
struct TextMarker {
    private let normalization: Normalization
    private let unit: ShingleUnit
    private let size: Int

    init(_ rule: ComparisonRule) {
        normalization = rule.normalization
        unit = rule.unit
        size = rule.size
    }

    /// - Parameter other: the shingles of the other text, in ascending order.
    func mark(_ text: String, other: UnsafeBufferPointer<UInt64>) -> MarkedText {
        var list = WordList()
        split([text], into: &list)
        let shared = list.sharedWords(of: 0, unit: unit, size: size, with: other)
        let words = list.strings(of: 0)
        if words.isEmpty { return MarkedText([.init(text, shared.isShared[0] ? .shared : .own)]) }
        let parts = self.parts(of: text)
        guard parts.reduce(0, { $0 + $1.words.count }) == words.count else {
            // If the text cannot be divided at its words, the normalized words are shown instead.
            return MarkedText(
                words.indices.flatMap { [shared.piece(words[$0], $0..<$0 + 1), .init(" ", .between)] })
        }
        var next = 0
        return MarkedText(
            parts.map { part in
                if part.words.isEmpty { return .init(part.text, .between) }
                defer { next += part.words.count }
                return shared.piece(part.text, next..<next + part.words.count)
            })
    }

    private struct Part {
        let text: String
        let words: [String]
    }

    private func parts(of text: String) -> [Part] {
        let chunks = split(Self.runs(of: text) { $0.properties.isWhitespace })
        let runs = refined(chunks) { Self.runs(of: $0, where: Self.isOfWords) }
        return refined(runs) { $0.map { String($0) } }
    }

    /// Cuts each part that is not a single word into smaller parts, unless that would change a word.
    private func refined(_ parts: [Part], by cut: (String) -> [String]) -> [Part] {
        parts.flatMap { part -> [Part] in
            if part.words.isEmpty || (part.words.count == 1 && part.text.unicodeScalars.allSatisfy(Self.isOfWords)) {
                return [part]
            }
            let smaller = split(cut(part.text))
            return smaller.flatMap(\.words) == part.words ? smaller : [part]
        }
    }

    private func split(_ texts: [String]) -> [Part] {
        var list = WordList()
        split(texts, into: &list)
        return texts.indices.map { Part(text: texts[$0], words: list.strings(of: $0)) }
    }

    private func split(_ texts: [String], into list: inout WordList) {
        var splitter = WordSplitter(normalization: normalization)
        for var text in texts { text.withUTF8 { splitter.append($0, to: &list) } }
    }

    /// Whether a scalar can be part of a word: letters, marks, numbers, and invisible format characters.
    private static func isOfWords(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber, .format:
            true
        default: false
        }
    }

    /// Divides a text into runs of scalars that all match, or all do not match, a condition.
    private static func runs(of text: String, where isKind: (Unicode.Scalar) -> Bool) -> [String] {
        var runs: [String] = []
        var last: Bool?
        var run = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let kind = isKind(scalar)
            if last != nil && kind != last {
                runs.append(String(run))
                run = String.UnicodeScalarView()
            }
            run.append(scalar)
            last = kind
        }
        return last == nil ? runs : runs + [String(run)]
    }
}

extension SharedWords {
    /// Returns the marked piece of text for these words.
    fileprivate func piece(_ text: String, _ words: Range<Int>) -> MarkedText.Piece {
        .init(text, isShared[words].contains(true) ? .shared : .own, isSeam: isSeam[words].contains(true))
    }
}
