package import Basics
internal import Corpus
package import DuplicateIndex
package import MinHashLSH
internal import PipelineGraph
package import Pipelines
internal import Shingling

/// The stage that makes the signatures of documents and cuts them into bands.
package struct MinHashStage: PipelineStage {
    package static let name = "minhash"
    package static let summary = "Makes the MinHash signature of every document, and one key for each of its bands"
    package static let accepts: [Payload] = [.shingles]
    package static let gives: Payload? = .sketches

    package var seeds = 100
    package var bands = 10
    package var rows = 10

    package init() {}

    package static let options: [StageOption<MinHashStage>] = [
        .number(
            "seeds", \.seeds, in: 1...4096, parameter: "seeds",
            help: "Number of hash functions; bands x rows of them are used", binding: .index),
        .number(
            "bands", \.bands, in: 1...4096, parameter: "bands", valueName: "b",
            help: "Bands of a signature; more bands find more duplicates (see 'dedup curve')",
            binding: .index),
        .number(
            "rows", \.rows, in: 1...4096, parameter: "rows", valueName: "r",
            help: "Rows of a band; fewer rows find more duplicates", binding: .index),
    ]

    package func check(in definition: PipelineDefinition) throws(Failure) {
        guard bands * rows > seeds else { return }
        throw .usage(
            "\(bands) bands of \(rows) rows take \(bands * rows) seeds, and there are \(seeds); give more seeds, fewer bands "
                + "or fewer rows")
    }
}

extension Payload {
    /// Documents with their sets of shingles and band keys, by which they are compared.
    package static let sketches = Payload("sketches")
}

extension MinHashStage: GraphStage {
    package func join(_ input: Joint, to run: RunContext) throws -> Joint {
        let sign = SignShingles(Banding(bands: bands, rows: rows))
        return Joint(.sketches, run.graph.transform("minhash", try input.flow(of: ShingledDocuments.self), sign))
    }
}

/// Computes the MinHash signature of a set of shingles, and one key for each band of the signature.
struct Sketcher {
    private let hasher: MinHasher
    let banding: Banding

    init(_ banding: Banding) {
        self.banding = banding
        // Further seeds would not change the keys, because no band contains them.
        hasher = MinHasher(seeds: banding.bands * banding.rows)
    }

    /// Calls `work` with a temporary buffer for a signature.
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

/// Returns the function that makes the band keys of a document from its set: from a set of shingles, one key for each
/// band. Without a banding (exact matching), the set is a fingerprint, and its first half is the only key.
package func bandKeys(_ banding: Banding?) -> DuplicateIndex.KeyMaker {
    guard let banding else { return { set, keys in keys.append(set[0]) } }
    let sketcher = Sketcher(banding)
    return { set, keys in sketcher.withSignature { sketcher.appendKeys(of: set, to: &keys, $0) } }
}

/// Makes the band keys of every document from its set of shingles.
struct SignShingles: Transform {
    private let sketcher: Sketcher

    init(_ banding: Banding) {
        sketcher = Sketcher(banding)
    }

    func transform(_ input: ShingledDocuments) throws -> SketchedDocuments {
        let bands = sketcher.banding.bands
        var keys = Buffer<UInt64>(capacity: input.batch.count * bands)
        sketcher.withSignature { signature in
            for document in 0..<input.batch.count {
                sketcher.appendKeys(of: input.shingles.set(document), to: &keys, signature)
            }
        }
        // The sets are moved to the new message, not copied.
        return SketchedDocuments(input.batch, shingles: input.takeShingles(), keys: keys, bands: bands)
    }
}
