import Dedup

/// Removes the near-duplicates from an array of texts and says what each removed text repeats.
@main
struct DeduplicateTexts {
    static let texts = [
        "The ferry leaves the old harbour every morning at seven and returns with the post before the shops open.",
        "Bread, butter and a little salt are all that this recipe needs, apart from an hour of patience.",
        "The ferry leaves the old harbour every morning at seven, and returns with the post before the shops open!",
        "Nobody had opened the northern gate of the garden since the winter in which the river froze.",
        "UPDATE: the ferry leaves the old harbour every morning at seven and returns with the post before the shops open.",
    ]

    static func main() async throws {
        // Short texts that share most of their words: more bands of fewer rows find such pairs with certainty.
        var parameters = Parameters()
        parameters.bands = 20
        parameters.rows = 5
        let deduplicator = try Deduplicator(parameters: parameters)

        let decisions = try await deduplicator.add(contentsOf: texts.map { Document($0) })
        for (number, decision) in decisions.enumerated() {
            switch decision {
            case .kept:
                print("text \(number) is kept")
            case .duplicate(let document, let overlap):
                print(
                    "text \(number) repeats text \(document.position), Jaccard similarity \(rounded(overlap.jaccard))")
            }
        }
        let kept = zip(texts, decisions).filter { $1.isKept }.map(\.0)
        print("\(kept.count) of \(texts.count) texts are left")
    }

    static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
}
