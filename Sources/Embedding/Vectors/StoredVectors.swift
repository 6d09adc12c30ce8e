package import Basics
internal import Corpus
internal import DeBERTa
internal import Pipelines
package import QualityScoring
internal import Tokenizers

/// A folder of vectors that `dedup embed` wrote, for commands that read vectors instead of computing them.
package struct StoredVectors: Sendable {
    /// The path of the folder.
    package let path: String
    /// The parameters that the vectors were made with.
    package let parameters: EmbedParameters
    /// How the vectors were made. A head fits them only if it was trained with vectors of the same origin.
    package let origin: VectorOrigin
    private let folder: EmbeddingsFolder
    private let shards: @Sendable (String) async -> EmbeddingsRecord.Shard?

    /// - Throws: a usage error if there are no vectors at the path.
    package init(_ path: String) throws(Failure) {
        let folder = EmbeddingsFolder(path, parameter: .embeddings)
        let record = try folder.finishedRecord()
        let lock = try folder.lock(.shared)
        let shards = Dictionary(record.shards.map { (BytewiseName($0.name), $0) }) { $1 }
        try self.init(folder, record) { name in
            // The lock keeps other runs from writing to the folder for as long as this closure exists.
            withExtendedLifetime(lock) { shards[BytewiseName(name)] }
        }
    }

    /// - Parameter shards: returns the record of a shard by its name; nil if the shard has no vectors yet.
    package init(
        _ folder: EmbeddingsFolder, _ record: EmbeddingsRecord,
        shards: @escaping @Sendable (String) async -> EmbeddingsRecord.Shard?
    ) throws(Failure) {
        guard let parameters = EmbedParameters(record), record.dimensions > 0 else {
            throw Failure(
                "\(folder.path)/embeddings.json: damaged: it has impossible parameters; restore it, or embed into "
                    + "a new folder")
        }
        path = folder.path
        self.folder = folder
        self.parameters = parameters
        self.shards = shards
        origin = VectorOrigin(record)
    }

    /// Returns the vectors of a shard.
    ///
    /// - Throws: if the shard has no vectors, or if a file is damaged.
    package func shard(_ name: String) async throws -> EmbeddedShard {
        guard let record = await shards(name) else {
            throw Failure(
                "\(Parameter.embeddings(path)): no vectors of the shard \(name); make them with 'dedup embed', or "
                    + "leave out \(Parameter.embeddings)")
        }
        return try EmbeddedShard(record, in: folder, dimensions: parameters.dimensions, parameters.dtype)
    }

    /// Returns the error for a shard whose content is not the one that the vectors were made from.
    package func mismatch(_ name: String) -> Failure {
        Failure(
            "\(Parameter.embeddings(path)): the content of \(name) has changed since its vectors were made; run 'dedup "
                + "embed' again")
    }
}

extension VectorOrigin {
    package init(_ record: EmbeddingsRecord) {
        self.init(
            model: record.modelChecksum, prefix: record.prefix ?? "", pooling: record.pooling, long: record.long,
            specialTokens: record.specialTokens, maxTokens: record.maxTokens, dimensions: record.dimensions,
            normalize: record.normalize, whitening: record.whitening,
            layout: record.layout ?? TextLayout.keep.rawValue)
    }

    package init(_ parameters: EmbedParameters, model checksum: String) {
        self.init(
            model: checksum, prefix: parameters.prefix, pooling: parameters.pooling.rawValue,
            long: parameters.long.rawValue, specialTokens: parameters.specialTokens.rawValue,
            maxTokens: parameters.maxTokens, dimensions: parameters.dimensions, normalize: parameters.normalize,
            whitening: parameters.whitening, layout: parameters.layout.rawValue)
    }
}
