package import Basics
internal import Corpus
package import OutputStore

extension EmbeddingsFolder {
    /// Verifies a folder of vectors, as a part of `dedup verify`.
    ///
    /// - Returns: false if the folder has no vectors.
    package static func verify(_ path: String, _ result: inout Verification) throws(Failure) -> Bool {
        let folder = EmbeddingsFolder(path)
        let record: EmbeddingsRecord?
        do throws(Failure) {
            guard try folder.hasRecord() else {
                let intended = try folder.intendedShards()
                if intended.isEmpty { return false }
                result.addStop("\(path): embedding was stopped at its first commit")
                return true
            }
            result.count(folder.recordPath)
            record = try folder.checkedRecord(&result)
            let intended = Set(try folder.intendedShards().map(BytewiseName.init))
            if !intended.isEmpty { result.addStop("\(path): embedding was stopped in the middle of a commit") }
            for shard in record?.shards ?? [] {
                for (path, file) in folder.files(of: shard) {
                    // The two files of a shard are replaced one after the other, so the record may fit neither or only
                    // one.
                    if intended.contains(BytewiseName(shard.name)) {
                        result.count(path)
                    } else {
                        result.check(path, digests: [file.digest], size: file.bytes)
                    }
                }
            }
            if try folder.hasTemporary() { result.addStop("\(path): embedding was stopped") }
        } catch {
            result.add(error)
        }
        return true
    }

    private func checkedRecord(_ result: inout Verification) throws(Failure) -> EmbeddingsRecord? {
        let record = try finishedRecord()
        if let damage = try damageOfRecord() { result.addDamage(damage) }
        return record
    }
}
