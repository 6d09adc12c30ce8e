internal import Basics
internal import Corpus
internal import DuplicateIndex
internal import MinHashLSH
internal import Pipelines
internal import Shingling

/// The rules by which an output's documents were compared, read from the parameters that the output records.
struct ComparisonRule: Sendable {
    /// The rule for duplicates; nil if documents were not compared.
    let match: Match?
    let normalization: Normalization
    let unit: ShingleUnit
    let size: Int
    /// The bands and rows of MinHash; nil if documents were compared exactly or not at all.
    let banding: Banding?
    let textField: String
    let idField: String
    let allowsNaN: Bool
    /// The stages that the run may have had, with the options that it had.
    private let stages: [any GraphStage]

    /// - Parameters:
    ///   - parameters: the parameters of the output.
    ///   - registry: all stages that a run can have.
    /// - Throws: if the output has parameters that this version of dedup does not know.
    init(_ parameters: [String: String], _ registry: StageRegistry) throws(Failure) {
        if let unicode = parameters["unicode"], unicode != UnicodeData.version {
            throw Failure(
                "the output was made with Unicode \(unicode), and this dedup has \(UnicodeData.version); use the dedup "
                    + "that made it")
        }
        switch parameters["match"] {
        case "jaccard":
            match = .jaccard(above: try DeduplicateStage(recordedIn: parameters).usedThreshold)
            banding = try Self.banding(parameters)
        case "exact":
            match = .exact
            banding = nil
        case "none", nil:
            match = nil
            banding = nil
        case let other?:
            throw Failure(
                "the output was made with match \(other), which this dedup does not know; use the dedup that made it")
        }
        normalization = try WordsStage(recordedIn: parameters).normalization
        let shingles = try ShinglesStage(recordedIn: parameters)
        unit = shingles.unit
        size = shingles.size
        let read = try ReadStage(recordedIn: parameters).options
        textField = read.textField
        idField = read.idField
        allowsNaN = read.allowsNaN
        var stages: [any GraphStage] = []
        for kind in registry.stages {
            if let stage = try kind.init(recordedIn: parameters) as? any GraphStage { stages.append(stage) }
        }
        self.stages = stages
    }

    /// - Throws: if the numbers are outside the range that a run accepts.
    static func banding(_ parameters: [String: String]) throws(Failure) -> Banding {
        let stage = try MinHashStage(recordedIn: parameters)
        return Banding(bands: stage.bands, rows: stage.rows)
    }

    /// Returns the reason for which a stage dropped a document; nil if no stage drops it.
    func dropReason(id: DocumentID?, text: String) -> String? {
        var words = WordList()
        var splitter = WordSplitter(normalization: normalization)
        var text = text
        text.withUTF8 { splitter.append($0, to: &words) }
        let document = ExplainedDocument(id: id, text: text, words: Int(words.documents[0].wordCount))
        for stage in stages { if let reason = stage.dropReason(for: document) { return reason } }
        return nil
    }
}
