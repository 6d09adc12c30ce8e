package import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
internal import MinHashLSH
internal import OutputStore
internal import Pipelines

/// The index of an output: what it holds, whether every file is what was written, and its compaction.
package struct OutputIndex: Sendable {
    private let output: FinishedOutput
    private let folder: OutputFolder

    /// - Throws: a usage error when there is no output of dedup at `path`.
    package init(_ path: String) throws(Failure) {
        output = try FinishedOutput(path)
        folder = OutputFolder(path)
    }

    // MARK: What it holds

    package struct Statistics: Codable, Sendable {
        package struct Segment: Codable, Sendable {
            package let number: Int
            package let bandKeys: Int
            package let bytes: Int
        }

        package let parameters: [String: String]
        package let shards: Int
        /// Kept documents that can be duplicated.
        package let documents: Int
        /// Shingles of the documents, distinct within each.
        package let shingles: Int
        /// Bytes of the shingle sets and the documents' names.
        package let logBytes: Int
        package let segments: [Segment]
        package let segmentBytes: Int
        package let catalogBytes: Int

        package var bytes: Int { logBytes + segmentBytes + catalogBytes }
        package var bandKeys: Int { segments.reduce(0) { $0 + $1.bandKeys } }
        /// What the index takes for each document besides 8 bytes for each of its shingles.
        package var bytesPerDocument: Double {
            Double(bytes - shingles * 8) / Double(max(1, documents))
        }

        package func json() throws -> [UInt8] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        }
    }

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

    /// Makes one segment of all band keys, and deletes what belongs to no run.
    ///
    /// - Throws: when a run is reading from the output or writing to it, or its index is damaged.
    package func compact() throws(Failure) {
        let lock = try folder.lock()
        defer { withExtendedLifetime(lock) {} }
        let catalog = try Catalog(path: OutputFolder.catalogPath(in: output.path))
        let state = try catalog.indexState()
        let done = try catalog.doneShards().map(\.name)
        // An older catalog that was put back would have what later runs added deleted.
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

    /// The band keys of an output made with these parameters.
    private static func keys(_ parameters: [String: String]) throws(Failure) -> DuplicateIndex.KeyMaker {
        let isBanded = parameters["bands"] != nil && parameters["rows"] != nil
        return bandKeys(isBanded ? try ComparisonRule.banding(parameters) : nil)
    }
}
