/// Draws the training loss and the held-out loss of a training as curves over its steps.
struct LossCurve {
    /// The name of the loss, for the legend.
    let name: String
    var training: [(step: Int, loss: Double)] = []
    var heldOut: [(step: Int, loss: Double)] = []

    init(name: String) {
        self.name = name
    }

    private let width = 720.0, height = 400.0, left = 60.0, bottom = 40.0, top = 20.0, right = 20.0

    /// The curve of the training and of the held-out loss, as an SVG document.
    var svg: String {
        let all = training + heldOut
        let last = Double(max(1, all.map(\.step).max() ?? 1))
        let highest = (all.map(\.loss).max() ?? 1).rounded(.up)
        let lowest = min(highest - 1, (all.map(\.loss).min() ?? 0).rounded(.down))
        func x(_ step: Double) -> Double { left + step / last * (width - left - right) }
        func y(_ loss: Double) -> Double { top + (highest - loss) / (highest - lowest) * (height - top - bottom) }
        func point(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
        func line(_ points: [(step: Int, loss: Double)], _ color: String) -> String {
            let places = points.map { "\(point(x(Double($0.step)))),\(point(y($0.loss)))" }.joined(separator: " ")
            return "<polyline fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\" points=\"\(places)\"/>\n"
        }
        func text(_ x: Double, _ y: Double, _ anchor: String, _ color: String, _ text: String) -> String {
            "<text x=\"\(point(x))\" y=\"\(point(y))\" text-anchor=\"\(anchor)\" fill=\"\(color)\">\(text)</text>\n"
        }
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(width))" height="\(Int(height))" \
            font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>

            """
        let grid = max(1, Int((highest - lowest) / 8))
        for loss in stride(from: Int(lowest), through: Int(highest), by: grid) {
            let at = point(y(Double(loss)))
            svg += "<path d=\"M\(left) \(at)H\(width - right)\" stroke=\"#ddd\"/>\n"
            svg += text(left - 6, y(Double(loss)) + 4, "end", "#333", "\(loss)")
        }
        for part in 0...4 {
            let step = last * Double(part) / 4
            svg += text(x(step), height - bottom + 18, "middle", "#333", "\(Int(step))")
        }
        svg += text((left + width) / 2, height - 6, "middle", "#333", "step")
        svg += line(training, "#4477aa") + line(heldOut, "#cc3311")
        svg += text(width - right, top + 14, "end", "#4477aa", "\(name) in training, nats")
        svg += text(width - right, top + 30, "end", "#cc3311", "held out")
        return svg + "</svg>\n"
    }
}
