internal import Basics
internal import JSON

/// The settings of a tokenizer that has no `tokenizer.json`. They are in `special_tokens_map.json` and
/// `tokenizer_config.json`; if both have a setting, the first one counts, as in `transformers`. What neither has is the
/// default of the tokenizer's class.
struct TokenizerSettings {
    /// The classes of `transformers` that are supported. They differ in their default special tokens.
    enum Family: Sendable {
        case roberta, deberta

        init?(_ name: String) {
            switch name {
            case "RobertaTokenizer", "RobertaTokenizerFast", "roberta": self = .roberta
            case "DebertaTokenizer", "DebertaTokenizerFast", "deberta": self = .deberta
            default: return nil
            }
        }

        /// The default special token for a role such as `mask_token`.
        func content(of role: String) -> String {
            let isRoberta = self == .roberta
            return switch role {
            case "bos_token", "cls_token": isRoberta ? "<s>" : "[CLS]"
            case "eos_token", "sep_token": isRoberta ? "</s>" : "[SEP]"
            case "unk_token": isRoberta ? "<unk>" : "[UNK]"
            case "pad_token": isRoberta ? "<pad>" : "[PAD]"
            default: isRoberta ? "<mask>" : "[MASK]"
            }
        }
    }

    private static let roles = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    let family: Family
    let addsPrefixSpace: Bool
    private let folder: String
    private let configuration: JSONValue?
    private let map: JSONValue?

    init(folder: String) throws(Failure) {
        func read(_ name: String) throws(Failure) -> JSONValue? {
            let path = folder + "/" + name
            return File.exists(path) ? try JSONTree(file: path).root : nil
        }
        self.folder = folder
        configuration = try read("tokenizer_config.json")
        map = try read("special_tokens_map.json")
        if File.exists(folder + "/added_tokens.json") {
            throw Failure(
                "\(folder): added_tokens.json is not supported; make a tokenizer.json, with save_pretrained of the "
                    + "tokenizer in transformers")
        }
        var name = configuration?["tokenizer_class"]?.string
        if name == nil { name = try read("config.json")?["model_type"]?.string }
        guard let name, let family = Family(name) else {
            throw Failure(
                "\(folder): \(name.map { "the tokenizer_class \($0)" } ?? "no tokenizer_class in tokenizer_config.json") "
                    + "is not supported without a tokenizer.json; RobertaTokenizer and DebertaTokenizer are")
        }
        self.family = family
        addsPrefixSpace = configuration?["add_prefix_space"]?.bool ?? false
    }

    /// The special token for a role and the rules for finding it: those of the files, otherwise the default of the
    /// class.
    private func token(_ role: String, _ vocabulary: borrowing Vocabulary) throws(Failure) -> AddedToken {
        let described = [map?[role], configuration?[role]].compactMap { $0 }.first { !$0.isNull }
        let content = described?.string ?? described?["content"]?.string ?? family.content(of: role)
        guard let id = vocabulary.id(of: content) else {
            throw Failure("\(folder): the \(role) \(shown(content.utf8)) is not in vocab.json; restore the files")
        }
        guard let described, described.kind == .object else {
            // The mask token takes the space before it, because the word that it hides would take it.
            return AddedToken(content: Array(content.utf8), id: id, stripsLeft: role == "mask_token")
        }
        return try AddedToken(reading: described, content: Array(content.utf8), id: id, name: folder)
    }

    /// The id of the special token for a role.
    func id(of role: String, _ vocabulary: borrowing Vocabulary) throws(Failure) -> Int32 {
        try token(role, vocabulary).id
    }

    /// All tokens that have to be cut out of texts, without duplicates.
    func addedTokens(_ vocabulary: borrowing Vocabulary) throws(Failure) -> [AddedToken] {
        var tokens: [AddedToken] = []
        if let decoder = configuration?["added_tokens_decoder"], decoder.kind == .object {
            for (key, value) in decoder.children {
                guard let key, let id = Int32(String(decoding: key, as: UTF8.self)), id >= 0, id < Int32.max,
                    let content = value["content"]?.string
                else {
                    throw Failure(
                        "\(folder)/tokenizer_config.json: added_tokens_decoder is not made of ids and tokens; "
                            + "restore the file")
                }
                tokens.append(try AddedToken(reading: value, content: Array(content.utf8), id: id, name: folder))
            }
        }
        for role in Self.roles {
            let token = try token(role, vocabulary)
            if !tokens.contains(where: { $0.content == token.content }) { tokens.append(token) }
        }
        return tokens
    }
}
