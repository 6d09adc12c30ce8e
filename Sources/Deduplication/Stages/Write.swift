internal import Basics
internal import Corpus
internal import OutputStore
internal import PipelineGraph
package import Pipelines

/// The stage that writes the kept documents of every shard.
package struct WriteStage: PipelineStage {
    package static let name = "write"
    package static let summary =
        "Writes the kept documents of every shard, and the lists of removed documents and bad lines"
    package static let accepts: [Payload] = [.documents, .words, .shingles, .sketches, .decisions]
    package static let gives: Payload? = .output
    package static let isRequired = true

    package var level = Compression.defaultLevel

    package init() {}

    package static let options: [StageOption<WriteStage>] = [
        .number(
            "level", \.level, in: Compression.levels(for: .zstd), parameter: "level",
            help: "Compression level of zstd; gzip takes the nearest of its own")
    ]
}

extension WriteStage: GraphStage {
    package func join(_ input: Joint, to run: RunContext) throws -> Joint {
        Joint(.output, write(try input.documents(), run))
    }

    private func write(_ documents: some DocumentFlow, _ run: RunContext) -> Flow<CommittedShard> {
        write(documents.flow, run)
    }

    private func write<Carrier: DocumentCarrier>(_ flow: Flow<Carrier>, _ run: RunContext) -> Flow<CommittedShard> {
        let assembler = Assembler<Carrier>(
            sinks: DocumentSinks(level: level), twins: TwinNames(others: run.others, own: run.shards),
            renamed: run.renamed, writes: run.committer != nil, partial: run.shards.new.first?.partial,
            watchesDroppedLines: run.watchesDroppedLines, progress: run.progress)
        let blocks = run.graph.stage("assemble", flow, assembler)
        guard let committer = run.committer else { return run.graph.stage("count", blocks, Tally(shards: run.shards)) }
        let parts = run.graph.transform("compress", blocks, EncodeBlocks(), workers: run.memory.compressors)
        return run.graph.stage("commit", parts, committer)
    }
}
