/// Shows the progress of a computation that reports each of its steps, on standard error. On a terminal, one line is
/// redrawn in place; elsewhere, a new line is written every ten seconds.
final class SteppedLine {
    private let isQuiet: Bool
    private let isInteractive = Terminal.isInteractive
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        last = clock.now
    }

    deinit { if !isQuiet && isInteractive { Terminal.draw(nil) } }

    /// Writes a line that stays.
    func say(_ line: String) {
        if isQuiet { return }
        if isInteractive { Terminal.draw(nil) }
        Terminal.note([line])
    }

    /// Shows the progress, unless the previous one is too young.
    func show(_ line: String) {
        if isQuiet || last.duration(to: clock.now) < (isInteractive ? .milliseconds(200) : .seconds(10)) { return }
        last = clock.now
        if isInteractive { Terminal.draw(line) } else { Terminal.note([line]) }
    }
}
