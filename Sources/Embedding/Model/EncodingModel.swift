package import Basics
internal import Corpus
package import DeBERTa
internal import JSON
internal import PipelineGraph
internal import Pipelines
package import Tokenizers

/// A model's folder: its files are opened at once, and what takes time is done when it is asked for.
package final class EncodingModel: Sendable {
    /// As it was given or found.
    package let path: String
    package let checkpoint: Checkpoint
    let defaults: ModelDefaults

    /// - Throws: when the files are not those of an encoder that can be run.
    package init(_ location: ModelLocation) throws(Failure) {
        path = location.path
        checkpoint = try Checkpoint(folder: path)
        defaults = try ModelDefaults(folder: path)
    }

    package var dimensions: Int { checkpoint.configuration.hiddenSize }

    // MARK: How long a sequence may be

    /// Where no file says otherwise.
    private static let usualTokens = 512

    /// - Parameter asked: what the user wants; nil for what the model says of itself or, where it says nothing, what it
    ///   was made for.
    /// - Throws: a usage error when the model has no positions for so many.
    package func maxTokens(_ asked: Int?) throws(Failure) -> Int {
        let configuration = checkpoint.configuration
        let positions = configuration.hasAbsolutePositions ? configuration.maxPositions : nil
        if let asked {
            guard EmbedOptions.tokenRange.contains(asked) else {
                throw .usage(
                    "--max-tokens is a number from \(EmbedOptions.tokenRange.lowerBound) to "
                        + "\(EmbedOptions.tokenRange.upperBound), not \(asked)")
            }
            if let positions, asked > positions {
                throw .usage(
                    "--max-tokens \(asked): the model in \(path) has \(positions) absolute positions; give at most that"
                )
            }
            return asked
        }
        if let wanted = defaults.maxTokens {
            if let positions, wanted > positions {
                throw Failure(
                    "\(path)/\(ModelFiles.embedding): \"max-tokens\" is \(wanted), and the model has \(positions) absolute "
                        + "positions; mend the file")
            }
            return wanted
        }
        let limits = [try tokenizerLimit(), positions].compactMap { $0 }
        return min(limits.min() ?? Self.usualTokens, EmbedOptions.tokenRange.upperBound)
    }

    /// `model_max_length` of tokenizer_config.json; nil where there is none, or a number that stands for none.
    private func tokenizerLimit() throws(Failure) -> Int? {
        let file = path + "/tokenizer_config.json"
        guard try File.status(at: file) != nil,
            let limit = try JSONTree(file: file).root["model_max_length"]?.double,
            limit >= Double(EmbedOptions.tokenRange.lowerBound), limit <= Double(EmbedOptions.tokenRange.upperBound)
        else { return nil }
        return Int(limit)
    }

    /// How vectors are made: what is asked or, where nothing is, what the model says of itself.
    ///
    /// - Throws: a usage error when the model has no positions for so many tokens.
    package func parameters(
        _ request: EmbedRequest, _ precision: Precision, whitening: Bool
    ) throws(Failure) -> EmbedParameters {
        let options = request.options
        return EmbedParameters(
            model: EmbedPlan.absolute(path), pooling: options.pooling ?? defaults.pooling ?? .mean,
            normalize: options.normalize ?? defaults.normalize ?? false, whitening: whitening, precision: precision,
            maxTokens: try maxTokens(options.maxTokens), long: options.long ?? defaults.long ?? .truncate,
            dtype: options.dtype, dimensions: dimensions, specialTokens: options.specialTokens,
            textField: request.textField, idField: request.idField, allowsNaN: request.allowsNaN)
    }

    // MARK: Loading

    /// - Parameter asked: whether the user wants vectors whitened; nil for where the model has a whitening.
    /// - Returns: nil where vectors stay as they are.
    /// - Throws: a usage error when one is asked for and there is none.
    package func whitening(_ asked: Bool?) throws(Failure) -> Whitening? {
        if asked == false { return nil }
        let whitening = try Whitening(folder: path, dimensions: dimensions)
        if asked == true && whitening == nil {
            throw .usage(
                "--whitening: the model in \(path) has no \(ModelFiles.whitening); make it with dedup train whitening")
        }
        return whitening
    }

    /// - Throws: also when it has ids that the encoder has no vectors for.
    package func tokenizer() throws(Failure) -> Tokenizer {
        let tokenizer = try Tokenizer(folder: path)
        let vocabulary = checkpoint.configuration.vocabularySize
        guard tokenizer.idLimit <= vocabulary else {
            throw Failure(
                "\(path): the tokenizer has ids up to \(tokenizer.idLimit - 1), and the model has \(vocabulary) word "
                    + "vectors; the two are not of one model")
        }
        return tokenizer
    }

    /// XXH3-128 of the checksum of the tensors, and of the files of the tokenizer and of the whitening.
    ///
    /// - Throws: also when a tensor holds what is no number.
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
        // It may be large.
        try append(ModelFiles.whitening) { file throws(Failure) in try File.digest(of: file) }
        hash.update(text.bytes)
        return hash.value.description
    }
}

/// Work of the loading that runs on a thread of its own, beside what uses the others.
package struct ModelChecksum: Sendable {
    private let task: Task<String, any Error>

    package init(of model: EncodingModel) {
        let executor = ThreadExecutor(threads: 1)
        task = Task(executorPreference: executor) {
            defer { executor.close() }
            return try model.checksum()
        }
    }

    package var value: String {
        get async throws { try await task.value }
    }
}
