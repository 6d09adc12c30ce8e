import Basics
import Corpus
import DuplicateIndex
import MinHashLSH
import Pipelines
import Shingling

/// The settings of the stages in the default pipeline.
struct Settings {
    let definition: PipelineDefinition
    let read: ReadOptions
    let words: WordOptions
    let shingles: ShingleOptions
    let banding: Banding
    let match: Match
    let write: WriteOptions

    init() throws {
        definition = try PipelineParser.load(PipelineParser.defaultName)
        guard case .read(let read) = definition.stage(.read), case .words(let words) = definition.stage(.words),
            case .shingles(let shingles) = definition.stage(.shingles), let banding = definition.banding,
            let match = definition.match, case .write(let write) = definition.stage(.write)
        else { throw Failure("the pipeline \(definition.name) lacks a stage that is measured") }
        self.read = read
        self.words = words
        self.shingles = shingles
        self.banding = banding
        self.match = match
        self.write = write
    }

    func parser() throws -> DocumentParser {
        try DocumentParser(textField: FieldSelection(read.textField), idField: FieldSelection(id: read.idField))
    }

    /// A hasher with one seed for each row of the bands.
    var hasher: MinHasher { MinHasher(seeds: banding.bands * banding.rows) }
}
