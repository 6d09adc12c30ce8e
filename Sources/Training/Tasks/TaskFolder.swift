internal import Basics
internal import JSON

/// The folder of a fine-tuning: its state while it goes on, the metrics of the epochs, and the result.
struct TaskFolder {
    private let path: String
    /// A hash of everything that the result depends on.
    private let identity: String

    init(path: String, identity: String) {
        self.path = path
        self.identity = identity
    }

    private var resultPath: String { path + "/result.json" }
    private var epochsPath: String { path + "/epochs.jsonl" }

    /// Completes a result by what the folder has of it, if this fine-tuning has ended before.
    ///
    /// - Returns: false if there is no result.
    /// - Throws: a usage error if there is the result of another fine-tuning; a failure if it is damaged.
    func load(_ result: inout TaskResult) throws(Failure) -> Bool {
        guard try File.status(at: resultPath) != nil else { return false }
        let root = try JSONTree(file: resultPath, upTo: 1 << 26, remedy: "remove it").root
        guard root["identity"]?.string == identity else {
            throw .usage(
                "\(resultPath) is the result of another fine-tuning (other settings, model or examples); choose another "
                    + "folder or remove it")
        }
        result.epochs = root["epochs"]?.elements.compactMap { TaskResult.Epoch($0.value) } ?? []
        guard let model = root["model"]?.string, let threads = root["settings"]?["threads"]?.int,
            result.epochs.count == result.settings.epochs
        else { throw Failure("\(resultPath): damaged; remove it to start again") }
        // What the result does not depend on may have changed since.
        result.model = model
        result.threads = threads
        return true
    }

    /// The epochs up to a step. Those after it were not saved, and are trained again.
    ///
    /// - Parameter count: the number of these epochs.
    /// - Throws: if some of them are missing.
    func epochs(upTo step: Int, count: Int) throws(Failure) -> [TaskResult.Epoch] {
        if count == 0 { return [] }
        let remedy = "remove \(path) to start again"
        let epochs = try File.whole(epochsPath, remedy: remedy).split(separator: UInt8(ascii: "\n"))
            .compactMap { line in
                line.withUnsafeBytes { bytes in
                    (try? JSONTree(bytes, name: epochsPath)).flatMap { TaskResult.Epoch($0.root) }
                }
            }
            .filter { $0.step <= step }
        guard epochs.map(\.number) == Array(1...count) else {
            throw Failure("\(epochsPath): damaged: not the \(count) epochs until step \(step); \(remedy)")
        }
        return epochs
    }

    func write(_ epochs: [TaskResult.Epoch]) throws(Failure) {
        try writeWhole(epochsPath, epochs.map { $0.json + "\n" }.joined())
    }

    /// Writes predictions in the form in which the benchmark's site takes them.
    func write(_ predictions: TaskPredictions) throws(Failure) {
        try writeWhole(path + "/" + predictions.name, predictions.text)
    }

    /// Writes the result, and removes the state.
    func finish(_ result: TaskResult) throws(Failure) {
        try writeWhole(resultPath, String(decoding: result.json, as: UTF8.self))
        try Disk.remove(path + "/" + TrainingState.name)
    }
}
