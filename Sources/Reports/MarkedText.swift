internal import Basics

/// A text in pieces, some of which it shares with another: for a person to see what two documents have in common.
package struct MarkedText: Sendable, Equatable {
    package struct Piece: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            /// Words that the other text has in the same surroundings.
            case shared
            /// Words that only this text has there.
            case own
            /// What stands between words.
            case between
        }

        package let text: String
        package let kind: Kind
        /// Whether the other text goes on otherwise behind these words, although both they and the next ones are shared.
        package let isSeam: Bool

        package init(_ text: String, _ kind: Kind, isSeam: Bool = false) {
            self.text = text
            self.kind = kind
            self.isSeam = isSeam
        }

        fileprivate var isDifference: Bool { kind == .own || isSeam }
    }

    package var pieces: [Piece]

    package init(_ pieces: [Piece]) {
        self.pieces = pieces
    }

    /// How shared words are told from others.
    package enum Style: Sendable {
        /// Green, on a terminal.
        case colors
        /// In square brackets.
        case brackets

        /// What a terminal is told by.
        package static let codes = ["\u{1B}[32m", "\u{1B}[1m", "\u{1B}[0m"]

        package var legend: String {
            switch self {
            case .colors:
                "Words in shared shingles are \u{1B}[32mgreen\u{1B}[0m; at \u{1B}[1m^\u{1B}[0m the other text has others."
            case .brackets: "Words in shared shingles are [in brackets]; at ^ the other text has others."
            }
        }

        fileprivate var seam: String { self == .colors ? " \u{1B}[1m^\u{1B}[0m" : " ^" }
        fileprivate var opening: String { self == .colors ? "\u{1B}[32m" : "[" }
        fileprivate var closing: String { self == .colors ? "\u{1B}[0m" : "]" }
    }

    /// Words of a text that are shown whole.
    static let wholeWords = 80
    /// Words shown on each side of a difference.
    static let contextWords = 8
    /// Words shown of a text at most, more or less.
    static let mostWords = 320
    /// Words shown of a text that is shared all of it.
    static let sampleWords = 30

    /// Lines, each indented, for a terminal or a file.
    ///
    /// - Parameter isWhole: false to leave out, of a long text, what it shares far from any difference.
    package func text(_ style: Style, isWhole: Bool, indent: String = "  ") -> String {
        var shown = ""
        var isOpen = false
        /// What stands between the last word and the next; inside a mark when both are shared.
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

    /// Whether each piece is shown, of a text that is abbreviated; nil for all of a short one.
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
        // What stands between two words is shown with them; what stands before the first and behind the last as well.
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
