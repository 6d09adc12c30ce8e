internal import Basics
internal import Deduplication
internal import DuplicateIndex
internal import MinHashLSH
internal import Shingling

/// Splits texts into words, and makes their sets of shingles and their band keys with the parameters of an index. Only
/// one thread at a time may use a maker.
final class SketchMaker {
    /// The longest text in bytes: words are found by 32-bit offsets, and a text can grow elevenfold in compatibility
    /// normalization.
    static let longestText = 320 << 20

    private let rule: Rule
    private let makeKeys: DuplicateIndex.KeyMaker
    private var splitter: WordSplitter
    private var shingler: Shingler
    /// The words of the text that was split last.
    private(set) var words = WordList()

    init(_ rule: Rule) {
        self.rule = rule
        makeKeys = bandKeys(rule.banding)
        splitter = WordSplitter(normalization: rule.normalization)
        shingler = Shingler(unit: rule.shingles.unit, size: rule.shingles.size)
    }

    /// The number of band keys of a document.
    private var bands: Int { rule.banding?.bands ?? 1 }

    /// Makes the sketches of some documents.
    ///
    /// - Throws: if a text is too long.
    func sketches(of documents: ArraySlice<Document>) throws(Failure) -> Sketches {
        var sets = ShingleSets()
        var keys = Buffer<UInt64>(capacity: documents.count * bands)
        for document in documents { try append(document.text, to: &sets, &keys) }
        return Sketches(shingles: sets, keys: keys, bands: bands)
    }

    /// Appends the set of one text and its band keys. A blank text has an empty set, and its keys are zeros, which are
    /// not used.
    ///
    /// - Throws: if the text is too long.
    func append(_ text: String, to sets: inout ShingleSets, _ keys: inout Buffer<UInt64>) throws(Failure) {
        try split(text)
        if rule.match == .exact {
            guard let hash = words.fingerprint(of: 0) else { return appendBlank(to: &sets, &keys) }
            sets.hashes.append(hash.low)
            sets.hashes.append(hash.high)
            sets.ends.append(sets.hashes.count)
        } else {
            shingler.append(words, document: 0, to: &sets)
        }
        let set = sets.set(sets.count - 1)
        if set.isEmpty { keys.appendZeros(bands) } else { makeKeys(set, &keys) }
    }

    private func appendBlank(to sets: inout ShingleSets, _ keys: inout Buffer<UInt64>) {
        sets.ends.append(sets.hashes.count)
        keys.appendZeros(bands)
    }

    private func split(_ text: String) throws(Failure) {
        guard text.utf8.count <= Self.longestText else {
            throw Failure(
                "a text of \(text.utf8.count) bytes is too long: the longest may have \(Self.longestText); split it")
        }
        words.removeAll()
        var text = text
        text.withUTF8 { splitter.append($0, to: &words) }
    }
}

extension Buffer<UInt64> {
    fileprivate mutating func appendZeros(_ count: Int) {
        for _ in 0..<count { append(0) }
    }
}
