internal import Basics
internal import Corpus
internal import PipelineGraph
package import Pipelines

/// The stage that keeps a random share of the documents.
///
/// A document is chosen by the hash of its id or, without an id, of its text. So the choice does not depend on the
/// order of the corpus, on its division into shards, or on the number of runs. Documents with equal ids are either all
/// chosen or all dropped. The stage comes before `deduplicate`, so that the twin of every removed document is in the
/// output.
package struct SampleStage: PipelineStage {
    package static let name = "sample"
    package static let summary =
        "Keeps a random share of the documents, chosen by a hash of the id or, without an id, of the text; drops the others"
    package static let accepts: [Payload] = [.documents, .words, .shingles, .sketches]
    package static let gives: Payload? = nil
    package static let isAddedAfter: String? = ReadStage.name
    package static let readsTexts = true

    /// The share of the documents that is kept, 0 to 1.
    package var share = 1.0
    package var seed = 0

    package init() {}

    package static let options: [StageOption<SampleStage>] = [
        .share(
            "share", \.share, parameter: "sample-share", valueName: "s",
            help: "Keep this share of the documents, 0 to 1, chosen by a hash of the id, else of the text"),
        .number(
            "seed", \.seed, in: 0...Int.max, parameter: "sample-seed",
            help: "Another seed chooses other documents"),
    ]
}

extension SampleStage {
    package func boundParameters(in definition: PipelineDefinition) -> [String: String] {
        // A sample of all documents is the same as no sample, whatever its seed.
        share == 1 ? [:] : boundOptions
    }
}

extension SampleStage: GraphStage {
    package func join(_ input: Joint, to run: RunContext) throws -> Joint {
        join(try input.documents(), input.payload, run.graph)
    }

    package func dropReason(for document: ExplainedDocument) -> String? {
        let isChosen = Array((document.id?.name ?? document.text).utf8).withUnsafeBufferPointer {
            Sample(share: share, seed: seed).contains($0)
        }
        if isChosen { return nil }
        return "it is not in the sample (\(Parameter("sample-share")), \(Parameter("sample-seed")))"
    }

    private func join<Documents: DocumentFlow>(_ documents: Documents, _ payload: Payload, _ graph: Graph) -> Joint {
        let choose = ChooseDocuments<Documents.Carrier>(sample: Sample(share: share, seed: seed))
        return Joint(payload, graph.transform("sample", documents.flow, choose))
    }
}

/// The rule that chooses documents.
struct Sample: Sendable {
    /// Documents whose hash is below the limit are chosen; nil for all documents.
    private let limit: UInt64?
    private let seed: UInt64

    /// - Parameter share: 0 to 1.
    init(share: Double, seed: Int) {
        limit = share < 1 ? UInt64(share * 0x1p64) : nil
        self.seed = UInt64(seed)
    }

    /// - Parameter bytes: the bytes of the document's id or, without an id, of its text.
    func contains(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let limit else { return true }
        return hash64(UnsafeRawBufferPointer(bytes), seed: seed) < limit
    }
}

/// Drops the documents that are not in a sample.
struct ChooseDocuments<Carrier: DocumentCarrier>: Transform {
    let sample: Sample

    func transform(_ input: Carrier) throws -> Carrier {
        let batch = input.batch
        for document in 0..<batch.count where batch.documents[document].fate == .kept {
            let id = batch.idBytes(document)
            if !sample.contains(id.kind == .none ? batch.text(document) : id.bytes) {
                batch.documents[document].fate = .dropped
            }
        }
        return input
    }
}
