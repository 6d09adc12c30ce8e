package import Basics
internal import Corpus
package import DuplicateIndex
internal import Foundation
package import Reports

/// The output of earlier runs, for reading only.
package struct FinishedOutput: Sendable {
    /// The path of the output folder.
    package let path: String

    /// - Throws: a usage error if there is no output of dedup at `path`.
    package init(_ path: String) throws(Failure) {
        switch try OutputFolder.content(at: path) {
        case .output: self.path = path
        case .nothing where try File.status(at: path) == nil: throw .usage("\(path): no such folder")
        case .nothing: throw .usage("\(path): no output of dedup: no run has written to it")
        case .foreign(let what): throw .usage("\(path): no output of dedup: it \(what)")
        }
    }

    /// Returns the bytes of report.json, after comparing their digest with the catalog.
    ///
    /// - Throws: if there is no report, or if it is damaged.
    package func reportFile() throws(Failure) -> [UInt8] {
        var json = try uncheckedReportBytes()
        while true {
            let digests = try Catalog.read(OutputFolder.catalogPath(in: path)) { catalog throws(Failure) in
                try catalog.reports()["report.json"] ?? []
            }
            if digests.contains(json.withUnsafeBytes { Hash128($0) }.description) { return json }
            // A run in progress may have replaced the file between the two reads: then the catalog has the new file's
            // digest.
            let now = try uncheckedReportBytes()
            guard now != json else {
                throw Failure(
                    "\(OutputFolder.reportPath(in: path)): damaged: its content differs from what was written; run "
                        + "'dedup run' again to rewrite it")
            }
            json = now
        }
    }

    private func uncheckedReportBytes() throws(Failure) -> [UInt8] {
        let path = OutputFolder.reportPath(in: path)
        guard try File.status(at: path) != nil else {
            try Catalog.read(OutputFolder.catalogPath(in: self.path)) { catalog throws(Failure) in
                try Catalog.checkBelongsToRuns(catalog.parameters(), self.path)
            }
            throw Failure(
                "\(self.path): no report in it: its last run had no stage 'report', or was killed; run it again with "
                    + "a pipeline that has one")
        }
        return try File.whole(path, remedy: "run 'dedup run' again to rewrite it")
    }

    /// - Throws: if there is no report, if it is damaged, or if a later version of dedup wrote it.
    package func report() throws(Failure) -> Report {
        try Report(json: reportFile(), path: OutputFolder.reportPath(in: path))
    }

    /// Returns the report without comparing it with the catalog, which may be damaged. Used before an output is
    /// replaced.
    func uncheckedReport() throws(Failure) -> Report {
        try Report(json: uncheckedReportBytes(), path: OutputFolder.reportPath(in: path))
    }

    /// The content of the catalog.
    package struct Record: Sendable {
        /// The parameters that must be the same in every later run.
        package let parameters: [String: String]
        /// The inputs, in the order in which they were first given.
        package let inputs: [Catalog.Input]
        /// The shards that are done, in corpus order.
        package let shards: [Catalog.ShardRecord]
        /// The shard of which only a part is done; nil if there is none.
        package let partial: PartialShard?
        /// The state of the index.
        package let index: IndexState
        /// `Catalog.identity`.
        package let identity: UInt64
        /// `Catalog.state`.
        package let state: String
        /// The other outputs that its documents were compared with.
        package let against: [Catalog.OtherOutput]
    }

    /// Reads the catalog.
    package func record() throws(Failure) -> Record {
        try Catalog.read(OutputFolder.catalogPath(in: path)) { catalog throws(Failure) in
            Record(
                parameters: try catalog.parameters(), inputs: try catalog.inputs(), shards: try catalog.doneShards(),
                partial: try catalog.partialShard(), index: try catalog.indexState(), identity: try catalog.identity(),
                state: try catalog.state(), against: try catalog.otherOutputs())
        }
    }
}
