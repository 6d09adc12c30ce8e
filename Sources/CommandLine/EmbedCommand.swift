import ArgumentParser
import Basics
import DeBERTa
import Dedup
import Embedding
import Foundation
import Pipelines
import Tokenizers

struct EmbedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "embed",
        abstract: "Writes a vector for every document, computed by a DeBERTa encoder.",
        discussion: """
            For every shard, OUT gets two files: SHARD.npy, which NumPy and faiss read or map, has one row for each \
            line that is not blank, in order; SHARD.ids.jsonl says which document each row is. OUT/embeddings.json \
            records the parameters.

            An input is the output of 'dedup run', or any shards. The same command again resumes where an earlier run \
            stopped, and embeds shards that are new or have changed. The bytes of a document's vector do not depend on \
            the other documents, their order, or the number of threads.

            Example:
              dedup embed clean/ --out vectors/ --pooling mean --normalize
            """
    )

    @OptionGroup var input: InputArguments

    @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"), completion: .directory, transform: localPath)
    var out: String

    // MARK: Vectors

    @OptionGroup var encoder: EncoderOptions

    @OptionGroup var vectors: VectorOptions

    @Option(help: ArgumentHelp("The number format to write.", valueName: "type"))
    var dtype = VectorType.float32

    @Option(
        help: ArgumentHelp(
            "Special tokens in a text, such as </s>: plain reads them as text, split as the token.", valueName: "do"))
    var specialTokens = SpecialTokens.plain

    // MARK: Documents and execution

    @OptionGroup var rows: RowOptions

    func run() async throws {
        let run = EmbedRun(try request())
        let outcome = try await ProgressLine.during(rows.quiet ? nil : ProgressLine(run.progress)) {
            try await run.run()
        }
        if rows.output.json { try Terminal.output(json: outcome.record.json()) }
        var summary = Summary.text(outcome)
        if encoder.model == nil { summary.append("the model is \(outcome.record.model)") }
        summary.append("written to \(out)")
        summary.show(quiet: rows.quiet)
    }

    private func request() throws(Failure) -> EmbedRequest {
        var options = vectors.embedOptions(encoder)
        options.dtype = dtype
        options.specialTokens = specialTokens
        var request = EmbedRequest(
            inputs: input.inputs, out: out, options: options, threads: try rows.resources.threadCount(),
            memory: try rows.resources.memoryInBytes())
        try rows.apply(to: &request)
        return request
    }
}

extension VectorType: ExpressibleByArgument {}
