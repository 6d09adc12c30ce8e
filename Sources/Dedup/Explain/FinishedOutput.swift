package import Basics
internal import Corpus
internal import DuplicateIndex
internal import Foundation
package import Reports

/// The output of earlier runs, to be looked at: nothing in it is written.
package struct FinishedOutput: Sendable {
    package let path: String

    /// - Throws: a usage error when there is no output of dedup at `path`.
    package init(_ path: String) throws(Failure) {
        switch try OutputFolder.content(at: path) {
        case .output: self.path = path
        case .nothing where try File.status(at: path) == nil: throw .usage("\(path): no such folder")
        case .nothing: throw .usage("\(path): no output of dedup: no run has written to it")
        case .foreign(let what): throw .usage("\(path): no output of dedup: it \(what)")
        }
    }

    /// report.json as it stands there.
    package func reportFile() throws(Failure) -> [UInt8] {
        let path = OutputFolder.reportPath(in: path)
        guard try File.status(at: path) != nil else {
            throw Failure(
                "\(self.path): no report in it: its last run had no stage 'report', or was killed; run it again with "
                    + "a pipeline that has one")
        }
        return try Self.content(path)
    }

    /// - Throws: when there is no report, or one of a later version.
    package func report() throws(Failure) -> Report {
        try Report(json: reportFile(), path: OutputFolder.reportPath(in: path))
    }

    /// What the catalog says of it.
    struct Record: Sendable {
        let parameters: [String: String]
        let inputs: [Catalog.Input]
        let shards: [Catalog.ShardRecord]
        let partial: PartialShard?
        let index: IndexState
        /// `Catalog.identity`.
        let identity: UInt64
        /// `Catalog.state`.
        let state: String
        /// The other outputs that it was compared with.
        let against: [Catalog.OtherOutput]
    }

    func record() throws(Failure) -> Record {
        try OutputFolder.withCatalogCopy(of: path) { catalogPath throws(Failure) in
            let catalog = try Catalog(path: catalogPath)
            return Record(
                parameters: try catalog.parameters(), inputs: try catalog.inputs(), shards: try catalog.doneShards(),
                partial: try catalog.partialShard(), index: try catalog.indexState(), identity: try catalog.identity(),
                state: try catalog.state(), against: try catalog.otherOutputs())
        }
    }

    private static func content(_ path: String) throws(Failure) -> [UInt8] {
        let file = try File(path, .read)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(try file.status().size), alignment: 16)
        defer { room.deallocate() }
        return Array(room.prefix(try file.read(at: 0, into: room)))
    }
}

extension OutputFolder {
    /// Lends a copy of an output's catalog: looking at it leaves no trace, and needs no right to write there.
    static func withCatalogCopy<Result>(
        of output: String, _ work: (_ catalogPath: String) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dedup-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = catalogPath(in: output)
        let endings = ["", "-wal", ".check"]
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            // A run may be at work: what is copied is what the three were at one moment.
            for attempt in 1...100 {
                let before = try endings.map { try File.status(at: path + $0) }
                for ending in endings {
                    let copy = folder.path + "/catalog.sqlite" + ending
                    try? FileManager.default.removeItem(atPath: copy)
                    if FileManager.default.fileExists(atPath: path + ending) {
                        try FileManager.default.copyItem(atPath: path + ending, toPath: copy)
                    }
                }
                if try endings.map({ try File.status(at: path + $0) }) == before { break }
                if attempt == 100 { throw Failure("\(path): a run changes it; try again when it has ended") }
                usleep(20_000)
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("\(path): cannot be copied to \(folder.path): \(error.localizedDescription)")
        }
        let copy = folder.path + "/catalog.sqlite"
        do throws(Failure) {
            return try work(copy)
        } catch {
            // The copy is gone when this is read.
            throw Failure(error.message.replacing(copy, with: path), kind: error.kind)
        }
    }
}
