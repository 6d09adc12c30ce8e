package import Basics
internal import Corpus
internal import DeBERTa
package import OutputStore
internal import PipelineGraph
package import Pipelines
internal import Tokenizers

/// The stage that writes a vector for every kept document, and its options.
package struct EmbedStage: PipelineStage {
    package static let name = "embed"
    package static let summary = "Writes a vector for every kept document, shard by shard, to a folder of its own"
    package static let accepts: [Payload] = [.output]
    package static let gives: Payload? = .output
    package static let folder: StageFolder? = StageFolder(
        parameter: "embeddings", help: "The folder for the vectors of a pipeline that embeds")

    package var options = EmbedOptions()

    package init() {}

    package static let options: [StageOption<EmbedStage>] = [
        .path(
            "model", \.options.model, parameter: "model", valueName: "dir",
            help: "The model of a pipeline that embeds (default as in 'dedup embed')"),
        StageOption(
            "prefix", parameter: nil, valueName: "text",
            help: "The text that is put before every sequence (default: the model's setting, or none)",
            values: "a text", binding: .nothing, get: { $0.options.prefix },
            set: { stage, text throws(Failure) in stage.options.prefix = text }),
        .choice(
            "pooling", \.options.pooling, parameter: nil, valueName: "kind",
            help: "How the vectors of a text's tokens become one (default: the model's setting, or mean)",
            binding: .nothing),
        .flag(
            "normalize", \.options.normalize, parameter: nil,
            help: "Whether vectors are scaled to length 1 (default: the model's setting, or no)", binding: .nothing),
        .flag(
            "whitening", \.options.whitening, parameter: nil,
            help: "Whether the model's whitening is applied (default: yes if the model has one)",
            binding: .nothing),
        .choice(
            "precision", \.options.precision, parameter: nil, valueName: "type",
            help: "The number type of the matrix products (default: the best that the processor supports)",
            binding: .nothing),
        .number(
            "max-tokens", \.options.maxTokens, in: EmbedOptions.tokenRange, parameter: nil,
            help: "The largest number of tokens in a sequence, special tokens included (default: the model's limit)",
            binding: .nothing),
        .choice(
            "long", \.options.long, parameter: nil, valueName: "how",
            help: "How a text with more tokens is encoded (default: the model's setting, or truncate)",
            binding: .nothing),
        .choice(
            "layout", \.options.layout, parameter: nil, valueName: "form",
            help: "Whether the text itself is encoded, or its words joined by single spaces (default: the model's "
                + "setting, or keep)",
            binding: .nothing),
        .choice(
            "dtype", \.options.dtype, parameter: nil, valueName: "type", help: "The number type of the vectors",
            binding: .nothing),
        .choice(
            "special-tokens", \.options.specialTokens, parameter: nil, valueName: "how",
            help: "Whether special tokens in a text are read as plain text or as tokens", binding: .nothing),
    ]
}

extension EmbedStage: OutputStage {
    package func plan(
        _ options: RunOptions, _ definition: PipelineDefinition
    ) throws(Failure) -> (any OutputStagePlan)? {
        guard let out = options.out, !options.isDryRun else { return nil }
        guard let folder = options.folders["embeddings"] else {
            throw .usage(
                "\(Parameter.embeddings) is missing: the folder for the vectors of the pipeline \(definition.source)")
        }
        var request = EmbedRequest(
            inputs: [out], out: folder, options: self.options, threads: options.threads,
            memory: MemoryPlan.embeddingShare(of: options.memory))
        if let read = definition.stage(ReadStage.self)?.options {
            request.textField = read.textField
            request.idField = read.idField
            request.allowsNaN = read.allowsNaN
            // Bad lines that the run keeps are in the output too.
            request.keepsBadLines = read.onBadLine == .keep
        }
        return EmbedStagePlan(request, runInputs: options.inputs)
    }

    package func derivedFiles(
        _ options: RunOptions
    ) -> [(kinds: [DerivedFile], folder: String, parameter: Parameter)] {
        options.folders["embeddings"].map { [(DerivedFile.ofVectors, $0, .embeddings)] } ?? []
    }
}
