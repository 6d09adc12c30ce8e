import Basics
import DeBERTa
import TestSupport
import Testing
import Tokenizers

@testable import Training

/// Reading the examples of Russian SuperGLUE, and its metrics. The examples are made up.
@Suite struct TaskTests {
    private static let folder = TestModels.fixtures + "/rsg"

    private func read(
        _ task: RussianSuperGLUE, _ file: String = "train", needsLabels: Bool = true
    ) throws -> [TaskExample] {
        try TaskReader.read(task, "\(Self.folder)/\(task.rawValue)/\(file).jsonl", needsLabels: needsLabels)
    }

    private func spans(_ example: TaskExample) -> [String] {
        example.sequences.flatMap { $0 }.flatMap { segment in
            segment.spans.map { String(decoding: Array(segment.text.utf8)[$0], as: UTF8.self) }
        }
    }

    @Test(arguments: RussianSuperGLUE.allCases)
    func everyTaskIsRead(_ task: RussianSuperGLUE) throws {
        let training = try read(task)
        #expect(training.allSatisfy { $0.label != nil && spans($0).count == task.spans })
        #expect(training.allSatisfy { $0.sequences.count == (task.isChoice ? 2 : 1) })
        #expect(Set(training.compactMap(\.label)).count == task.labels.count)
        // The test set differs from the validation set by its labels alone.
        let validation = try read(task, "val")
        let test = try read(task, "test", needsLabels: false)
        #expect(test.allSatisfy { $0.label == nil } && test.map(\.sequences) == validation.map(\.sequences))
        let message = try #require(try failure { _ = try read(task, "test") })
        #expect(message.contains("test.jsonl, line 1: \"label\" is missing, not one of "), "\(message)")
    }

    @Test func examplesHaveTheTextsOfTheirLine() throws {
        let terra = try read(.terra)[1]
        #expect(
            terra.sequences[0].map(\.text) == [
                "Вчера в городе открыли новый мост через реку.", "Мост закрыли на ремонт.",
            ])
        #expect(terra.label == 1 && terra.place == .init(line: 1))
        let rcb = try read(.rcb)
        #expect(rcb.map(\.label) == [0, 2, 1, 0])
        let parus = try read(.parus)[1]
        #expect(
            parus.sequences.map { $0[0].text }
                == Array(
                    repeating: "Мальчик промок под дождём. Что случилось в результате?", count: 2))
        #expect(parus.sequences.map { $0[1].text } == ["Он купил мороженое.", "Он заболел."] && parus.label == 1)
        let muserc = try read(.muserc)
        #expect(muserc.map(\.label) == [1, 0, 1, 1, 0])
        #expect(muserc[3].sequences[0][1].text == "Что посадила Анна? Вишни")
        #expect(muserc[3].place == .init(line: 0, question: 1, answer: 1))
        #expect(try read(.danetqa)[0].sequences[0].map(\.text)[0] == "Живут ли пингвины в Антарктиде?")
        #expect(try read(.russe).map(spans) == [["ключ", "Ключ"], ["ключ", "ключ"], ["лук", "лук"]])
        #expect(try read(.rwsd).map(spans) == [["Кубок", "он"], ["чемодан,", "он"], ["Старый доктор", "тот"]])
    }

    @Test(arguments: [
        (RussianSuperGLUE.terra, "[]", "it is not a JSON object"),
        (.terra, "{\"premise\": 1}", "no string \"premise\""),
        (.terra, "{", "not JSON"),
        (
            .terra, #"{"premise": "a", "hypothesis": "b", "label": "maybe"}"#,
            #""label" is "maybe", not one of "entailment", "not_entailment""#
        ),
        (.danetqa, #"{"question": "a", "passage": "b", "label": 1}"#, "\"label\" is 1, not one of false, true"),
        (
            .parus, #"{"premise": "a", "choice1": "b", "choice2": "c", "question": "why", "label": 0}"#,
            "\"question\" is \"cause\" or \"effect\", not \"why\""
        ),
        (
            .russe,
            #"{"sentence1": "ab", "start1": 1, "end1": 3, "sentence2": "a", "start2": 0, "end2": 1, "label": true}"#,
            "\"start1\" and \"end1\" are 1 and 3, which is no part of \"sentence1\""
        ),
        (
            .rwsd, #"{"text": "a b", "target": {"span1_index": 2, "span1_text": "a"}, "label": true}"#,
            "\"span1_index\" is 2, and the text has 2 words"
        ),
        (.rwsd, #"{"text": "a b", "label": true}"#, "no object \"target\""),
        (.muserc, #"{"passage": {"text": "a"}}"#, "no list \"questions\""),
        (.terra, #"{"premise": "a", "hypothesis": "b", "label": "entailment", "idx": -1}"#, "no whole number \"idx\""),
    ])
    func aWrongLineIsNamed(_ task: RussianSuperGLUE, _ line: String, _ fragment: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("\n" + line + "\n", to: "train.jsonl")
        let message = try #require(try failure { _ = try TaskReader.read(task, path, needsLabels: true) })
        #expect(message.hasPrefix(path + ", line 2") && message.contains(fragment), "\(message)")
        let empty = try folder.write("\n \n", to: "empty.jsonl")
        #expect(
            try failure { _ = try TaskReader.read(task, empty, needsLabels: true) }?.contains("no examples") == true)
    }

    // MARK: Tokens

    private func tokens(
        _ segments: [TaskExample.Segment], maxTokens: Int = 100, pooling: Pooling = .mean
    ) throws -> (sequence: ClassifiedExample.Sequence, truncated: Int) {
        var tokenizer = try TaskTokenizer(
            Tokenizer(folder: TestModels.tokenizer), maxTokens: maxTokens, pooling: pooling)
        let example = TaskExample(sequences: [segments], label: 0, place: .init(line: 0))
        return (try tokenizer.examples([example], "file")[0].sequences[0], tokenizer.truncated)
    }

    private func ids(_ text: String) throws -> [Int32] {
        var ids = Buffer<Int32>()
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            if let tokenizer = try? Tokenizer(folder: TestModels.tokenizer) {
                Tokenizer.Worker(tokenizer).encode(bytes, into: &ids)
            }
        }
        return Array(ids.elements)
    }

    @Test func segmentsAreSeparatedBySpecialTokens() throws {
        let tokenizer = try Tokenizer(folder: TestModels.tokenizer)
        let (a, b) = (try ids("one two three"), try ids("four"))
        let (pair, truncated) = try tokens([.init("one two three"), .init("four")])
        #expect(pair.ids == tokenizer.prefix + a + tokenizer.suffix + b + tokenizer.suffix && truncated == 0)
        #expect(pair.parts == [0..<pair.ids.count])
        #expect(try tokens([.init("four")], pooling: .cls).sequence.parts == [0..<1])
    }

    @Test func theLongerSegmentIsCutFirst() throws {
        let tokenizer = try Tokenizer(folder: TestModels.tokenizer)
        let around = tokenizer.prefix.count + 2 * tokenizer.suffix.count
        let (a, b) = (try ids("one two three four five six"), try ids("seven"))
        let most = around + b.count + 4
        let (cut, truncated) = try tokens([.init("one two three four five six"), .init("seven")], maxTokens: most)
        #expect(cut.ids == tokenizer.prefix + a.prefix(4) + tokenizer.suffix + b + tokenizer.suffix && truncated == 1)
        let (other, _) = try tokens([.init("seven"), .init("one two three four five six")], maxTokens: most)
        #expect(other.ids == tokenizer.prefix + b + tokenizer.suffix + a.prefix(4) + tokenizer.suffix)
        let long = TaskExample.Segment("one two three four five six")
        let (both, _) = try tokens([long, long], maxTokens: around + 7)
        #expect(both.ids == tokenizer.prefix + a.prefix(3) + tokenizer.suffix + a.prefix(4) + tokenizer.suffix)
        #expect(
            try failure { _ = try tokens([long], maxTokens: around + 1) }?.contains("no room for two texts") == true)
    }

    @Test func spansBecomeTheirTokens() throws {
        let prefix = try Tokenizer(folder: TestModels.tokenizer).prefix.count
        let text = "one two three"
        // The second span stands before the first one.
        let (sequence, _) = try tokens([.init(text, spans: [8..<13, 0..<3])])
        #expect(sequence.parts.count == 3)
        let found = sequence.parts.dropFirst().map { Array(sequence.ids[$0]) }
        #expect(try found == [ids(" three"), ids("one")])
        #expect(sequence.parts[2].lowerBound == prefix)
        // A span that is cut off is replaced by its segment.
        let (cut, truncated) = try tokens([.init(text, spans: [8..<13]), .init(text, spans: [0..<3])], maxTokens: 8)
        #expect(truncated == 1 && cut.parts[1].lowerBound == prefix && cut.parts.allSatisfy { !$0.isEmpty })
    }

    // MARK: Metrics

    private func metrics(_ task: RussianSuperGLUE, _ labels: [Int], _ predictions: [Int]) -> [Double] {
        let examples = labels.map { TaskExample(sequences: [], label: $0, place: .init(line: 0)) }
        return TaskMetrics(task, examples, predictions: predictions).values.map(\.value)
    }

    @Test func metricsAreThoseOfTheBenchmark() throws {
        #expect(metrics(.terra, [0, 1, 1, 0], [0, 1, 0, 0]) == [0.75])
        // F1 of the classes: 2/3, 1/2 and 0, as by scikit-learn's f1_score(average="macro").
        let rcb = metrics(.rcb, [0, 0, 1, 1, 2], [0, 1, 1, 2, 0])
        #expect(abs(rcb[0] - (0.5 + 0.5 + 0) / 3) < 1e-12 && rcb[1] == 0.4)
        // A class that occurs nowhere does not count.
        #expect(metrics(.rcb, [0, 0, 1], [0, 0, 1]) == [1, 1])
        let answers = [(0, 0, 1, 1), (0, 0, 0, 0), (0, 1, 1, 0), (0, 1, 0, 0), (1, 0, 1, 1), (1, 0, 0, 1)]
        let examples = answers.map {
            TaskExample(sequences: [], label: $0.2, place: .init(line: $0.0, question: $0.1, answer: 0))
        }
        let muserc = TaskMetrics(.muserc, examples, predictions: answers.map(\.3))
        #expect(muserc.values.map(\.name) == ["f1a", "exact_match"])
        #expect(abs(muserc.values[0].value - 2 * 2 / 6.0) < 1e-12 && abs(muserc.values[1].value - 1 / 3.0) < 1e-12)
        let validation = try read(.rcb, "val")
        let majority = TaskMetrics(.rcb, validation, mostFrequentOf: try read(.rcb))
        #expect(majority == TaskMetrics(.rcb, validation, predictions: [0, 0, 0]))
    }

    @Test func predictionsHaveTheFormOfTheBenchmark() throws {
        let terra = TaskPredictions(.terra, try read(.terra, "test", needsLabels: false), [1, 0])
        #expect(terra.name == "TERRa.jsonl")
        #expect(terra.text == "{\"idx\": 0, \"label\": \"not_entailment\"}\n{\"idx\": 1, \"label\": \"entailment\"}\n")
        let russe = TaskPredictions(.russe, try read(.russe, "test", needsLabels: false), [1, 0])
        #expect(russe.text == "{\"idx\": 0, \"label\": true}\n{\"idx\": 1, \"label\": false}\n")
        let muserc = TaskPredictions(.muserc, try read(.muserc, "test", needsLabels: false), [1, 0, 0, 1, 1, 1])
        #expect(
            muserc.text == """
                {"idx": 0, "passage": {"questions": [{"idx": 0, "answers": [{"idx": 0, "label": 1}, {"idx": 1, "label": 0}]}, \
                {"idx": 1, "answers": [{"idx": 0, "label": 0}, {"idx": 1, "label": 1}]}]}}
                {"idx": 1, "passage": {"questions": [{"idx": 0, "answers": [{"idx": 0, "label": 1}, {"idx": 1, "label": 1}]}]}}

                """)
    }
}
