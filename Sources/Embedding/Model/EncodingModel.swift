package import Basics
internal import Corpus
package import DeBERTa
internal import JSON
internal import PipelineGraph
internal import Pipelines
package import Tokenizers

/// A model's folder. Its configuration files are read at once; the tokenizer and the checksum, which take time, are
/// read when they are asked for.
package final class EncodingModel: Sendable {
    /// The folder's path, as it was given or found.
    package let path: String
    /// The configuration and the weights.
    package let checkpoint: Checkpoint
    let defaults: ModelDefaults

    /// - Throws: if the files are not those of an encoder that dedup can run.
    package init(_ location: ModelLocation) throws(Failure) {
        path = location.path
        checkpoint = try Checkpoint(folder: path)
        defaults = try ModelDefaults(folder: path)
    }

    /// The number of components of a vector.
    package var dimensions: Int { checkpoint.configuration.hiddenSize }

    // MARK: The length of sequences

    /// The limit for a model whose files do not give one.
    private static let usualTokens = 512

    /// Returns the largest number of tokens in a sequence.
    ///
    /// - Parameter asked: the limit that the user wants; nil for the one in embedding.json or, without that, in the
    ///   tokenizer's and the model's configuration.
    /// - Throws: a usage error if the model has fewer positions.
    package func maxTokens(_ asked: Int?) throws(Failure) -> Int {
        let configuration = checkpoint.configuration
        let positions = configuration.hasAbsolutePositions ? configuration.maxPositions : nil
        if let asked {
            guard EmbedOptions.tokenRange.contains(asked) else {
                throw .usage(
                    "\(Parameter.maxTokens) is a number from \(EmbedOptions.tokenRange.lowerBound) to "
                        + "\(EmbedOptions.tokenRange.upperBound), not \(asked)")
            }
            if let positions, asked > positions {
                throw .usage(
                    "\(Parameter.maxTokens(asked)): the model in \(path) has only \(positions) positions; give at "
                        + "most that"
                )
            }
            return asked
        }
        if let wanted = defaults.maxTokens {
            if let positions, wanted > positions {
                throw Failure(
                    "\(path)/\(ModelFiles.embedding): \"max-tokens\" is \(wanted), but the model has only \(positions) "
                        + "positions; fix the file")
            }
            return wanted
        }
        let limits = [try tokenizerLimit(), positions].compactMap { $0 }
        return min(limits.min() ?? Self.usualTokens, EmbedOptions.tokenRange.upperBound)
    }

    /// Returns `model_max_length` of tokenizer_config.json; nil if it is missing, or is a very large number that means
    /// no limit.
    private func tokenizerLimit() throws(Failure) -> Int? {
        let file = path + "/tokenizer_config.json"
        guard try File.status(at: file) != nil,
            let limit = try JSONTree(file: file).root["model_max_length"]?.double,
            limit >= Double(EmbedOptions.tokenRange.lowerBound), limit <= Double(EmbedOptions.tokenRange.upperBound)
        else { return nil }
        return Int(limit)
    }

    /// Returns the parameters of the vectors: those in the request or, where the request leaves them open, the model's
    /// defaults.
    ///
    /// - Throws: a usage error if the model has fewer positions than the wanted number of tokens.
    package func parameters(
        _ request: EmbedRequest, _ precision: Precision, whitening: Bool
    ) throws(Failure) -> EmbedParameters {
        let options = request.options
        return EmbedParameters(
            model: LocalPath.absolute(path), prefix: options.prefix ?? defaults.prefix ?? "",
            pooling: options.pooling ?? defaults.pooling ?? .mean,
            normalize: options.normalize ?? defaults.normalize ?? false, whitening: whitening, precision: precision,
            maxTokens: try maxTokens(options.maxTokens), long: options.long ?? defaults.long ?? .truncate,
            layout: options.layout ?? defaults.layout ?? .keep, dtype: options.dtype, dimensions: dimensions,
            specialTokens: options.specialTokens,
            textField: request.textField, idField: request.idField, allowsNaN: request.allowsNaN)
    }

    // MARK: Loading

    /// Loads the whitening of the model.
    ///
    /// - Parameter asked: whether the user wants vectors to be whitened; nil to whiten them if the model has a
    ///   whitening.
    /// - Returns: nil if vectors are not to be whitened.
    /// - Throws: a usage error if the user wants a whitening and the model has none.
    package func whitening(_ asked: Bool?) throws(Failure) -> Whitening? {
        if asked == false { return nil }
        let whitening = try Whitening(folder: path, dimensions: dimensions)
        if asked == true && whitening == nil {
            throw .usage(
                "\(Parameter.whitening): the model in \(path) has no \(ModelFiles.whitening); make it with "
                    + "'dedup train whitening'")
        }
        return whitening
    }

    /// Loads the tokenizer.
    ///
    /// - Throws: also if the tokenizer has ids for which the encoder has no embedding.
    package func tokenizer() throws(Failure) -> Tokenizer {
        let tokenizer = try Tokenizer(folder: path)
        let vocabulary = checkpoint.configuration.vocabularySize
        guard tokenizer.idLimit <= vocabulary else {
            throw Failure(
                "\(path): the tokenizer has ids up to \(tokenizer.idLimit - 1), and the model has \(vocabulary) word "
                    + "vectors; they do not belong to the same model")
        }
        return tokenizer
    }

    /// Computes the model's checksum: the XXH3-128 of the checksum of the tensors and of the tokenizer's and the
    /// whitening's files.
    ///
    /// - Throws: also if a tensor contains NaN or an infinite number.
    package func checksum() throws(Failure) -> String {
        var hash = RunningHash()
        var text = Buffer<UInt8>()
        text.append("\(try checkpoint.checksum())\n")
        func append(_ name: String, _ digest: (String) throws(Failure) -> Hash128) throws(Failure) {
            let file = path + "/" + name
            if try File.status(at: file) != nil { text.append("\(name) \(try digest(file))\n") }
        }
        for name in ModelFiles.tokenizer {
            try append(name) { file throws(Failure) in try File.whole(file).withUnsafeBytes { Hash128($0) } }
        }
        // The file may be large.
        try append(ModelFiles.whitening) { file throws(Failure) in try File.digest(of: file) }
        hash.update(text.bytes)
        return hash.value.description
    }
}

/// The checksum of a model, computed on a thread of its own while other parts of the model are loaded.
package struct ModelChecksum: Sendable {
    private let task: Task<String, any Error>

    package init(of model: EncodingModel) {
        let executor = ThreadExecutor(threads: 1)
        task = Task(executorPreference: executor) {
            defer { executor.close() }
            return try model.checksum()
        }
    }

    /// The checksum, once it has been computed.
    package var value: String {
        get async throws { try await task.value }
    }
}
