package import Basics
internal import Corpus
internal import DeBERTa
internal import Pipelines
package import QualityScoring
internal import Tokenizers

/// Vectors that `dedup embed` wrote, to be read instead of computed.
package struct StoredVectors: Sendable {
    package let path: String
    /// What they were made with.
    package let parameters: EmbedParameters
    /// What the head has to have been trained on.
    package let origin: VectorOrigin
    private let folder: EmbeddingsFolder
    private let shards: @Sendable (String) async -> EmbeddingsRecord.Shard?

    /// - Throws: a usage error when there are no vectors at the path.
    package init(_ path: String) throws(Failure) {
        let folder = EmbeddingsFolder(path, option: "--embeddings")
        let record = try folder.finishedRecord()
        let lock = try folder.lock(.shared)
        let shards = Dictionary(record.shards.map { (BytewiseName($0.name), $0) }) { $1 }
        try self.init(folder, record) { name in
            // No run writes to the folder meanwhile.
            withExtendedLifetime(lock) { shards[BytewiseName(name)] }
        }
    }

    /// - Parameter shards: what was written of a shard, by its name.
    package init(
        _ folder: EmbeddingsFolder, _ record: EmbeddingsRecord,
        shards: @escaping @Sendable (String) async -> EmbeddingsRecord.Shard?
    ) throws(Failure) {
        guard let parameters = EmbedParameters(record), record.dimensions > 0 else {
            throw Failure(
                "\(folder.path)/embeddings.json: damaged: no vectors can be like that; restore it, or embed into a "
                    + "new folder")
        }
        path = folder.path
        self.folder = folder
        self.parameters = parameters
        self.shards = shards
        origin = VectorOrigin(record)
    }

    /// The vectors of a shard.
    ///
    /// - Throws: when there are none, or a file is not what was written.
    package func shard(_ name: String) async throws -> EmbeddedShard {
        guard let record = await shards(name) else {
            throw Failure(
                "--embeddings \(path): no vectors of the shard \(name); make them with dedup embed, or leave "
                    + "--embeddings out")
        }
        return try EmbeddedShard(record, in: folder, dimensions: parameters.dimensions, parameters.dtype)
    }

    /// The shard is not the one that the vectors were made of.
    package func mismatch(_ name: String) -> Failure {
        Failure(
            "--embeddings \(path): the vectors of \(name) were made of other content; make them anew with dedup embed")
    }
}

extension VectorOrigin {
    package init(_ record: EmbeddingsRecord) {
        self.init(
            model: record.modelChecksum, pooling: record.pooling, long: record.long,
            specialTokens: record.specialTokens, maxTokens: record.maxTokens, dimensions: record.dimensions,
            normalize: record.normalize, whitening: record.whitening)
    }

    package init(_ parameters: EmbedParameters, model checksum: String) {
        self.init(
            model: checksum, pooling: parameters.pooling.rawValue, long: parameters.long.rawValue,
            specialTokens: parameters.specialTokens.rawValue, maxTokens: parameters.maxTokens,
            dimensions: parameters.dimensions, normalize: parameters.normalize, whitening: parameters.whitening)
    }
}
