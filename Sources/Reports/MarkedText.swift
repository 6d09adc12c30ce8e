internal import Basics

/// A text in which the words that another text shares are marked, to show a person what two documents have in common.
package struct MarkedText: Sendable, Equatable {
    /// A part of the text: a word, or the text between two words.
    package struct Piece: Sendable, Equatable {
        /// The kind of a piece.
        package enum Kind: Sendable, Equatable {
            /// Words that are part of a shingle that the other text has too.
            case shared
            /// Words that only this text has at this point.
            case own
            /// Text between words, such as spaces and punctuation.
            case between
        }

        /// The text of the piece.
        package let text: String
        /// The kind of the piece.
        package let kind: Kind
        /// Whether the other text continues differently after these words, although these words and the next ones are
        /// shared.
        package let isSeam: Bool

        /// Creates a piece; the properties explain the parameters.
        package init(_ text: String, _ kind: Kind, isSeam: Bool = false) {
            self.text = text
            self.kind = kind
            self.isSeam = isSeam
        }

        fileprivate var isDifference: Bool { kind == .own || isSeam }
    }

    /// The pieces in the order of the text.
    package var pieces: [Piece]

    /// Creates a text from its pieces.
    package init(_ pieces: [Piece]) {
        self.pieces = pieces
    }

    /// How shared words are marked.
    package enum Style: Sendable {
        /// In green, with a terminal's control sequences.
        case colors
        /// In square brackets.
        case brackets

        /// The terminal's control sequences that `colors` uses.
        package static let codes = ["\u{1B}[32m", "\u{1B}[1m", "\u{1B}[0m"]

        /// The sentence that explains the marks.
        package var legend: String {
            switch self {
            case .colors:
                "Words in shared shingles are \u{1B}[32mgreen\u{1B}[0m; "
                    + "at \u{1B}[1m^\u{1B}[0m the other text has other words."
            case .brackets: "Words in shared shingles are [in brackets]; at ^ the other text has other words."
            }
        }

        fileprivate var seam: String { self == .colors ? " \u{1B}[1m^\u{1B}[0m" : " ^" }
        fileprivate var opening: String { self == .colors ? "\u{1B}[32m" : "[" }
        fileprivate var closing: String { self == .colors ? "\u{1B}[0m" : "]" }
    }

    /// A text with at most this number of words is shown whole.
    static let wholeWords = 80
    /// The number of words shown before and after each difference.
    static let contextWords = 8
    /// About the largest number of words shown of a long text.
    static let mostWords = 320
    /// The number of words shown of a long text without differences.
    static let sampleWords = 30

    /// The text for a terminal or a file, in indented lines.
    ///
    /// - Parameter isWhole: if false, the parts of a long text that are far from every difference are left out.
    package func text(_ style: Style, isWhole: Bool, indent: String = "  ") -> String {
        var shown = ""
        var isOpen = false
        /// The text after the last word; it is written inside a mark if the next word is shared too.
        var pending = ""
        var hidden = 0
        let isShown = isWhole ? nil : shownPieces()
        func close() {
            if isOpen { shown += style.closing }
            isOpen = false
        }
        for (index, piece) in pieces.enumerated() {
            if let isShown, !isShown[index] {
                hidden += piece.kind == .between ? 0 : 1
                continue
            }
            if hidden > 0 {
                close()
                shown += (shown.isEmpty ? "" : " ") + "… \(hidden.counted("word")) … "
                pending = ""
                hidden = 0
            }
            if piece.kind == .between {
                pending += piece.text
                continue
            }
            let isShared = piece.kind == .shared
            if isOpen && !isShared { close() }
            shown += pending.visible(.text)
            pending = ""
            if isShared && !isOpen {
                shown += style.opening
                isOpen = true
            }
            shown += piece.text.visible(.text)
            if piece.isSeam {
                close()
                shown += style.seam
            }
        }
        close()
        shown += hidden > 0 ? " … \(hidden.counted("word")) …" : pending.visible(.text)
        return shown.split(separator: "\n", omittingEmptySubsequences: true).map { indent + $0 + "\n" }.joined()
    }

    /// For each piece, whether it is shown; nil for a short text, which is shown whole.
    private func shownPieces() -> [Bool]? {
        let words = pieces.indices.filter { pieces[$0].kind != .between }
        if words.count <= Self.wholeWords { return nil }
        var isWordShown = [Bool](repeating: false, count: words.count)
        var count = 0
        func show(_ range: Range<Int>) {
            for word in range.clamped(to: 0..<words.count) where !isWordShown[word] {
                isWordShown[word] = true
                count += 1
            }
        }
        for word in words.indices where pieces[words[word]].isDifference {
            if count >= Self.mostWords { break }
            show(word - Self.contextWords..<word + Self.contextWords + 1)
        }
        if count == 0 { show(0..<Self.sampleWords) }
        // Text between two shown words is shown; so is text before the first and after the last word of the text.
        var isShown = [Bool](repeating: false, count: pieces.count)
        for (word, index) in words.enumerated() where isWordShown[word] {
            isShown[index] = true
            if word + 1 == words.count || isWordShown[word + 1] {
                let end = word + 1 == words.count ? pieces.count : words[word + 1]
                for between in index + 1..<end { isShown[between] = true }
            }
        }
        if isWordShown[0] { for between in 0..<words[0] { isShown[between] = true } }
        return isShown
    }
}
