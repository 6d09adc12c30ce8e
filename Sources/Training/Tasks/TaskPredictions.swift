/// The predictions for the test set of a task, in the form in which the benchmark's site takes them: one line of JSON for
/// each line of the test set, in a file that is called after the task.
struct TaskPredictions {
    /// The name of the file.
    let name: String
    let text: String

    /// - Parameter predictions: the number of a class for each example.
    init(_ task: RussianSuperGLUE, _ examples: [TaskExample], _ predictions: [Int]) {
        name = task.rawValue + ".jsonl"
        let labels = predictions.map { task.labels[$0].json }
        guard task == .muserc else {
            text = zip(examples, labels).map { "{\"idx\": \($0.place.line), \"label\": \($1)}\n" }.joined()
            return
        }
        // The answers of a question, and the questions of a text, follow each other.
        var lines = ""
        var (line, question): (Int?, Int?) = (nil, nil)
        for (place, label) in zip(examples.map(\.place), labels) {
            if place.line != line {
                lines += line == nil ? "" : "]}]}}\n"
                lines += "{\"idx\": \(place.line), \"passage\": {\"questions\": ["
            }
            if place.line != line || place.question != question {
                lines += place.line == line ? "]}, " : ""
                lines += "{\"idx\": \(place.question ?? 0), \"answers\": ["
            } else {
                lines += ", "
            }
            lines += "{\"idx\": \(place.answer ?? 0), \"label\": \(label)}"
            (line, question) = (place.line, place.question)
        }
        text = lines + "]}]}}\n"
    }
}
