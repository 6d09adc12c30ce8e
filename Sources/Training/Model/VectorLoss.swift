internal import Basics

/// The results of learning from a teacher's vectors, summed over documents.
package struct VectorScore: Sendable, Equatable {
    /// The number of documents.
    package var documents = 0
    /// The sum of the documents' losses, in which each term has its weight.
    package var loss = 0.0
    /// The sum of the cosines to the teacher's vectors.
    package var cosine = 0.0
    /// The sum of the cross-entropies to the teacher's similarities, in nats.
    package var similarityLoss = 0.0
    /// The search for the teacher's vector of each document among those of the batch.
    package var contrast = ClassificationScore()
    /// The search for the partner of each document of a pair.
    package var pairs = ClassificationScore()

    package init() {}

    package var meanLoss: Double { mean(loss) }
    package var meanCosine: Double { mean(cosine) }
    package var meanSimilarityLoss: Double { mean(similarityLoss) }

    private func mean(_ sum: Double) -> Double { documents > 0 ? sum / Double(documents) : 0 }

    package static func += (a: inout VectorScore, b: VectorScore) {
        a.documents += b.documents
        a.loss += b.loss
        a.cosine += b.cosine
        a.similarityLoss += b.similarityLoss
        a.contrast += b.contrast
        a.pairs += b.pairs
    }
}

/// The loss of a student's vectors, given those of a teacher for the same documents: a weighted sum of terms. All
/// vectors are scaled to unit length first.
///
/// Softmaxes are over cosines divided by the temperature, as proposed for the distillation of classifiers by Hinton,
/// Vinyals and Dean ("Distilling the Knowledge in a Neural Network", 2015).
package struct VectorLoss: Sendable, Equatable {
    /// The weight of the mean of 1 - cosine to the teacher's vector of the same document. It is half the squared
    /// distance of the vectors (Reimers and Gurevych, "Making Monolingual Sentence Embeddings Multilingual using
    /// Knowledge Distillation", 2020).
    package var cosineWeight: Float = 1
    /// The weight of similarity matching: the cross-entropy between the softmaxes, for teacher and student, over the
    /// cosines of a document to the other documents of the batch (in the manner of Tung and Mori,
    /// "Similarity-Preserving Knowledge Distillation", 2019).
    package var similarityWeight: Float = 1
    /// The weight of InfoNCE between the student's and the teacher's vectors.
    package var contrastWeight: Float = 1
    /// The weight of InfoNCE between the student's vectors of the two documents of a pair.
    package var pairWeight: Float = 0
    /// The temperature of all softmaxes.
    package var temperature: Float = 0.05

    /// Computes the loss of a batch, and adds its gradient.
    ///
    /// - Parameters:
    ///   - vectors: [documents, width], the student's vectors.
    ///   - teacher: [documents, width], the teacher's.
    ///   - firsts: the row of the first document of each pair. The second document is in the row that follows.
    ///   - gradient: [documents, width]
    /// - Throws: if a matrix product fails.
    func score(
        _ vectors: UnsafePointer<Float>, teacher: UnsafePointer<Float>, documents: Int, firsts: [Int], width: Int,
        gradient: UnsafeMutablePointer<Float>
    ) throws(Failure) -> VectorScore {
        var score = VectorScore()
        score.documents = documents
        if documents == 0 { return score }
        let count = Float(documents)
        let student = UnitRows(vectors, rows: 0..<documents, width: width)
        let teacher = UnitRows(teacher, rows: 0..<documents, width: width, learns: false)
        for row in 0..<documents { score.cosine += Double(student.cosine(row, teacher)) }
        let slopes = student.gradient!.start
        for i in 0..<documents * width { slopes[i] -= cosineWeight / count * teacher.units.start[i] }
        // A batch of one document has no similarities.
        if documents > 1 {
            let softmax = try CosineSoftmax(temperature: temperature)
            score.similarityLoss = try softmax.imitate(
                softmax.probabilities(teacher), student, weight: similarityWeight / count)
        }
        let contrast = try InfoNCE(temperature: temperature)
        score.contrast = try contrast.score(student, teacher, weight: contrastWeight)
        student.addGradient(to: gradient)
        score.pairs = try contrast.score(vectors, firsts: firsts, width: width, weight: pairWeight, gradient: gradient)
        score.loss =
            Double(documents)
            * (Double(cosineWeight) * (1 - score.meanCosine) + Double(similarityWeight) * score.meanSimilarityLoss
                + Double(contrastWeight) * score.contrast.meanLoss + Double(pairWeight) * score.pairs.meanLoss)
        return score
    }
}
