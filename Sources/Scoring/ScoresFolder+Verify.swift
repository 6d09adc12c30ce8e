package import Basics
internal import Corpus
package import OutputStore

extension ScoresFolder {
    /// Verifies the scores of a corpus, as a part of `dedup verify`.
    ///
    /// - Returns: false if the corpus has no scores.
    package static func verify(_ corpus: String, _ result: inout Verification) throws(Failure) -> Bool {
        let folder = ScoresFolder(corpus)
        do throws(Failure) {
            let hasTemporary = try folder.files.hasTemporary()
            if hasTemporary { result.addStop("\(corpus): scoring was stopped") }
            guard try File.status(at: folder.files.recordPath) != nil else {
                let isBegun = try !folder.strayFiles([]).isEmpty
                if isBegun { result.addStop("\(corpus): scoring was stopped before its first commit was done") }
                return hasTemporary || isBegun
            }
            result.count(folder.files.recordPath)
            let record = try folder.finishedRecord()
            if let damage = try folder.files.damageOfRecord() { result.addDamage(damage) }
            for shard in record.shards {
                result.check(
                    folder.attributes(shard.name), digests: [shard.scores.digest], size: shard.scores.bytes)
            }
            if try !folder.strayFiles(folder.known(record)).isEmpty {
                result.addStop("\(corpus): scoring was stopped in the middle of a commit")
            }
        } catch {
            result.add(error)
        }
        return true
    }
}
