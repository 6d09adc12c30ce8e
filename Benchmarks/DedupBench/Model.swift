import Basics
import Corpus
import DeBERTa
import Tokenizers

extension Bench {
    /// Measures tokenizing the given corpus and encoding a sample of it, on one thread, as `dedup embed` does both.
    func measureModel(_ folder: String) async throws {
        guard wants("tokenizer") || wants("encoder") else { return }
        let tokenizer = try Tokenizer(folder: folder)
        let worker = Tokenizer.Worker(tokenizer)
        let batches = corpus.documents.prefix(corpus.given)
        var amount = Amount(documents: 0, bytes: 0)
        var ids = Buffer<Int32>()
        for batch in batches {
            amount.documents += batch.count
            amount.bytes += batch.texts.count
        }
        try await measure("tokenizer", amount) { watch in
            for batch in batches {
                watch.time {
                    for document in 0..<batch.count {
                        ids.removeAll()
                        worker.encode(batch.text(document), into: &ids)
                        found &+= UInt64(ids.count)
                    }
                }
            }
        }
        guard wants("encoder") else { return }
        try await measureEncoder(Checkpoint(folder: folder), tokenizer, bytes: amount.bytes)
    }

    private func measureEncoder(_ checkpoint: Checkpoint, _ tokenizer: Tokenizer, bytes: Int) async throws {
        let encoder = try Encoder(checkpoint, precision: .best)
        let configuration = checkpoint.configuration
        let longest = configuration.hasAbsolutePositions ? configuration.maxPositions : 512
        let sample = try EncoderSample(
            corpus.documents.prefix(corpus.given), every: max(1, bytes / EncoderSample.bytes), tokenizer,
            longest: longest)
        let vectors = UnsafeMutablePointer<Float>.allocate(
            capacity: EncoderSample.unitTokens * configuration.hiddenSize)
        defer { vectors.deallocate() }
        let amount = Amount(
            documents: sample.documents, bytes: sample.textBytes,
            items: ("tokens in \(Precision.best)", sample.ids.count))
        try await measure("encoder", amount) { watch in
            for unit in sample.units {
                try watch.time { try encoder.encode(sample.ids.elements, unit, .mean, into: vectors) }
            }
        }
    }
}

/// A sample of the corpus as sequences of token ids. The sequences are grouped into units, which have about as many
/// tokens as `dedup embed` encodes at once; the longest sequences come first.
private struct EncoderSample: ~Copyable {
    /// The approximate number of text bytes in the sample.
    static let bytes = 500_000
    /// The maximum number of tokens in a unit, except for longer sequences.
    static let unitTokens = 1024

    private(set) var documents = 0
    private(set) var textBytes = 0
    private(set) var ids = Buffer<Int32>()
    private(set) var units: [[Range<Int>]] = []

    /// - Parameters:
    ///   - distance: one document in `distance` is taken.
    ///   - longest: the maximum number of ids in a sequence. A longer text is split into several sequences.
    /// - Throws: if special tokens alone fill a sequence.
    init(
        _ batches: ArraySlice<Documents>, every distance: Int, _ tokenizer: Tokenizer, longest: Int
    ) throws(Failure) {
        let worker = Tokenizer.Worker(tokenizer)
        let room = longest - tokenizer.prefix.count - tokenizer.suffix.count
        if room < 1 { throw Failure("the model reads \(longest) tokens, which its special ones take up; give another") }
        var text = Buffer<Int32>()
        var sequences: [Range<Int>] = []
        var number = 0
        for batch in batches {
            for document in 0..<batch.count {
                defer { number += 1 }
                if number % distance != 0 { continue }
                documents += 1
                textBytes += batch.text(document).count
                text.removeAll()
                worker.encode(batch.text(document), into: &text)
                for start in stride(from: 0, to: max(1, text.count), by: room) {
                    let first = ids.count
                    for id in tokenizer.prefix { ids.append(id) }
                    ids.append(contentsOf: text.slice(start..<min(text.count, start + room)))
                    for id in tokenizer.suffix { ids.append(id) }
                    if ids.count > first { sequences.append(first..<ids.count) }
                }
            }
        }
        sequences.sort { ($1.count, $0.lowerBound) < ($0.count, $1.lowerBound) }
        var size = 0
        for sequence in sequences {
            if units.isEmpty || size + sequence.count > Self.unitTokens {
                units.append([])
                size = 0
            }
            units[units.count - 1].append(sequence)
            size += sequence.count
        }
    }
}
