import ArgumentParser
import Basics
import Corpus
import Embedding
import Scoring

/// The options of the commands that write one row for every line of a corpus: `embed` and `score corpus`.
struct RowOptions: ParsableArguments {
    @OptionGroup var documents: DocumentOptions

    @OptionGroup var id: IDOptions

    @OptionGroup var badLines: KeptLineOptions

    @OptionGroup var damage: DamageOptions

    @OptionGroup var resources: ModelResourceOptions

    @OptionGroup var output: OutputOptions

    var quiet: Bool { output.quiet }

    /// Sets everything in a request that these options say, except threads and memory, with which it is created.
    ///
    /// - Throws: a usage error for a field or a pattern that is not valid.
    func apply(to request: inout some RowRequest) throws(Failure) {
        request.textField = try documents.textField()
        request.allowsNaN = documents.allowsNaN
        request.selection = try documents.selection()
        request.idField = try id.field()
        request.keepsBadLines = badLines.keeps
        request.skipsDamagedShards = damage.skips
        request.replaces = output.force
    }
}

/// A request whose settings come from `RowOptions`.
protocol RowRequest {
    var textField: String { get set }
    var allowsNaN: Bool { get set }
    var selection: ShardSelection { get set }
    var idField: String { get set }
    var keepsBadLines: Bool { get set }
    var skipsDamagedShards: Bool { get set }
    var replaces: Bool { get set }
}

extension EmbedRequest: RowRequest {}
extension ScoreRequest: RowRequest {}
