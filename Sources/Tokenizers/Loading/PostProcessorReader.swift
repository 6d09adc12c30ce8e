internal import Basics
internal import JSON

extension TokenizerDefinition {
    /// Reads the post-processor of a `tokenizer.json`; null means that there is none.
    ///
    /// - Throws: if its kind is not supported, or it names an id that no token has.
    mutating func readTemplate(_ value: JSONValue?) throws(Failure) {
        guard let value, !value.isNull else { return }
        var steps = [value]
        if value["type"]?.string == "Sequence", let all = value["processors"] { steps = all.elements.map(\.value) }
        // ByteLevel changes only the offsets of tokens, not their ids.
        steps.removeAll { $0["type"]?.string == "ByteLevel" }
        if steps.count > 1 {
            throw Failure("\(name): a post-processor of several steps that add ids is not supported")
        }
        guard let step = steps.first else { return }
        switch step["type"]?.string {
        case "RobertaProcessing":
            template = .roberta(start: try id(step, "cls"), separator: try id(step, "sep"))
        case "BertProcessing":
            template = .bert(start: try id(step, "cls"), separator: try id(step, "sep"))
        case "TemplateProcessing":
            template = Template(single: try pieces(step, "single", texts: 1), pair: try pieces(step, "pair", texts: 2))
        case let kind:
            throw Failure(
                "\(name): the post-processor \(kind ?? "of no type") is not supported; RobertaProcessing, "
                    + "BertProcessing and TemplateProcessing are")
        }
    }

    private func broken(_ field: String, _ expected: String) -> Failure {
        Failure("\(name): post_processor.\(field) is not \(expected); restore the file")
    }

    /// Reads the id from a pair of a token and its id.
    private func id(_ step: JSONValue, _ field: String) throws(Failure) -> Int32 {
        let parts = (step[field]?.elements).map { $0.map(\.value) } ?? []
        guard parts.count == 2, parts[0].string != nil else { throw broken(field, "a token and its id") }
        return try id(parts[1], of: field)
    }

    private func id(_ value: JSONValue, of field: String) throws(Failure) -> Int32 {
        guard let id = value.int.flatMap(Int32.init(exactly:)) else { throw broken(field, "a token and its id") }
        if vocabulary.text(of: id) == nil {
            throw Failure("\(name): post_processor.\(field) names the id \(id), which no token has; restore the file")
        }
        return id
    }

    private func pieces(_ step: JSONValue, _ field: String, texts: Int) throws(Failure) -> [Template.Piece] {
        guard let list = step[field], list.kind == .array else { throw broken(field, "an array") }
        var pieces: [Template.Piece] = []
        var counts = [0, 0]
        for (_, value) in list.elements {
            if let text = value["Sequence"] {
                guard let place = text["id"]?.string.flatMap({ ["A", "B"].firstIndex(of: $0) }) else {
                    throw broken(field, "made of the texts A and B")
                }
                counts[place] += 1
                pieces.append(.text(place, type: try type(text, field)))
            } else if let special = value["SpecialToken"], let name = special["id"]?.string {
                guard let ids = step["special_tokens"]?[name]?["ids"], ids.kind == .array else {
                    throw broken(field, "made of tokens that special_tokens has (\(name))")
                }
                var found: [Int32] = []
                for (_, value) in ids.elements { found.append(try id(value, of: field)) }
                pieces.append(.special(found, type: try type(special, field)))
            } else {
                throw broken(field, "made of SpecialToken and Sequence")
            }
        }
        if counts != [1, texts - 1] {
            throw broken(
                field, texts == 1 ? "a template with the text A once" : "a template with the texts A and B once")
        }
        return pieces
    }

    private func type(_ piece: JSONValue, _ field: String) throws(Failure) -> Int32 {
        guard let type = piece["type_id"]?.int.flatMap(Int32.init(exactly:)), type >= 0 else {
            throw broken(field, "made of pieces with a type_id")
        }
        return type
    }
}
