internal import Basics
internal import DeBERTa
internal import Deduplication
internal import MinHashLSH
internal import Shingling

/// The data by which a text is compared: its words, its shingles, its MinHash signature and its band keys.
///
/// A sketch depends on the text and the parameters alone, not on the machine. So another engine (a Spark job, a
/// database) can compute sketches in parallel, group documents by their band keys, and compare the shingles of the
/// documents in a group:
///
/// ```swift
/// let sketch = try Sketch(of: "Lorem ipsum dolor sit amet, consectetur adipiscing elit")
/// for key in sketch.bandKeys { buckets[key, default: []].append(document) }
/// ```
///
/// To make many sketches, use a ``Sketcher``, which reuses its tables and buffers.
public struct Sketch: Sendable, Hashable {
    /// The words of the text in lower case, in their order. Empty for a text without words.
    public let words: [String]
    /// The set of shingles, ascending and without repetitions: the XXH3 (64 bits, seed 0) of each shingle's UTF-8. If a
    /// text has fewer words than a shingle, its only shingle consists of all its words. If a text has no words, its
    /// only shingle consists of its characters without white space. A blank text has no shingles.
    ///
    /// With exact matching it holds the two halves, lower half first, of the 128-bit XXH3 of all words.
    public let shingles: [UInt64]
    /// The MinHash signature: for each seed the minimum of that seed's hash function over the shingles. Empty for a
    /// blank text and with exact matching.
    public let signature: [UInt32]
    /// The band keys. Two documents are candidates if they have a key in common. The number of the band is hashed into
    /// each key, so the keys of different bands differ. Empty for a blank text; one key with exact matching.
    public let bandKeys: [UInt64]

    /// Makes the sketch of a text.
    ///
    /// - Throws: a `DedupError` if a parameter is out of its range or the text is longer than 320 MiB.
    public init(of text: String, parameters: Parameters = .standard) throws(DedupError) {
        self = try Sketcher(parameters: parameters).sketch(text)
    }

    /// Makes the sketch of a text that is given as UTF-8.
    ///
    /// - Throws: a `DedupError` if the bytes are not valid UTF-8, a parameter is out of its range, or the text is
    ///   longer than 320 MiB.
    public init(ofUTF8 bytes: some Sequence<UInt8>, parameters: Parameters = .standard) throws(DedupError) {
        self = try Sketcher(parameters: parameters).sketch(utf8: bytes)
    }

    fileprivate init(words: [String], shingles: [UInt64], signature: [UInt32], bandKeys: [UInt64]) {
        self.words = words
        self.shingles = shingles
        self.signature = signature
        self.bandKeys = bandKeys
    }
}

/// Makes sketches of texts with one set of parameters. Any number of threads may use it at the same time.
public final class Sketcher: Sendable {
    /// The parameters of the sketches.
    public let parameters: Parameters

    private final class Workspace {
        let maker: SketchMaker
        var sets = ShingleSets()
        var keys = Buffer<UInt64>()

        init(_ rule: Rule) { maker = SketchMaker(rule) }
    }

    private let workspaces: Pool<Workspace>
    /// Nil for exact matching.
    private let hasher: MinHasher?

    /// Creates a sketcher.
    ///
    /// - Throws: a `DedupError` of the kind `parameter` if a parameter is out of its range.
    public init(parameters: Parameters = .standard) throws(DedupError) {
        let rule = try Rule(parameters)
        self.parameters = parameters
        workspaces = Pool { Workspace(rule) }
        hasher = rule.banding == nil ? nil : MinHasher(seeds: parameters.seeds)
    }

    /// Returns the sketch of a text.
    ///
    /// - Throws: a `DedupError` of the kind `data` if the text is longer than 320 MiB.
    public func sketch(_ text: String) throws(DedupError) -> Sketch {
        try translatingErrors {
            try workspaces.with { workspace in
                workspace.sets.removeAll()
                workspace.keys.removeAll()
                try workspace.maker.append(text, to: &workspace.sets, &workspace.keys)
                let set = workspace.sets.set(0)
                return Sketch(
                    words: Self.words(workspace.maker.words), shingles: Array(set), signature: signature(of: set),
                    bandKeys: set.isEmpty ? [] : Array(workspace.keys.elements))
            }
        }
    }

    /// Returns the sketch of a text that is given as UTF-8.
    ///
    /// - Throws: a `DedupError` of the kind `data` if the bytes are not valid UTF-8 or are more than 320 MiB.
    public func sketch(utf8 bytes: some Sequence<UInt8>) throws(DedupError) -> Sketch {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DedupError("the text is not valid UTF-8", kind: .data)
        }
        return try sketch(text)
    }

    private func signature(of set: UnsafeBufferPointer<UInt64>) -> [UInt32] {
        guard let hasher, !set.isEmpty else { return [] }
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: hasher.lanes) { room in
            hasher.sign(set, into: room)
            return Array(room.prefix(hasher.seeds))
        }
    }

    private static func words(_ list: borrowing WordList) -> [String] {
        let document = list.documents[0]
        let first = Int(document.firstStart)
        return (first..<first + Int(document.wordCount)).map { word in
            String(decoding: list.bytes.slice(Int(list.starts[word])..<Int(list.starts[word + 1]) - 1), as: UTF8.self)
        }
    }
}
