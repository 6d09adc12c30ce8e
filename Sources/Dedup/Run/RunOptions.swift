/// What a run is asked to do, besides its definition.
package struct RunOptions: Sendable {
    /// `INPUT...` as they were given.
    package var inputs: [String]
    /// nil only for a dry run.
    package var out: String?
    package var threads: Int
    package var memory: Int
    package var isDryRun = false
    /// Make the output anew, whatever it was made with.
    package var replaces = false

    package init(inputs: [String], out: String?, threads: Int, memory: Int) {
        self.inputs = inputs
        self.out = out
        self.threads = threads
        self.memory = memory
    }
}
