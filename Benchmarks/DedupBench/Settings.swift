import Basics
import Corpus
import Dedup
import Deduplication
import DuplicateIndex
import MinHashLSH
import Pipelines
import Shingling

/// The settings of the stages in the default pipeline.
struct Settings {
    let definition: PipelineDefinition
    let read: ReadOptions
    let words: WordsStage
    let shingles: ShinglesStage
    let banding: Banding
    let match: Match
    let write: WriteStage

    init() throws {
        definition = try PipelineParser.standard.load(PipelineParser.defaultName)
        guard let read = definition.stage(ReadStage.self)?.options, let words = definition.stage(WordsStage.self),
            let shingles = definition.stage(ShinglesStage.self), let banding = definition.banding,
            let match = definition.match, let write = definition.stage(WriteStage.self)
        else { throw Failure("the pipeline \(definition.name) lacks a stage that is measured") }
        self.read = read
        self.words = words
        self.shingles = shingles
        self.banding = banding
        self.match = match
        self.write = write
    }

    /// The fields of a document that the pipeline reads. The first bad line ends the benchmark.
    func fields() throws -> DocumentFields {
        try DocumentFields(text: read.textField, id: read.idField, onBadLine: .stop)
    }

    /// A hasher with one seed for each row of the bands.
    var hasher: MinHasher { MinHasher(seeds: banding.bands * banding.rows) }
}
