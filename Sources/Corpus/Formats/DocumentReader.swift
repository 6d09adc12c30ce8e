package import Basics

/// Reads the documents of shards on the calling thread, for commands that run no graph. In a graph, `ShardReader` and
/// `ParseDocuments` do this work.
package final class DocumentReader {
    private let formats: DocumentFormats
    private let fields: DocumentFields
    private let limits: ReadLimits
    /// The parsers that were used so far, by the indices of their formats.
    private var parsers: [Int: any DocumentParser] = [:]

    package init(_ fields: DocumentFields, limits: ReadLimits, formats: DocumentFormats = .standard) {
        self.fields = fields
        self.limits = limits
        self.formats = formats
    }

    /// Calls `work` with the documents and bad lines of every batch of a shard, in order, until it returns false.
    ///
    /// - Parameter ordinal: the shard's position in the order of the corpus, from 0; every batch carries it.
    /// - Throws: if the shard cannot be read or a bad line ends the run; `work` has then been called with the documents
    ///   before it. Also the errors of `work`.
    package func read(
        _ shard: Shard, ordinal: Int = 0, _ work: (Documents) throws(Failure) -> Bool
    ) throws(Failure) {
        let index = formats.index(of: shard)
        let parser: any DocumentParser
        if let known = parsers[index] {
            parser = known
        } else {
            parser = try formats.all[index].parser(fields)
            parsers[index] = parser
        }
        let source = try formats.all[index].source(of: shard, ordinal: ordinal, from: nil, limits: limits)
        while let raw = source.next() {
            let documents = parser.parse(raw)
            guard try work(documents) else { return }
            if let failure = documents.failure { throw failure }
        }
    }
}
