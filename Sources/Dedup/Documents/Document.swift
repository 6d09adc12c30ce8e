/// A text and, if it has one, its id.
public struct Document: Sendable, Hashable {
    /// The text that is compared.
    public var text: String
    /// The id by which decisions name the document; nil if it has none. Ids need not be unique.
    public var id: String?

    /// Creates a document.
    public init(_ text: String, id: String? = nil) {
        self.text = text
        self.id = id
    }
}

extension Document: ExpressibleByStringLiteral {
    /// Creates a document without an id.
    public init(stringLiteral text: String) { self.init(text) }
}

/// A document that was added to a `Deduplicator` before.
public struct DocumentReference: Sendable, Hashable {
    /// The number of documents that were added before it, kept or not.
    public let position: Int
    /// Its id; nil if it has none.
    public let id: String?

    /// Creates a reference, for example to compare it with the reference in a decision.
    public init(position: Int, id: String?) {
        self.position = position
        self.id = id
    }
}

/// The overlap of two documents: their common shingles and bands.
public struct Overlap: Sendable, Hashable {
    /// The number of distinct shingles that both documents have.
    public let intersection: Int
    /// The number of distinct shingles that at least one of the documents has.
    public let union: Int
    /// The bands in which the two documents have the same key, ascending, from 0.
    public let bands: [Int]

    /// The Jaccard similarity, from 0 to 1: `intersection / union`.
    public var jaccard: Double { Double(intersection) / Double(union) }
}

/// The decision about a document.
public enum Decision: Sendable, Hashable {
    /// The document is not a duplicate. Later documents are compared with it.
    case kept
    /// The document is a duplicate of the named document, the earliest kept one that it matches.
    case duplicate(of: DocumentReference, overlap: Overlap)

    /// Whether the document was kept.
    public var isKept: Bool { self == .kept }
}
