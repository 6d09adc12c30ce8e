internal import Basics
package import Corpus
internal import DuplicateIndex
internal import OutputStore
package import PipelineGraph
package import Pipelines

/// A stage that documents pass through on their way to the output.
package protocol GraphStage: PipelineStage {
    /// Joins the stage to the graph of a run.
    ///
    /// - Parameter input: the output of the stage before; its payload is one of `accepts`.
    /// - Returns: the output of the stage.
    func join(_ input: Joint, to run: RunContext) throws -> Joint

    /// Returns the reason for which the stage drops a document, as `dedup explain` shows it: the end of the sentence "it
    /// was dropped: ...". nil if the stage lets the document pass, as a stage with its default options must.
    func dropReason(for document: ExplainedDocument) -> String?
}

extension GraphStage {
    package func dropReason(for document: ExplainedDocument) -> String? { nil }
}

/// A document of which `dedup explain` asks every stage whether it drops it.
package struct ExplainedDocument {
    package let id: DocumentID?
    package let text: String
    /// The number of words, as the run counts them.
    package let words: Int
}

/// The end of a graph that is being built: a flow, to which the next stage is joined.
package struct Joint {
    package let payload: Payload
    /// A `Flow`; nil if no stage has been joined yet.
    private let flow: (any Sendable)?

    /// The beginning of a graph.
    static let start = Joint(payload: .nothing, flow: nil)

    private init(payload: Payload, flow: (any Sendable)?) {
        self.payload = payload
        self.flow = flow
    }

    package init<Element>(_ payload: Payload, _ flow: Flow<Element>) {
        self.init(payload: payload, flow: flow)
    }

    /// Returns the flow, with elements of the type that belongs to the payload.
    ///
    /// - Throws: if the elements have another type.
    package func flow<Element>(of _: Element.Type) throws -> Flow<Element> {
        guard let flow = flow as? Flow<Element> else {
            throw Failure("the payload \(payload) does not consist of \(Element.self)")
        }
        return flow
    }

    /// Returns the flow of any payload that carries documents.
    ///
    /// - Throws: if the payload carries no documents.
    func documents() throws -> any DocumentFlow {
        guard let flow = flow as? any DocumentFlow else { throw Failure("the payload \(payload) has no documents") }
        return flow
    }
}

/// A flow of batches of documents.
protocol DocumentFlow: Sendable {
    associatedtype Carrier: DocumentCarrier
    var flow: Flow<Carrier> { get }
}

extension Flow: DocumentFlow where Element: DocumentCarrier {
    var flow: Flow<Element> { self }
}

/// The objects that the stages of a run share when they join its graph.
package struct RunContext {
    package let graph: Graph
    package let definition: PipelineDefinition
    /// The shards of the run, and their ordinals.
    let shards: ShardSequence
    /// The other outputs. The documents of the run are compared with their kept documents.
    let others: [OtherOutput]
    /// Looks for shards that were renamed; nil if there can be none.
    let renamed: RenamedShards?
    let memory: MemoryPlan
    let limits: ReadLimits
    let progress: RunProgress
    /// The kept documents; nil if the pipeline compares no documents.
    let index: DuplicateIndex?
    /// Writes the output; nil for a dry run.
    let committer: Committer?
    /// Whether the run ends at a shard that loses most of its lines.
    let watchesDroppedLines: Bool
    /// Collects the records of the shards that the run finishes.
    let gatherer: ShardGatherer
}
