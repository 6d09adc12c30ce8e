package import Basics
internal import Corpus
package import OutputStore

extension DerivedFile {
    /// The file that scoring writes for a shard.
    static let scores = DerivedFile(folder: ".dedup/scores/", suffix: ".jsonl.zst", record: "scores.json")
}

/// The folder with the scores of a corpus: `.dedup/scores/<shard>.jsonl.zst`, and scores.json next to them.
package final class ScoresFolder: Sendable {
    /// The path of the corpus.
    package let corpus: String
    /// The scores files and their record, scores.json.
    package let files: RecordedFolder<ScoresRecord>
    private let path: String

    package init(_ corpus: String) {
        self.corpus = corpus
        path = corpus + "/.dedup/scores"
        // A run that removes duplicates has temporary files in the same folder; the prefix tells them apart.
        files = RecordedFolder(
            root: corpus, recordPath: path + "/scores.json", temporary: corpus + "/.dedup/tmp", prefix: "scores-",
            remedy: "remove \(path) and score again")
    }

    /// The path of a shard's scores file.
    func attributes(_ shard: String) -> String { DerivedFile.scores.path(of: shard, in: corpus) }

    /// - Throws: a usage error if the corpus is not a folder.
    package func check() throws(Failure) {
        guard let status = try File.status(at: corpus) else { throw .usage("\(corpus): no such folder") }
        guard status.isFolder else { throw .usage("\(corpus): a file; give the folder that it lies in") }
    }

    /// Returns the record, for commands that only read the scores.
    ///
    /// - Throws: a usage error if there are no scores.
    func finishedRecord() throws(Failure) -> ScoresRecord {
        try check()
        guard let record = try files.record() else {
            throw .usage("\(corpus): there are no scores in it; make them with dedup score")
        }
        return record
    }

    /// Deletes the unfinished files of an earlier run.
    ///
    /// - Returns: the shards in the record whose scores files are missing or damaged.
    func recover(_ record: ScoresRecord?) throws(Failure) -> [String] {
        try files.clearTemporary()
        let stray = try strayFiles(known(record))
        try files.remove(stray.map { path + "/" + $0 })
        var lost: [String] = []
        for shard in record?.shards ?? [] {
            if try !files.isWhole(attributes(shard.name), shard.scores) { lost.append(shard.name) }
        }
        try files.keepTimes()
        return lost
    }

    /// Returns the names of the scores files in a record.
    package func known(_ record: ScoresRecord?) -> Set<BytewiseName> {
        Set((record?.shards ?? []).map { BytewiseName($0.name + DerivedFile.scores.suffix) })
    }

    /// Returns scores files that are not in the record; a run that was stopped leaves such files. Paths are relative to
    /// the folder. Files with another suffix are ignored, because dedup did not write them.
    func strayFiles(_ known: Set<BytewiseName>) throws(Failure) -> [String] {
        try filesBelow(path).filter {
            $0.endsBytewise(in: DerivedFile.scores.suffix) && !known.contains(BytewiseName($0))
        }
    }

    /// Returns the error for a damaged scores file.
    package func damaged(_ shard: String, _ what: String) -> Failure {
        Failure("\(attributes(shard)): damaged: \(what); remove it and run dedup score again")
    }
}
