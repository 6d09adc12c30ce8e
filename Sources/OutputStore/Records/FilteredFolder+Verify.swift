package import Basics
internal import Corpus

extension FilteredFolder {
    /// Verifies a filtered corpus, as a part of `dedup verify`.
    ///
    /// - Returns: false if the folder has no filtered corpus.
    package static func verify(_ path: String, _ result: inout Verification) throws(Failure) -> Bool {
        let folder = FilteredFolder(path)
        do throws(Failure) {
            guard try File.status(at: folder.files.recordPath) != nil else { return false }
            result.count(folder.files.recordPath)
            guard let record = try folder.record() else { return false }
            if let damage = try folder.files.damageOfRecord() { result.addDamage(damage) }
            for shard in record.shards {
                result.check(folder.corpusPath(shard.name), digests: [shard.corpus.digest], size: shard.corpus.bytes)
                guard let removed = shard.removed else { continue }
                result.check(folder.removedPath(shard.name), digests: [removed.digest], size: removed.bytes)
            }
            let hasTemporary = try folder.files.hasTemporary()
            if record.leftovers != nil || hasTemporary {
                result.addStop("\(path): filtering was stopped")
            }
        } catch {
            result.add(error)
        }
        return true
    }
}
