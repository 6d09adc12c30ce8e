internal import Basics
internal import Corpus
internal import PipelineGraph
package import Pipelines
internal import Shingling

/// The stage that makes one fingerprint of all the words of a document, for exact matching.
package struct FingerprintStage: PipelineStage {
    package static let name = "fingerprint"
    package static let summary = "Makes one fingerprint of all the words of every document, for exact matching"
    package static let accepts: [Payload] = [.words]
    package static let gives: Payload? = .sketches
    package static let options: [StageOption<FingerprintStage>] = []

    package init() {}
}

extension FingerprintStage: GraphStage {
    package func join(_ input: Joint, to run: RunContext) throws -> Joint {
        Joint(
            .sketches,
            run.graph.transform("fingerprint", try input.flow(of: WordedDocuments.self), FingerprintDocuments()))
    }
}

/// Makes the fingerprint of every document: the 128-bit hash of all its words. The document's set consists of the two
/// halves of the fingerprint, and the lower half is its only key.
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
