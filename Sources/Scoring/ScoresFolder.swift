package import Basics
internal import Corpus
package import OutputStore

/// The scores of a corpus: `.dedup/scores/<shard>.jsonl.zst` and scores.json beside them.
package final class ScoresFolder: Sendable {
    package let corpus: String
    package let files: RecordedFolder<ScoresRecord>
    private let path: String

    package init(_ corpus: String) {
        self.corpus = corpus
        path = corpus + "/.dedup/scores"
        // A run that removes duplicates has files of its own in the same place.
        files = RecordedFolder(
            root: corpus, recordPath: path + "/scores.json", temporary: corpus + "/.dedup/tmp", prefix: "scores-",
            remedy: "remove \(path) and score again")
    }

    func attributes(_ shard: String) -> String { DerivedFile.scores.path(of: shard, in: corpus) }

    /// - Throws: a usage error when the corpus is no folder.
    package func check() throws(Failure) {
        guard let status = try File.status(at: corpus) else { throw .usage("\(corpus): no such folder") }
        guard status.isFolder else { throw .usage("\(corpus): a file; give the folder that it lies in") }
    }

    /// What is recorded, to be looked at.
    ///
    /// - Throws: a usage error when there are no scores.
    func finishedRecord() throws(Failure) -> ScoresRecord {
        try check()
        guard let record = try files.record() else {
            throw .usage("\(corpus): there are no scores in it; make them with dedup score")
        }
        return record
    }

    /// Deletes what an earlier run left half done.
    ///
    /// - Returns: the shards of the record whose files are not what it says.
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

    /// The names of the attributes that a record tells of.
    package func known(_ record: ScoresRecord?) -> Set<BytewiseName> {
        Set((record?.shards ?? []).map { BytewiseName($0.name + DerivedFile.scores.suffix) })
    }

    /// Attributes that the record does not know, by their paths below the folder: of a run that was cut off. Files of
    /// other names are not dedup's.
    func strayFiles(_ known: Set<BytewiseName>) throws(Failure) -> [String] {
        try filesBelow(path).filter {
            $0.endsBytewise(in: DerivedFile.scores.suffix) && !known.contains(BytewiseName($0))
        }
    }

    /// The shard's attributes are not what was written.
    package func damaged(_ shard: String, _ what: String) -> Failure {
        Failure("\(attributes(shard)): damaged: \(what); remove it and run dedup score again")
    }
}
