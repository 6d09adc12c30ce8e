internal import Basics
internal import JSON

/// A tokenizer in the files that were used before `tokenizer.json`: `vocab.json`, `merges.txt`, and the settings in
/// `tokenizer_config.json` and `special_tokens_map.json`.
///
/// What these files leave open is decided by the class of `transformers` that reads them. The classes of RoBERTa and
/// DeBERTa are supported.
struct VocabularyFiles {
    private let folder: String

    init(folder: String) {
        self.folder = folder
    }

    func definition() throws(Failure) -> TokenizerDefinition {
        var definition = TokenizerDefinition(name: folder)
        let vocabulary = folder + "/vocab.json"
        try definition.readVocabulary(JSONTree(file: vocabulary).root, name: vocabulary)
        try readMerges(&definition)
        let settings = try TokenizerSettings(folder: folder)
        definition.addsPrefixSpace = settings.addsPrefixSpace
        try definition.append(settings.addedTokens(definition.vocabulary), name: folder)
        let start = try settings.id(of: "cls_token", definition.vocabulary)
        let separator = try settings.id(of: "sep_token", definition.vocabulary)
        definition.template = .roberta(start: start, separator: separator)
        return definition
    }

    private func readMerges(_ definition: inout TokenizerDefinition) throws(Failure) {
        let path = folder + "/merges.txt"
        let content = try File.whole(path)
        var bytes = Buffer<UInt8>(capacity: content.count)
        content.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        var number = 0
        var start = 0
        while start < bytes.count {
            number += 1
            let end = bytes.elements[start...].firstIndex(of: 0x0A) ?? bytes.count
            var line = UnsafeBufferPointer(rebasing: bytes.elements[start..<end])
            if line.last == 0x0D { line = UnsafeBufferPointer(rebasing: line.dropLast()) }
            start = end + 1
            if line.isEmpty || line.starts(with: "#version".utf8) { continue }
            try definition.appendMerge(line, place: "\(path), line \(number)")
        }
    }
}
