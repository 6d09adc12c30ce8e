/// The rules of a post-processor for one text and for a pair: which special ids it adds around the ids of the texts,
/// and the type id of each.
struct Template: Sendable {
    enum Piece: Sendable {
        case special([Int32], type: Int32)
        /// The ids of the first text (0) or of the second (1).
        case text(Int, type: Int32)
    }

    /// The rules for one text: text 0 occurs in them once.
    let single: [Piece]
    /// The rules for a pair: each text occurs in them once.
    let pair: [Piece]

    /// The rules of a tokenizer without a post-processor.
    static let none = Template(single: [.text(0, type: 0)], pair: [.text(0, type: 0), .text(1, type: 1)])

    /// `<s> A </s>` and `<s> A </s></s> B </s>`, all of type 0. DeBERTa has the same rules with other special tokens.
    static func roberta(start: Int32, separator: Int32) -> Template {
        Template(
            single: [.special([start], type: 0), .text(0, type: 0), .special([separator], type: 0)],
            pair: [
                .special([start], type: 0), .text(0, type: 0), .special([separator, separator], type: 0),
                .text(1, type: 0), .special([separator], type: 0),
            ])
    }

    /// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, where the second text and the `[SEP]` after it are of type 1.
    static func bert(start: Int32, separator: Int32) -> Template {
        Template(
            single: [.special([start], type: 0), .text(0, type: 0), .special([separator], type: 0)],
            pair: [
                .special([start], type: 0), .text(0, type: 0), .special([separator], type: 0),
                .text(1, type: 1), .special([separator], type: 1),
            ])
    }

    /// The special ids before and after a single text.
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
