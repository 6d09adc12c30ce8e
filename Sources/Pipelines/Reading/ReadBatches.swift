internal import Basics
package import Corpus
internal import PipelineGraph

/// Lines on their way to be parsed.
package struct ReadLines: Measured {
    package let lines: LineBatch

    package init(lines: LineBatch) {
        self.lines = lines
    }

    // Not known before they are parsed.
    package var documents: Int { 0 }
    package var bytes: Int { lines.bytes.count }
}

/// Documents that were read of lines.
package struct ReadDocuments: Measured {
    package let batch: Documents

    package var documents: Int { batch.documentCount }
    package var bytes: Int { batch.lines.bytes.count }
}
