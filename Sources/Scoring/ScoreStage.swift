package import Basics
internal import Corpus
internal import Embedding
package import OutputStore
internal import PipelineGraph
package import Pipelines

/// The stage that scores every kept document. It can also write the documents with at least a given quality to another
/// folder, the filtered corpus.
package struct ScoreStage: PipelineStage {
    package static let name = "score"
    package static let summary =
        "Scores every kept document, and can write the documents with at least `min-quality` to another folder"
    package static let accepts: [Payload] = [.output]
    package static let gives: Payload? = .output
    package static let folder: StageFolder? = StageFolder(
        parameter: "filtered", help: "The folder for the documents of enough quality")

    /// The head's file; nil for the head of the model.
    package var head: String?
    /// The names of the outputs of the head that are written; empty for all.
    package var outputs: [String] = []
    /// The least quality of a document of the filtered corpus; nil if there is no filtered corpus.
    package var minQuality: Double?
    /// What the filtered corpus has of the documents that have no scores, and of those that are out of domain.
    package var unscored = DocumentChoice.UnscoredDocuments.remove
    package var outOfDomain = DocumentChoice.OutOfDomainDocuments.score

    package init() {}

    package static let options: [StageOption<ScoreStage>] = [
        .path(
            "head", \.head, parameter: "head", valueName: "file",
            help: "The head of a pipeline that scores, such as deberta-quality (default: head.json of the model)"),
        StageOption(
            "output", parameter: nil, valueName: "names", help: "The outputs of the head that are written",
            values: "names, separated by commas", binding: .nothing,
            get: { $0.outputs.isEmpty ? nil : $0.outputs.joined(separator: ", ") },
            set: { stage, text throws(Failure) in
                stage.outputs = text.split(separator: ",").map { $0.trimmingPrefix { $0 == " " } }.map(String.init)
            }),
        .share(
            "min-quality", \.minQuality, parameter: "min-quality", valueName: "q",
            help: "The least quality, 0 to 1, of the documents that are written to another folder",
            binding: .nothing),
        .choice(
            "unscored", \.unscored, parameter: "unscored", valueName: "do",
            help: "Whether documents that cannot be judged (blank, too short, without letters) are written there too",
            binding: .nothing),
        .choice(
            "out-of-domain", \.outOfDomain, parameter: "out-of-domain", valueName: "do",
            help: "What is done with documents of another kind than the head was trained on; score: their quality "
                + "decides", binding: .nothing),
    ]

    package static let missingOptions = [
        "top-percent":
            "top-percent is not an option of a definition: the best documents are known only after all have been "
            + "scored; "
            + "give min-quality, or run 'dedup score' on the output afterwards"
    ]

    package func check(in definition: PipelineDefinition) throws(Failure) {
        guard let embed = definition.names.firstIndex(of: EmbedStage.name),
            let own = definition.names.firstIndex(of: Self.name), embed < own
        else { throw .usage("the stage 'score' reads vectors; put 'embed' before it") }
    }
}

extension ScoreStage: OutputStage {
    package func plan(
        _ options: RunOptions, _ definition: PipelineDefinition
    ) throws(Failure) -> (any OutputStagePlan)? {
        let filtered = options.folders["filtered"]
        if filtered != nil && minQuality == nil {
            throw .usage("\(Parameter.filtered) needs \(Parameter.minQuality)")
        }
        guard let out = options.out, let vectors = options.folders["embeddings"], !options.isDryRun else { return nil }
        if filtered == nil, let minQuality {
            throw .usage(
                "\(Parameter.filtered) is missing: the folder for the documents of "
                    + DocumentChoice.Least.minQuality(minQuality).description)
        }
        var request = ScoreRequest(
            corpus: out, threads: options.threads, memory: MemoryPlan.embeddingShare(of: options.memory) / 2)
        request.windowMemory = options.memory
        request.head = head
        request.outputs = outputs
        request.choice = minQuality.map { quality in
            var choice = DocumentChoice(.minQuality(quality))
            choice.unscored = unscored
            choice.outOfDomain = outOfDomain
            return choice
        }
        request.out = filtered
        request.model = definition.stage(EmbedStage.self)?.options.model
        if let read = definition.stage(ReadStage.self)?.options {
            request.textField = read.textField
            request.idField = read.idField
            request.allowsNaN = read.allowsNaN
            request.keepsBadLines = read.onBadLine == .keep
        }
        return ScoreStagePlan(request, runInputs: options.inputs, vectors: vectors)
    }

    package func derivedFiles(
        _ options: RunOptions
    ) -> [(kinds: [DerivedFile], folder: String, parameter: Parameter)] {
        let scores = options.out.map { [(kinds: [DerivedFile.scores], folder: $0, parameter: Parameter.out)] } ?? []
        return scores + (options.folders["filtered"].map { [(DerivedFile.ofFiltered, $0, .filtered)] } ?? [])
    }
}
