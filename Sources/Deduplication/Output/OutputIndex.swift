package import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import MinHashLSH
internal import OutputStore
internal import Pipelines

/// The index of an output, for `dedup index`: its statistics and its compaction.
package struct OutputIndex: Sendable {
    private let output: FinishedOutput
    private let folder: OutputFolder

    /// - Throws: a usage error if there is no output of dedup at `path`.
    package init(_ path: String) throws(Failure) {
        output = try FinishedOutput(path)
        folder = OutputFolder(path)
    }

    // MARK: Statistics

    /// The contents and sizes of an index.
    package struct Statistics: Codable, Sendable {
        /// One segment of band keys.
        package struct Segment: Codable, Sendable {
            /// The number in the segment's file name.
            package let number: Int
            /// The number of band keys in the segment.
            package let bandKeys: Int
            /// The size of the segment's file.
            package let bytes: Int
        }

        /// The parameters of the output.
        package let parameters: [String: String]
        /// The number of shards that are done.
        package let shards: Int
        /// The number of kept documents in the index.
        package let documents: Int
        /// The number of shingles of all documents; each shingle of a document counts once.
        package let shingles: Int
        /// The size of the document log, which holds the shingle sets, positions and ids of the documents.
        package let logBytes: Int
        /// The live segments, in document order.
        package let segments: [Segment]
        /// The total size of the segments' files.
        package let segmentBytes: Int
        /// The size of the catalog, with its log and its checksums.
        package let catalogBytes: Int

        /// The size of the whole index.
        package var bytes: Int { logBytes + segmentBytes + catalogBytes }
        /// The number of band keys in all segments.
        package var bandKeys: Int { segments.reduce(0) { $0 + $1.bandKeys } }
        /// The size of the index per document, without 8 bytes for each shingle.
        package var bytesPerDocument: Double {
            Double(bytes - shingles * 8) / Double(max(1, documents))
        }

        /// Encodes the statistics as JSON, with a final newline.
        package func json() throws -> [UInt8] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        }
    }

    /// Reads the statistics from the catalog.
    package func statistics() throws(Failure) -> Statistics {
        let record = try output.record()
        let catalog = OutputFolder.catalogPath(in: output.path)
        let files = [catalog, catalog + "-wal", CatalogCheck.checkPath(of: catalog)]
        let statuses = try files.map { path throws(Failure) in try File.status(at: path) }
        let catalogBytes = Int(statuses.total { $0?.size ?? 0 })
        let segments = record.index.segmentSizes.map {
            Statistics.Segment(number: $0.number, bandKeys: $0.entries, bytes: $0.bytes)
        }
        return Statistics(
            parameters: record.parameters, shards: record.shards.count, documents: record.index.position.documents,
            shingles: record.index.position.shingles, logBytes: record.index.position.words * 8, segments: segments,
            segmentBytes: segments.reduce(0) { $0 + $1.bytes }, catalogBytes: catalogBytes)
    }

    // MARK: Compaction

    /// Merges all segments into one, and deletes files that the catalog does not mention.
    ///
    /// - Throws: if a run is using the output, or if the index is damaged.
    package func compact() throws(Failure) {
        let lock = try folder.lock()
        defer { withExtendedLifetime(lock) {} }
        let catalog = try Catalog(path: OutputFolder.catalogPath(in: output.path))
        let state = try catalog.indexState()
        let done = try catalog.doneShards().map(\.name)
        // If an older copy of the catalog was restored, it does not know the shards of later runs, and their band keys
        // would be deleted. The output files of such shards show it.
        try folder.checkForeignFiles(known: done + catalog.intendedShards())
        try folder.checkOutputs(catalog)
        try DuplicateIndex.removeStrayFiles(in: folder.indexFolder, state)
        let index = try DuplicateIndex(
            own: DuplicateIndex.Stored(
                folder: folder.indexFolder, state: state, identity: try catalog.identity()),
            scratch: folder.indexFolder,
            memory: MemoryPlan.least, match: .exact, keys: try Self.keys(try catalog.parameters()))
        try index.compact()
        let compacted = try index.makeDurable(through: state.position)
        try catalog.record(compacted)
        try index.wasCommitted(compacted)
        try catalog.settle()
    }

    /// Returns the function that computes the band keys of documents, for an output with these parameters.
    private static func keys(_ parameters: [String: String]) throws(Failure) -> DuplicateIndex.KeyMaker {
        let isBanded = parameters["bands"] != nil && parameters["rows"] != nil
        return bandKeys(isBanded ? try ComparisonRule.banding(parameters) : nil)
    }
}
