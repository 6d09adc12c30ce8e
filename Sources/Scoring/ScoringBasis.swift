internal import Basics
internal import Corpus
internal import DeBERTa
internal import Embedding
internal import Pipelines
internal import QualityScoring
internal import Tokenizers

/// The head and the source of the vectors that scores are computed from.
struct ScoringBasis: Sendable {
    let parameters: ScoreParameters
    let vectors: VectorSource

    /// - Parameter recorded: the existing scores that the run adds to; nil if there are none.
    /// - Throws: a usage error if the head was trained with other vectors, or if an option does not match the vectors.
    init(_ request: ScoreRequest, recorded: ScoresRecord?) async throws {
        if let path = request.embeddings {
            let stored = try StoredVectors(path)
            try self.init(request, stored: stored)
        } else {
            try await self.init(request, precision: recorded?.precision)
        }
    }

    /// Uses stored vectors.
    init(_ request: ScoreRequest, stored: StoredVectors) throws(Failure) {
        let (path, head) = try Self.head(
            request, reading: stored.origin, of: stored.path, model: stored.parameters.model)
        let asked = [
            ("precision", request.precision?.rawValue, stored.parameters.precision.rawValue),
            ("text-field", request.textField, stored.parameters.textField),
            ("id-field", request.idField, stored.parameters.idField),
            ("allow-nan", "\(request.allowsNaN)", "\(stored.parameters.allowsNaN)"),
        ]
        for (name, asked, recorded) in asked where asked != nil && asked != recorded {
            throw .usage(
                "\(Parameter.embeddings(stored.path)) was made with \(name) \(recorded), and this run has "
                    + "\(asked ?? "")")
        }
        parameters = try ScoreParameters(request, path, head, stored.parameters)
        vectors = .stored(stored)
    }

    /// Uses vectors that the model computes.
    ///
    /// - Parameter recorded: the precision of the existing scores that the run adds to.
    private init(_ request: ScoreRequest, precision recorded: String?) async throws {
        let model = try EncodingModel(ModelLocation(asked: request.model))
        let path = try request.head ?? Self.headPath(ofModel: model.path)
        let head = try Head(file: path)
        let checksum = try await ModelChecksum(of: model).value
        let origin = head.origin
        guard checksum == origin.model, model.dimensions == origin.dimensions else {
            throw Failure.usage(
                "the model \(model.path) (checksum \(checksum), \(model.dimensions) dimensions) is another model than "
                    + "the one that the head \(path) was trained with (checksum \(origin.model), \(origin.dimensions) "
                    + "dimensions); give the folder of that model with \(Parameter.model)")
        }
        guard let pooling = Pooling(rawValue: origin.pooling), let long = LongTexts(rawValue: origin.long),
            let specialTokens = SpecialTokens(rawValue: origin.specialTokens),
            let layout = TextLayout(rawValue: origin.layout)
        else {
            throw Failure("\(path): damaged: no vectors can have its options; restore the file or train the head again")
        }
        try request.precision?.check()
        let embed = EmbedParameters(
            model: LocalPath.absolute(model.path), prefix: origin.prefix, pooling: pooling, normalize: origin.normalize,
            whitening: origin.whitening,
            precision: request.precision ?? recorded.flatMap { Precision(rawValue: $0) } ?? Precision.best,
            maxTokens: try model.maxTokens(origin.maxTokens), long: long, layout: layout, dtype: .float32,
            dimensions: model.dimensions, specialTokens: specialTokens, textField: request.textField,
            idField: request.idField, allowsNaN: request.allowsNaN)
        parameters = try ScoreParameters(request, path, head, embed)
        vectors = .computed(model, embed, try model.whitening(origin.whitening))
    }

    /// Checks that the head fits the vectors of a folder.
    ///
    /// - Parameters:
    ///   - origin: how these vectors were made.
    ///   - model: the folder of the model that makes them.
    /// - Throws: a usage error if the head was trained with other vectors, or does not have the wanted outputs.
    static func check(
        _ request: ScoreRequest, reading origin: VectorOrigin, of folder: String, model: String
    ) throws(Failure) {
        let (path, head) = try head(request, reading: origin, of: folder, model: model)
        _ = try head.selecting(request.outputs, path)
    }

    private static func head(
        _ request: ScoreRequest, reading origin: VectorOrigin, of folder: String, model: String
    ) throws(Failure) -> (path: String, head: Head) {
        let path = try headPath(request, ofVectors: model)
        let head = try Head(file: path)
        if let difference = origin.difference(from: head.origin) {
            throw .usage("\(Parameter.embeddings(folder)): not the vectors that the head \(path) reads: \(difference)")
        }
        return (path, head)
    }

    /// Returns the path of the head: the one in the request, or the one in the model's folder.
    ///
    /// - Parameter model: the folder of the model that made the vectors. It may no longer exist.
    private static func headPath(_ request: ScoreRequest, ofVectors model: String) throws(Failure) -> String {
        if let path = request.head { return path }
        if request.model == nil, try File.status(at: model)?.isFolder == true { return try headPath(ofModel: model) }
        return try headPath(ofModel: ModelLocation(asked: request.model).path)
    }

    /// - Throws: a usage error if the model has no head.
    static func headPath(ofModel folder: String) throws(Failure) -> String {
        let path = folder + "/" + ModelFiles.head
        guard try File.status(at: path) != nil else {
            throw .usage(
                "\(folder): the model has no \(ModelFiles.head); give one with \(Parameter.head), or train one with "
                    + "'dedup score train'")
        }
        return path
    }

    var scorer: DocumentScorer {
        DocumentScorer(parameters.head, writesStatistics: parameters.writesStatistics)
    }
}

extension ScoreParameters {
    /// - Parameters:
    ///   - path: the path of the head's file.
    ///   - embed: the parameters of the vectors.
    fileprivate init(
        _ request: ScoreRequest, _ path: String, _ head: Head, _ embed: EmbedParameters
    ) throws(Failure) {
        self.init(
            headChecksum: try File.digest(of: path).description, head: try head.selecting(request.outputs, path),
            precision: embed.precision.rawValue, dtype: embed.dtype.rawValue,
            writesStatistics: request.writesStatistics, textField: request.textField, idField: request.idField,
            allowsNaN: request.allowsNaN)
    }
}

extension Head {
    /// Returns the head with the outputs of these names; with all outputs if no names are given.
    ///
    /// - Parameter path: the path of the head's file, for messages.
    /// - Throws: a usage error if the head has no output of a name.
    fileprivate func selecting(_ names: [String], _ path: String) throws(Failure) -> Head {
        if names.isEmpty { return self }
        for name in names where output(named: name) == nil {
            throw .usage(
                "\(Parameter.output(name)): the head \(path) has no such output; it has "
                    + outputs.map(\.name).joined(separator: ", "))
        }
        return selecting(names)
    }
}
