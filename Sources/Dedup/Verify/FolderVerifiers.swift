internal import Basics
internal import Corpus

// Verifying what has a record of its own: vectors, scores and filtered corpora. Each function returns whether there is
// any of it at the path.

extension EmbeddingsFolder {
    static func verify(_ path: String, _ result: inout Verification) throws(Failure) -> Bool {
        let folder = EmbeddingsFolder(path, option: "")
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
                    // The files of a shard that is made anew take the place of the old ones one after the other.
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

extension ScoresFolder {
    static func verify(_ corpus: String, _ result: inout Verification) throws(Failure) -> Bool {
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

extension FilteredFolder {
    static func verify(_ path: String, _ result: inout Verification) throws(Failure) -> Bool {
        let folder = FilteredFolder(path, option: "")
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
