import Dedup

/// Turns texts into vectors and finds those that are nearest to a query.
///
/// The model is the one that is installed with dedup, or the one whose folder `DEDUP_MODEL` names.
@main
struct SearchTexts {
    static let texts = [
        "Центральный банк повысил ключевую ставку на полпроцента, чтобы замедлить рост цен.",
        "Смешайте муку с яйцами и сахаром, вымесите тесто и выпекайте пирог сорок минут.",
        "Нападающий забил два гола во втором тайме, и команда выиграла финал кубка.",
        "The bank raised its interest rate to slow inflation.",
        "Add flour and eggs, stir the dough, and bake the cake for forty minutes.",
    ]
    static let queries = [
        "Для теста нужны два яйца, стакан сахара и стакан муки.",
        "The central bank did not change the rate, and prices rose.",
        "The cake needs two eggs and a cup of flour.",
    ]

    static func main() async throws {
        let encoder = try await TextEncoder()
        let vectors = try await encoder.vectors(for: texts)
        for query in queries {
            let vector = try await encoder.vector(for: query)
            let ranked = zip(texts, vectors)
                .map { (text: $0, similarity: TextEncoder.similarity(vector, $1)) }
                .sorted { $0.similarity > $1.similarity }
            print("\(query)\n  -> \(ranked[0].text)")
        }
    }
}
