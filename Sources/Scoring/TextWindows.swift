/// The windows in which a score is explained: parts of a text of about as many words as a short message has.
enum TextWindows {
    /// A window ends with the first sentence or line after this many words ...
    private static let words = 25
    /// ... or at this multiple of them ...
    private static let most = 3
    /// ... and a long text has at most about this many windows, which are longer then.
    private static let count = 200

    /// Returns the windows of a text in order, each in one line. Words are the runs between white space.
    static func of(_ text: String) -> [String] {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.split(whereSeparator: \.isWhitespace) }
        let all = lines.reduce(0) { $0 + $1.count }
        let enough = max(words, all / count)
        var windows: [[Substring]] = []
        var window: [Substring] = []
        for line in lines {
            for (index, word) in line.enumerated() {
                window.append(word)
                let isEnd = index + 1 == line.count || endsSentence(word)
                if window.count >= enough && isEnd || window.count >= enough * most {
                    windows.append(window)
                    window = []
                }
            }
        }
        // A short remainder belongs to the window before it.
        if window.count * 2 < enough, !windows.isEmpty {
            windows[windows.count - 1] += window
        } else if !window.isEmpty {
            windows.append(window)
        }
        return windows.map { $0.joined(separator: " ") }
    }

    private static func endsSentence(_ word: Substring) -> Bool {
        guard let last = word.last(where: { !"\"'»”)]".contains($0) }) else { return false }
        return ".!?…".contains(last)
    }
}
