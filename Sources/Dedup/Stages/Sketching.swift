internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import MinHashLSH
internal import PipelineGraph
internal import Shingling

/// Splits texts into words.
struct SplitWords: Transform {
    private final class Workspace {
        var splitter: WordSplitter
        init(_ normalization: Normalization) { splitter = WordSplitter(normalization: normalization) }
    }

    private let workspaces: Pool<Workspace>

    init(_ options: WordOptions) {
        workspaces = Pool { Workspace(options.normalization) }
    }

    func transform(_ input: ReadDocuments) throws -> WordedDocuments {
        let batch = input.batch
        var words = WordList()
        words.bytes.reserve(batch.texts.count + batch.texts.count / 16)
        try workspaces.with { workspace in
            for document in 0..<batch.count { workspace.splitter.append(batch.text(document), to: &words) }
        }
        // Nothing behind this stage reads the texts.
        batch.texts = Buffer()
        return WordedDocuments(batch, words: words)
    }
}

/// Drops documents that have too few words.
struct FilterDocuments: Transform {
    let minWords: Int

    func transform(_ input: WordedDocuments) throws -> WordedDocuments {
        let batch = input.batch
        for document in 0..<batch.count where batch.documents[document].fate == .kept {
            if Int(input.words.documents[document].wordCount) < minWords {
                batch.documents[document].fate = .dropped
            }
        }
        return input
    }
}

/// Makes the set of shingles of every document.
struct MakeShingles: Transform {
    private final class Workspace {
        var shingler: Shingler
        init(_ options: ShingleOptions) { shingler = Shingler(unit: options.unit, size: options.size) }
    }

    private let workspaces: Pool<Workspace>

    init(_ options: ShingleOptions) {
        workspaces = Pool { Workspace(options) }
    }

    func transform(_ input: WordedDocuments) throws -> ShingledDocuments {
        var shingles = ShingleSets()
        try workspaces.with { workspace in
            for document in 0..<input.batch.count {
                if input.batch.documents[document].fate == .kept {
                    workspace.shingler.append(input.words, document: document, to: &shingles)
                } else {
                    shingles.appendEmpty()
                }
            }
        }
        return ShingledDocuments(input.batch, shingles: shingles)
    }
}

/// Signs every set and cuts the signatures into bands.
struct SignShingles: Transform {
    private let hasher: MinHasher
    private let banding: Banding

    init(_ options: MinHashOptions) {
        banding = Banding(bands: options.bands, rows: options.rows)
        // A seed that no band covers would change nothing.
        hasher = MinHasher(seeds: options.bands * options.rows)
    }

    func transform(_ input: ShingledDocuments) throws -> SketchedDocuments {
        var keys = Buffer<UInt64>(capacity: input.batch.count * banding.bands)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: hasher.lanes) { signature in
            for document in 0..<input.batch.count {
                hasher.sign(input.shingles.set(document), into: signature)
                banding.appendKeys(of: signature, to: &keys)
            }
        }
        // The sets move on.
        return SketchedDocuments(input.batch, shingles: input.takeShingles(), keys: keys, bands: banding.bands)
    }
}

/// Hashes all words of every document at once: its set is that one hash, in two parts.
struct FingerprintDocuments: Transform {
    func transform(_ input: WordedDocuments) throws -> SketchedDocuments {
        var sets = ShingleSets()
        var keys = Buffer<UInt64>(capacity: input.batch.count)
        for document in 0..<input.batch.count {
            if input.batch.documents[document].fate == .kept, let hash = input.words.fingerprint(of: document) {
                sets.append([hash.low, hash.high])
                keys.append(hash.low)
            } else {
                sets.appendEmpty()
                keys.append(0)
            }
        }
        return SketchedDocuments(input.batch, shingles: sets, keys: keys, bands: 1)
    }
}
