internal import Basics
internal import Corpus
package import DuplicateIndex
package import MinHashLSH
internal import PipelineGraph
internal import Pipelines
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
        // As many shingles as words, at most, where words are what they are made of.
        shingles.hashes.reserve(input.words.starts.count)
        shingles.ends.reserve(input.batch.count)
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

/// Signs sets and cuts the signatures into bands.
struct Sketcher {
    private let hasher: MinHasher
    let banding: Banding

    init(_ banding: Banding) {
        self.banding = banding
        // A seed that no band covers would change nothing.
        hasher = MinHasher(seeds: banding.bands * banding.rows)
    }

    /// Lends room for a signature to `work`.
    func withSignature(_ work: (UnsafeMutableBufferPointer<UInt32>) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: hasher.lanes, work)
    }

    /// Appends one key for each band.
    func appendKeys(
        of set: UnsafeBufferPointer<UInt64>, to keys: inout Buffer<UInt64>,
        _ signature: UnsafeMutableBufferPointer<UInt32>
    ) {
        hasher.sign(set, into: signature)
        banding.appendKeys(of: signature, to: &keys)
    }
}

/// Makes the band keys of what is compared of a document: of a set of shingles or, without bands, of a fingerprint,
/// whose one key is its first part.
package func bandKeys(_ banding: Banding?) -> DuplicateIndex.KeyMaker {
    guard let banding else { return { set, keys in keys.append(set[0]) } }
    let sketcher = Sketcher(banding)
    return { set, keys in sketcher.withSignature { sketcher.appendKeys(of: set, to: &keys, $0) } }
}

/// Makes the band keys of every set.
struct SignShingles: Transform {
    private let sketcher: Sketcher

    init(_ options: MinHashOptions) {
        sketcher = Sketcher(Banding(bands: options.bands, rows: options.rows))
    }

    func transform(_ input: ShingledDocuments) throws -> SketchedDocuments {
        let bands = sketcher.banding.bands
        var keys = Buffer<UInt64>(capacity: input.batch.count * bands)
        sketcher.withSignature { signature in
            for document in 0..<input.batch.count {
                sketcher.appendKeys(of: input.shingles.set(document), to: &keys, signature)
            }
        }
        // The sets move on.
        return SketchedDocuments(input.batch, shingles: input.takeShingles(), keys: keys, bands: bands)
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
