package import Basics
internal import DeBERTa
internal import JSON

/// Reads the examples of a task from a file in JSON Lines, in the format of the benchmark's authors; docs/evaluation.md
/// describes it.
package struct TaskReader {
    private let task: RussianSuperGLUE
    private let path: String
    private let needsLabels: Bool
    private var line = 0
    private var examples: [TaskExample] = []

    /// The largest file that is read, in bytes.
    private static let largestFile = 1 << 30

    /// - Parameter needsLabels: whether every example must have a label. Without, labels are not read.
    /// - Throws: if the file cannot be read, or a line is not an example of the task. The error names the line.
    package static func read(
        _ task: RussianSuperGLUE, _ path: String, needsLabels: Bool
    ) throws(Failure) -> [TaskExample] {
        var reader = TaskReader(task: task, path: path, needsLabels: needsLabels)
        let text = try File.whole(path, upTo: largestFile, remedy: "give the file of the benchmark")
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            reader.line += 1
            if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t") }) {
                continue
            }
            let result = line.withUnsafeBytes { bytes in
                Result { () throws(Failure) in try reader.read(bytes) }
            }
            try result.get()
        }
        if reader.examples.isEmpty { throw Failure("\(path): there are no examples in it") }
        return reader.examples
    }

    private init(task: RussianSuperGLUE, path: String, needsLabels: Bool) {
        self.task = task
        self.path = path
        self.needsLabels = needsLabels
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        let root = try JSONTree(bytes, name: "\(path), line \(line)").root
        guard root.kind == .object else { throw fault("it is not a JSON object") }
        let index = try root["idx"] == nil ? line - 1 : number(root, "idx")
        if task == .muserc {
            try readPassage(root, index)
            return
        }
        let sequences = try sequences(root)
        let label = needsLabels ? try label(root) : nil
        examples.append(TaskExample(sequences: sequences, label: label, place: .init(line: index)))
    }

    private func sequences(_ root: JSONValue) throws(Failure) -> [[TaskExample.Segment]] {
        func segment(_ key: String) throws(Failure) -> TaskExample.Segment { .init(try text(root, key)) }
        switch task {
        case .rcb, .terra: return [[try segment("premise"), try segment("hypothesis")]]
        case .danetqa: return [[try segment("question"), try segment("passage")]]
        case .parus:
            let question: String
            switch try text(root, "question") {
            case "cause": question = "Что стало причиной?"
            case "effect": question = "Что случилось в результате?"
            case let other: throw fault("\"question\" is \"cause\" or \"effect\", not \(quoted(other))")
            }
            let premise = TaskExample.Segment(try text(root, "premise") + " " + question)
            return [[premise, try segment("choice1")], [premise, try segment("choice2")]]
        case .russe:
            return [
                [
                    try sentence(root, "sentence1", "start1", "end1"),
                    try sentence(root, "sentence2", "start2", "end2"),
                ]
            ]
        case .rwsd:
            guard let target = root["target"], target.kind == .object else {
                throw fault("it has no object \"target\"")
            }
            let text = try text(root, "text")
            let first = try words(of: text, target, "span1_index", "span1_text")
            let second = try words(of: text, target, "span2_index", "span2_text")
            // The first span is the one whose reference is asked for, wherever it stands.
            return [[.init(text, spans: [first, second])]]
        case .muserc: preconditionFailure("a line of MuSeRC has several examples")
        }
    }

    /// MuSeRC: a line has a text, and questions with answers.
    private mutating func readPassage(_ root: JSONValue, _ index: Int) throws(Failure) {
        guard let passage = root["passage"], passage.kind == .object else {
            throw fault("it has no object \"passage\"")
        }
        let text = try text(passage, "text")
        guard let questions = passage["questions"], questions.kind == .array else {
            throw fault("\"passage\" has no list \"questions\"")
        }
        for (_, question) in questions.elements {
            guard let answers = question["answers"], answers.kind == .array else {
                throw fault("a question has no list \"answers\"")
            }
            let asked = try self.text(question, "question")
            let questionIndex = try number(question, "idx")
            for (_, answer) in answers.elements {
                let segments = [
                    TaskExample.Segment(text), TaskExample.Segment(asked + " " + (try self.text(answer, "text"))),
                ]
                examples.append(
                    TaskExample(
                        sequences: [segments], label: needsLabels ? try label(answer) : nil,
                        place: .init(line: index, question: questionIndex, answer: try number(answer, "idx"))))
            }
        }
    }

    // MARK: Values

    private func fault(_ what: String) -> Failure {
        Failure("\(path), line \(line): \(what); give the files of the task \(task.rawValue)")
    }

    private func text(_ value: JSONValue, _ key: String) throws(Failure) -> String {
        guard let text = value[key]?.string else { throw fault("there is no string \"\(key)\"") }
        return text
    }

    /// A whole number of 0 or more, which some files write as a string.
    private func number(_ value: JSONValue, _ key: String) throws(Failure) -> Int {
        guard let number = value[key]?.int ?? value[key]?.string.flatMap({ Int($0) }), number >= 0 else {
            throw fault("there is no whole number \"\(key)\"")
        }
        return number
    }

    private func label(_ value: JSONValue) throws(Failure) -> Int {
        let found: RussianSuperGLUE.Label?
        switch task.labels[0] {
        case .name: found = value["label"]?.string.map { .name($0) }
        case .number: found = value["label"]?.int.map { .number($0) }
        case .bool: found = value["label"]?.bool.map { .bool($0) }
        }
        guard let found, let label = task.labels.firstIndex(of: found) else {
            throw fault(
                "\"label\" is \(value["label"].map { $0.shortText } ?? "missing"), not one of \(task.labelNames)")
        }
        return label
    }

    // MARK: Spans

    /// RUSSE: a sentence with the place of a word, in characters of Unicode.
    private func sentence(
        _ root: JSONValue, _ key: String, _ start: String, _ end: String
    ) throws(Failure) -> TaskExample.Segment {
        let text = try text(root, key)
        let (first, last) = (try number(root, start), try number(root, end))
        let scalars = text.unicodeScalars
        guard first < last, last <= scalars.count else {
            throw fault("\"\(start)\" and \"\(end)\" are \(first) and \(last), which is no part of \"\(key)\"")
        }
        let from = scalars.index(scalars.startIndex, offsetBy: first)
        let to = scalars.index(from, offsetBy: last - first)
        return .init(text, spans: [text.utf8Offset(from)..<text.utf8Offset(to)])
    }

    /// RWSD: the place of a span is the number of its first word among the words between white space.
    private func words(
        of text: String, _ target: JSONValue, _ indexKey: String, _ textKey: String
    ) throws(Failure) -> Range<Int> {
        let words = text.split(whereSeparator: \.isWhitespace)
        let count = max(1, try self.text(target, textKey).split(whereSeparator: \.isWhitespace).count)
        let first = try number(target, indexKey)
        guard first < words.count else {
            throw fault("\"\(indexKey)\" is \(first), and the text has \(words.count) words")
        }
        let last = words[min(words.count, first + count) - 1]
        return text.utf8Offset(words[first].startIndex)..<text.utf8Offset(last.endIndex)
    }
}

extension String {
    fileprivate func utf8Offset(_ index: String.Index) -> Int { utf8.distance(from: utf8.startIndex, to: index) }
}

extension JSONValue {
    fileprivate var shortText: String {
        switch kind {
        case .string: quoted(string ?? "")
        case .int: "\(int ?? 0)"
        case .bool: "\(bool ?? false)"
        default: "of another type"
        }
    }
}

extension RussianSuperGLUE {
    fileprivate var labelNames: String { labels.map(\.json).joined(separator: ", ") }
}

extension RussianSuperGLUE.Label {
    /// The label as JSON.
    var json: String {
        switch self {
        case .name(let name): "\"\(name)\""
        case .number(let number): "\(number)"
        case .bool(let bool): "\(bool)"
        }
    }
}
