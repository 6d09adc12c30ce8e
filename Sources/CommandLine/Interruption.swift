import Dispatch
import Foundation

/// Turns Ctrl-C and SIGTERM into the cancellation of a task. A second signal ends the process at once.
struct Interruption {
    private let sources: [any DispatchSourceSignal]

    init(cancelling task: Task<some Sendable, any Error>) {
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if task.isCancelled { Terminal.exit(1) }
                task.cancel()
            }
            source.resume()
            return source
        }
    }

    func stop() {
        for source in sources { source.cancel() }
    }
}
