package import Basics
internal import JSON

extension Configuration {
    /// The largest `config.json` that is read, in bytes. Real ones have about a kilobyte.
    static let largestFile = 16 << 20

    /// Reads a configuration from the text of a `config.json`.
    ///
    /// - Parameter path: the path of the file, for errors.
    /// - Throws: if the text is not a JSON object, or the encoder cannot run the model that it describes. The error
    ///   names the key and its value.
    package init(_ text: UnsafeRawBufferPointer, path: String) throws(Failure) {
        let root = try JSONTree(text, name: path).root
        guard root.kind == .object else {
            throw Failure("\(path): holds no JSON object; restore the model's config.json")
        }
        let file = ConfigurationFile(root: root, path: path)
        try file.expect("model_type", "deberta", isNeeded: true)
        try file.expect("hidden_act", "gelu", isNeeded: false)
        try file.refuseWhatChangesAttention()

        self.init()
        vocabularySize = try file.size("vocab_size", vocabularySize, upTo: 1 << 24)
        hiddenSize = try file.size("hidden_size", hiddenSize, upTo: 1 << 16)
        layers = try file.size("num_hidden_layers", layers, upTo: 1024)
        heads = try file.size("num_attention_heads", heads, upTo: 1 << 16)
        guard hiddenSize % heads == 0 else {
            throw file.refuse("num_attention_heads", "\(heads)", "hidden_size, \(hiddenSize), is not a multiple of it")
        }
        intermediateSize = try file.size("intermediate_size", intermediateSize, upTo: 1 << 20)
        embeddingSize = try file.size("embedding_size", hiddenSize, upTo: 1 << 16)
        maxPositions = try file.size("max_position_embeddings", maxPositions, upTo: 1 << 20)
        tokenTypes = try file.int("type_vocab_size", tokenTypes, 0...1 << 16)
        layerNormEpsilon = try file.epsilon("layer_norm_eps", layerNormEpsilon)
        hasAbsolutePositions = try file.bool("position_biased_input", true)

        let names = try file.attentionTypes()
        hasContentToPosition = names.contains("c2p")
        hasPositionToContent = names.contains("p2c")
        scoreTerms = 1 + names.count
        let reach = try file.int("max_relative_positions", -1, Int.min...1 << 20)
        if try file.bool("relative_attention", false) { relativeReach = reach < 1 ? maxPositions : reach }
    }
}

/// Reads values of a `config.json`, and checks the type and the range of each.
private struct ConfigurationFile {
    let root: JSONValue
    let path: String

    func refuse(_ key: String, _ value: String, _ reason: String) -> Failure {
        Failure("\(path): \"\(key)\" is \(value): \(reason); take another model, or restore the file")
    }

    func refuse(_ key: String, _ value: JSONValue, _ reason: String) -> Failure {
        refuse(key, value.shortDescription, reason)
    }

    func expect(_ key: String, _ wanted: String, isNeeded: Bool) throws(Failure) {
        guard let value = root[key] else {
            if !isNeeded { return }
            throw Failure("\(path): \"\(key)\" is missing: it has to be \"\(wanted)\"; restore the model's config.json")
        }
        guard value.utf8?.elementsEqual(wanted.utf8) == true else {
            throw refuse(key, value, "this encoder runs \"\(wanted)\" only")
        }
    }

    func size(_ key: String, _ standard: Int, upTo most: Int) throws(Failure) -> Int {
        try int(key, standard, 1...most)
    }

    func int(_ key: String, _ standard: Int, _ range: ClosedRange<Int>) throws(Failure) -> Int {
        guard let value = root[key] else { return standard }
        guard let number = value.int else { throw refuse(key, value, "it has to be a whole number") }
        if number < range.lowerBound { throw refuse(key, value, "it has to be \(range.lowerBound) at least") }
        if number > range.upperBound { throw refuse(key, value, "it may be \(range.upperBound) at most") }
        return number
    }

    func bool(_ key: String, _ standard: Bool) throws(Failure) -> Bool {
        guard let value = root[key] else { return standard }
        guard let bool = value.bool else { throw refuse(key, value, "it has to be true or false") }
        return bool
    }

    func epsilon(_ key: String, _ standard: Float) throws(Failure) -> Float {
        guard let value = root[key] else { return standard }
        guard let number = value.double, number <= 1, Float(number) > 0 else {
            throw refuse(key, value, "it has to be a number above 0, of 1 at most")
        }
        return Float(number)
    }

    /// The names in `pos_att_type`, known or not, read as Hugging Face reads them: a string is split at `|`, a list is
    /// taken as it is.
    func attentionTypes() throws(Failure) -> [String] {
        let key = "pos_att_type"
        guard let value = root[key], !value.isNull else { return [] }
        if let string = value.string {
            return string.lowercased().split(separator: "|", omittingEmptySubsequences: false).map { part in
                let start = part.drop { $0.isWhitespace }
                return String(start.reversed().drop { $0.isWhitespace }.reversed())
            }
        }
        let wanted = "it has to be null, a string such as \"c2p|p2c\", or a list of strings"
        guard value.kind == .array else { throw refuse(key, value, wanted) }
        var names: [String] = []
        for (_, element) in value.elements {
            guard let name = element.string else {
                throw refuse(key, "a list with \(element.shortDescription)", wanted)
            }
            names.append(name)
        }
        return names
    }

    /// Throws if the file turns on a feature of the published code that changes attention and is not implemented here.
    func refuseWhatChangesAttention() throws(Failure) {
        if try bool("talking_head", false) {
            throw refuse("talking_head", "true", "this encoder has no projections between heads")
        }
        guard let steps = root["z_steps"] else { return }
        guard let number = steps.int, number <= 1 else {
            throw refuse("z_steps", steps, "this encoder runs its last layer once")
        }
    }
}
