/// The metrics of the benchmark for the predictions of a task.
package struct TaskMetrics: Sendable, Equatable {
    /// Names and values, each from 0 to 1. The first one is the task's main metric.
    package private(set) var values: [(name: String, value: Double)]

    package static func == (a: TaskMetrics, b: TaskMetrics) -> Bool {
        a.values.elementsEqual(b.values) { $0 == $1 }
    }

    /// Compares predictions with labels:
    ///
    /// - RCB: `f1_macro`, the mean of the F1 of the classes that occur among labels or predictions, and `accuracy`;
    /// - MuSeRC: `f1a`, the F1 of the right answers over all answers, and `exact_match`, the share of the questions all
    ///   of whose answers were judged rightly;
    /// - the other tasks: `accuracy`.
    ///
    /// - Parameters:
    ///   - examples: at least one; each has a label.
    ///   - predictions: the number of a class for each example.
    package init(_ task: RussianSuperGLUE, _ examples: [TaskExample], predictions: [Int]) {
        let pairs = zip(examples, predictions).map { (label: $0.label ?? -1, prediction: $1) }
        let accuracy = Double(pairs.count { $0.label == $0.prediction }) / Double(pairs.count)
        func f1(_ label: Int) -> Double? {
            let both = pairs.count { $0.label == label && $0.prediction == label }
            let either = pairs.reduce(0) { $0 + ($1.label == label ? 1 : 0) + ($1.prediction == label ? 1 : 0) }
            return either > 0 ? 2 * Double(both) / Double(either) : nil
        }
        switch task {
        case .rcb:
            let classes = task.labels.indices.compactMap(f1)
            values = [("f1_macro", classes.reduce(0, +) / Double(classes.count)), ("accuracy", accuracy)]
        case .muserc:
            var questions: [[Int?]: Bool] = [:]
            for (example, pair) in zip(examples, pairs) {
                questions[[example.place.line, example.place.question], default: true] =
                    questions[[example.place.line, example.place.question], default: true]
                    && pair.label == pair.prediction
            }
            values = [
                ("f1a", f1(1) ?? 0), ("exact_match", Double(questions.values.count { $0 }) / Double(questions.count)),
            ]
        case .parus, .terra, .russe, .rwsd, .danetqa: values = [("accuracy", accuracy)]
        }
    }

    /// The metrics of always predicting the most frequent label of the examples for training.
    init(_ task: RussianSuperGLUE, _ examples: [TaskExample], mostFrequentOf training: [TaskExample]) {
        let counts = task.labels.indices.map { label in training.count { $0.label == label } }
        let label = counts.indices.max { counts[$0] < counts[$1] } ?? 0
        self.init(task, examples, predictions: examples.map { _ in label })
    }

    /// Metrics that were saved.
    init(values: [(name: String, value: Double)]) {
        self.values = values
    }
}
