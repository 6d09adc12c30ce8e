internal import Basics
internal import Deduplication
internal import DuplicateIndex
internal import MinHashLSH
internal import Pipelines
internal import Shingling

/// The parameters of an index after they were checked, in the types of the modules that use them.
///
/// They are checked as the options of a pipeline's stages. So their ranges, and the names under which an output records
/// them, are declared only there.
struct Rule: Sendable {
    let parameters: Parameters
    let normalization: Shingling.Normalization
    let shingles: ShinglesStage
    let match: Match
    /// Nil for exact matching.
    let banding: Banding?
    /// The parameters that must stay the same for the life of an index, by the names under which an output records
    /// them.
    let bound: [String: String]

    /// - Throws: if a parameter is out of its range.
    init(_ parameters: Parameters) throws(DedupError) {
        do {
            try self.init(checking: parameters)
        } catch {
            throw DedupError(error)
        }
    }

    private init(checking parameters: Parameters) throws(Failure) {
        self.parameters = parameters
        let isExact = parameters.match == .exact
        let stages: [any PipelineStage] =
            isExact
            ? [WordsStage(), FingerprintStage(), DeduplicateStage()]
            : [WordsStage(), ShinglesStage(), MinHashStage(), DeduplicateStage()]
        var definition = PipelineDefinition(
            name: "parameters", source: "parameters", entries: stages.map { .init($0) }, registry: .standard)
        for override in parameters.overrides { try definition.apply(override) }
        for entry in definition.entries {
            do throws(Failure) { try entry.stage.check(in: definition) } catch { throw .usage(error.message) }
        }
        normalization = definition.stage(WordsStage.self)?.normalization ?? .nfc
        shingles = definition.stage(ShinglesStage.self) ?? ShinglesStage()
        guard let match = definition.match else { throw Failure("the stages compare no documents") }
        self.match = match
        banding = definition.banding
        bound = definition.boundParameters
    }
}

extension Parameters {
    /// The parameters as overrides of a pipeline definition: one for each option of a stage.
    var overrides: [PipelineDefinition.Override] {
        var values: [(name: String, stage: String, key: String, value: String)] = [
            ("normalization", WordsStage.name, "normalization", normalization.rawValue)
        ]
        if case .jaccard(let threshold) = match {
            values += [
                ("shingleUnit", ShinglesStage.name, "unit", shingleUnit.rawValue),
                ("shingleSize", ShinglesStage.name, "size", String(shingleSize)),
                ("seeds", MinHashStage.name, "seeds", String(seeds)),
                ("bands", MinHashStage.name, "bands", String(bands)),
                ("rows", MinHashStage.name, "rows", String(rows)),
                ("match", DeduplicateStage.name, "threshold", Self.text(of: threshold)),
            ]
        }
        return values.map { PipelineDefinition.Override(Parameter($0.name), $0.stage, $0.key, $0.value) }
    }

    /// The threshold in the spelling of a pipeline definition: 0 is written `0`, not `0.0`.
    private static func text(of threshold: Double) -> String {
        threshold == 0 ? "0" : threshold.description
    }
}
