package import Basics
package import Corpus
internal import PipelineGraph

/// Finds the documents in the batches of shards.
package struct ParseDocuments: Transform {
    private let formats: DocumentFormats
    /// The parsers of each format.
    private let parsers: [Pool<any DocumentParser>]

    /// - Parameter advice: how to fix a line that is not a document. If such a line ends the run, this is the end of
    ///   the error message.
    package init(
        _ options: ReadOptions, advice: String = DocumentFields.advice, formats: DocumentFormats = .standard
    ) throws(Failure) {
        let fields = try DocumentFields(
            text: options.textField, id: options.idField, allowsNaN: options.allowsNaN, onBadLine: options.onBadLine,
            advice: advice)
        self.formats = formats
        parsers = formats.all.map { format in Pool { try format.parser(fields) } }
    }

    package func transform(_ input: ReadBatch) throws -> ReadDocuments {
        ReadDocuments(batch: try parsers[formats.index(of: input.raw.shard)].with { $0.parse(input.raw) })
    }
}
