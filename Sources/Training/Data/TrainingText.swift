package import Basics
package import Corpus
package import Tokenizers

/// The tokens of a corpus, in memory, cut into windows for training and windows that are held out for evaluation.
///
/// A document is cut into consecutive windows, of which the last is shorter. Each window begins and ends with the
/// tokens that the tokenizer puts around a text, and no window contains two documents. A hash of its text decides
/// whether a document is held out, with all of its windows.
package final class TrainingText: @unchecked Sendable {
    private var tokens = Buffer<Int32>()
    /// The training windows, as ranges of `tokens`.
    package private(set) var windows: [Range<Int>] = []
    /// The windows that are held out, as ranges of `tokens`.
    package private(set) var heldOut: [Range<Int>] = []
    /// The number of documents that were read.
    package private(set) var documents = 0
    /// The number of tokens in the training windows, including those that the tokenizer puts around a text.
    package private(set) var trainingTokens = 0

    /// The tokens that the tokenizer puts before and after a text.
    let prefix: [Int32]
    let suffix: [Int32]
    /// The maximum number of a text's own tokens in a window.
    private let room: Int
    private let heldOutShare: Double

    /// Reads and tokenizes the documents of the inputs.
    ///
    /// - Parameters:
    ///   - maxTokens: the maximum length of a window, with the tokens around the text; nil makes each document one
    ///     window, however long it is.
    ///   - heldOutShare: the share of the documents that are held out, 0...1.
    /// - Throws: if a shard cannot be read, if a line is not a document, or if there is nothing to train on.
    package init(
        inputs: [String], _ selection: ShardSelection = ShardSelection(), tokenizer: Tokenizer, textField: String,
        allowsNaN: Bool = false, maxTokens: Int?, heldOutShare: Double
    ) throws(Failure) {
        prefix = tokenizer.prefix
        suffix = tokenizer.suffix
        room = (maxTokens ?? 1 << 40) - prefix.count - suffix.count
        self.heldOutShare = heldOutShare
        if room < 1 { throw .usage("max-tokens is \(maxTokens ?? 0): no room for a text") }
        var arguments: [CorpusInput] = []
        for input in inputs { arguments.append(try CorpusInput(argument: input)) }
        let listing = try ShardListing(of: CorpusInput.labelled(arguments), selecting: selection)
        let fields = try DocumentFields(
            text: textField, id: "id", allowsNaN: allowsNaN, onBadLine: .stop,
            advice: "fix the line, or leave out the shard")
        let reader = DocumentReader(fields, limits: .fixed(line: 1 << 30))
        let worker = Tokenizer.Worker(tokenizer)
        var ids = Buffer<Int32>()
        for (ordinal, shard) in listing.shards.enumerated() {
            try reader.read(shard, ordinal: ordinal) { batch throws(Failure) in
                for number in 0..<batch.count {
                    let text = batch.text(number)
                    ids.removeAll()
                    worker.encode(text, into: &ids)
                    append(ids.elements, hash: hash64(UnsafeRawBufferPointer(text)))
                }
                return true
            }
        }
        if windows.isEmpty { throw Failure("the inputs hold no text to train on") }
    }

    private func append(_ ids: UnsafeBufferPointer<Int32>, hash: UInt64) {
        documents += 1
        let isHeldOut = Double(hash >> 11) * 0x1p-53 < heldOutShare
        for first in stride(from: 0, to: ids.count, by: room) {
            let start = tokens.count
            for id in prefix { tokens.append(id) }
            tokens.append(contentsOf: UnsafeBufferPointer(rebasing: ids[first..<first + min(room, ids.count - first)]))
            for id in suffix { tokens.append(id) }
            if isHeldOut {
                heldOut.append(start..<tokens.count)
            } else {
                windows.append(start..<tokens.count)
                trainingTokens += tokens.count - start
            }
        }
    }

    /// Removes the windows of fewer than `tokens` tokens. The tokens that the tokenizer puts around a text count too.
    ///
    /// - Throws: if there is nothing left to train on.
    package func drop(shorterThan tokens: Int) throws(Failure) {
        windows.removeAll { $0.count < tokens }
        heldOut.removeAll { $0.count < tokens }
        trainingTokens = windows.reduce(0) { $0 + $1.count }
        if windows.isEmpty { throw Failure("the inputs hold no text of at least \(tokens) tokens to train on") }
    }

    /// The token ids of a window.
    package func ids(_ window: Range<Int>) -> [Int32] { Array(tokens.slice(window)) }

    /// A hash of all token ids and of where the windows begin. A training is resumed only if it is the same.
    package var digest: Hash128 {
        var hash = RunningHash()
        hash.update(tokens.bytes)
        for part in [windows, heldOut] {
            for window in part { withUnsafeBytes(of: Int64(window.lowerBound)) { hash.update($0) } }
            withUnsafeBytes(of: Int64(part.count)) { hash.update($0) }
        }
        return hash.value
    }
}

/// The order in which windows are read. Every epoch reads all windows once, each in another order.
struct WindowOrder {
    let count: Int
    let seed: UInt64
    /// The number of neighbouring windows that stay together when the order is shuffled.
    let run: Int
    private var epoch = -1
    private var order: [UInt32] = []

    init(count: Int, seed: UInt64, run: Int = 1) {
        self.count = count
        self.seed = seed
        self.run = run
    }

    /// The index of the window to read at `position`, which counts on over all epochs from 0.
    mutating func window(at position: Int) -> Int {
        if position / count != epoch {
            epoch = position / count
            var random = RandomNumbers(key: RandomNumbers.key(seed, 0x6F72_6465, UInt64(epoch)))
            var starts = Array(stride(from: 0, to: UInt32(count), by: UInt32.Stride(run)))
            starts.shuffle(using: &random)
            order = starts.flatMap { $0..<min(UInt32(count), $0 + UInt32(run)) }
        }
        return Int(order[position % count])
    }
}
