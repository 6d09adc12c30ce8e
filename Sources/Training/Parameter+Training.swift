internal import Basics

/// The parameters of training.
extension Parameter {
    /// The name of a head's output.
    static let name = Parameter("name")
    /// The penalty of large weights.
    static let l2 = Parameter("l2")
    /// The field with a document's labels.
    static let labelsField = Parameter("labels-field")
    /// The field that names a document's group.
    static let groupField = Parameter("group-field")
    /// How far the variances of a whitening are moved towards their mean.
    static let shrinkage = Parameter("shrinkage")
    /// The number of documents that a whitening is fitted to.
    static let maxDocuments = Parameter("max-documents")
    /// The folder with a teacher's vectors.
    static let teacherVectors = Parameter("teacher-vectors")
    /// The field that two documents of a pair have in common.
    static let pairField = Parameter("pair-field")
}
