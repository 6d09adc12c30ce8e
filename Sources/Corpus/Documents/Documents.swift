package import Basics

/// What becomes of a document.
package enum Fate: UInt8, Sendable, BitwiseCopyable {
    case kept
    /// A duplicate of a document kept before it.
    case removed
    /// Left out by a filter.
    case dropped
    /// Not a document; the line passes through.
    case badKept
    /// Not a document; the line is left out.
    case badDropped

    /// Whether the line is written.
    package var isWritten: Bool { self == .kept || self == .badKept }
}

/// A line that is no document.
package struct BadLine: Sendable {
    package let line: Int
    /// Where the line begins in the decoded shard.
    package let byte: Int
    package let reason: String

    /// What the reason begins with where the line is, or begins, a JSON value that is not one object on one line.
    static let otherJSON = "a JSON array, or an object over several lines"

    /// Whether the line is, or begins, such a value.
    var isOtherJSON: Bool { reason.hasPrefix(Self.otherJSON) }
}

/// The documents of a batch of lines: where each stands, its text and its id.
///
/// One stage owns the documents at a time and hands them on; nobody else writes to them.
package final class Documents: @unchecked Sendable {
    package struct Document: BitwiseCopyable {
        /// The line in `lines.bytes`, without its newline.
        package var lineStart: UInt32
        package var lineLength: UInt32
        /// Lines between the batch's first line and this one, blank ones included.
        package var lineOffset: UInt32
        package var textStart: UInt32
        package var textLength: UInt32
        package var idStart: UInt32
        package var idLength: UInt32
        package var idKind: DocumentIDBytes.Kind
        package var fate: Fate
    }

    package let lines: LineBatch
    // One stage owns them, so that looking for overlapping accesses at run time would find none.
    @exclusivity(unchecked) package var documents = Buffer<Document>()
    /// The texts, unescaped UTF-8, one after the other.
    @exclusivity(unchecked) package var texts = Buffer<UInt8>()
    @exclusivity(unchecked) package var ids = Buffer<UInt8>()
    package private(set) var bad: [BadLine] = []
    package var blankLines = 0
    /// Why the corpus ends after these documents.
    package var failure: Failure?

    package init(_ lines: LineBatch) {
        self.lines = lines
        failure = lines.failure
    }

    /// Entries of `documents`: documents, and bad lines that do not end the run.
    package var count: Int { documents.count }
    /// Entries that are documents.
    package var documentCount: Int { documents.count - bad.count }

    /// Many lines are bad for one reason: they share it.
    func append(_ line: BadLine) {
        let shared = bad.last.flatMap { $0.reason == line.reason ? $0.reason : nil }
        bad.append(BadLine(line: line.line, byte: line.byte, reason: shared ?? line.reason))
    }

    package func text(_ document: Int) -> UnsafeBufferPointer<UInt8> {
        let d = documents[document]
        return texts.slice(Int(d.textStart)..<Int(d.textStart) + Int(d.textLength))
    }

    package func lineNumber(_ document: Int) -> Int {
        lines.firstLine + Int(documents[document].lineOffset)
    }

    package func id(_ document: Int) -> DocumentID? { idBytes(document).id }

    /// The id where it lies in `ids`.
    package func idBytes(_ document: Int) -> DocumentIDBytes {
        let d = documents[document]
        return DocumentIDBytes(
            kind: d.idKind, bytes: ids.slice(Int(d.idStart)..<Int(d.idStart) + Int(d.idLength)))
    }
}

/// What reports call a document by.
package enum DocumentID: Sendable, Hashable {
    case string(String)
    /// Decimal digits: whole numbers in full, others in their shortest form.
    case number(String)
}

/// An id in memory that is another's, for what only copies it.
package struct DocumentIDBytes {
    /// The values are part of the index format.
    package enum Kind: UInt8, Sendable, BitwiseCopyable { case none, string, number }

    package let kind: Kind
    /// UTF-8; none of `none`.
    package let bytes: UnsafeBufferPointer<UInt8>

    package init(kind: Kind, bytes: UnsafeBufferPointer<UInt8>) {
        self.kind = kind
        self.bytes = bytes
    }

    package var id: DocumentID? {
        switch kind {
        case .none: nil
        case .string: .string(String(decoding: bytes, as: UTF8.self))
        case .number: .number(String(decoding: bytes, as: UTF8.self))
        }
    }
}
