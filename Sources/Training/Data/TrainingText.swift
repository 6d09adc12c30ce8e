package import Basics
package import Corpus
package import Tokenizers

/// The tokens of a corpus, in memory, cut into windows for training and windows that are held out for evaluation.
///
/// Each window has the tokens that the tokenizer puts around a text, and no window holds two documents. A hash of its
/// text decides whether a document is held out, with all of its windows. The two documents of a pair are held out
/// together: the first one decides.
package final class TrainingText: @unchecked Sendable {
    /// How a document is cut into windows. Lengths are in tokens, with those around the text.
    package enum Cut: Sendable, Equatable {
        /// Consecutive windows of at most this length, of which the last is shorter.
        case windows(maxTokens: Int)
        /// One window with the whole document. Shorter documents are left out.
        case whole(minTokens: Int)
        /// One window with the beginning of the document, of at most this length.
        case beginning(maxTokens: Int)
    }

    /// The windows of one part of the corpus.
    package struct Windows: Sendable {
        /// The ranges of the token ids.
        package fileprivate(set) var ranges: [Range<Int>] = []
        /// The number of each window's document in the corpus, from 0, ascending.
        package fileprivate(set) var documents: [UInt32] = []
        /// The windows that form a pair with the window that follows, ascending.
        package fileprivate(set) var pairs: [UInt32] = []

        package var count: Int { ranges.count }
    }

    private var tokens = Buffer<Int32>()
    /// The windows for training.
    package private(set) var training = Windows()
    /// The windows that are held out.
    package private(set) var heldOut = Windows()
    /// The shards, with the number of documents in each.
    package private(set) var shards: [(name: String, documents: Int)] = []
    /// The number of documents that were read.
    package private(set) var documents = 0
    /// The number of tokens in the training windows, including those that the tokenizer puts around a text.
    package private(set) var trainingTokens = 0

    /// The tokens that the tokenizer puts before and after a text.
    let prefix: [Int32]
    let suffix: [Int32]
    private let cut: Cut
    private let heldOutShare: Double
    /// The previous document, if the next one can be its partner.
    private var single: (key: PairKey, isHeldOut: Bool)?

    /// The value of a document's pair field.
    private struct PairKey: Equatable {
        let kind: DocumentIDBytes.Kind
        let bytes: [UInt8]

        init?(_ value: DocumentIDBytes) {
            if value.kind == .none { return nil }
            kind = value.kind
            bytes = Array(value.bytes)
        }
    }

    /// Returns the shards of the inputs of a training, each `PATH` or `LABEL=PATH`.
    ///
    /// - Throws: if an input cannot be read.
    package static func shards(
        of inputs: [String], _ selection: ShardSelection = ShardSelection()
    ) throws(Failure) -> [Shard] {
        var arguments: [CorpusInput] = []
        for input in inputs { arguments.append(try CorpusInput(argument: input)) }
        return try ShardListing(of: CorpusInput.labelled(arguments), selecting: selection).shards
    }

    /// Reads and tokenizes the documents of shards.
    ///
    /// - Parameters:
    ///   - pairField: two consecutive documents of a shard that have the same string or number in this field are a
    ///     pair; nil for no pairs. Of three such documents, the first two are a pair.
    ///   - heldOutShare: the share of the documents that are held out, 0...1.
    /// - Throws: if a shard cannot be read, if a line is not a document, or if there is nothing to train on.
    package init(
        _ shards: [Shard], tokenizer: Tokenizer, textField: String, pairField: String? = nil, allowsNaN: Bool = false,
        cut: Cut, heldOutShare: Double
    ) throws(Failure) {
        prefix = tokenizer.prefix
        suffix = tokenizer.suffix
        self.cut = cut
        self.heldOutShare = heldOutShare
        if room < 1 { throw .usage("max-tokens is \(room + prefix.count + suffix.count): no room for a text") }
        let fields = try DocumentFields(
            text: textField, id: pairField ?? "id", allowsNaN: allowsNaN, onBadLine: .stop,
            advice: "fix the line, or leave out the shard")
        let reader = DocumentReader(fields, limits: .fixed(line: 1 << 30))
        let worker = Tokenizer.Worker(tokenizer)
        var ids = Buffer<Int32>()
        for (ordinal, shard) in shards.enumerated() {
            let before = documents
            single = nil
            try reader.read(shard, ordinal: ordinal) { batch throws(Failure) in
                for number in 0..<batch.count {
                    let text = batch.text(number)
                    ids.removeAll()
                    worker.encode(text, into: &ids)
                    append(
                        ids.elements, hash: hash64(UnsafeRawBufferPointer(text)),
                        pairField == nil ? nil : PairKey(batch.idBytes(number)))
                }
                return true
            }
            self.shards.append((shard.name, documents - before))
        }
        if training.count == 0 {
            if case .whole(let least) = cut {
                throw Failure("the inputs hold no text of at least \(least) tokens to train on")
            }
            throw Failure("the inputs hold no text to train on")
        }
    }

    /// The maximum number of a text's own tokens in a window.
    private var room: Int {
        switch cut {
        case .windows(let most), .beginning(let most): most - prefix.count - suffix.count
        case .whole: 1 << 40
        }
    }

    private func append(_ ids: UnsafeBufferPointer<Int32>, hash: UInt64, _ key: PairKey?) {
        let document = documents
        documents += 1
        if case .whole(let least) = cut, ids.count + prefix.count + suffix.count < least { return }
        // A document without tokens has no window, so it is no partner.
        let key = ids.isEmpty ? nil : key
        let isSecond = key != nil && key == single?.key
        let isHeldOut = isSecond ? single!.isHeldOut : Double(hash >> 11) * 0x1p-53 < heldOutShare
        if isHeldOut {
            append(ids, document, isSecond: isSecond, to: &heldOut)
        } else {
            trainingTokens += append(ids, document, isSecond: isSecond, to: &training)
        }
        single = isSecond ? nil : key.map { ($0, isHeldOut) }
    }

    /// Appends a document to a part of the corpus.
    ///
    /// - Returns: the number of its tokens in windows.
    @discardableResult
    private func append(
        _ ids: UnsafeBufferPointer<Int32>, _ document: Int, isSecond: Bool, to part: inout Windows
    ) -> Int {
        let before = tokens.count
        if isSecond { part.pairs.append(UInt32(part.count - 1)) }
        for first in stride(from: 0, to: ids.count, by: room) {
            let start = tokens.count
            for id in prefix { tokens.append(id) }
            tokens.append(contentsOf: UnsafeBufferPointer(rebasing: ids[first..<first + min(room, ids.count - first)]))
            for id in suffix { tokens.append(id) }
            part.ranges.append(start..<tokens.count)
            part.documents.append(UInt32(document))
            if case .beginning = cut { break }
        }
        return tokens.count - before
    }

    /// The token ids of a window.
    package func ids(_ window: Range<Int>) -> [Int32] { Array(tokens.slice(window)) }

    /// A hash of all token ids, of where the windows begin, and of the pairs. A training is resumed only if it is the
    /// same.
    package var digest: Hash128 {
        var hash = RunningHash()
        hash.update(tokens.bytes)
        for part in [training, heldOut] {
            for window in part.ranges { withUnsafeBytes(of: Int64(window.lowerBound)) { hash.update($0) } }
            part.pairs.withUnsafeBytes { hash.update($0) }
            for count in [part.count, part.pairs.count] { withUnsafeBytes(of: Int64(count)) { hash.update($0) } }
        }
        return hash.value
    }
}
