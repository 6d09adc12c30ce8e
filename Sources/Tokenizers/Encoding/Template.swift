/// What a post-processor makes of one text or two: special ids around the texts' own, and type ids for all.
struct Template: Sendable {
    enum Piece: Sendable {
        case special([Int32], type: Int32)
        /// The first text, or the second.
        case text(Int, type: Int32)
    }

    /// For one text: names text 0 once.
    let single: [Piece]
    /// For two: names both once.
    let pair: [Piece]

    /// Without a post-processor.
    static let none = Template(single: [.text(0, type: 0)], pair: [.text(0, type: 0), .text(1, type: 1)])

    /// `<s> A </s>` and `<s> A </s></s> B </s>`, all of type 0; DeBERTa's are the same with other names.
    static func roberta(start: Int32, separator: Int32) -> Template {
        Template(
            single: [.special([start], type: 0), .text(0, type: 0), .special([separator], type: 0)],
            pair: [
                .special([start], type: 0), .text(0, type: 0), .special([separator, separator], type: 0),
                .text(1, type: 0), .special([separator], type: 0),
            ])
    }

    /// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, what belongs to the second text being of type 1.
    static func bert(start: Int32, separator: Int32) -> Template {
        Template(
            single: [.special([start], type: 0), .text(0, type: 0), .special([separator], type: 0)],
            pair: [
                .special([start], type: 0), .text(0, type: 0), .special([separator], type: 0),
                .text(1, type: 1), .special([separator], type: 1),
            ])
    }

    /// The special ids before the one text, and those behind it.
    var around: (prefix: [Int32], suffix: [Int32]) {
        var prefix: [Int32] = []
        var suffix: [Int32] = []
        var isBehind = false
        for piece in single {
            switch piece {
            case .text: isBehind = true
            case .special(let ids, _): if isBehind { suffix += ids } else { prefix += ids }
            }
        }
        return (prefix, suffix)
    }

    static func specials(_ pieces: [Piece]) -> [Int32] {
        pieces.flatMap { piece -> [Int32] in
            if case .special(let ids, _) = piece { ids } else { [] }
        }
    }
}
