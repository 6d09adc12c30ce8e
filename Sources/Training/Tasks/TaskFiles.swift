internal import Basics

/// The files of a task in a folder of the benchmark: `train.jsonl`, `val.jsonl` and, if it is there, `test.jsonl`.
struct TaskFiles {
    let training: String
    let validation: String
    /// nil if there is no test set.
    let test: String?

    /// - Parameter folder: the folder with a folder for each task, or the task's folder.
    /// - Throws: a usage error if the files are not there.
    init(_ task: RussianSuperGLUE, folder: String) throws(Failure) {
        guard let status = try File.status(at: folder), status.isFolder else {
            throw .usage("\(folder): there is no such folder; give the one with the files of Russian SuperGLUE")
        }
        let own = folder + "/" + task.rawValue
        let place = try File.status(at: own)?.isFolder == true ? own : folder
        training = place + "/train.jsonl"
        validation = place + "/val.jsonl"
        for path in [training, validation] where try File.status(at: path) == nil {
            throw .usage("\(place): there is no \(path.dropFirst(place.count + 1)) of the task \(task.rawValue)")
        }
        let test = place + "/test.jsonl"
        self.test = try File.status(at: test) == nil ? nil : test
    }
}
