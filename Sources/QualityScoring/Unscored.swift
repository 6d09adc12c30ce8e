internal import Basics
internal import Shingling

/// Why a text has no scores: it has too little in it to be judged.
package enum Unscored: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// The text is empty, or consists of white space.
    case blank
    /// The text has no letters.
    case noLetters
    /// The text has fewer than `leastWords` words.
    case tooShort

    /// The least number of words of a text that can be judged. Words are counted as by the search for duplicates
    /// (`WordSplitter`).
    package static let leastWords = 4

    /// The name in scores and reports.
    package var name: String {
        switch self {
        case .blank: "blank"
        case .noLetters: "no letters"
        case .tooShort: "too short"
        }
    }

    /// The reason with this name; nil if there is none.
    package init?(name: String) {
        guard let reason = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = reason
    }
}

/// Numbers of documents without scores, by reason.
package struct UnscoredCounts: Sendable, Equatable, Codable {
    /// The number of documents for each reason, in the order of `Unscored.allCases`.
    private var counts = [Int](repeating: 0, count: Unscored.allCases.count)

    package init() {}

    package subscript(reason: Unscored) -> Int {
        get { counts[Int(reason.rawValue)] }
        set { counts[Int(reason.rawValue)] = newValue }
    }

    /// The number of documents without scores.
    package var total: Int { counts.reduce(0, +) }

    /// Whether all counts are possible. The counts in a damaged file may be anything.
    package var arePossible: Bool { counts.allSatisfy((0..<1 << 40).contains) }

    package static func += (sum: inout UnscoredCounts, other: UnscoredCounts) {
        for index in sum.counts.indices { sum.counts[index] += other.counts[index] }
    }

    /// The reasons that occur, with their counts: `2 too short, 1 blank`.
    package var text: String {
        Unscored.allCases.filter { self[$0] > 0 }.sorted { self[$0] > self[$1] }
            .map { "\(self[$0]) \($0.name)" }.joined(separator: ", ")
    }

    /// Decodes `{"blank": 1, "no letters": 0, "too short": 2}`.
    package init(from decoder: any Decoder) throws {
        let counts = try decoder.singleValueContainer().decode([String: Int].self)
        for reason in Unscored.allCases { self[reason] = counts[reason.name] ?? 0 }
        guard counts.keys.allSatisfy({ Unscored(name: $0) != nil }) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no reason of a document without scores"))
        }
    }

    /// Encodes the object that `init(from:)` decodes.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Dictionary(uniqueKeysWithValues: Unscored.allCases.map { ($0.name, self[$0]) }))
    }
}

/// Finds texts with fewer words than can be judged. It reuses its memory, so only one thread at a time may use it.
struct ShortTexts: ~Copyable {
    /// The beginning of a text that nearly always has enough words, in bytes.
    private static let beginning = 128

    private var splitter = WordSplitter(normalization: .nfc)
    private var list = WordList()

    /// Whether a text has fewer words than `Unscored.leastWords`.
    mutating func contain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        // White space separates words, so those of the beginning are words of the text.
        if let space = text.prefix(Self.beginning).lastIndex(of: 0x20),
            words(UnsafeBufferPointer(rebasing: text[..<space])) >= Unscored.leastWords
        {
            return false
        }
        return words(text) < Unscored.leastWords
    }

    private mutating func words(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        list.removeAll()
        // The splitter takes valid UTF-8 only, so ill-formed sequences are replaced.
        var string = String(decoding: text, as: UTF8.self)
        string.withUTF8 { splitter.append($0, to: &list) }
        return Int(list.documents[0].wordCount)
    }
}
