package import Basics

/// The parameters of reading a corpus.
extension Parameter {
    /// The patterns of the files to read.
    package static let glob = Parameter("glob")
    /// The patterns of the files to leave out.
    package static let exclude = Parameter("exclude")
    /// The format that all files of an input have.
    package static let format = Parameter("format")
    /// Whether links to folders are followed.
    package static let followLinks = Parameter("follow-links")
    /// The fields that hold the text.
    package static let textField = Parameter("text-field")
    /// Whether NaN and Infinity are accepted in fields that are not read.
    package static let allowNaN = Parameter("allow-nan")
    /// What is done with a bad line.
    package static let onBadLine = Parameter("on-bad-line")
    /// Whether a shard may lose most of its lines.
    package static let allowMostlyBad = Parameter("allow-mostly-bad")
}
