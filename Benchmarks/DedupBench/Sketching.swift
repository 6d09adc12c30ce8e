import Basics
import Corpus
import Deduplication
import MinHashLSH
import Shingling

/// Computes words, shingles and band keys of batches as the stages of a run do.
struct Sketching: ~Copyable {
    private var splitter: WordSplitter
    private var shingler: Shingler
    private let hasher: MinHasher
    private let banding: Banding

    init(_ settings: Settings) {
        splitter = WordSplitter(normalization: settings.words.normalization)
        shingler = Shingler(unit: settings.shingles.unit, size: settings.shingles.size)
        hasher = settings.hasher
        banding = settings.banding
    }

    /// Does the work of the stage `words`.
    mutating func words(of batch: Documents) -> WordList {
        var words = WordList()
        words.bytes.reserve(batch.texts.count + batch.texts.count / 16)
        for document in 0..<batch.count { splitter.append(batch.text(document), to: &words) }
        return words
    }

    /// Does the work of the stage `shingles`.
    mutating func shingles(of words: borrowing WordList) -> ShingleSets {
        var shingles = ShingleSets()
        for document in 0..<words.documents.count { shingler.append(words, document: document, to: &shingles) }
        return shingles
    }

    /// Does the work of the stage `minhash`.
    func keys(of shingles: borrowing ShingleSets) -> Buffer<UInt64> {
        var keys = Buffer<UInt64>(capacity: shingles.count * banding.bands)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: hasher.lanes) { signature in
            for document in 0..<shingles.count {
                hasher.sign(shingles.set(document), into: signature)
                banding.appendKeys(of: signature, to: &keys)
            }
        }
        return keys
    }
}

extension Bench {
    /// Measures words, shingles, signatures and band keys.
    func measureSketching() async throws {
        let batches = corpus.documents
        var sketching = Sketching(corpus.settings)
        try await measure("words") { watch in
            for batch in batches {
                watch.time { found &+= UInt64(sketching.words(of: batch).starts.count) }
            }
        }
        try await measure("shingles") { watch in
            for words in corpus.words {
                watch.time { found &+= UInt64(sketching.shingles(of: words.value).hashes.count) }
            }
        }
        try await measure("signatures") { watch in
            signBatches { sign, _ in watch.time(sign) }
        }
        try await measure("band keys") { watch in
            signBatches { sign, cut in
                sign()
                watch.time(cut)
            }
        }
    }

    /// Calls `round` for each batch with the two halves of the stage `minhash`: `sign` computes the signatures of all
    /// documents, and `cut` then computes the band keys of all signatures.
    private func signBatches(_ round: (_ sign: () -> Void, _ cut: () -> Void) -> Void) {
        let hasher = corpus.settings.hasher
        let banding = corpus.settings.banding
        for shingles in corpus.shingles {
            let count = shingles.value.count
            let signatures = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: count * hasher.lanes)
            defer { signatures.deallocate() }
            var keys = Buffer<UInt64>(capacity: count * banding.bands)
            func signature(_ document: Int) -> UnsafeMutableBufferPointer<UInt32> {
                .init(rebasing: signatures[document * hasher.lanes..<(document + 1) * hasher.lanes])
            }
            round(
                { for document in 0..<count { hasher.sign(shingles.value.set(document), into: signature(document)) } },
                { for document in 0..<count { banding.appendKeys(of: signature(document), to: &keys) } })
            found &+= UInt64(keys.count)
        }
    }
}
