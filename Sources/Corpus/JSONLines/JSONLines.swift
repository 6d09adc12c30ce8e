package import Basics

/// JSON Lines: each line of a shard is a JSON object. The file may be compressed with zstd or gzip.
package struct JSONLines: DocumentFormat {
    package init() {}

    /// JSON Lines reads every shard that no other format claims.
    package func reads(_ shard: Shard) -> Bool { true }

    package func source(
        of shard: Shard, ordinal: Int, from point: ReadPoint?, limits: ReadLimits
    ) throws(Failure) -> any DocumentSource {
        try LineReader(shard: shard, ordinal: ordinal, from: point, limits: limits)
    }

    package func records(of raw: RawBatch) -> Documents {
        let documents = Documents(raw)
        documents.blankLines = JSONLinesParser.forEachLine(of: raw) { line, lineOffset in
            documents.documents.append(Documents.Document(line, lineOffset: lineOffset))
            return true
        }
        return documents
    }

    package func sink(level: Int) -> any DocumentSink { JSONLinesSink(level: level) }

    package func parser(_ fields: DocumentFields) throws(Failure) -> any DocumentParser { try JSONLinesParser(fields) }
}
