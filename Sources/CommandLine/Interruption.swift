import Dispatch
import Foundation

/// Turns Ctrl-C and SIGTERM into a request to stop. A second signal ends the process at once.
struct Interruption {
    private let sources: [any DispatchSourceSignal]

    /// - Parameters:
    ///   - isAsked: whether it was asked to stop before.
    ///   - ask: asks it to.
    init(isAsked: @Sendable @escaping () -> Bool, ask: @Sendable @escaping () -> Void) {
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if isAsked() { Terminal.exit(1) }
                ask()
            }
            source.resume()
            return source
        }
    }

    init(cancelling task: Task<some Sendable, any Error>) {
        self.init(isAsked: { task.isCancelled }, ask: { task.cancel() })
    }

    func stop() {
        for source in sources { source.cancel() }
    }
}
