package import Basics
package import Corpus

/// Reads the documents in one file: a shard of an input, a shard of an output, or a list such as `removed/`.
package struct ShardScan {
    /// The path of the file.
    package let path: String
    /// The name for messages.
    package let name: String
    /// The fields that hold a document's text.
    package let textField: String
    /// The field that holds a document's id.
    package let idField: String
    /// Whether NaN, Infinity and -Infinity are accepted in JSON fields other than the text and the id.
    package var allowsNaN = false

    package init(path: String, name: String, textField: String, idField: String, allowsNaN: Bool = false) {
        self.path = path
        self.name = name
        self.textField = textField
        self.idField = idField
        self.allowsNaN = allowsNaN
    }

    /// Passes the documents to `work`, batch by batch, until it returns false. Lines that are not documents are
    /// included; their `fate` is `badDropped`.
    package func read(_ work: (Documents) throws(Failure) -> Bool) throws(Failure) {
        let fields = try DocumentFields(text: textField, id: idField, allowsNaN: allowsNaN, onBadLine: .drop)
        let shard = Shard(name: name, path: path, input: 0, size: 0, modified: 0)
        try DocumentReader(fields, limits: .fixed(line: 1 << 31)).read(shard, work)
    }

    /// Returns the numbers of the lines whose documents have this id.
    package func lines(withID id: String) throws(Failure) -> [Int] {
        let wanted = Array(id.utf8)
        var lines: [Int] = []
        try read { documents throws(Failure) in
            for index in 0..<documents.count {
                let entry = documents.documents[index]
                if entry.idKind == .none || Int(entry.idLength) != wanted.count { continue }
                let start = Int(entry.idStart)
                if documents.ids.slice(start..<start + wanted.count).elementsEqual(wanted) {
                    lines.append(documents.lineNumber(index))
                }
            }
            return true
        }
        return lines
    }

    /// The content of a line of a file.
    package enum Line {
        case document(id: DocumentID?, text: String)
        case bad(String)
        case blank
        case beyondEnd
    }

    /// Returns the content of the line with this number, from 1. Reads the file up to that line.
    package func line(_ number: Int) throws(Failure) -> Line {
        var found = Line.beyondEnd
        try read { documents throws(Failure) in
            let first = documents.raw.firstLine
            let last = first - 1 + documents.count + documents.blankLines
            if number > last { return true }
            found = .blank
            for index in 0..<documents.count where documents.lineNumber(index) == number {
                if let bad = documents.bad.first(where: { $0.line == number }) {
                    found = .bad(bad.reason)
                } else {
                    let text = String(decoding: documents.text(index), as: UTF8.self)
                    found = .document(id: documents.id(index), text: text)
                }
            }
            return false
        }
        return found
    }

    /// Returns the texts of those lines that are documents, by line number; reads the file up to the last of them.
    package func texts(ofLines numbers: [Int]) throws(Failure) -> [Int: String] {
        let wanted = Set(numbers)
        var texts: [Int: String] = [:]
        guard let last = wanted.max() else { return [:] }
        try read { documents throws(Failure) in
            for index in 0..<documents.count {
                let line = documents.lineNumber(index)
                if wanted.contains(line) && documents.documents[index].fate == .kept {
                    texts[line] = String(decoding: documents.text(index), as: UTF8.self)
                }
            }
            return documents.raw.firstLine + documents.raw.lineCount <= last
        }
        return texts
    }
}
