internal import Deduplication
internal import Embedding
package import Pipelines
internal import Scoring

extension StageRegistry {
    /// All stages, in the order of help texts and documentation. A new stage is one more entry.
    package static let standard = StageRegistry([
        ReadStage.self, SampleStage.self, WordsStage.self, FilterStage.self, ShinglesStage.self, MinHashStage.self,
        FingerprintStage.self, DeduplicateStage.self, WriteStage.self, EmbedStage.self, ScoreStage.self,
        ReportStage.self,
    ])
}

extension PipelineParser {
    /// The parser of definitions with any of the stages.
    package static let standard = PipelineParser(stages: .standard)
}
