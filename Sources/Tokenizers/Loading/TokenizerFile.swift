internal import Basics
internal import JSON

/// A file `tokenizer.json`, as Hugging Face's `tokenizers` writes it.
struct TokenizerFile {
    private let name: String
    private let root: JSONValue

    /// Reads the file at `path`.
    init(_ path: String) throws(Failure) {
        try self.init(JSONTree(file: path), name: path)
    }

    /// Reads the content of a file; `name` is for errors.
    init(_ text: UnsafeRawBufferPointer, name: String) throws(Failure) {
        try self.init(JSONTree(text, name: name), name: name)
    }

    private init(_ tree: JSONTree, name: String) throws(Failure) {
        self.name = name
        root = tree.root
        guard root.kind == .object else { throw Failure("\(name): no JSON object; a tokenizer.json is one") }
    }

    func definition() throws(Failure) -> TokenizerDefinition {
        var definition = TokenizerDefinition(name: name)
        guard let model = root["model"], model.kind == .object else {
            throw Failure("\(name): no object \"model\"; a tokenizer.json has one")
        }
        try checkNormalizer()
        definition.addsPrefixSpace = try addsPrefixSpace()
        try checkModel(model)
        definition.ignoresMerges = try flag(model["ignore_merges"], "model.ignore_merges") ?? false
        guard let vocabulary = model["vocab"] else { throw missing("model.vocab") }
        try definition.readVocabulary(vocabulary, name: "\(name): model.vocab")
        guard let merges = model["merges"] else { throw missing("model.merges") }
        try readMerges(merges, &definition)
        try definition.append(addedTokens(), name: "\(name): added_tokens")
        try definition.readTemplate(root["post_processor"])
        return definition
    }

    private func missing(_ field: String) -> Failure {
        Failure("\(name): no \"\(field)\"; restore the file")
    }

    private func unsupported(_ what: String) -> Failure {
        Failure("\(name): \(what) is not supported; only byte-level BPE is (ByteLevel before BPE, and no normalizer)")
    }

    /// The value of the field "type" of an object.
    private func type(_ value: JSONValue) -> String { value["type"]?.string ?? "of no type" }

    private func flag(_ value: JSONValue?, _ field: String) throws(Failure) -> Bool? {
        guard let value, !value.isNull else { return nil }
        guard let flag = value.bool else { throw Failure("\(name): \"\(field)\" is neither true nor false") }
        return flag
    }

    /// The steps of a part of the file: none if it is missing, one, or those of a sequence.
    private func steps(_ part: JSONValue?, _ list: String) -> [JSONValue] {
        guard let part, !part.isNull else { return [] }
        guard type(part) == "Sequence", let all = part[list] else { return [part] }
        return all.elements.map(\.value)
    }

    private func checkNormalizer() throws(Failure) {
        if let step = steps(root["normalizer"], "normalizers").first {
            throw unsupported("the normalizer \(type(step))")
        }
    }

    private func addsPrefixSpace() throws(Failure) -> Bool {
        let steps = steps(root["pre_tokenizer"], "pretokenizers")
        if let step = steps.first(where: { type($0) != "ByteLevel" }) {
            throw unsupported("the pre-tokenizer \(type(step))")
        }
        guard let step = steps.first else { throw unsupported("a tokenizer without a pre-tokenizer") }
        if steps.count > 1 { throw unsupported("a pre-tokenizer of several ByteLevel") }
        if try flag(step["use_regex"], "pre_tokenizer.use_regex") == false {
            throw unsupported("ByteLevel with \"use_regex\" false")
        }
        // Hugging Face's library has no default for this field either.
        guard let adds = try flag(step["add_prefix_space"], "pre_tokenizer.add_prefix_space") else {
            throw missing("pre_tokenizer.add_prefix_space")
        }
        return adds
    }

    private func checkModel(_ model: JSONValue) throws(Failure) {
        // Early files do not have this field.
        if let kind = model["type"], kind.string != "BPE" { throw unsupported("the model \(type(model))") }
        if let dropout = model["dropout"], !dropout.isNull, dropout.double != 0 {
            throw Failure("\(name): \"dropout\" is not supported, because it makes ids random")
        }
        for field in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let affix = model[field], !affix.isNull, affix.string != "" { throw unsupported("\"\(field)\"") }
        }
    }

    private func readMerges(_ merges: JSONValue, _ definition: inout TokenizerDefinition) throws(Failure) {
        guard merges.kind == .array else { throw Failure("\(name): \"model.merges\" is no array; restore the file") }
        var index = 0
        for (_, merge) in merges.elements {
            if let line = merge.utf8 {
                // Some lists were copied from merges.txt together with its first line.
                if line.starts(with: "#version".utf8) { continue }
                try definition.appendMerge(line, place: "\(name): model.merges[\(index)]")
            } else {
                var parts = merge.elements
                guard let left = parts.next()?.value.utf8, let right = parts.next()?.value.utf8, parts.next() == nil
                else {
                    throw Failure(
                        "\(name): model.merges[\(index)]: a merge has to be two tokens or a string of two tokens; "
                            + "restore "
                            + "the file")
                }
                try definition.appendMerge(left, right, place: "\(name): model.merges[\(index)]")
            }
            index += 1
        }
    }

    private func addedTokens() throws(Failure) -> [AddedToken] {
        guard let list = root["added_tokens"], !list.isNull else { return [] }
        guard list.kind == .array else { throw Failure("\(name): \"added_tokens\" is no array; restore the file") }
        var tokens: [AddedToken] = []
        for (_, value) in list.elements {
            guard let content = value["content"]?.utf8,
                let id = value["id"]?.int.flatMap(Int32.init(exactly:)), id >= 0, id < Int32.max
            else {
                throw Failure(
                    "\(name): added_tokens[\(tokens.count)] has not both a \"content\" and an \"id\" from 0 to "
                        + "\(Int32.max - 1); restore the file")
            }
            tokens.append(try AddedToken(reading: value, content: Array(content), id: id, name: name))
        }
        return tokens
    }
}

extension AddedToken {
    /// Reads the rules for finding the token from the object that describes it.
    init(reading value: JSONValue, content: [UInt8], id: Int32, name: String) throws(Failure) {
        self.init(content: content, id: id)
        let fields: [(String, WritableKeyPath<AddedToken, Bool>)] = [
            ("single_word", \.isSingleWord), ("lstrip", \.stripsLeft), ("rstrip", \.stripsRight),
            ("normalized", \.isNormalized), ("special", \.isSpecial),
        ]
        for (field, path) in fields {
            guard let flag = value[field] else { continue }
            guard let flag = flag.bool else {
                throw Failure("\(name): \"\(field)\" of the token \(shown(content)) is neither true nor false")
            }
            self[keyPath: path] = flag
        }
    }
}
