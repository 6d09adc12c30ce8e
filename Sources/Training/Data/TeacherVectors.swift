package import Basics
internal import Corpus
internal import Embedding
internal import OutputStore

/// The vectors that a teacher gave to the documents of a corpus: for each shard `NAME` a NumPy file `NAME.npy`, whose
/// k-th row is the vector of the shard's k-th document. `dedup embed` writes such a folder, but any program may have
/// made it; nothing but the vectors is read.
package struct TeacherVectors: Sendable {
    private let folder: String
    private let files: [NPYFile]
    /// The number of the first document of each file, and the number of all documents.
    private let firsts: [Int]
    private let dimensions: Int
    /// The mean of the vectors of the training documents; zeros if the vectors are not centred.
    private var mean: [Float]

    /// Opens the vectors of shards.
    ///
    /// - Parameter dimensions: the number of dimensions that the vectors must have.
    /// - Throws: if there are no vectors of a shard, or if they have another number of dimensions.
    package init(_ folder: String, shards: [String], dimensions: Int) throws(Failure) {
        self.folder = folder
        self.dimensions = dimensions
        mean = Array(repeating: 0, count: dimensions)
        var files: [NPYFile] = []
        var firsts = [0]
        for shard in shards {
            let path = DerivedFile.vectors.path(of: shard, in: folder)
            guard try File.status(at: path) != nil else {
                throw Failure("\(Parameter.teacherVectors(folder)): no vectors of the shard \(shard): no file \(path)")
            }
            let file = try NPYFile(path)
            guard file.dimensions == dimensions else {
                throw Failure(
                    "\(path): the vectors of the shard \(shard) have \(file.dimensions) dimensions, and the model's "
                        + "hidden size is \(dimensions); the two have to be equal")
            }
            files.append(file)
            firsts.append(firsts.last! + file.rows)
        }
        self.files = files
        self.firsts = firsts
    }

    /// Checks the vectors against the documents, and computes the mean of the vectors that are trained on.
    ///
    /// - Parameter centres: whether `read` subtracts the mean.
    /// - Throws: if a shard has another number of documents than vectors, or if a vector has a NaN or infinity.
    package mutating func prepare(for text: TrainingText, centres: Bool) throws(Failure) {
        for (shard, file) in zip(text.shards, files) where shard.documents != file.rows {
            throw Failure(
                "\(file.path): \(file.rows) vectors, but the shard \(shard.name) has \(shard.documents) documents; "
                    + "the vectors were made of other documents")
        }
        var sums = [Double](repeating: 0, count: dimensions)
        var vector = [Float](repeating: 0, count: dimensions)
        for (part, counts) in [(text.training, true), (text.heldOut, false)] {
            for document in part.documents {
                vector.withUnsafeMutableBufferPointer { read(Int(document), into: $0.baseAddress!) }
                // The sum is finite if all numbers are, because they are at most 3e38 in magnitude.
                guard vector.reduce(0.0, { $0 + Double($1) }).isFinite else {
                    let (file, row) = place(of: Int(document))
                    throw Failure("\(file.path): row \(row) has a number that is NaN or infinite")
                }
                if counts { for i in 0..<dimensions { sums[i] += Double(vector[i]) } }
            }
        }
        if centres { mean = sums.map { Float($0 / Double(text.training.count)) } }
    }

    /// Reads the vector of a document, without the mean.
    ///
    /// - Parameters:
    ///   - document: the number of the document in the corpus, from 0.
    ///   - vector: room for `dimensions` numbers.
    func read(_ document: Int, into vector: UnsafeMutablePointer<Float>) {
        let (file, row) = place(of: document)
        file.read(row: row, into: vector)
        for i in 0..<dimensions { vector[i] -= mean[i] }
    }

    private func place(of document: Int) -> (file: NPYFile, row: Int) {
        var low = 0
        var high = files.count
        // The last file whose first document is not after this one. Files without documents are skipped.
        while high - low > 1 {
            let middle = (low + high) / 2
            if firsts[middle] <= document { low = middle } else { high = middle }
        }
        return (files[low], document - firsts[low])
    }

    /// A hash of all files. A training is resumed only if it is the same.
    var digest: Hash128 {
        var hash = RunningHash()
        for file in files { Array(file.digest.description.utf8).withUnsafeBytes { hash.update($0) } }
        return hash.value
    }
}
